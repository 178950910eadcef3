// Who may import whom. `npm run check` runs it; test/unit/architecture.test.ts plants forbidden imports and expects it to bite.
const rule = (name, from, to) => ({ name, severity: 'error', from, to });
module.exports = {
  forbidden: [
    rule('domain-imports-nothing', { path: '^shared/domain/' }, { pathNot: '^shared/domain/' }),
    rule(
      'decide-and-guard-are-pure',
      { path: '^shared/(decide|guard)/' },
      { pathNot: '^shared/(domain|$1)/' },
    ),
    rule(
      'ports-know-only-domain',
      { path: '^shared/ports/' },
      { pathNot: '^shared/(domain|ports)/' },
    ),
    rule(
      'steps-use-ports',
      { path: '^shared/(observe|apply|record)/' },
      { pathNot: '^shared/(domain|ports|$1)/', dependencyTypesNot: ['core'] },
    ),
    rule(
      'reconcile-uses-steps',
      {
        path: '^shared/(reconcile|reconcile-name|work-pool|work-name|work-under-lease|wait-for-turn)\\.ts$',
      },
      { path: '^(shared/(adapters|runtime|config)|functions|infra|test)/' },
    ),
    rule(
      'config-knows-only-domain',
      { path: '^shared/config/' },
      {
        pathNot: '^(shared/(domain|config)/|node_modules/(zod|yaml)/)',
        dependencyTypesNot: ['core'],
      },
    ),
    rule(
      'adapters-know-only-ports',
      { path: '^shared/adapters/([^/]+)/' },
      {
        path: '^(shared/(observe|decide|guard|apply|record|runtime|reconcile|work-|wait-for-turn)|functions|infra|test)',
      },
    ),
    rule(
      'vendors-live-in-adapters',
      { pathNot: '^(shared/adapters|test)/' },
      { path: 'node_modules/(@alicloud|@darabonba|@opentelemetry|ioredis|nodemailer)/' },
    ),
    rule(
      'middy-lives-in-runtime',
      { pathNot: '^shared/runtime/' },
      { path: 'node_modules/@middy/' },
    ),
    rule(
      'functions-are-islands',
      { path: '^functions/([^/]+)/' },
      { path: '^functions/', pathNot: '^functions/$1/' },
    ),
    rule(
      'product-does-not-know-the-local-region',
      { path: '^(functions|shared)/' },
      { path: '^infra/' },
    ),
    rule(
      'operate-uses-the-loop',
      { path: '^shared/operate/' },
      {
        pathNot:
          '^(shared/(domain|ports|config|observe|decide|guard|record|operate)/|shared/(work-pool|reconcile|wake/pools-here|wake/wake-names)\\.ts$|node_modules/zod/)',
      },
    ),
    rule(
      'wake-knows-no-cloud',
      { path: '^shared/wake/' },
      { pathNot: '^shared/(domain|ports|config|wake)/' },
    ),
    rule(
      'metrics-only-read',
      { path: '^shared/metrics/' },
      {
        pathNot:
          '^(shared/(domain|ports|config|observe|wake|metrics|adapters/notify)/|node_modules/prom-client/)',
      },
    ),
    rule(
      'the-page-is-apart',
      { path: '^functions/console/page/' },
      {
        pathNot:
          '^(functions/console/(page/|api\\.ts$)|shared/domain/|node_modules/(preact|uplot)/)',
      },
    ),
    rule(
      'nobody-imports-the-page',
      { path: '^(functions/(?!console/page/)|shared|infra)' },
      { path: '^functions/console/page/' },
    ),
    rule('nothing-imports-tests', { path: '^(functions|shared|infra)/' }, { path: '^test/' }),
    rule('no-cycles', {}, { circular: true }),
    rule(
      'no-orphans',
      { orphan: true, pathNot: '\\.d\\.ts$|^(functions/[^/]+/handler\\.ts$|test/|infra/)' },
      {},
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // type-only imports count too
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' }, // anchored: an unanchored dist/ hides the vendors' packages, whose entry points live in their own dist/
  },
};
