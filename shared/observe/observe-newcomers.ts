import { RETIRE_TAG, WARM_TAG } from '../domain/ownership-tags';
import { type PoolPolicy } from '../domain/policy';
import { type ProbeWindow } from '../domain/probe-window';
import { type ListedInstance } from '../ports/fleet';
import { type CallOptions, type GroupMember } from '../ports/load-balancer';
import { type Prober } from '../ports/prober';

/** One window of probes to instances that run and are no backends yet: whose service answers may be registered. */
export async function observeNewcomers(
  instances: readonly ListedInstance[],
  members: ReadonlyMap<string, GroupMember>,
  policy: PoolPolicy,
  { prober, options }: { readonly prober: Prober; readonly options: CallOptions },
): Promise<ReadonlyMap<string, ProbeWindow>> {
  const { probe } = policy.heal;
  const port =
    probe?.port ??
    policy.targets.find((target) => target.port !== undefined)?.port ??
    usualPort(members);
  if (probe === null || port === undefined) return new Map();
  const waiting = new Map(
    instances
      .filter((instance) => isWaiting(instance) && !members.has(instance.instanceId))
      .map(({ instanceId, facts: { address } }) => [instanceId, { instanceId, address, port }]),
  );
  return waiting.size === 0 ? new Map() : prober.probe([...waiting.values()], probe, options);
}

/** On its way in, not out: nobody waits for what is in quarantine, or about to rest. */
const isWaiting = ({ facts: { status, address, tags } }: ListedInstance): boolean =>
  status === 'Running' && address !== '' && !(RETIRE_TAG in tags) && !(WARM_TAG in tags);

/** The port that most members use. */
function usualPort(members: ReadonlyMap<string, GroupMember>): number | undefined {
  const counts = new Map<number, number>();
  for (const { port } of members.values())
    if (port > 0) counts.set(port, (counts.get(port) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}
