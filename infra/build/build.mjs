// One esbuild bundle per function and one per program that runs as its own process. `node infra/build/build.mjs [--quiet]`
import { build } from 'esbuild';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oversizedPackages, packageLines, packFunction } from './packages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const functions = readdirSync(join(root, 'functions'), { withFileTypes: true })
  .filter(
    (entry) => entry.isDirectory() && existsSync(join(root, 'functions', entry.name, 'handler.ts')),
  )
  .map((entry) => ({
    name: entry.name,
    source: `functions/${entry.name}/handler.ts`,
    output: `dist/functions/${entry.name}/index.js`,
    isFunction: true,
  }));
const programs = [
  ['infra/cli/main.ts', 'dist/cli/evenkeel.js'],
  ['infra/local/ecs/instance-process.ts', 'dist/local/instance-process.js'],
  ['infra/local/traffic/load-process.ts', 'dist/local/load-process.js'],
  ['infra/local/function-host/bootstrap.ts', 'dist/local/function-bootstrap.js'],
  ['infra/tour/main.ts', 'dist/tour/tour.js'],
  ['infra/bench/main.ts', 'dist/bench/bench.js'],
  ['infra/simulation/worker.ts', 'dist/simulation/worker.js'],
]
  .filter(([source]) => existsSync(join(root, source)))
  .map(([source, output]) => ({ source, output, isFunction: false }));

/** Bytes a function's bundle may have; the package limit is 100 MB, the cold start is what this protects. */
const FUNCTION_BYTES_MAX = 4_000_000;

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  keepNames: true,
  logLevel: 'error',
};

/** Clients in files of their own, which a function reads when it first needs one: never where another store, no mail or no traces are. */
const APART = [
  { packages: /^ioredis$/, output: 'redis-client.js', exports: "export { Redis } from 'ioredis';" },
  {
    packages: /^nodemailer$/,
    output: 'mail-client.js',
    exports: "export { createTransport } from 'nodemailer';",
  },
  {
    packages: /^@opentelemetry\//,
    output: 'trace-client.js',
    exports: [
      "export { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';",
      "export { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';",
      "export { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';",
      "export { resourceFromAttributes } from '@opentelemetry/resources';",
    ].join('\n'),
  },
];
const clientsApart = {
  name: 'clients-apart',
  setup: ({ onResolve }) =>
    APART.forEach(({ packages, output }) =>
      onResolve({ filter: packages }, () => ({ path: `./${output}`, external: true })),
    ),
};
const buildClients = () =>
  Promise.all(
    APART.map(({ output, exports }) =>
      build({
        ...common,
        stdin: { contents: exports, resolveDir: root },
        outfile: join('dist', output),
        minifyWhitespace: true,
      }),
    ),
  );
/** Those that this bundle may come to need. */
const clientsOf = (bundle) => {
  const text = readFileSync(join(root, bundle), 'utf8');
  return APART.filter(({ output }) => text.includes(`./${output}`));
};

/** A function's source map is for people: it lies in dist/maps, outside of what is uploaded. */
const placeOf = (path, output, name) =>
  path.endsWith('.map') ? join(root, 'dist', 'maps', `${name}.js.map`) : join(root, output);
const writeBundle = (files, output, name) => {
  for (const { path, contents } of files) {
    const place = placeOf(path, output, name);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, contents);
  }
};

const one = async ({ name, source, output, isFunction }) => {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [source],
    outfile: output,
    sourcemap: isFunction ? 'external' : 'inline',
    write: !isFunction,
    plugins: isFunction ? [clientsApart] : [],
    minifyWhitespace: isFunction, // full minification loads slower than whitespace alone
    // A simulation makes closures and spreads literals all the time: both are plain where names need not be kept.
    ...(!isFunction && { keepNames: false, minifySyntax: true }),
    external: ['proxy-agent'], // optional peer of an HTTP client inside @alicloud/fc2, never used
  });
  if (isFunction) writeBundle(outputFiles, output, name);
  if (isFunction)
    for (const { output: client } of clientsOf(output))
      copyFileSync(join(root, 'dist', client), join(root, dirname(output), client));
  return { output, bytes: statSync(join(root, output)).size, isFunction };
};

/** The console’s page: one script and one style sheet beside the function that serves them, for the browsers of the last three years. */
const PAGE = 'functions/console/page';
const buildPage = async () => {
  await build({
    ...common,
    platform: 'browser',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    format: 'esm',
    keepNames: false,
    entryPoints: { app: `${PAGE}/main.tsx` },
    outdir: `dist/${PAGE}`,
    tsconfig: `${PAGE}/tsconfig.json`,
    minify: true,
    legalComments: 'eof',
  });
  for (const file of ['index.html', 'icon.svg'])
    copyFileSync(join(root, PAGE, file), join(root, 'dist', PAGE, file));
};

mkdirSync(join(root, 'dist'), { recursive: true });
const results = await Promise.all([buildClients(), buildPage()])
  .then(() => Promise.all([...functions, ...programs].map(one)))
  .catch(() => {
    console.error(
      'The build failed; nothing was replaced that could not be built. The reasons are above.',
    );
    process.exit(1);
  });
const packages = functions.map(({ name }) => packFunction(root, name));
writeFileSync(join(root, 'dist', 'packages.json'), JSON.stringify(packages, null, 2));
writeFileSync(join(root, 'dist', 'sizes.json'), JSON.stringify(results, null, 2));
const oversized = results.filter(
  (result) => result.isFunction && result.bytes > FUNCTION_BYTES_MAX,
);
if (!process.argv.includes('--quiet')) {
  for (const { output, bytes } of results)
    console.log(`${String(Math.ceil(bytes / 1024)).padStart(6)} KB  ${output}`);
  for (const line of packageLines(packages)) console.log(line);
}
for (const { name, zippedBytes } of oversizedPackages(packages)) {
  console.error(`dist/packages/${name}.zip is over its budget: ${zippedBytes} bytes.`);
  process.exitCode = 1;
}
if (oversized.length > 0) {
  console.error(
    `Over the budget of ${FUNCTION_BYTES_MAX} bytes: ${oversized.map((result) => result.output).join(', ')}`,
  );
  process.exit(1);
}
