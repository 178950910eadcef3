import { type PoolMemory } from '../domain/memory';
import { overloadPolicy, wasOverloaded } from '../domain/overload';
import { type PoolPolicy, type ProbePolicy } from '../domain/policy';
import { type InstanceFacts } from '../domain/pool';
import { probeTurn } from '../domain/probe-turn';
import { type ProbeWindow } from '../domain/probe-window';
import { missing, reading, type Reading } from '../domain/reading';
import { type Instant } from '../domain/units';
import { type CallOptions, type GroupMember } from '../ports/load-balancer';
import { type Prober, type ProbeTarget } from '../ports/prober';

/** One window of probes to those whose turn it is; nobody without a known address and port. */
export async function observeProbes(
  members: ReadonlyMap<string, GroupMember>,
  facts: ReadonlyMap<string, Reading<InstanceFacts>>,
  context: {
    readonly policy: PoolPolicy;
    readonly memory: PoolMemory;
    readonly prober: Prober;
    readonly options: CallOptions;
  },
): Promise<ReadonlyMap<string, ProbeWindow>> {
  const { policy, memory, prober, options } = context;
  const probe = policy.heal.probe;
  if (probe === null) return new Map();
  const targets = probeTurn([...members.keys()].sort(), probe, memory)
    .chosen.map((id) => probeTargetOf(id, members.get(id), facts.get(id), probe))
    .filter((target) => target !== undefined);
  return prober.probe(targets, asMuchAsItBears(probe, context), options);
}

/** Probes are work too: a pool that is overloaded gets few of them. */
function asMuchAsItBears(
  probe: ProbePolicy,
  { policy, memory }: { readonly policy: PoolPolicy; readonly memory: PoolMemory },
): ProbePolicy {
  if (!wasOverloaded(Object.values(memory.backends), policy)) return probe;
  return { ...probe, perWindow: Math.min(probe.perWindow, overloadPolicy(policy).probesPerWindow) };
}

function probeTargetOf(
  instanceId: string,
  member: GroupMember | undefined,
  facts: Reading<InstanceFacts> | undefined,
  probe: ProbePolicy,
): ProbeTarget | undefined {
  const address = facts === undefined || facts.kind === 'missing' ? '' : facts.value.address;
  const port = probe.port ?? member?.port ?? 0;
  return address === '' || port === 0 ? undefined : { instanceId, address, port };
}

/** The probe reading of one backend: its window, or why there is none. */
export function probeReadingOf(
  instanceId: string,
  windows: ReadonlyMap<string, ProbeWindow>,
  policy: PoolPolicy,
  now: Instant,
): Reading<ProbeWindow> {
  if (policy.heal.probe === null) return missing('not-configured');
  const window = windows.get(instanceId);
  if (window === undefined || window.probes === 0) return missing('budget-spent');
  return reading(window, window.endedAt, now, policy.heal.freshness.probeMs);
}
