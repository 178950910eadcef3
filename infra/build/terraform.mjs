// Writes infra/deploy/terraform/main.tf.json from s.yaml and the permissions: `node infra/build/terraform.mjs`
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonText, loadSource, root } from './load-source.mjs';

const { projectTerraform } = await loadSource(
  `export { projectTerraform } from './infra/deploy/project-terraform';`,
  'terraform',
);
const folder = join(root, 'infra', 'deploy', 'terraform');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'main.tf.json'), await jsonText(projectTerraform(root)));
