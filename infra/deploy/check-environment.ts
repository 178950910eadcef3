import { DEPLOYMENT_VARIABLES } from '../../shared/config/deployment-variables';
import { ENVIRONMENT_VARIABLES } from '../../shared/config/environment';
import { suggest } from '../../shared/config/suggest';
import { type FunctionBlocks, placeOf } from './block-rule';
import { errorAt, type Finding } from './finding';

/** What the code reads and a deployment has no use for, with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  EVENKEEL_STATE_PATH: 'the policy says it, beside the policy file',
  EVENKEEL_ARCHIVE_PATH: 'the policy says it, beside the policy file',
  EVENKEEL_OPENAPI_ENDPOINT: 'rehearsals',
  EVENKEEL_OPENAPI_PROTOCOL: 'rehearsals',
  EVENKEEL_FC_ENDPOINT: 'rehearsals',
  EVENKEEL_REGIONS: 'rehearsals',
  EVENKEEL_METRIC_PERIOD: 'rehearsals',
  EVENKEEL_FC_SERVICE: 'FC 2.0 only, where `evenkeel deploy fc2` sets it',
  ALIBABA_CLOUD_ACCOUNT_ID: 'the platform tells each invocation',
};

const READ = ENVIRONMENT_VARIABLES.map(({ name }) => name);
const KNOWN = [...READ, ...DEPLOYMENT_VARIABLES.map(({ name }) => name)];

/** Every variable that the code reads is set in every block or known to be left out; nothing of ours is set that nobody reads. */
export const checkEnvironment = (blocks: FunctionBlocks): readonly Finding[] =>
  Object.entries(blocks).flatMap(([name, { environmentVariables }]) => [
    ...READ.filter((one) => !(one in LEFT_OUT) && !(one in environmentVariables)).map((one) =>
      errorAt(
        placeOf(name, `environmentVariables.${one}`),
        'is read by the function and not set',
        'Set it as the other blocks do.',
      ),
    ),
    ...Object.keys(environmentVariables)
      .filter((one) => one.startsWith('EVENKEEL_') && !KNOWN.includes(one))
      .map((one) => unread(name, one)),
  ]);

function unread(name: string, variable: string): Finding {
  const guess = suggest(variable, KNOWN);
  return errorAt(
    placeOf(name, `environmentVariables.${variable}`),
    'is read by nobody',
    guess === undefined ? 'Take it out.' : `Did you mean ${guess}?`,
  );
}
