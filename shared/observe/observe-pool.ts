import { type CapacityOrder } from '../domain/capacity';
import { type CapacityFloor } from '../domain/capacity-floor';
import { RETIRE_TAG } from '../domain/ownership-tags';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type ProbeWindow, type RequestStatistics } from '../domain/probe-window';
import { missing, reading } from '../domain/reading';
import { healTag } from '../domain/heal-tag';
import { targetKey, type TargetKey } from '../domain/target';
import { type TickRequest } from '../domain/tick';
import { plus, type Instant } from '../domain/units';
import { type CallOptions, type GroupMember } from '../ports/load-balancer';
import { type Ports } from '../ports/ports';
import { type ListedInstance } from '../ports/fleet';
import { attempt } from './attempt';
import { joinCapacity, observeCapacityOrder } from './observe-capacity';
import { doubtfulIds, observeFleet, type ObservedFleet } from './observe-fleet';
import { observeLoad, type ObservedLoad } from './observe-load';
import { observeFloors } from './observe-floors';
import { observeNewcomers } from './observe-newcomers';
import { healthOf, observeHealth, type ObservedHealth } from './observe-health';
import { observeInstances, type ObservedInstances } from './observe-instances';
import { drainOrdersOf, observeMemory, type ObservedMemory } from './observe-memory';
import { observeMetrics, type ObservedMetrics } from './observe-metrics';
import { observeProbes, probeReadingOf } from './observe-probes';
import { observeCommands, observeOtherServices } from './observe-repairs';
import {
  loadBalancersOf,
  observeMembers,
  observeShapes,
  observeTargets,
  type ObservedTargets,
} from './observe-targets';
import { observeWishes, type Wishes } from './observe-wishes';

/** Everything one tick saw, before it is joined per backend. */
interface Seen {
  readonly stored: ObservedMemory;
  readonly drainOrders: PoolSnapshot['drainOrders'];
  readonly targets: ObservedTargets;
  readonly health: ReadonlyMap<string, ObservedHealth>;
  readonly instances: ObservedInstances;
  readonly probes: ReadonlyMap<string, ProbeWindow>;
  readonly metrics: ObservedMetrics;
  readonly statistics: ReadonlyMap<string, RequestStatistics> | undefined;
  readonly commands: Awaited<ReturnType<typeof observeCommands>>;
  readonly otherServices: Awaited<ReturnType<typeof observeOtherServices>>;
  readonly fleet: ObservedCapacity | null;
  readonly wishes: Wishes;
  readonly now: Instant;
}

interface ObservedCapacity {
  readonly fleet: ObservedFleet;
  readonly load: ObservedLoad;
  readonly order: CapacityOrder | null;
  readonly floors: readonly CapacityFloor[];
  readonly newcomers: ReadonlyMap<string, ProbeWindow>;
  /** As ECS answered by id, before the list by tag was laid over it. */
  readonly asked: ObservedInstances;
}

/**
 * Reads the world once. Slow signals (probes, instances, metrics) are gathered first and the load balancer's members and
 * health last, so that what decides is the freshest. Members that cannot be read end the tick with a `CloudError`;
 * any other signal that cannot be read is missing. `previous` is the same worker's last snapshot, for reuse.
 */
export async function observePool(
  request: TickRequest,
  ports: Ports,
  previous: PoolSnapshot | null,
): Promise<PoolSnapshot> {
  const { policy } = request;
  const options: CallOptions = { deadline: request.deadline };
  const stored = await observeMemory(policy.name, ports);
  const early =
    firstMembers(previous) ?? (await observeMembers(policy, ports.loadBalancer, options));
  const members = membersById(early);
  const ids = [...members.keys()].sort();
  const firstOptions = signalOptions(request, ports.clock.now());
  const first = { ports, options: firstOptions, previous, memory: stored.memory };
  const { asked, fleet } = await observeWhoIsThere(ids, policy, {
    ...first,
    mayReuse: request.wake.source === 'watch',
  });
  const instances = withListed(asked, fleet);
  const context = { ports, options: signalOptions(request, ports.clock.now()), previous };
  const [probes, metrics, statistics, commands, otherServices, newcomers, load, order, floors] =
    await Promise.all([
      observeProbes(members, instances.facts, {
        policy,
        memory: stored.memory,
        prober: ports.prober,
        options,
      }),
      observeMetrics(ids, policy, context),
      observeStatistics(ids, ports, context.options),
      observeCommands(stored.memory, policy, context),
      observeOtherServices(stored.memory, policy, context),
      observeNewcomers(listedIn(fleet), members, policy, { prober: ports.prober, options }),
      fleet === null
        ? null
        : observeLoad(ids, leaving(fleet), policy, { ...context, memory: stored.memory.scale }),
      fleet === null ? null : observeCapacityOrder(policy.name, ports),
      fleet === null ? [] : observeFloors(policy.name, ports),
    ]);
  const [shapes, latest, health, wishes] = await Promise.all([
    observeShapes(policy, ports.loadBalancer, options),
    observeMembers(policy, ports.loadBalancer, options),
    observeHealth(loadBalancersOf(policy), ports, options),
    observeWishes(policy.name, ports),
  ]);
  const targets = observeTargets(policy, shapes, latest);
  const now = ports.clock.now();
  return join(policy, {
    drainOrders: drainOrdersOf(stored, instances.facts, ports.log, now),
    ...{ stored, targets, health, instances, probes, metrics, statistics, commands },
    otherServices,
    fleet:
      fleet === null || load === null ? null : { fleet, load, order, floors, newcomers, asked },
    wishes,
    now,
  });
}

type InstancesContext = Parameters<typeof observeInstances>[2];

/** What ECS says of the members by their ids, and of the pool’s own by tag. */
async function observeWhoIsThere(
  ids: readonly string[],
  policy: PoolPolicy,
  context: InstancesContext,
): Promise<{ readonly asked: ObservedInstances; readonly fleet: ObservedFleet | null }> {
  const [answers, fleet] = await Promise.all([
    observeInstances(ids, policy, context),
    observeFleet(policy, context.memory.scale, context),
  ]);
  return { asked: await askAgain(answers, fleet, policy, context), fleet };
}

/** An answer may be from an earlier tick: before it contradicts a list, ECS is asked for that instance once more. */
async function askAgain(
  answers: ObservedInstances,
  fleet: ObservedFleet | null,
  policy: PoolPolicy,
  context: InstancesContext,
): Promise<ObservedInstances> {
  const doubtful = fleet === null ? [] : doubtfulIds(fleet, answers.facts, policy);
  if (doubtful.length === 0) return answers;
  const again = await observeInstances(doubtful, policy, { ...context, mayReuse: false });
  return {
    facts: new Map([...answers.facts, ...again.facts]),
    events: new Map([...answers.events, ...again.events]),
  };
}

/**
 * What the lists by tag say of an instance is as fresh as anything, and read in every tick: also of a backend that joined after the
 * members were first read.
 */
function withListed(asked: ObservedInstances, fleet: ObservedFleet | null): ObservedInstances {
  const listed = [fleet?.owned, fleet?.tagged, fleet?.added].flatMap((list) =>
    list?.kind === 'ok'
      ? list.value.map(
          ({ instanceId, facts }) =>
            [instanceId, { kind: 'ok', value: facts, sampledAt: list.sampledAt }] as const,
        )
      : [],
  );
  return { ...asked, facts: new Map([...asked.facts, ...listed]) };
}

const listedIn = (fleet: ObservedFleet | null): readonly ListedInstance[] =>
  [fleet?.owned, fleet?.tagged, fleet?.added].flatMap((list) =>
    list?.kind === 'ok' ? list.value : [],
  );

/** Whoever is on its way out is asked for its connections, also behind no load balancer any more. */
const leaving = (fleet: ObservedFleet): readonly string[] =>
  listedIn(fleet)
    .filter(({ facts }) => RETIRE_TAG in facts.tags)
    .map(({ instanceId }) => instanceId);

/** The longest that signals are waited for which a tick can do without. */
const SIGNAL_SPAN_MS = 10_000;

/** A signal that hangs must not use up the time in which a backend could be healed: at most a third of what is left. */
const signalOptions = ({ deadline }: TickRequest, now: Instant): CallOptions => ({
  deadline: plus(now, Math.min(SIGNAL_SPAN_MS, Math.floor((deadline - now) / 3))),
});

/** In a watching worker the previous tick's members are good enough to know whom to probe. */
function firstMembers(
  previous: PoolSnapshot | null,
): ReadonlyMap<TargetKey, readonly GroupMember[]> | null {
  if (previous === null || previous.backends.length === 0) return null;
  const byTarget = new Map<TargetKey, GroupMember[]>();
  for (const backend of previous.backends)
    for (const { targetKey: key, port, weight } of backend.attachments)
      byTarget.set(key, [
        ...(byTarget.get(key) ?? []),
        { serverId: backend.instanceId, port, weight, type: 'ecs' },
      ]);
  return byTarget;
}

/** One membership per ECS instance, the first target's. */
function membersById(
  members: ReadonlyMap<TargetKey, readonly GroupMember[]>,
): ReadonlyMap<string, GroupMember> {
  const byId = new Map<string, GroupMember>();
  for (const list of members.values())
    for (const member of list)
      if (member.type === 'ecs' && !byId.has(member.serverId)) byId.set(member.serverId, member);
  return byId;
}

async function observeStatistics(
  instanceIds: readonly string[],
  ports: Ports,
  options: CallOptions,
): Promise<ReadonlyMap<string, RequestStatistics> | undefined> {
  const source = ports.requestStatistics;
  return source === null
    ? undefined
    : attempt('request statistics', ports.log, () => source.read(instanceIds, options));
}

function join(policy: PoolPolicy, seen: Seen): PoolSnapshot {
  const ids = [...membersById(seen.targets.members).keys()].sort();
  const backends = ids.map((id) => joinBackend(id, policy, seen));
  const isTagged = backends.some(
    (backend) =>
      backend.instance.kind !== 'missing' &&
      backend.instance.value.tags[healTag(policy.name)] !== undefined,
  );
  return {
    poolName: policy.name,
    takenAt: seen.now,
    targets: seen.targets.targets,
    backends,
    metrics: seen.metrics.pool,
    metricsReadAt: seen.metrics.readAt,
    drainOrders: seen.drainOrders,
    foreignMembers: seen.targets.foreignMembers,
    memory: seen.stored.memory,
    memorySource: seen.stored.isStored ? 'store' : isTagged ? 'tags' : 'none',
    ...(seen.fleet === null
      ? {}
      : {
          capacity: joinCapacity(policy, {
            ...seen.fleet,
            facts: seen.fleet.asked.facts,
            countsRequests: countsRequests(seen.targets.targets),
            now: seen.now,
          }),
        }),
    ...seen.wishes,
  };
}

const countsRequests = (targets: ObservedTargets['targets']): boolean =>
  targets.some(({ listeners }) =>
    listeners.some(({ protocol }) => protocol === 'http' || protocol === 'https'),
  );

function joinBackend(instanceId: string, policy: PoolPolicy, seen: Seen): BackendSnapshot {
  const { now } = seen;
  const statistics = seen.statistics?.get(instanceId);
  return {
    instanceId,
    attachments: attachmentsOf(instanceId, policy, seen),
    instance: seen.instances.facts.get(instanceId) ?? missing('never-observed'),
    events: seen.instances.events.get(instanceId) ?? missing('never-observed'),
    probe: probeReadingOf(instanceId, seen.probes, policy, now),
    cpu: seen.metrics.cpu.get(instanceId) ?? missing('never-observed'),
    requests:
      statistics === undefined
        ? missing(seen.statistics === undefined ? 'not-configured' : 'no-datapoint')
        : reading(statistics, statistics.endedAt, now, policy.heal.freshness.probeMs),
    command: seen.commands.get(instanceId) ?? missing('not-configured'),
    otherServices: seen.otherServices.get(instanceId) ?? missing('never-observed'),
  };
}

function attachmentsOf(
  instanceId: string,
  policy: PoolPolicy,
  seen: Seen,
): BackendSnapshot['attachments'] {
  return seen.targets.targets.flatMap((target) => {
    const key = targetKey(target.target);
    return (seen.targets.members.get(key) ?? [])
      .filter((member) => member.serverId === instanceId)
      .map((member) => ({
        targetKey: key,
        port: member.port,
        weight: member.weight,
        health: healthOf(member, target, seen.health.get(target.target.loadBalancerId), {
          now: seen.now,
          freshFor: policy.heal.freshness.healthMs,
        }),
      }));
  });
}
