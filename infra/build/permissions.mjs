// Writes infra/permissions/policies/*.json from the code: `node infra/build/permissions.mjs`
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonText, loadSource, root } from './load-source.mjs';

const { policyOf, FUNCTION_NAMES } = await loadSource(
  `export { policyOf } from './infra/permissions/ram-policy'; export { FUNCTION_NAMES } from './infra/permissions/function-needs';`,
  'permissions',
);
const folder = join(root, 'infra', 'permissions', 'policies');
mkdirSync(folder, { recursive: true });
for (const name of FUNCTION_NAMES)
  writeFileSync(join(folder, `${name}.json`), await jsonText(policyOf(name)));
