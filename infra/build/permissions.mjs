// Writes infra/permissions/policies/*.json from the code: `node infra/build/permissions.mjs`
import { build } from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = join(root, 'dist', 'cli', 'permissions.js');

await build({
  absWorkingDir: root,
  stdin: {
    contents: `export { policyOf } from './infra/permissions/ram-policy'; export { FUNCTION_NAMES } from './infra/permissions/function-needs';`,
    resolveDir: root,
    loader: 'ts',
  },
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'error',
});
const { policyOf, FUNCTION_NAMES } = createRequire(import.meta.url)(outfile);
const folder = join(root, 'infra', 'permissions', 'policies');
mkdirSync(folder, { recursive: true });
for (const name of FUNCTION_NAMES)
  writeFileSync(
    join(folder, `${name}.json`),
    await format(JSON.stringify(policyOf(name)), { parser: 'json', printWidth: 100 }),
  );
