import { table } from '../table';
import { CONTENDERS } from './contenders';
import { type Measurement } from './measurement';
import { type ProfileName } from './times';
import { type RESOLVERS, type SITE } from './world';

export interface FailoverResult {
  readonly profile: ProfileName;
  /** What every time was divided by; 1 under real times. */
  readonly divisor: number;
  readonly machine: { readonly cores: number; readonly node: string };
  readonly ttlSeconds: number;
  readonly resolvers: typeof RESOLVERS;
  readonly site: typeof SITE;
  readonly bootSeconds: number;
  readonly lossMinutes: number;
  readonly partitionSeconds: number;
  /** Null: that round was not run. */
  readonly loss: readonly Measurement[] | null;
  readonly partition: readonly Measurement[] | null;
}

/** One table for each round, and how it was measured. */
export function printed(result: FailoverResult): string {
  const { loss, partition } = result;
  return [
    ...(loss === null
      ? []
      : [
          'Region a is lost at peak: load balancer, instances, OpenAPI, Function host and store.',
          lossTable(loss),
          '',
        ]),
    ...(partition === null
      ? []
      : [
          `Nobody who looks at a gets through for ${result.partitionSeconds} s; a and its clients are well.`,
          partitionTable(partition),
          '',
        ]),
    ...footnotes(result),
  ].join('\n');
}

const lossTable = (rows: readonly Measurement[]): string =>
  table(
    [
      ...['failing over by', 'verdict', 'DNS change', 'paused', '95 % moved', 'under 1 % fail'],
      ...['requests', 'failed', 'shed by b', 'p99 in b', 'b bears all'],
    ],
    rows.map((row) => [
      titleOf(row),
      ...[row.verdict, row.dnsChange, row.paused, row.moved, row.healed].map(seconds),
      ...[row.requests, row.failed, row.shed].map(String),
      row.p99Ms === null ? '–' : `${row.p99Ms} ms`,
      seconds(row.bearsAll),
    ]),
  );

const partitionTable = (rows: readonly Measurement[]): string =>
  table(
    ['failing over by', 'verdict', 'records switched', 'requests', 'failed', 'p99 in b'],
    rows.map((row) => [
      titleOf(row),
      seconds(row.verdict),
      ...[row.moves, row.requests, row.failed].map(String),
      row.p99Ms === null ? '–' : `${row.p99Ms} ms`,
    ]),
  );

const titleOf = ({ contender }: Measurement): string =>
  CONTENDERS.find(({ name }) => name === contender)?.title ?? contender;

const seconds = (value: number | null): string => (value === null ? '–' : `${value} s`);

function footnotes(result: FailoverResult): readonly string[] {
  const { site, resolvers, machine, ttlSeconds, divisor } = result;
  const { members, perMember, membersMax, requestsPerSecond } = site;
  return [
    divisor === 1
      ? 'Profile: real (minute metrics that come a minute late, one-minute timer, health checks as in the cloud; policies by their defaults).'
      : `Profile: rehearsal. All times of the cloud, of the policies and of the rules are a ${divisor}th of the real ones (health checks a 4th); clients’ and looks’ time-outs are not.`,
    `TTL ${ttlSeconds} s; ${resolvers.count} resolvers that cache, ${resolvers.stretchedShare / 10} % of them for ${resolvers.stretchFactor / 1000} × the TTL. ${requestsPerSecond} requests/s on the name, half to each site; clients give up after 3 s.`,
    `b: ${members} instances of ${perMember} requests/s, so it bears ${members * perMember} of ${requestsPerSecond}; it may grow to ${membersMax}, a launch boots in ${result.bootSeconds} s, newcomers start slowly. Both pools are`,
    'scaled by Evenkeel in every world; only its failover asks b to grow before traffic comes. Evenkeel: the policy’s defaults with DNS weights and without asking',
    'a person. The rules look from three vantages, keep the last record, and know of no capacity. “Shed”: sent to b and failed there. p99: of what b answered.',
    `“b bears all”: from then on no instance gets more than it can do. Loss: ${result.lossMinutes} minutes from the loss on, in the middle of a timer’s period.`,
    `Machine: ${machine.cores} cores, Node.js ${machine.node}; everything, load included, on this machine, all contenders at once.`,
  ];
}
