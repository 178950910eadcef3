import { InvalidArgumentError, type Command } from 'commander';
import { policyDifferences, reachOf } from '../../../shared/config/policy-difference';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withPolicyOption } from '../common-options';
import { type FleetOptions } from '../open-fleet';
import { openPolicyStore, type OpenPolicyStore } from '../open-policy-store';
import { differenceLines, historyLines } from '../render/policy-lines';
import { runCommand, type OutputOptions } from '../run-command';

type LookOptions = FleetOptions & OutputOptions;

/** The file says where the store is; in a rehearsal too. */
export const withPolicyStoreOptions = (command: Command): Command =>
  withPolicyOption(command).option(
    '--local <file>',
    'as for other commands; the store is the policy file’s, in a rehearsal too',
  );

/** A version number, from 1. */
export function versionArgument(text: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(text)) throw new InvalidArgumentError('use a version such as 7.');
  return Number(text);
}

/** A text, what to call it, and its version; 0 where it has none. */
interface NamedText {
  readonly version: number;
  readonly name: string;
  readonly text: string;
}

/** The newest policy in the store; no text where there is none. */
export async function policyNow({ ask }: OpenPolicyStore): Promise<NamedText> {
  const reply = await ask({ verb: 'policy-history' });
  const newest = reply.kind === 'policy-history' ? reply.versions[0] : undefined;
  if (newest === undefined) return { version: 0, name: 'an empty store', text: '' };
  return versionIn(newest.version, ask);
}

async function versionIn(version: number, ask: OpenPolicyStore['ask']): Promise<NamedText> {
  const reply = await ask({ verb: 'policy-show', version });
  if (reply.kind !== 'policy') throw new Error(`policy-show was answered with ${reply.kind}`);
  const { by, note } = reply.shown;
  return { version, name: `version ${version} (${by}: ${note})`, text: reply.text };
}

/** `evenkeel policy diff [A] [B]`: what differs between versions, or the newest and the file. */
export function addPolicyDiff(policy: Command, context: CliContext): void {
  withPolicyStoreOptions(
    policy
      .command('diff')
      .description(
        'show the fields in which two policies differ: the newest in the store and the file, a version and the file, or two versions; exit code 10 when they do',
      )
      .argument(
        '[version]',
        'version to start from (default: the newest in the store)',
        versionArgument,
      )
      .argument('[other]', 'version to compare with (default: the policy file)', versionArgument),
  ).action(async (from: number | undefined, to: number | undefined, options: LookOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => diff(from, to, options, context)),
    );
  });
}

async function diff(
  from: number | undefined,
  to: number | undefined,
  options: LookOptions,
  context: CliContext,
): Promise<CommandResult> {
  const opened = openPolicyStore(options, context);
  const before = from === undefined ? await policyNow(opened) : await versionIn(from, opened.ask);
  const after =
    to === undefined
      ? { version: 0, name: opened.file, text: opened.text }
      : await versionIn(to, opened.ask);
  const found = policyDifferences(before.text, after.text);
  const names = { before: before.name, after: after.name };
  return {
    exit: found.length === 0 ? 'ok' : 'changes',
    json: { ...names, isSame: found.length === 0, differences: found, reach: reachOf(found) },
    lines: (colours) => differenceLines(found, names, colours),
  };
}

/** `evenkeel policy history`: every version that is kept. */
export function addPolicyHistory(policy: Command, context: CliContext): void {
  withPolicyStoreOptions(
    policy
      .command('history')
      .description('list the versions of the policy in the store, who pushed them, when and why'),
  ).action(async (options: LookOptions) => {
    const look = async (): Promise<CommandResult> => {
      const reply = await openPolicyStore(options, context).ask({ verb: 'policy-history' });
      const versions = reply.kind === 'policy-history' ? reply.versions : [];
      return { exit: 'ok', json: { versions }, lines: () => historyLines(versions) };
    };
    context.finish(await runCommand(context.terminal, options, look));
  });
}

/** `evenkeel policy show [VERSION]`: its text as it was pushed, comments included. */
export function addPolicyShow(policy: Command, context: CliContext): void {
  withPolicyStoreOptions(
    policy
      .command('show')
      .description('print a policy of the store as it was pushed')
      .argument('[version]', 'version (default: the newest)', versionArgument),
  ).action(async (version: number | undefined, options: LookOptions) => {
    const look = async (): Promise<CommandResult> => {
      const request = { verb: 'policy-show', ...(version !== undefined && { version }) } as const;
      const reply = await openPolicyStore(options, context).ask(request);
      if (reply.kind !== 'policy') throw new Error(`policy-show was answered with ${reply.kind}`);
      return { exit: 'ok', json: reply, lines: () => [reply.text.replace(/\n$/u, '')] };
    };
    context.finish(await runCommand(context.terminal, options, look));
  });
}
