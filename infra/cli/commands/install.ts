import { InvalidArgumentError, type Command } from 'commander';
import {
  carryOut,
  planInstall,
  planUninstall,
  type InstallPlan,
} from '../../install/install-session';
import { monthlyCosts, type MonthlyCosts } from '../../install/monthly-costs';
import { isChange, type PlannedItem } from '../../install/plan-setup';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { openFleet } from '../open-fleet';
import { openInstall } from '../open-rpc';
import { costLines } from '../render/cost-lines';
import { itemLines, secretLines, setupLines } from '../render/install-lines';
import { runCommand } from '../run-command';
import { withProgress } from '../terminal';
import { UserError } from '../user-error';

interface InstallOptions extends CloudOptions, ConfirmOptions {
  readonly callback?: string;
}

function callbackArgument(text: string): string {
  if (!/^https?:\/\/[^\s?#]+$/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('use a web address without a query.');
  return text;
}

/** `evenkeel install`: alarm rules, event rules and the contact group of CloudMonitor, as the policy wants them. */
export function addInstall(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('install')
      .description(
        'set up CloudMonitor’s alarm rules, event rules and contact group from the policy’s `alarms`; shows the plan, with what people changed, and what a month costs, then asks',
      )
      .option(
        '--callback <url>',
        'where on-alarm listens, without the secret (default: alarms.callback of the policy)',
        callbackArgument,
      )
      .option('--plan', 'say what would be done, and do nothing')
      .option('--yes', 'do not ask first'),
  ).action(async (options: InstallOptions) => {
    context.finish(await runCommand(context.terminal, options, () => install(options, context)));
  });
}

/** `evenkeel uninstall`: what `install` made is taken away, and nothing else. */
export function addUninstall(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('uninstall')
      .description(
        'take away what `install` made in CloudMonitor, known by its mark, and nothing else; shows the plan, then asks',
      )
      .option('--plan', 'say what would be done, and do nothing')
      .option('--yes', 'do not ask first'),
  ).action(async (options: InstallOptions) => {
    context.finish(await runCommand(context.terminal, options, () => uninstall(options, context)));
  });
}

const remarks = ({
  alarms,
  alarmSecret,
}: ReturnType<typeof openInstall>['fleet']): readonly string[] => [
  ...(alarms.contacts.length === 0
    ? ['alarms.contacts is empty: when the loop itself dies, CloudMonitor has nobody to tell.']
    : []),
  ...(alarms.callback === null
    ? [
        'Without alarms.callback rules call the function on-event by its name; for functions of FC 3.0 that is UNCONFIRMED.',
      ]
    : []),
  ...(alarms.callback !== null && alarmSecret?.next !== null && alarmSecret !== null
    ? ['A rotation is under way: rules carry the next secret where its variable is set here.']
    : []),
];

async function install(options: InstallOptions, context: CliContext): Promise<CommandResult> {
  const opened = openFleet(options, context.variables);
  const session = openInstall(opened, context.variables, options);
  const { fleet } = session;
  if (fleet.alarms.callback !== null && fleet.alarmSecret === null)
    throw new UserError(
      'problem',
      'The policy has no alarmSecret, so on-alarm refuses every alarm.',
      ['Set alarmSecret.current to env:EVENKEEL_ALARM_SECRET.'],
    );
  const plan = await withProgress(context.terminal, 'reading CloudMonitor', planInstall(session));
  const costs = monthlyCosts(fleet);
  const shown: Shown = { plan, costs, notes: remarks(fleet) };
  return settle(shown, { options, context, question: 'Set this up?', session });
}

async function uninstall(options: InstallOptions, context: CliContext): Promise<CommandResult> {
  const opened = openFleet(options, context.variables);
  const session = openInstall(opened, context.variables, options);
  const items = await withProgress(
    context.terminal,
    'reading CloudMonitor',
    planUninstall(session),
  );
  const shown: Shown = { plan: { items, secret: null }, costs: null, notes: [] };
  return settle(shown, { options, context, question: 'Take this away?', session });
}

interface Shown {
  readonly plan: InstallPlan;
  readonly costs: MonthlyCosts | null;
  readonly notes: readonly string[];
}

interface Settling {
  readonly options: InstallOptions;
  readonly context: CliContext;
  readonly question: string;
  readonly session: ReturnType<typeof openInstall>;
}

const planLines = (
  { plan, costs, notes }: Shown,
  colours: CliContext['terminal']['colours'],
): readonly string[] => [
  ...setupLines(plan.items, colours),
  ...(costs === null ? [] : costLines(costs, colours)),
  ...notes.map(colours.yellow),
];

/** Shows the plan, asks, does it. With nothing to do nobody is asked. */
async function settle(
  shown: Shown,
  { options, context, question, session }: Settling,
): Promise<CommandResult> {
  const { plan } = shown;
  const { terminal } = context;
  if (options.plan === true || !plan.items.some(isChange)) return resultOf(shown, false);
  if (options.json !== true) planLines(shown, terminal.colours).forEach(terminal.err);
  await confirm(terminal, options, question);
  const tell = (item: PlannedItem): void =>
    options.json === true
      ? undefined
      : itemLines(item, terminal.colours).slice(0, 1).forEach(terminal.err);
  await carryOut(plan.items, session, tell);
  return resultOf(shown, true);
}

function resultOf(shown: Shown, isDone: boolean): CommandResult {
  const { plan, costs, notes } = shown;
  const secret = plan.secret;
  const done = plan.items.filter(isChange).length;
  return {
    exit: 'ok',
    json: {
      isDone,
      items: plan.items.map(({ change, regionId, item, differences }) => ({
        ...{ change, regionId, kind: item.kind, name: item.value.name, differences },
      })),
      secret: secret && {
        ...{ variable: secret.variable, from: secret.from },
        ...(isDone && secret.from === 'new' && { value: secret.secret.reveal() }),
      },
      ...(costs !== null && { costs }),
      notes,
    },
    lines: (colours) =>
      isDone
        ? [`Done: ${done} ${done === 1 ? 'thing' : 'things'}.`, ...secretLines(secret, colours)]
        : planLines(shown, colours),
  };
}
