import { deploymentSchema } from '../../shared/config/fleet-schema';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { DEPLOYMENT_VARIABLES } from '../../shared/config/deployment-variables';
import { type FunctionBlocks } from './block-rule';
import { checkEnvironment } from './check-environment';
import { checkFolders } from './check-folders';
import { checkOfficial } from './check-official';
import { checkPolicy } from './check-policy';
import { checkRules } from './check-rules';
import { checkShape } from './check-shape';
import { errorAt, type Finding } from './finding';
import { readServerless, type ServerlessVariables } from './read-serverless';
import { serverlessSchema } from './serverless-schema';

export interface DeploymentCheck {
  readonly findings: readonly Finding[];
  /** Null when the file cannot be understood. */
  readonly blocks: FunctionBlocks | null;
}

export interface CheckOptions extends ServerlessVariables {
  /** The folder with `functions` and `dist`; code stands in the file relative to it. */
  readonly root: string;
  /** The policy that the functions will read, where it is at hand: the two must agree. */
  readonly policy?: FleetPolicy | undefined;
}

/** All that can be known to be wrong with an `s.yaml` without asking the cloud. Rejects when it is not YAML. */
export async function checkDeployment(
  file: string,
  options: CheckOptions,
): Promise<DeploymentCheck> {
  const { document, lacking } = readServerless(file, options);
  if (lacking.length > 0) return { findings: lacking.map(lackingValue), blocks: null };
  const whole = [
    ...checkShape(document),
    ...(await checkOfficial(document)),
    ...unsetIn(document, 'file'),
  ];
  const parsed = serverlessSchema.safeParse(document);
  if (!parsed.success) return { findings: whole, blocks: null };
  const blocks = Object.fromEntries(
    Object.entries(parsed.data.resources).map(([name, { props }]) => [name, props]),
  );
  const settings = options.policy?.deployment ?? deploymentSchema.parse({});
  const findings = [
    ...whole,
    ...checkFolders(blocks, options.root),
    ...checkEnvironment(blocks),
    ...checkRules(blocks, settings),
    ...(options.policy === undefined ? [] : checkPolicy(blocks, options.policy)),
  ];
  return { findings, blocks };
}

function lackingValue(expression: string): Finding {
  const name = /^env\('(\w+)'/.exec(expression)?.[1];
  const about = DEPLOYMENT_VARIABLES.find((one) => one.name === name)?.description;
  return errorAt(
    `\${${expression}}`,
    'has no value',
    name === undefined
      ? 'Give it one, or take it out.'
      : `Set the environment variable ${name}${about === undefined ? '' : `: ${about}`}`,
  );
}

/** A placeholder that somebody left in, such as `vpc-unset`, would deploy and then fail. */
function unsetIn(node: unknown, place: string): readonly Finding[] {
  if (typeof node === 'string')
    return /\bunset\b|^<[^>]*>$/i.test(node)
      ? [errorAt(place, 'is a placeholder', 'Put the real value there.')] // not shown: it may be a secret
      : [];
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    unsetIn(value, place === 'file' ? key : `${place}.${key}`),
  );
}
