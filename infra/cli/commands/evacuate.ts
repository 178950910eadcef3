import { Option, type Command } from 'commander';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type OperatorRequest } from '../../../shared/operate/operator-request';
import { askPool, askPools, onePool, type Answer } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { durationArgument, withCloudOptions, type CloudOptions } from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { whoami } from '../open-context';
import { openFleet, type OpenFleet } from '../open-fleet';
import { evacuationLines } from '../render/evacuation-lines';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface EvacuateOptions extends CloudOptions, ConfirmOptions {
  readonly zone?: string;
  readonly pool?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly for: number;
  readonly status?: true;
  readonly end?: true;
}

const HOUR_MS = 3_600_000;

/** `evenkeel evacuate`: a zone is left, weight 0 there and as many instances elsewhere. */
export function addEvacuate(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('evacuate')
      .description(
        'leave a zone: weight 0 for every backend there under the guards, as many instances elsewhere',
      )
      .option('--zone <id>', 'zone to leave, such as cn-hangzhou-h; needed but with --status')
      .option('--pool <name>', 'pool; needed when the policy has several')
      .option('--reason <text>', 'why, for whoever asks later')
      .option('--by <name>', 'who orders it (default: you, as the system knows you)')
      .addOption(
        new Option('--for <duration>', 'let the order end by itself after this long')
          .argParser(durationArgument)
          .default(4 * HOUR_MS, '4h'),
      )
      .option('--yes', 'do not ask first')
      .option('--plan', 'say what would be drained, kept and launched, and order nothing')
      .addOption(
        new Option('--status', 'show how far the zones are left').conflicts(['plan', 'zone']),
      )
      .addOption(
        new Option('--end', 'take the order back: who is well returns').conflicts([
          'plan',
          'status',
          'reason',
        ]),
      ),
  ).action(async (options: EvacuateOptions) => {
    context.finish(await runCommand(context.terminal, options, () => evacuate(options, context)));
  });
}

async function evacuate(options: EvacuateOptions, context: CliContext): Promise<CommandResult> {
  if (options.status === true) return progress(options, context);
  if (options.zone === undefined)
    throw new UserError('usage', 'Say which zone with --zone, or --status.');
  const fleet = openFleet(options, context.variables);
  const pool = onePool(fleet, options.pool);
  return options.end === true
    ? end(options.zone, { fleet, pool, options, context })
    : order(options.zone, { fleet, pool, options, context });
}

interface Asked {
  readonly fleet: OpenFleet;
  readonly pool: PoolPolicy;
  readonly options: EvacuateOptions;
  readonly context: CliContext;
}

async function order(zoneId: string, asked: Asked): Promise<CommandResult> {
  const { pool, options, context } = asked;
  if (options.reason === undefined || options.reason.trim() === '')
    throw new UserError('usage', 'Say why with --reason: somebody will ask later.');
  const request = {
    verb: 'evacuate' as const,
    pool: pool.name,
    zoneId,
    by: options.by ?? whoami(),
    reason: options.reason,
    until: context.now() + options.for,
  };
  if (options.plan !== true) {
    if (options.yes !== true && options.json !== true && context.terminal.ask !== undefined)
      (await view({ ...request, isPlan: true }, asked))
        .lines(context.terminal.colours)
        .forEach(context.terminal.err);
    await confirm(context.terminal, options, `Leave ${zoneId} with ${pool.name}?`);
  }
  return view({ ...request, isPlan: options.plan === true }, asked);
}

async function view(request: OperatorRequest, asked: Asked): Promise<CommandResult> {
  const { pool } = asked;
  const reply = await askPool(request, asked);
  if (reply.kind !== 'evacuation-planned' && reply.kind !== 'evacuation-ordered')
    throw new Error(`evacuate was answered with ${reply.kind}`);
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) => [
      ...evacuationLines(reply.view, colours),
      reply.kind === 'evacuation-planned'
        ? 'Nothing was changed.'
        : 'The next tick begins, under the guards; `evenkeel evacuate --status` shows how far it is.',
      ...observeNote(pool).map(colours.yellow),
    ],
  };
}

const observeNote = ({ mode }: PoolPolicy): readonly string[] =>
  mode === 'observe'
    ? ['The pool is in mode observe: the tick will say what it would do and change nothing.']
    : [];

async function end(zoneId: string, asked: Asked): Promise<CommandResult> {
  const { pool, options } = asked;
  const reply: Answer = await askPool(
    { verb: 'end-evacuation', pool: pool.name, zoneId, by: options.by ?? whoami() },
    asked,
  );
  if (reply.kind !== 'evacuation-ended')
    throw new Error(`evacuate was answered with ${reply.kind}`);
  return {
    exit: 'ok',
    json: reply,
    lines: () => [
      reply.wasOrdered
        ? `${pool.name} does not leave ${zoneId} any more: who is well there returns from the next tick on.`
        : `Nobody had ${pool.name} leave ${zoneId}; nothing to take back.`,
    ],
  };
}

async function progress(options: EvacuateOptions, context: CliContext): Promise<CommandResult> {
  const { answers } = await askPools('evacuation-status', options, context);
  const views = answers.flatMap(({ reply }) => (reply.kind === 'evacuations' ? reply.pools : []));
  return {
    exit: 'ok',
    json: { pools: views },
    lines: (colours) =>
      views.length === 0
        ? ['No zone is being left.']
        : views.flatMap((each) => evacuationLines(each, colours)),
  };
}
