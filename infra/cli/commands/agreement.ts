import { Option, type Command } from 'commander';
import { type AgreementReport } from '../../../shared/operate/agreement';
import { askPool, onePool } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { durationArgument, withCloudOptions, type CloudOptions } from '../common-options';
import { openFleet } from '../open-fleet';
import { openInvoker } from '../open-invoker';
import { askOperator } from '../ask-operator';
import { parseTime } from '../parse-time';
import { agreementLines } from '../render/agreement-lines';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface AgreementOptions extends CloudOptions {
  readonly pool?: string;
  readonly from: string;
  readonly to?: string;
  readonly within: number;
  readonly remote?: true;
}

const MINUTE_MS = 60_000;

/** `evenkeel agreement`: how far what would have been done is what others did. */
export function addAgreement(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('agreement')
      .description(
        'in `observe` mode: the share of our proposals that the load balancer, ESS or a person also made soon after, and those that nobody made; by pool and kind, with examples',
      )
      .option('--pool <name>', 'only this pool')
      .option('--from <time>', 'since then: 7d (ago), 10:42 or an ISO time', '7d')
      .option('--to <time>', 'not after')
      .addOption(
        new Option('--within <duration>', 'how soon others must have done it')
          .argParser(durationArgument)
          .default(10 * MINUTE_MS, '10m'),
      )
      .option(
        '--remote',
        'ask the function operator, where the archive of the functions cannot be seen from here',
      ),
  ).action(async (options: AgreementOptions) => {
    context.finish(await runCommand(context.terminal, options, () => agreement(options, context)));
  });
}

async function agreement(options: AgreementOptions, context: CliContext): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const pools = options.pool === undefined ? fleet.policy.pools : [onePool(fleet, options.pool)];
  const now = context.now();
  const range = {
    from: parseTime(options.from, now),
    ...(options.to === undefined ? {} : { to: parseTime(options.to, now) }),
    withinMs: options.within,
  };
  const reports: AgreementReport[] = [];
  for (const pool of pools) {
    const request = { verb: 'agreement', pool: pool.name, ...range } as const;
    const reply =
      options.remote === true
        ? await askOperator(request, {
            fleet,
            invoker: invokerOf(fleet),
            timeoutMs: options.timeout,
          })
        : await askPool(request, { fleet, pool, options, context });
    if (reply.kind !== 'agreement') throw new Error(`agreement was answered with ${reply.kind}`);
    reports.push(reply.report);
  }
  return {
    exit: 'ok',
    json: { pools: reports },
    lines: (colours) => reports.flatMap((report) => agreementLines(report, colours)),
  };
}

function invokerOf(fleet: ReturnType<typeof openFleet>) {
  const invoker = openInvoker(fleet);
  if (invoker !== null) return invoker;
  throw new UserError('usage', 'No function can be called: set ALIBABA_CLOUD_ACCOUNT_ID.');
}
