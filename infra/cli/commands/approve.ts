import { randomUUID } from 'node:crypto';
import { type Command } from 'commander';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { instantText } from '../../../shared/record/text';
import { approvalSecretsOf, askName } from '../ask-names';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { whoami } from '../open-context';
import { openFleet } from '../open-fleet';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface ApproveOptions extends CloudOptions, ConfirmOptions {
  readonly by?: string;
  readonly reject?: true;
}

interface Move {
  readonly name: string;
  readonly moveId: string;
}

/** `evenkeel approve`: a person’s signed word about a move that waits for it. */
export function addApprove(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('approve')
      .description(
        'approve a move that waits for a person, or refuse it; signed, good for one move',
      )
      .argument('<name>', 'public name, as the policy calls it')
      .argument('<move>', 'id of the move, as `status` and the alert tell it')
      .option('--reject', 'refuse it')
      .option('--by <name>', 'who says so (default: you, as the system knows you)')
      .option('--yes', 'do not ask first'),
  ).action(async (name: string, moveId: string, options: ApproveOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () =>
        approve({ name, moveId }, options, context),
      ),
    );
  });
}

async function approve(
  { name, moveId }: Move,
  options: ApproveOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const [secret] = approvalSecretsOf(fleet, context);
  if (secret === undefined)
    throw new UserError('problem', 'The policy names no approvalSecret: nothing can be approved.');
  const isGranted = options.reject !== true;
  const verb = isGranted ? 'Approve' : 'Refuse';
  await confirm(context.terminal, options, `${verb} ${moveId} of ${name}?`);
  const at = context.now();
  const validMs = fleet.policy.names.find((one) => one.name === name)?.approval.validMs ?? 1;
  const word = {
    approvalId: randomUUID(),
    name,
    moveId,
    by: options.by ?? whoami(),
    isGranted,
    at,
    until: at + validMs,
  };
  const signature = HMAC_SIGNATURES.sign('approval', word, secret);
  const reply = await askName({ verb: 'approve', word, signature }, fleet, options, context);
  if (reply.kind !== 'approval-stored') throw new Error(`approve was answered with ${reply.kind}`);
  return {
    exit: 'ok',
    json: reply,
    lines: () => [
      `${moveId} of ${name} is ${isGranted ? 'approved' : 'refused'} until ${instantText(reply.approval.until)}; the word is good for one move.`,
    ],
  };
}
