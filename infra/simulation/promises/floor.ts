import { ceilDiv } from '../../../shared/domain/units';
import {
  type CloudCall,
  type GroupTruth,
  type InstanceTruth,
  type MemberTruth,
  type Moment,
  type PoolTruth,
  type WorldView,
} from '../history';
import { instanceBefore, instancesNamed, isOurWrite, poolsIn } from './call-effects';
import { Judge } from './judge';
import { LookOut, worldAt } from './one-look';
import { SinceWhen } from './since-when';

/**
 * What changed in the world so long ago or longer is known to whoever acts: the oldest signal that counts, and the longest a tick may
 * take. What is newer is judged in favour of the actor.
 */
export const KNOWN_MS = 150_000;

/** Calls after which an instance serves nobody for a while, whatever its weight. */
const TAKES_OFFLINE = /^(Stop|Delete|Reboot)Instances?$|^(Run|Invoke)Command$/u;

/** A member with weight, as sure as one can be of what it does behind a listener. */
interface Standing {
  readonly instanceId: string;
  /** It was alive for long enough to be known so: taking its weight takes something away. */
  readonly surelyServes: boolean;
  /** Nobody could know that it serves nobody. */
  readonly perhapsServes: boolean;
}

/**
 * Promise 1: our own actions never take a pool below its floor and never set the last serving backend to 0, at any listener. Judged right
 * before and after each of our calls by the weights there were and by who was alive for how long.
 */
export class FloorJudge extends Judge {
  private readonly lookOut = new LookOut();
  private readonly alive = new SinceWhen<boolean>();
  /** Weights above 0, by member; what somebody else has just taken away, we may not know yet. */
  private readonly weighted = new SinceWhen<boolean>();
  /** Members whose weight we took ourselves: that is known at once. */
  private readonly taken = new Set<string>();
  /** When somebody else gave a member its weight: that we may not know yet either. */
  private readonly given = new Map<string, number>();
  /** By group: who stands in it, or did a moment ago. Who left it with a weight is like one whose weight was taken. */
  private readonly seen = new Map<string, Set<string>>();

  constructor() {
    super(1, 'no action of ours goes below the floor or takes the last serving backend');
  }

  see(moment: Moment): void {
    const isOurs = moment.kind === 'call' && isOurWrite(moment);
    if (isOurs) this.judge(moment);
    const world = this.lookOut.from(moment);
    if (world !== null) this.look(world, moment.at, isOurs);
  }

  private look(world: WorldView, at: number, isOurs: boolean): void {
    for (const name of world.pools) {
      const { groups, policy } = world.pool(name);
      for (const group of groups) {
        const weights = new Map(group.members.map((each) => [each.instanceId, each.weight]));
        for (const member of group.members)
          this.noteLife(group, member, world.instance(policy.regionId, member.instanceId), at);
        const known = this.seen.get(group.targetKey) ?? new Set();
        this.seen.set(group.targetKey, known);
        for (const id of weights.keys()) known.add(id);
        for (const id of known) {
          const key = keyOf(group, id);
          this.noteWeight(key, (weights.get(id) ?? 0) > 0, at, isOurs);
          const isForgotten = this.weighted.lasted(key, false, at) >= KNOWN_MS;
          if (isForgotten && !weights.has(id)) known.delete(id);
        }
      }
    }
  }

  private noteWeight(key: string, hasWeight: boolean, at: number, isOurs: boolean): void {
    const hadWeight = this.weighted.value(key);
    this.weighted.note(key, hasWeight, at);
    if (hasWeight) this.taken.delete(key);
    else if (isOurs && hadWeight === true) this.taken.add(key);
    if (hasWeight && hadWeight === false)
      if (isOurs) this.given.delete(key);
      else this.given.set(key, at);
  }

  private noteLife(
    group: GroupTruth,
    { instanceId, health }: MemberTruth,
    instance: InstanceTruth | null,
    at: number,
  ): void {
    const isRunning = instance?.status === 'Running';
    for (const port of placesOf(group))
      this.alive.note(
        `${keyOf(group, instanceId)}|${port}`,
        isRunning && health[port] !== 'abnormal',
        at,
      );
  }

  /** Right before the call the load balancer may have given somebody up, since anybody looked last. */
  private judge(call: CloudCall): void {
    const offline = new Set(TAKES_OFFLINE.test(call.action) ? instancesNamed(call) : []);
    for (const pool of poolsIn(worldAt(call), call.regionId))
      for (const now of pool.groups) {
        const before = call.before.groups.find(({ targetKey }) => targetKey === now.targetKey);
        if (before === undefined && offline.size === 0) continue;
        for (const member of (before ?? now).members)
          this.noteLife(now, member, instanceBefore(call, member.instanceId), call.at);
        for (const port of placesOf(now))
          this.judgePlace(call, { pool, before: before ?? now, now, port, offline });
      }
  }

  private judgePlace(call: CloudCall, place: Place): void {
    const { before, now, offline, pool, port } = place;
    const left = weightedIn(now).filter((id) => !offline.has(id));
    const lost = weightedIn(before)
      .filter((id) => !left.includes(id))
      .filter((id) => this.standing(before, id, port, call.at).surelyServes);
    if (lost.length === 0) return;
    const weighted = new Set(weightedIn(before));
    const emptied = [...(this.seen.get(now.targetKey) ?? [])].filter((id) => !weighted.has(id));
    const serving = [...new Set([...left, ...emptied])].filter(
      (id) => !offline.has(id) && this.standing(now, id, port, call.at).perhapsServes,
    );
    const floor = floorOf(pool, before);
    if (serving.length >= floor) return;
    const what = serving.length === 0 ? 'the last serving backend' : `one of ${serving.length + 1}`;
    this.breach(
      call.at,
      `${call.action} took ${lost.join(', ')}, ${what} of ${now.targetKey} listener ${port} (${pool.policy.name}): ${serving.length} may serve, ${floor} must`,
    );
  }

  private standing(group: GroupTruth, id: string, port: number, at: number): Standing {
    const key = keyOf(group, id);
    const isDead = this.alive.value(`${key}|${port}`) === false;
    const deadFor = this.alive.lasted(`${key}|${port}`, false, at);
    const emptyFor = this.weighted.lasted(key, false, at);
    const isEmpty = this.weighted.value(key) === false;
    return {
      instanceId: id,
      surelyServes:
        !isDead &&
        this.alive.lasted(`${key}|${port}`, true, at) >= KNOWN_MS &&
        at - (this.given.get(key) ?? -Infinity) >= KNOWN_MS,
      perhapsServes:
        !(isDead && deadFor >= KNOWN_MS) &&
        !this.taken.has(key) &&
        !(isEmpty && emptyFor >= KNOWN_MS),
    };
  }
}

interface Place {
  readonly pool: PoolTruth;
  readonly before: GroupTruth;
  readonly now: GroupTruth;
  readonly port: number;
  readonly offline: ReadonlySet<string>;
}

/** A group that no listener uses is one place all the same. */
const placesOf = ({ listenerPorts }: GroupTruth): readonly number[] =>
  listenerPorts.length === 0 ? [0] : listenerPorts;

const keyOf = ({ targetKey }: GroupTruth, instanceId: string): string =>
  `${targetKey}|${instanceId}`;

const weightedIn = ({ members }: GroupTruth): readonly string[] =>
  members.filter(({ weight }) => weight > 0).map(({ instanceId }) => instanceId);

const floorOf = ({ policy: { guards } }: PoolTruth, { members }: GroupTruth): number =>
  Math.max(1, guards.floorCount, ceilDiv(guards.floorShare * members.length, 1000));
