import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import { MEMBER_TAG, POOL_TAG } from '../../../shared/domain/ownership-tags';
import { type InstanceFacts } from '../../../shared/domain/instance';
import { type Reading } from '../../../shared/domain/reading';
import { type CloudCall, type Moment, type PoolTick, type WorldView } from '../history';
import {
  instanceBefore,
  instancesNamed,
  instancesTouched,
  isOurWrite,
  poolsIn,
  weightChanges,
} from './call-effects';
import { KNOWN_MS } from './floor';
import { Judge } from './judge';
import { LookOut, worldAt } from './one-look';
import { SinceWhen } from './since-when';

const TAKES_AWAY = /^(Stop|Delete)Instances?$/u;

/**
 * Promise 2: nothing without the pool's tag is stopped, deleted or deregistered, protected instances are never touched, and members
 * that are no ECS instances are left alone. A tag that was taken or given a moment ago is judged in our favour.
 */
export class OwnershipJudge extends Judge {
  private readonly lookOut = new LookOut();
  /** Carries the pool's tag: may be stopped and deleted. */
  private readonly owned = new SinceWhen<boolean>();
  /** Carries the pool's tag or that of a member: may leave a group. */
  private readonly listed = new SinceWhen<boolean>();
  private readonly protectedSince = new SinceWhen<boolean>();
  /** Protected, and some tick of ours has read the instance since. */
  private readonly known = new Set<string>();
  private readonly existed = new Set<string>();

  constructor() {
    super(2, 'only what is ours goes, and what is protected is not touched');
  }

  see(moment: Moment): void {
    if (moment.kind === 'call' && isOurWrite(moment)) this.judge(moment);
    const world = this.lookOut.from(moment);
    if (world !== null) this.look(world, moment.at);
    if (moment.kind === 'tick') this.learn(moment);
  }

  private look(world: WorldView, at: number): void {
    for (const regionId of regionsOf(world))
      for (const { instanceId, tags } of world.instances(regionId)) {
        this.existed.add(instanceId);
        this.owned.note(instanceId, tags.has(POOL_TAG), at);
        this.listed.note(instanceId, tags.has(POOL_TAG) || tags.has(MEMBER_TAG), at);
        this.protectedSince.note(instanceId, tags.has(PROTECTED_TAG), at);
        if (!tags.has(PROTECTED_TAG)) this.known.delete(instanceId);
      }
  }

  /** Which protection a tick must have seen: it read the instance after the tag was put on it. */
  private learn({ tick, at }: PoolTick): void {
    const { capacity, backends } = tick.pool;
    const owned = capacity?.owned.kind === 'ok' ? capacity.owned : null;
    const listed = (owned?.value ?? []).map(({ instanceId }) => instanceId);
    for (const { instanceId, instance } of backends) this.learnOf(instanceId, instance, at);
    if (owned !== null) for (const id of listed) this.learnOf(id, owned, at);
  }

  private learnOf(
    id: string,
    reading: Reading<InstanceFacts | readonly unknown[]>,
    at: number,
  ): void {
    if (reading.kind !== 'ok' || this.protectedSince.value(id) !== true) return;
    if (at - reading.sampledAt <= this.protectedSince.lasted(id, true, at)) this.known.add(id);
  }

  private judge(call: CloudCall): void {
    for (const id of instancesTouched(call)) this.judgeProtected(id, call);
    if (TAKES_AWAY.test(call.action))
      for (const id of instancesNamed(call)) this.judgeOwned(id, [POOL_TAG], this.owned, call);
    for (const { instanceId, after, group } of weightChanges(call)) {
      if (!this.existed.has(instanceId))
        this.breach(
          call.at,
          `${instanceId} in ${group.targetKey} is no ECS instance and was changed`,
        );
      else if (after === null)
        this.judgeOwned(instanceId, [POOL_TAG, MEMBER_TAG], this.listed, call);
    }
  }

  private judgeProtected(id: string, call: CloudCall): void {
    const isNamed = poolsIn(worldAt(call), call.regionId).some(
      ({ policy, groups }) =>
        policy.guards.protectedInstances.includes(id) &&
        groups.some(({ members }) => members.some((member) => member.instanceId === id)),
    );
    const isTagged = instanceBefore(call, id)?.tags.has(PROTECTED_TAG) === true;
    if (isNamed || (isTagged && this.known.has(id)))
      this.breach(call.at, `${id} is protected, and ${call.action} touched it`);
  }

  /** Of an instance that is gone only the entry is left: that harms nobody. */
  private judgeOwned(
    id: string,
    ours: readonly string[],
    known: SinceWhen<boolean>,
    call: CloudCall,
  ): void {
    const instance = instanceBefore(call, id);
    if (instance === null || ours.some((tag) => instance.tags.has(tag))) return;
    const isFresh = known.value(id) === true || known.lasted(id, false, call.at) < KNOWN_MS;
    if (!isFresh)
      this.breach(call.at, `${id} carries no tag of ours, and ${call.action} took it away`);
  }
}

const regionsOf = (world: WorldView): readonly string[] => [
  ...new Set(world.pools.map((name) => world.pool(name).policy.regionId)),
];
