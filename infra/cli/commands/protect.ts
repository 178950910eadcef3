import { type Command } from 'commander';
import { askPool, onePool } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { whoami } from '../open-context';
import { openFleet } from '../open-fleet';
import { runCommand } from '../run-command';

interface ProtectOptions extends CloudOptions {
  readonly pool?: string;
  readonly by?: string;
}

type Verb = 'protect' | 'unprotect';

/** `evenkeel protect`: keeps every hand off an instance. */
export const addProtect = (program: Command, context: CliContext): void => {
  add(
    'protect',
    'keep every hand off an instance: no weight, no repair, no removal',
    program,
    context,
  );
};

/** `evenkeel unprotect`: lets an instance be looked after again. */
export const addUnprotect = (program: Command, context: CliContext): void => {
  add('unprotect', 'let an instance be looked after again', program, context);
};

function add(verb: Verb, description: string, program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command(verb)
      .description(description)
      .argument('<instance>', 'instance id')
      .option('--pool <name>', 'pool; needed when the policy has several')
      .option('--by <name>', 'who wants it (default: you, as the system knows you)'),
  ).action(async (instanceId: string, options: ProtectOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => change(verb, instanceId, options, context)),
    );
  });
}

async function change(
  verb: Verb,
  instanceId: string,
  options: ProtectOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const pool = onePool(fleet, options.pool);
  const reply = await askPool(
    { verb, pool: pool.name, instanceId, by: options.by ?? whoami() },
    { fleet, pool, options, context },
  );
  if (reply.kind !== 'protection-changed')
    throw new Error(`${verb} was answered with ${reply.kind}`);
  const already = reply.isProtected === reply.wasProtected ? ' already' : '';
  return {
    exit: 'ok',
    json: reply,
    lines: () => [
      reply.isProtected
        ? `${instanceId} is${already} protected: nothing touches it until \`evenkeel unprotect\`.`
        : `${instanceId} is${already} not protected${pool.guards.protectedInstances.includes(instanceId) ? ' by a tag, but the policy names it' : ''}.`,
    ],
  };
}
