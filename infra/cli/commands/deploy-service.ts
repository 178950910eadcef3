import { type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultCredentials } from '../../../shared/adapters/alicloud/credentials';
import { ServiceManagement } from '../../../shared/adapters/function-compute/service-management';
import { readEnvironment, type Environment } from '../../../shared/config/environment';
import { type FunctionBlocks } from '../../deploy/block-rule';
import { planService, type ServiceStep } from '../../deploy/service-plan';
import { planRemoval } from '../../deploy/service-removal';
import { serviceTarget } from '../../deploy/service-target';
import { monthlyCosts, type MonthlyCosts } from '../../install/monthly-costs';
import { SERVICE_ROLE } from '../../permissions/role-commands';
import { repositoryRoot } from '../../local/repository';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { textArgument, withOutputOptions } from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { POLICY_OPTION, policyAtHand } from '../policy-at-hand';
import { readDeployment } from '../read-deployment';
import { costLines } from '../render/cost-lines';
import { runCommand } from '../run-command';
import { type Colours } from '../terminal';
import { UserError } from '../user-error';

interface DeployOptions extends ConfirmOptions {
  readonly file?: string;
  readonly policy?: string;
  readonly service: string;
  readonly role: string;
  readonly runtime?: string;
  readonly remove?: true;
}

/** `evenkeel deploy fc2`: the functions of `s.yaml` as a service of FC 2.0, with the vendor's client; a plan first. */
export function addDeployService(deploy: Command, context: CliContext): void {
  withOutputOptions(
    deploy
      .command('fc2')
      .description(
        'create or change the service, functions and triggers of an FC 2.0 deployment from s.yaml; shows what would change and what a month costs, and asks first; removes nothing unless it is told to',
      )
      .option('--service <name>', 'the service', textArgument, 'evenkeel')
      .option(
        '--role <name>',
        'role of the service, by name or as an ARN: FC 2.0 has one for all functions',
        textArgument,
        SERVICE_ROLE,
      )
      .option('--runtime <name>', 'another runtime than that of s.yaml', textArgument)
      .option('--file <file>', 'another file than s.yaml of this project')
      .option('-p, --policy <file>', POLICY_OPTION)
      .option('--remove', 'delete its triggers, its functions and the service instead')
      .option('--plan', 'show what would change, and change nothing')
      .option('--yes', 'do not ask'),
  ).action(async (options: DeployOptions) => {
    const run = () => deployService(options, context);
    context.finish(await runCommand(context.terminal, options, run));
  });
}

async function deployService(options: DeployOptions, context: CliContext): Promise<CommandResult> {
  const { variables, terminal } = context;
  const environment = environmentOf(variables);
  const policy = policyAtHand(options, variables);
  const blocks = await deployable(options.file, { policy, variables });
  const { service, runtime } = options;
  const target = serviceTarget(blocks, {
    service,
    runtime,
    role: roleArn(options.role, environment),
  });
  const api = managementOf(blocks, environment);
  const isRemoval = options.remove === true;
  const steps = isRemoval
    ? await planRemoval(target, api)
    : await planService(target, api, archiveOf);
  const shown: Shown = { steps, isRemoval, costs: policy && monthlyCosts(policy) };
  if (steps.length === 0 || options.plan === true) return report(shown, false);
  if (options.json !== true) planLines(shown, terminal.colours).forEach(terminal.out);
  await confirm(terminal, options, `Apply ${steps.length} changes?`);
  for (const step of steps) await step.run(api);
  return report(shown, true);
}

function environmentOf(variables: CliContext['variables']): Environment & { accountId: string } {
  const read = readEnvironment(variables);
  if (read.kind === 'invalid')
    throw new UserError('usage', 'The environment is wrong:', read.problems);
  const { accountId } = read.environment;
  if (accountId === null)
    throw new UserError('usage', 'Set ALIBABA_CLOUD_ACCOUNT_ID: FC 2.0 is reached by account.');
  return { ...read.environment, accountId };
}

async function deployable(
  file: string | undefined,
  options: Parameters<typeof readDeployment>[1],
): Promise<FunctionBlocks> {
  const { findings, blocks } = await readDeployment(file, options);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0 && blocks !== null) return blocks;
  throw new UserError(
    'problem',
    's.yaml must not be deployed; `evenkeel deploy check` tells more:',
    errors.map(({ place, problem }) => `${place}: ${problem}`),
  );
}

const roleArn = (role: string, { accountId }: { readonly accountId: string }): string =>
  role.startsWith('acs:') ? role : `acs:ram::${accountId}:role/${role.toLowerCase()}`;

function managementOf(
  blocks: FunctionBlocks,
  { accountId, functionCompute, openApi }: Environment & { accountId: string },
): ServiceManagement {
  const [first] = Object.values(blocks);
  return new ServiceManagement({
    accountId,
    regionId: first?.region ?? '',
    credentials: defaultCredentials(),
    endpoint: functionCompute.endpoint,
    protocol: openApi.protocol,
  });
}

const archiveOf = (block: string): Buffer =>
  readFileSync(join(repositoryRoot(), 'dist', 'packages', `${block}.zip`));

interface Shown {
  readonly steps: readonly ServiceStep[];
  readonly isRemoval: boolean;
  /** Null where no policy is at hand. */
  readonly costs: MonthlyCosts | null;
}

const report = (shown: Shown, isDone: boolean): CommandResult => {
  const { steps, costs } = shown;
  return {
    exit: 'ok',
    json: {
      steps: steps.map(({ verb, what, differing }) => ({ verb, what, differing })),
      done: isDone ? steps.length : 0,
      costs,
    },
    lines: (colours) =>
      steps.length === 0
        ? ['Nothing to change.']
        : isDone
          ? [`${steps.length} changes made.`]
          : [...planLines(shown, colours), 'Nothing was changed.'],
  };
};

/** The steps, and what a month costs with them. */
const planLines = ({ steps, isRemoval, costs }: Shown, colours: Colours): readonly string[] => [
  ...steps.map(({ verb, what, differing }) =>
    differing.length === 0 ? `${verb} ${what}` : `${verb} ${what}: ${differing.join(', ')}`,
  ),
  ...(isRemoval ? [] : costLines(costs, colours)),
];
