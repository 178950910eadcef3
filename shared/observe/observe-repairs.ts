import { compareText } from '../domain/attachment';
import { type BackendMemory, type PoolMemory } from '../domain/memory';
import { type CommandProgress, type OtherService } from '../domain/pool';
import { judgeAgain, type Reading } from '../domain/reading';
import { type Target } from '../domain/target';
import { type Instant } from '../domain/units';
import { type CallOptions, type LoadBalancer } from '../ports/load-balancer';
import { type PoolPolicy } from '../domain/policy';
import { type Ports } from '../ports/ports';
import { readOnce } from './attempt';

/** Instances looked at for other services in one tick: the longest due first; repairs are few, so more would only delay the tick. */
const CANDIDATES_PER_TICK = 5;

/** How the restart commands that ladders wait for are getting on. */
export async function observeCommands(
  memory: PoolMemory,
  policy: PoolPolicy,
  context: { readonly ports: Ports; readonly options: CallOptions },
): Promise<ReadonlyMap<string, Reading<CommandProgress>>> {
  const { ports, options } = context;
  const waiting = Object.entries(memory.backends).flatMap(([instanceId, backend]) =>
    backend.ladder?.invokeId == null ? [] : [{ instanceId, invokeId: backend.ladder.invokeId }],
  );
  const entries = waiting.map(
    async ({ instanceId, invokeId }): Promise<[string, Reading<CommandProgress>]> => [
      instanceId,
      await asked(`command ${invokeId}`, context, policy, () =>
        ports.compute.describeCommand(invokeId, instanceId, options),
      ),
    ],
  );
  return new Map(await Promise.all(entries));
}

async function asked<T>(
  what: string,
  { ports }: { readonly ports: Ports },
  { heal }: PoolPolicy,
  read: () => Promise<T>,
): Promise<Reading<T>> {
  const answer = await readOnce(what, ports, read);
  return judgeAgain(answer, ports.clock.now(), heal.freshness.instanceMs);
}

/**
 * Groups outside this pool that a backend about to be repaired also serves: restarting or rebooting takes it out there too.
 */
export async function observeOtherServices(
  memory: PoolMemory,
  policy: PoolPolicy,
  context: { readonly ports: Ports; readonly options: CallOptions },
): Promise<ReadonlyMap<string, Reading<readonly OtherService[]>>> {
  const { ports, options } = context;
  const candidates = repairCandidates(memory, policy, options.deadline);
  const entries = candidates.map(
    async (instanceId): Promise<[string, Reading<readonly OtherService[]>]> => [
      instanceId,
      await asked(`other services of ${instanceId}`, context, policy, () =>
        otherServicesOf(instanceId, policy, ports.loadBalancer, options),
      ),
    ],
  );
  return new Map(await Promise.all(entries));
}

/**
 * Backends whose next step may be a repair: on a rung whose wait is over by the time the signals are in, as the decision is made
 * only then, or on a restart, whose command may fail at any time; and suspects where a repair is the first rung. Those beyond
 * the last rung wait for a person.
 */
function repairCandidates(
  memory: PoolMemory,
  policy: PoolPolicy,
  decidedBy: Instant,
): readonly string[] {
  const { rungs } = policy.heal.ladder;
  const isRepairFirst = !rungs.includes('lower-weight') && !rungs.includes('drain');
  const dueAt = ({ ladder, state, since: at }: BackendMemory): Instant | null => {
    if (ladder === null) return isRepairFirst && state !== 'healthy' ? at : null;
    if (ladder.rung === 'replace') return null;
    return ladder.rung === 'restart' || ladder.verifyAt <= decidedBy ? ladder.verifyAt : null;
  };
  return Object.entries(memory.backends)
    .map(([instanceId, backend]) => ({ instanceId, at: dueAt(backend) }))
    .filter((candidate): candidate is typeof candidate & { at: Instant } => candidate.at !== null)
    .sort((a, b) => a.at - b.at || compareText(a.instanceId, b.instanceId))
    .slice(0, CANDIDATES_PER_TICK)
    .map(({ instanceId }) => instanceId);
}

async function otherServicesOf(
  instanceId: string,
  policy: PoolPolicy,
  loadBalancer: LoadBalancer,
  options: CallOptions,
): Promise<readonly OtherService[]> {
  const services: OtherService[] = [];
  for (const loadBalancerId of await loadBalancer.loadBalancersOf(instanceId, options)) {
    const health = await loadBalancer.describeHealth(loadBalancerId, options);
    const groups = await loadBalancer.describeGroups(loadBalancerId, options);
    for (const serverGroupId of ['default', ...groups]) {
      if (isOurs(policy.targets, loadBalancerId, serverGroupId)) continue;
      const members = await loadBalancer.describeMembers(
        { loadBalancerId, serverGroupId },
        options,
      );
      if (!members.some((member) => member.serverId === instanceId)) continue;
      const others = new Set(
        members.filter((member) => member.weight > 0).map((member) => member.serverId),
      );
      others.delete(instanceId);
      for (const row of health) if (row.verdict === 'abnormal') others.delete(row.serverId);
      services.push({ loadBalancerId, serverGroupId, servingWithoutIt: others.size });
    }
  }
  return services;
}

const isOurs = (
  targets: readonly Target[],
  loadBalancerId: string,
  serverGroupId: string,
): boolean =>
  targets.some(
    (target) => target.loadBalancerId === loadBalancerId && target.serverGroupId === serverGroupId,
  );
