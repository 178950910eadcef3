import { type PoolMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import {
  type BackendSnapshot,
  type InstanceFacts,
  type PoolSnapshot,
  type SystemEvent,
} from '../domain/pool';
import { judgeAgain, missing, reading, type Reading } from '../domain/reading';
import { isHealTag } from '../domain/heal-tag';
import { since, type Instant, type Millis } from '../domain/units';
import { type Ports } from '../ports/ports';
import { type CallOptions } from '../ports/load-balancer';
import { attempt } from './attempt';
import { withOurTags } from './our-tags';

export interface ObservedInstances {
  readonly facts: ReadonlyMap<string, Reading<InstanceFacts>>;
  readonly events: ReadonlyMap<string, Reading<readonly SystemEvent[]>>;
}

const GONE: InstanceFacts = {
  status: 'Missing',
  instanceType: '',
  zoneId: '',
  cpuCount: 0,
  address: '',
  isSpot: false,
  locks: [],
  tags: {},
};

interface Context {
  readonly ports: Ports;
  readonly options: CallOptions;
  readonly previous: PoolSnapshot | null;
  readonly memory: PoolMemory;
  /** False when something happened: what was read before it is no answer. */
  readonly mayReuse: boolean;
}

/**
 * What ECS says of the pool's instances. A worker that ticks every few seconds reuses readings of its previous tick while
 * they are younger than half their freshness limit (two thousand instances are twenty calls), except of instances that
 * something is going on with, and unless something woke it. Where ECS cannot be read, what the previous tick saw stands
 * as long as it is fresh. A reading is as old as its question: one answer may come long before the other that is waited for.
 */
export async function observeInstances(
  instanceIds: readonly string[],
  policy: PoolPolicy,
  context: Context,
): Promise<ObservedInstances> {
  const { ports, options } = context;
  const freshFor = policy.heal.freshness.instanceMs;
  const seen = seenBefore(context);
  const startedAt = ports.clock.now();
  const asked = instanceIds.filter((id) => !isReusable(seen.get(id), context, startedAt, freshFor));
  const [facts, events] =
    asked.length === 0
      ? []
      : await Promise.all([
          attempt('instances', ports.log, () => ports.compute.describeInstances(asked, options)),
          attempt('system events', ports.log, () => ports.compute.describeEvents(asked, options)),
        ]);
  const now = ports.clock.now();
  const isAsked = new Set(asked);
  const memberKey = policy.membership?.tagKey;
  const kept = <T>(read: Reading<T> | undefined): Reading<T> =>
    judgeAgain(read ?? missing('read-failed'), now, freshFor);
  const factsOf = (id: string): Reading<InstanceFacts> =>
    facts === undefined || !isAsked.has(id)
      ? kept(seen.get(id)?.instance)
      : reading(withOurTags(facts.get(id) ?? GONE, memberKey), startedAt, now, freshFor);
  const eventsOf = (id: string): Reading<readonly SystemEvent[]> =>
    events === undefined || !isAsked.has(id)
      ? kept(seen.get(id)?.events)
      : reading(events.get(id) ?? [], startedAt, now, freshFor);
  return {
    facts: new Map(instanceIds.map((id) => [id, factsOf(id)])),
    events: new Map(instanceIds.map((id) => [id, eventsOf(id)])),
  };
}

/** Of a backend that memory does not know (any more), an older reading may be from before the tag that tells of its ejection. */
const seenBefore = ({ previous, memory }: Context): ReadonlyMap<string, BackendSnapshot> =>
  new Map(
    (previous?.backends ?? [])
      .filter(({ instanceId }) => instanceId in memory.backends)
      .map((backend) => [backend.instanceId, backend]),
  );

function isReusable(
  backend: BackendSnapshot | undefined,
  { memory, mayReuse }: Context,
  now: Instant,
  freshFor: Millis,
): boolean {
  const isYoung = (read: Reading<unknown>): boolean =>
    read.kind === 'ok' && since(read.sampledAt, now) * 2 < freshFor;
  return (
    mayReuse &&
    backend !== undefined &&
    isYoung(backend.instance) &&
    isYoung(backend.events) &&
    !isChanging(backend, memory)
  );
}

/** An instance that is not plainly running, or held back, or marked, is looked at afresh each time. */
function isChanging({ instance, instanceId }: BackendSnapshot, memory: PoolMemory): boolean {
  if (instance.kind !== 'ok' || instance.value.status !== 'Running') return true;
  const state = memory.backends[instanceId]?.state;
  return (
    state === 'ejected' || state === 'probation' || Object.keys(instance.value.tags).some(isHealTag)
  );
}
