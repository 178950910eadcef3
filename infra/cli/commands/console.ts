import { randomUUID } from 'node:crypto';
import { type Command } from 'commander';
import { isLoopback, linkToken, readName } from '../../../functions/console/sessions';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { resolveSecrets } from '../../../shared/config/environment';
import { instant } from '../../../shared/domain/units';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { whoami } from '../open-context';
import { openFleet } from '../open-fleet';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface LoginOptions extends CloudOptions {
  readonly by?: string;
  readonly url?: string;
}

/** `evenkeel console`: what people do with the console besides looking at it. */
export function addConsole(program: Command, context: CliContext): void {
  const console = program.command('console').description('the console: a page in the browser');
  withCloudOptions(
    console
      .command('login')
      .description('print a link that signs you in at the console, once, within five minutes')
      .option('--by <name>', 'who signs in (default: you, as the system knows you)')
      .option(
        '--url <url>',
        'address of the console (default: notifications.console of the policy)',
      ),
  ).action(async (options: LoginOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => Promise.resolve(login(options, context))),
    );
  });
}

function login(options: LoginOptions, context: CliContext): CommandResult {
  const { policy } = openFleet(options, context.variables);
  const link = addressOf(options.url ?? policy.notifications?.consoleUrl ?? '');
  const by = readName(options.by ?? whoami());
  if (by === null) throw new UserError('usage', 'A name has at most 64 characters, on one line.');
  const references = policy.console.secret;
  if (references === null)
    throw new UserError('problem', 'The policy names no console.secret: nobody can sign in.');
  const read = resolveSecrets(references, context.variables);
  if (read.kind === 'invalid')
    throw new UserError('usage', 'The console’s secret cannot be read:', read.problems);
  const keys = {
    ...{ signatures: HMAC_SIGNATURES, secrets: [read.secrets.current.reveal()] },
    ...{ regionId: policy.regionId, host: link.host },
  };
  const token = linkToken({ id: randomUUID(), by, at: instant(context.now()) }, keys);
  link.hash = `sign-in=${token}`;
  return { exit: 'ok', json: { link: link.toString(), by }, lines: () => [link.toString()] };
}

/** Where the console is. Over plain HTTP anybody on the way would read the link, and use it first. */
function addressOf(address: string): URL {
  if (!URL.canParse(address))
    throw new UserError(
      'usage',
      'Where is the console? Give --url, or notifications.console in the policy.',
    );
  const url = new URL(address);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.host));
  if (!isSafe)
    throw new UserError(
      'usage',
      `${url.origin} is not HTTPS: anybody on the way could read the link. Plain http is for this machine alone.`,
    );
  return url;
}
