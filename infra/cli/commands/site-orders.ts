import { Option, type Command } from 'commander';
import { type NamePolicy } from '../../../shared/domain/failover/name-policy';
import { type SiteOrder } from '../../../shared/domain/failover/name-snapshot';
import { instantText } from '../../../shared/record/text';
import { askName, type NameAnswer, plansIn } from '../ask-names';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import {
  durationArgument,
  textArgument,
  withCloudOptions,
  type CloudOptions,
} from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { whoami } from '../open-context';
import { openFleet } from '../open-fleet';
import { nameLines } from '../render/explanation-lines';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface OrderOptions extends CloudOptions, ConfirmOptions {
  readonly site?: string;
  readonly by?: string;
  readonly reason: string;
  readonly for: number;
}

const HOUR_MS = 3_600_000;

/** `evenkeel failover`: a person has a site left. */
export const addFailover = (program: Command, context: CliContext): void =>
  add(
    'failover',
    'order that a site of a name be left: its records are paused under the guards',
    program,
    context,
  );

/** `evenkeel failback`: a person has a site come back. */
export const addFailback = (program: Command, context: CliContext): void =>
  add(
    'failback',
    'order that a site of a name comes back, in stages; takes a failover order back',
    program,
    context,
  );

/** `evenkeel practice`: a rehearsed failover, which ends by itself. */
export const addPractice = (program: Command, context: CliContext): void =>
  add(
    'practice',
    'rehearse a failover now: it ends by itself, and at once when its outcome alarm fires',
    program,
    context,
  );

function add(
  kind: SiteOrder['kind'],
  description: string,
  program: Command,
  context: CliContext,
): void {
  withCloudOptions(
    program
      .command(kind)
      .description(description)
      .argument('<name>', 'public name, as the policy calls it')
      .option(
        '--site <name>',
        kind === 'practice' ? 'site (default: the one that the policy practises)' : 'site; needed',
      )
      .requiredOption('--reason <text>', 'why, for whoever asks later', textArgument)
      .option('--by <name>', 'who orders it (default: you, as the system knows you)')
      .addOption(
        new Option('--for <duration>', 'let the order end by itself after this long')
          .argParser(durationArgument)
          .default(4 * HOUR_MS, '4h'),
      )
      .option('--yes', 'do not ask first')
      .option('--plan', 'say what the next tick would do, and order nothing'),
  ).action(async (name: string, options: OrderOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => order(kind, name, options, context)),
    );
  });
}

/** The site that is meant; a rehearsal without one is of that which the policy practises. Throws `UserError`. */
function siteOf(
  kind: SiteOrder['kind'],
  name: string,
  { site }: Pick<OrderOptions, 'site'>,
  policy: NamePolicy | undefined,
): string {
  if (site !== undefined) return site;
  if (kind !== 'practice' || policy === undefined)
    throw new UserError('usage', 'Say which site with --site.');
  if (policy.practice !== null) return policy.practice.site;
  throw new UserError(
    'problem',
    `The policy does not practise ${name}: give it a practice section first.`,
  );
}

async function order(
  kind: SiteOrder['kind'],
  name: string,
  options: OrderOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const policy = fleet.policy.names.find((one) => one.name === name);
  const site = siteOf(kind, name, options, policy);
  const until = context.now() + options.for;
  const by = options.by ?? whoami();
  const request = { verb: kind, name, site, by, reason: options.reason, until };
  const ask = async (isPlan: boolean) => askName({ ...request, isPlan }, fleet, options, context);
  if (options.plan === true) return planned(await ask(true));
  if (options.yes !== true && options.json !== true && context.terminal.ask !== undefined)
    planned(await ask(true))
      .lines(context.terminal.colours)
      .forEach(context.terminal.err);
  await confirm(context.terminal, options, `${kind} of ${site}, a site of ${name}?`);
  const reply = await ask(false);
  if (reply.kind !== 'site-ordered') throw new Error(`${kind} was answered with ${reply.kind}`);
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) => [
      `${kind} of ${site} is ordered for ${name} until ${instantText(reply.order.until)}. The name’s next tick begins, if the guards allow it.`,
      ...(policy?.mode === 'observe'
        ? [
            colours.yellow(
              'The name is in mode observe: the tick will say what it would do and change nothing.',
            ),
          ]
        : []),
    ],
  };
}

function planned(reply: NameAnswer): CommandResult {
  const plans = plansIn(reply);
  return {
    exit: 'ok',
    json: { plans },
    lines: (colours) => plans.flatMap((each) => nameLines(each, null, colours)),
  };
}
