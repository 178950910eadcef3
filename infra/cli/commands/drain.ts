import { type Command } from 'commander';
import { instantText } from '../../../shared/record/text';
import { askPool, onePool } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import {
  durationArgument,
  textArgument,
  withCloudOptions,
  type CloudOptions,
} from '../common-options';
import { openFleet } from '../open-fleet';
import { whoami } from '../open-context';
import { runCommand } from '../run-command';

interface DrainOptions extends CloudOptions {
  readonly pool?: string;
  readonly by?: string;
  readonly reason: string;
  readonly for?: number;
}

/** `evenkeel drain`: a person's standing order. */
export function addDrain(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('drain')
      .description('order a backend to be drained; the next tick does it, under the guards')
      .argument('<instance>', 'instance id')
      .requiredOption('--reason <text>', 'why, for whoever asks later', textArgument)
      .option('--pool <name>', 'pool; needed when the policy has several')
      .option('--by <name>', 'who orders it (default: you, as the system knows you)')
      .option('--for <duration>', 'let the order end by itself after this long', durationArgument),
  ).action(async (instanceId: string, options: DrainOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => drain(instanceId, options, context)),
    );
  });
}

async function drain(
  instanceId: string,
  options: DrainOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const pool = onePool(fleet, options.pool);
  const until = options.for === undefined ? {} : { until: context.now() + options.for };
  const reply = await askPool(
    {
      verb: 'drain',
      pool: pool.name,
      instanceId,
      by: options.by ?? whoami(),
      reason: options.reason,
      ...until,
    },
    { fleet, pool, options, context },
  );
  if (reply.kind !== 'drain-ordered') throw new Error(`drain was answered with ${reply.kind}`);
  const end =
    reply.order.until === null
      ? 'until `evenkeel undrain`'
      : `until ${instantText(reply.order.until)}`;
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) => [
      `${instanceId} is to be drained from ${pool.name} ${end}. The next tick lowers its weight, if the guards allow it.`,
      ...(pool.mode === 'observe'
        ? [
            colours.yellow(
              'The pool is in mode observe: the tick will say what it would do and change nothing.',
            ),
          ]
        : []),
      ...(reply.isTagged
        ? []
        : [
            colours.yellow(
              'The order stands in the state store; its tag on the instance could not be written, so losing the store would lose it.',
            ),
          ]),
    ],
  };
}

interface UndrainOptions extends CloudOptions {
  readonly pool?: string;
  readonly by?: string;
}

/** `evenkeel undrain`: takes the order back. */
export function addUndrain(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('undrain')
      .description('take a drain order back; the next tick gives the backend its full weight again')
      .argument('<instance>', 'instance id')
      .option('--pool <name>', 'pool; needed when the policy has several')
      .option('--by <name>', 'who takes it back (default: you, as the system knows you)'),
  ).action(async (instanceId: string, options: UndrainOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => undrain(instanceId, options, context)),
    );
  });
}

async function undrain(
  instanceId: string,
  options: UndrainOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const pool = onePool(fleet, options.pool);
  const reply = await askPool(
    { verb: 'undrain', pool: pool.name, instanceId, by: options.by ?? whoami() },
    { fleet, pool, options, context },
  );
  if (reply.kind !== 'drain-lifted') throw new Error(`undrain was answered with ${reply.kind}`);
  return {
    exit: reply.isUntagged ? 'ok' : 'problem',
    json: reply,
    lines: (colours) => [
      reply.wasOrdered
        ? `${instanceId} returns to ${pool.name} at its full weight with the next tick, unless something else is wrong with it by then.`
        : `There was no drain order for ${instanceId}; nothing to take back.`,
      ...(reply.isUntagged
        ? []
        : [
            colours.yellow(
              'The tag on the instance could not be removed; until it is, the order holds wherever another state store is used.',
            ),
          ]),
    ],
  };
}
