import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOYMENT_VARIABLES } from '../../shared/config/deployment-variables';
import { ENVIRONMENT_VARIABLES } from '../../shared/config/environment';
import { terraformModule, type TerraformModule } from './terraform';

/** The configuration of this project's own `s.yaml`, its variables described as the reference describes them. */
export function projectTerraform(root: string): TerraformModule {
  const path = join(root, 's.yaml');
  const about = Object.fromEntries(
    [...ENVIRONMENT_VARIABLES, ...DEPLOYMENT_VARIABLES].map(({ name, description }) => [
      name,
      description,
    ]),
  );
  return terraformModule({ path, text: readFileSync(path, 'utf8') }, about);
}
