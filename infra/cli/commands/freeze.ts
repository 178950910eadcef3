import { Option, type Command } from 'commander';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { operate } from '../../../shared/operate/operate';
import { type OperatorReply } from '../../../shared/operate/operator-reply';
import { type OperatorRequest } from '../../../shared/operate/operator-request';
import { instantText } from '../../../shared/record/text';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import {
  durationArgument,
  textArgument,
  withCloudOptions,
  type CloudOptions,
} from '../common-options';
import { openContext, whoami } from '../open-context';
import { openFleet } from '../open-fleet';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface UnfreezeOptions extends CloudOptions {
  readonly pool?: string;
  readonly name?: string;
  readonly by?: string;
  readonly of?: string;
}

interface FreezeOptions extends UnfreezeOptions {
  readonly reason: string;
  readonly for: number;
}

type Changed = Extract<OperatorReply, { kind: 'freeze-changed' }>;

const HOUR_MS = 3_600_000;

const withScope = (command: Command): Command =>
  withCloudOptions(
    command
      .option('--pool <name>', 'only this pool (default: everything)')
      .addOption(new Option('--name <name>', 'only this public name').conflicts('pool'))
      .option('--by <name>', 'who wants it (default: you, as the system knows you)')
      .option('--of <name>', 'whose freeze is replaced or taken back, when it is not yours'),
  );

/** `evenkeel freeze`: nothing is written until it ends, not even what would restore. */
export function addFreeze(program: Command, context: CliContext): void {
  withScope(
    program
      .command('freeze')
      .description(
        'withhold every change of everything, a pool or a name for a while, what would restore included',
      )
      .requiredOption('--reason <text>', 'why, for whoever asks later', textArgument)
      .addOption(
        new Option('--for <duration>', 'let the freeze end by itself after this long')
          .argParser(durationArgument)
          .default(2 * HOUR_MS, '2h'),
      ),
  ).action(async (options: FreezeOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () =>
        change(
          {
            verb: 'freeze',
            ...scopeOf(options),
            reason: options.reason,
            until: context.now() + options.for,
          },
          options,
          context,
        ),
      ),
    );
  });
}

/** `evenkeel unfreeze`: takes a freeze back before its time. */
export function addUnfreeze(program: Command, context: CliContext): void {
  withScope(
    program.command('unfreeze').description('take the freeze of everything, a pool or a name back'),
  ).action(async (options: UnfreezeOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () =>
        change({ verb: 'unfreeze', ...scopeOf(options) }, options, context),
      ),
    );
  });
}

const scopeOf = ({ pool, name, by, of }: UnfreezeOptions) => ({
  ...(pool !== undefined && { pool }),
  ...(name !== undefined && { name }),
  by: by ?? whoami(),
  ...(of !== undefined && { of }),
});

async function change(
  request: OperatorRequest,
  options: UnfreezeOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const writeLog = options.debug === true ? context.terminal.err : null;
  const place = { regionId: fleet.policy.regionId, mode: 'observe' } as const;
  const opened = openContext(fleet, place, { timeoutMs: options.timeout, writeLog });
  const reply = await operate(request, opened);
  if (reply.kind === 'refused') throw new UserError('problem', reply.message);
  if (reply.kind !== 'freeze-changed')
    throw new Error(`${request.verb} was answered with ${reply.kind}`);
  return { exit: 'ok', json: reply, lines: () => [textOf(reply, fleet.policy)] };
}

/** Where names fail over each region has a deployment of its own, which reads the freezes of its own store. */
const everything = ({ failover, regionId }: FleetPolicy): string =>
  failover === null ? 'Everything' : `Everything that the deployment in ${regionId} looks after`;

function textOf({ scope, freeze, before }: Changed, policy: FleetPolicy): string {
  const what = scope === 'all' ? everything(policy) : scope.replace('/', ' ');
  if (freeze !== null)
    return `${what} is frozen until ${instantText(freeze.until)}: from its next look on nothing is written, not even what would restore. \`evenkeel unfreeze\` ends it.`;
  return before === null
    ? `${what} was not frozen; nothing to take back.`
    : `${what} is not frozen any more; ${before.by} had frozen it (${before.reason}).`;
}
