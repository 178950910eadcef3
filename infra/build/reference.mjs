// Writes docs/reference.md and docs/evenkeel.schema.json from the code: `node infra/build/reference.mjs`
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonText, loadSource, root } from './load-source.mjs';

const { referenceText, editorJsonSchema } = await loadSource(
  `export { referenceText } from './infra/cli/reference'; export { editorJsonSchema } from './shared/config/json-schema';`,
  'reference',
);
mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(join(root, 'docs', 'reference.md'), referenceText());
writeFileSync(join(root, 'docs', 'evenkeel.schema.json'), await jsonText(editorJsonSchema()));
