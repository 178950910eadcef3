// One esbuild bundle per function and one per program that runs as its own process. `node infra/build/build.mjs [--quiet]`
import { build } from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const functions = readdirSync(join(root, 'functions'), { withFileTypes: true })
  .filter(
    (entry) => entry.isDirectory() && existsSync(join(root, 'functions', entry.name, 'handler.ts')),
  )
  .map((entry) => ({
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

/** The client of Redis in a file of its own, which a function reads when it first needs it, and never with another store. */
const REDIS = 'redis-client.js';
const redisApart = {
  name: 'redis-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^ioredis$/ }, () => ({ path: `./${REDIS}`, external: true })),
};
const buildRedis = () =>
  build({
    ...common,
    stdin: { contents: "export { Redis } from 'ioredis';", resolveDir: root },
    outfile: join('dist', REDIS),
    minifyWhitespace: true,
  });

const one = async ({ source, output, isFunction }) => {
  await build({
    ...common,
    entryPoints: [source],
    outfile: output,
    sourcemap: isFunction ? 'external' : 'inline',
    plugins: isFunction ? [redisApart] : [],
    minifyWhitespace: isFunction, // full minification loads slower than whitespace alone
    external: ['proxy-agent'], // optional peer of an HTTP client inside @alicloud/fc2, never used
  });
  if (isFunction) copyFileSync(join(root, 'dist', REDIS), join(root, dirname(output), REDIS));
  return { output, bytes: statSync(join(root, output)).size, isFunction };
};

mkdirSync(join(root, 'dist'), { recursive: true });
const results = await buildRedis()
  .then(() => Promise.all([...functions, ...programs].map(one)))
  .catch(() => {
    console.error(
      'The build failed; nothing was replaced that could not be built. The reasons are above.',
    );
    process.exit(1);
  });
writeFileSync(join(root, 'dist', 'sizes.json'), JSON.stringify(results, null, 2));
const oversized = results.filter(
  (result) => result.isFunction && result.bytes > FUNCTION_BYTES_MAX,
);
if (!process.argv.includes('--quiet'))
  for (const { output, bytes } of results)
    console.log(`${String(Math.ceil(bytes / 1024)).padStart(6)} KB  ${output}`);
if (oversized.length > 0) {
  console.error(
    `Over the budget of ${FUNCTION_BYTES_MAX} bytes: ${oversized.map((result) => result.output).join(', ')}`,
  );
  process.exit(1);
}
