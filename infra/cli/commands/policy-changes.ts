import { Option, type Command } from 'commander';
import { loadPolicy } from '../../../shared/config/load-policy';
import {
  type PolicyDifference,
  policyDifferences,
  reachOf,
} from '../../../shared/config/policy-difference';
import { problemText, type PolicyProblem } from '../../../shared/config/problem';
import { type PolicyVersion } from '../../../shared/domain/policy-version';
import { type PolicyReply } from '../../../shared/operate/policy/policy-reply';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { textArgument } from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { whoami } from '../open-context';
import { type FleetOptions } from '../open-fleet';
import { openPolicyStore, type OpenPolicyStore } from '../open-policy-store';
import { differenceLines } from '../render/policy-lines';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';
import { policyNow, versionArgument, withPolicyStoreOptions } from './policy-looks';

interface ChangeOptions extends FleetOptions, ConfirmOptions {
  readonly note?: string;
  readonly by?: string;
  readonly onto?: number;
}

const withChangeOptions = (command: Command): Command =>
  withPolicyStoreOptions(command)
    .option('--by <name>', 'who wants it (default: you, as the system knows you)')
    .addOption(
      new Option(
        '--onto <version>',
        'only if this is still the newest version, 0 for none (default: the one that is shown first)',
      ).argParser((text) => (text === '0' ? 0 : versionArgument(text))),
    )
    .option('--yes', 'do not ask first')
    .option('--plan', 'show what would change, and store nothing');

/** `evenkeel policy push`: the policy file becomes the newest version in the store. */
export function addPolicyPush(policy: Command, context: CliContext): void {
  withChangeOptions(
    policy
      .command('push')
      .description(
        'check the policy file and put it into the store that it names, as the newest version',
      )
      .requiredOption(
        '--note <text>',
        'what changes and why, for whoever asks later',
        textArgument,
      ),
  ).action(async (options: ChangeOptions & { readonly note: string }) => {
    context.finish(await runCommand(context.terminal, options, () => push(options, context)));
  });
}

/** `evenkeel policy rollback [VERSION]`: an older version becomes the newest one. */
export function addPolicyRollback(policy: Command, context: CliContext): void {
  withChangeOptions(
    policy
      .command('rollback')
      .description('make an older version of the policy the newest one; history is kept')
      .argument(
        '[version]',
        'version to bring back (default: the one before the newest)',
        versionArgument,
      )
      .option('--note <text>', 'why (default: which version it brings back)', textArgument),
  ).action(async (version: number | undefined, options: ChangeOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => rollBack(version, options, context)),
    );
  });
}

async function push(
  options: ChangeOptions & { readonly note: string },
  context: CliContext,
): Promise<CommandResult> {
  const opened = openPolicyStore(options, context);
  const { file: fileName, text } = opened;
  const warnings = checked(opened);
  const now = await policyNow(opened);
  const change = { now, names: fileName, found: policyDifferences(now.text, text), warnings };
  if (options.plan === true) return planned(change);
  await ask(`Push ${fileName} as version ${now.version + 1}?`, change, options, context);
  const { note } = options;
  const by = options.by ?? whoami();
  const onto = options.onto ?? now.version;
  return stored(await opened.ask({ verb: 'policy-push', text, fileName, by, note, onto }), change);
}

/** Findings that are no errors. Throws `UserError` with every problem, before anybody is asked anything. */
function checked({ file, text }: OpenPolicyStore): readonly PolicyProblem[] {
  const loaded = loadPolicy(text, file);
  if (loaded.kind === 'ok') return loaded.warnings.filter(({ severity }) => severity !== 'info');
  throw new UserError('problem', `${file} is not valid:`, loaded.problems.map(problemText));
}

async function rollBack(
  version: number | undefined,
  options: ChangeOptions,
  context: CliContext,
): Promise<CommandResult> {
  const opened = openPolicyStore(options, context);
  const now = await policyNow(opened);
  const to = version ?? Math.max(1, now.version - 1);
  const older = await opened.ask({ verb: 'policy-show', version: to });
  if (older.kind !== 'policy') throw new Error(`policy-show was answered with ${older.kind}`);
  const found = policyDifferences(now.text, older.text);
  const change = { now, names: `version ${to}`, found, warnings: [] };
  if (options.plan === true) return planned(change);
  await ask(`Make version ${to} the newest again?`, change, options, context);
  const { note = `back to version ${to}` } = options;
  const by = options.by ?? whoami();
  const onto = options.onto ?? now.version;
  return stored(await opened.ask({ verb: 'policy-rollback', to, by, note, onto }), change);
}

interface Change {
  readonly now: { readonly version: number; readonly name: string };
  /** What it would become. */
  readonly names: string;
  readonly found: readonly PolicyDifference[];
  readonly warnings: readonly PolicyProblem[];
}

async function ask(
  question: string,
  change: Change,
  options: ChangeOptions,
  { terminal }: CliContext,
): Promise<void> {
  if (options.yes !== true && options.json !== true && terminal.ask !== undefined)
    planned(change).lines(terminal.colours).forEach(terminal.err);
  await confirm(terminal, options, question);
}

const planned = ({ now, names, found, warnings }: Change): CommandResult => ({
  exit: 'ok',
  json: { onto: now.version, differences: found, reach: reachOf(found), warnings },
  lines: (colours) => [
    ...warnings.map((one) => `${colours.yellow('warning')}  ${problemText(one)}`),
    ...differenceLines(found, { before: now.name, after: names }, colours),
  ],
});

function stored(reply: PolicyReply, { found, warnings }: Change): CommandResult {
  return {
    exit: 'ok',
    json: { ...reply, differences: found, warnings },
    lines: (colours) => [
      ...warnings.map((one) => `${colours.yellow('warning')}  ${problemText(one)}`),
      textOf(reply),
    ],
  };
}

function textOf(reply: PolicyReply): string {
  if (reply.kind === 'policy-unchanged')
    return `Version ${reply.newest.version} has this very text; nothing was stored.`;
  if (reply.kind !== 'policy-stored') throw new Error(`a change was answered with ${reply.kind}`);
  const { version, hash, restores }: PolicyVersion = reply.stored;
  const what = restores === null ? '' : `, the text of version ${restores} again`;
  return `Version ${version} is the newest now${what}: policy ${hash.slice(0, 12)}. Functions that read the policy from the store go by it from their next look on.`;
}
