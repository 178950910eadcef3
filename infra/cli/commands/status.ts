import { Option, type Command } from 'commander';
import { type NameStatus } from '../../../shared/operate/failover/name-reply';
import { type BackendStatus, type PoolStatus } from '../../../shared/operate/operator-reply';
import { ageText, instantText } from '../../../shared/record/text';
import { instant, type Instant } from '../../../shared/domain/units';
import { askName } from '../ask-names';
import { askPools } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { openFleet } from '../open-fleet';
import { nameStatusLines } from '../render/name-status-lines';
import { runCommand } from '../run-command';
import { table } from '../table';
import { type Colours } from '../terminal';

interface StatusOptions extends CloudOptions {
  readonly pool?: string;
  readonly name?: string;
}

/** `evenkeel status`: where the pools stand by memory and last tick. */
export function addStatus(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('status')
      .description('show where the pools stand by memory and last tick; the cloud is not asked')
      .option('--pool <name>', 'only this pool')
      .addOption(new Option('--name <name>', 'only this public name').conflicts('pool')),
  ).action(async (options: StatusOptions) => {
    context.finish(await runCommand(context.terminal, options, () => status(options, context)));
  });
}

async function status(options: StatusOptions, context: CliContext): Promise<CommandResult> {
  const pools = options.name === undefined ? await poolStatuses(options, context) : [];
  const names = options.pool === undefined ? await nameStatuses(options, context) : [];
  const now = instant(context.now());
  return {
    exit: 'ok',
    json: { pools, names },
    lines: (colours) => [
      ...pools.flatMap((pool) => statusLines(pool, now, colours)),
      ...names.flatMap((name) => nameStatusLines(name, now, colours)),
    ],
  };
}

async function poolStatuses(
  options: StatusOptions,
  context: CliContext,
): Promise<readonly PoolStatus[]> {
  const { answers } = await askPools('status', options, context);
  return answers.flatMap(({ reply }) => (reply.kind === 'statuses' ? reply.pools : []));
}

async function nameStatuses(
  options: StatusOptions,
  context: CliContext,
): Promise<readonly NameStatus[]> {
  const fleet = openFleet(options, context.variables);
  if (options.name === undefined && fleet.policy.names.length === 0) return [];
  const asked = options.name === undefined ? {} : { name: options.name };
  const reply = await askName({ verb: 'name-status', ...asked }, fleet, options, context);
  return reply.kind === 'name-statuses' ? reply.names : [];
}

function statusLines(pool: PoolStatus, now: Instant, colours: Colours): readonly string[] {
  const { lastTick } = pool;
  const seen =
    lastTick === null
      ? 'never looked at'
      : `${lastTick.healthy} of ${lastTick.members} healthy ${ageText(lastTick.at, now)} ago (${lastTick.summary})`;
  const unsteady = pool.backends.filter((backend) => backend.state !== 'healthy');
  return [
    `${colours.bold(pool.poolName)} (${pool.mode}): ${seen}${pool.isDirty ? '; marked, waiting for a worker' : ''}`,
    ...(pool.panicSince === null
      ? []
      : [colours.red(`  PANIC since ${instantText(pool.panicSince)}`)]),
    ...(pool.freeze === null
      ? []
      : [
          colours.yellow(
            `  frozen by ${pool.freeze.by} until ${instantText(pool.freeze.until)}: ${pool.freeze.reason}`,
          ),
        ]),
    ...(pool.evacuation === null
      ? []
      : [
          `  leaves ${pool.evacuation.zoneId} by order of ${pool.evacuation.by} until ${instantText(pool.evacuation.until)}: ${pool.evacuation.reason}`,
        ]),
    ...(pool.reversal === null
      ? []
      : [
          colours.yellow(
            `  healing is reverted by ${pool.reversal.by} until ${instantText(pool.reversal.until)}: ${pool.reversal.reason}`,
          ),
        ]),
    ...pool.floors.map(
      ({ by, count, reason, until }) =>
        `  at least ${count} for ${by} until ${instantText(until)}: ${reason}`,
    ),
    ...pool.drainOrders.map(
      (order) =>
        `  drain order for ${order.instanceId} by ${order.by}: ${order.reason}${order.until === null ? '' : ` (until ${instantText(order.until)})`}`,
    ),
    ...(unsteady.length === 0
      ? []
      : table(
          ['backend', 'state', 'for', 'reason', 'out until'],
          unsteady.map((backend) => row(backend, now)),
        ).map((text) => `  ${text}`)),
  ];
}

const row = (backend: BackendStatus, now: Instant): readonly string[] => [
  backend.instanceId,
  backend.state,
  ageText(backend.since, now),
  backend.cause ?? '',
  backend.ejectedUntil === null ? '' : instantText(backend.ejectedUntil),
];
