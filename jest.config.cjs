// One project per layer; `jest --selectProjects unit` runs one of them.
const layer = (name, more = {}) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
    // ES modules, and one that loads Node's own by import(), which Jest cannot.
    'node_modules/@(middy|opentelemetry/otlp-exporter-base)/.+\\.js$': [
      '@swc/jest',
      { module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@middy/|@opentelemetry/otlp-exporter-base/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.stryker-tmp/'],
  ...more,
});

module.exports = {
  // A test's time limit ends what hangs; it is no measurement. On a busy machine pure tests of half a second have taken five.
  testTimeout: 60_000,
  projects: [
    layer('unit'),
    layer('property'),
    layer('replay'),
    layer('contract'),
    layer('e2e'),
    layer('simulation'),
  ],
};
