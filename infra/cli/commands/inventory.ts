import { type Command } from 'commander';
import {
  type InventoryLine,
  type LaunchLine,
  type PoolInventory,
} from '../../../shared/operate/operator-reply';
import { instantText } from '../../../shared/record/text';
import { askPools } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { runCommand } from '../run-command';
import { table } from '../table';
import { type Colours } from '../terminal';

interface InventoryOptions extends CloudOptions {
  readonly pool?: string;
}

/** `evenkeel inventory`: every instance of the pools, from every source that tells of it. */
export function addInventory(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('inventory')
      .description('show every instance by tag, load balancer and memory, and where it stands')
      .option('--pool <name>', 'only this pool'),
  ).action(async (options: InventoryOptions) => {
    context.finish(await runCommand(context.terminal, options, () => inventory(options, context)));
  });
}

async function inventory(options: InventoryOptions, context: CliContext): Promise<CommandResult> {
  const { answers } = await askPools('inventory', options, context);
  const pools = answers.flatMap(({ reply }) => (reply.kind === 'inventories' ? reply.pools : []));
  return {
    exit: 'ok',
    json: { pools },
    lines: (colours) => pools.flatMap((pool) => poolLines(pool, colours)),
  };
}

function poolLines(pool: PoolInventory, colours: Colours): readonly string[] {
  const { poolName, desired, instances, contradictions, launches, foreignMembers, order } = pool;
  const wanted = desired === null ? '' : `, ${desired} wanted`;
  return [
    `${colours.bold(poolName)}: ${instances.length} ${instances.length === 1 ? 'instance' : 'instances'}${wanted}`,
    ...(order === null
      ? []
      : [
          `  ordered by ${order.by}: ${order.kind === 'exactly' ? '' : 'at least '}${order.count} until ${instantText(order.until)} (${order.reason})`,
        ]),
    ...contradictions.map((text) => colours.red(`  nobody comes or goes: ${text}`)),
    ...launches.map((launch) => `  ${launchText(launch)}`),
    ...(foreignMembers.length === 0
      ? []
      : [`  not ECS instances, left alone: ${foreignMembers.join(', ')}`]),
    ...(instances.length === 0
      ? []
      : table(
          ['instance', 'stage', 'status', 'type', 'zone', 'owner', 'weights', 'note'],
          instances.map(row),
        ).map((text) => `  ${text}`)),
  ];
}

const launchText = ({
  operationId,
  count,
  requestedAt,
  isAnswered,
  unlisted,
}: LaunchLine): string =>
  [
    `${operationId}: ${count} asked for at ${instantText(requestedAt)}`,
    ...(isAnswered ? [] : ['the answer is not known yet']),
    ...(unlisted.length === 0 ? [] : [`accepted and not listed yet: ${unlisted.join(', ')}`]),
  ].join('; ');

const row = (line: InventoryLine): readonly string[] => [
  line.instanceId,
  line.stage,
  line.status ?? '?',
  `${line.instanceType ?? '?'}${line.isSpot === true ? ' spot' : ''}`,
  line.zoneId ?? '?',
  line.owner ?? '–',
  line.weights.map(({ weight }) => String(weight)).join(' '),
  [line.isProtected === true ? 'protected' : '', line.detail]
    .filter((text) => text !== '')
    .join('; '),
];
