import { type ListenerHealth, type ListenerSnapshot, type TargetSnapshot } from '../domain/pool';
import { missing, reading, type Reading } from '../domain/reading';
import { type Instant, type Millis } from '../domain/units';
import { type Log } from '../ports/log';
import {
  type CallOptions,
  type GroupMember,
  type HealthRow,
  type LoadBalancer,
} from '../ports/load-balancer';
import { attempt } from './attempt';

/** What `DescribeHealthStatus` said of one load balancer, and when it was asked; rows are undefined when it could not be read. */
export interface ObservedHealth {
  readonly rows: readonly HealthRow[] | undefined;
  readonly sampledAt: Instant;
}

export async function observeHealth(
  loadBalancerIds: readonly string[],
  ports: {
    readonly loadBalancer: LoadBalancer;
    readonly log: Log;
    readonly clock: { now(): Instant };
  },
  options: CallOptions,
): Promise<ReadonlyMap<string, ObservedHealth>> {
  const entries = loadBalancerIds.map(async (id): Promise<[string, ObservedHealth]> => {
    const sampledAt = ports.clock.now();
    const rows = await attempt(`health of ${id}`, ports.log, () =>
      ports.loadBalancer.describeHealth(id, options),
    );
    return [id, { rows, sampledAt }];
  });
  return new Map(await Promise.all(entries));
}

/** One verdict per running listener of the target; one that has no row yet, or checks nobody, is `unavailable`. */
export function healthOf(
  member: GroupMember,
  target: TargetSnapshot,
  health: ObservedHealth | undefined,
  judged: { readonly now: Instant; readonly freshFor: Millis },
): Reading<readonly ListenerHealth[]> {
  const rows = health?.rows;
  if (health === undefined || rows === undefined) return missing('read-failed');
  const listeners = target.listeners.filter((listener) => listener.isRunning);
  const verdicts = listeners.map((listener) => ({
    listenerPort: listener.port,
    verdict: listener.hasHealthCheck ? verdictOf(member, listener, rows) : 'unavailable',
  }));
  return reading(verdicts, health.sampledAt, judged.now, judged.freshFor);
}

function verdictOf(
  member: GroupMember,
  listener: ListenerSnapshot,
  rows: readonly HealthRow[],
): ListenerHealth['verdict'] {
  const row = rows.find(
    (candidate) =>
      candidate.serverId === member.serverId &&
      candidate.listenerPort === listener.port &&
      (candidate.port === member.port || candidate.port === 0 || member.port === 0),
  );
  return row?.verdict ?? 'unavailable';
}
