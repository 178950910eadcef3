// Writes docs/reference.md and docs/evenkeel.schema.json from the code: `node infra/build/reference.mjs`
import { build } from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outfile = join(root, 'dist', 'cli', 'reference.js');

await build({
  absWorkingDir: root,
  stdin: {
    contents: `export { referenceText } from './infra/cli/reference'; export { editorJsonSchema } from './shared/config/json-schema';`,
    resolveDir: root,
    loader: 'ts',
  },
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['proxy-agent'],
  logLevel: 'error',
});
const { referenceText, editorJsonSchema } = createRequire(import.meta.url)(outfile);
mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(join(root, 'docs', 'reference.md'), referenceText());
const options = { parser: 'json', printWidth: 100 };
writeFileSync(
  join(root, 'docs', 'evenkeel.schema.json'),
  await format(JSON.stringify(editorJsonSchema()), options),
);
