import { isHealTag, PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import { readRemark } from '../../../shared/domain/failover/paused-remark';
import { POOL_TAG, RETIRE_TAG } from '../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { DRAIN_TAG } from '../../../shared/domain/store-keys';
import { shareOf } from '../../../shared/domain/units';
import {
  type AlertRaised,
  type CloudCall,
  type GroupTruth,
  type Moment,
  type PoolTruth,
  type WorldView,
} from '../history';
import { instancesNamed, isOurWrite, poolsIn, weightChanges } from './call-effects';
import { Judge } from './judge';
import { worldAt } from './one-look';
import { SinceWhen } from './since-when';

/** At the end of the calm nothing is written for so long, where the load does not change who is needed. */
const STILL_MS = 300_000;
/** A calm that is shorter says nothing about the end of it. */
const CALM_MIN_MS = 40 * 60_000;
/** Besides those that confirm and those that raise: it is seen, announced, and its mark is taken off. */
const LOOKS_BESIDES = 3;

/**
 * Promise 6: once faults have stopped, every pool and name comes to its target and then holds still. Judged at the end of a calm that is
 * longer than everything that the policies make anybody wait for.
 */
export class LivenessJudge extends Judge {
  private world: WorldView | null = null;
  private at = 0;
  private calmAt = Infinity;
  private timerMs = 0;
  /** Instances that stand in a group and are sound. */
  private readonly sound = new SinceWhen<boolean>();
  /** Those that ever ailed: they may be held out for a while after. */
  private readonly ailed = new Set<string>();
  /** Our last writes in the calm, by pool or name. */
  private readonly writes = new Map<string, CloudCall>();
  /** The last weight that a person or a tool gave, else the first that was seen. */
  private readonly wished = new Map<string, number>();
  private readonly touched = new Set<string>();
  private readonly pausedByOthers = new Set<string>();
  /** Instances that somebody else took out of a group. */
  private readonly takenOut = new Set<string>();
  /** Pools for which people were called in the calm, as nothing more can be launched. */
  private readonly calledFor = new Set<string>();

  constructor() {
    super(6, 'after faults stop everything comes to its target and holds still');
  }

  see(moment: Moment): void {
    this.at = moment.at;
    if (moment.kind === 'began') this.timerMs = moment.timerMs;
    if (moment.kind === 'world') this.noteSound(moment.world);
    if (moment.kind === 'phase' && moment.phase === 'calm') this.calmAt = moment.at;
    if ('world' in moment) this.look(moment.world);
    if (moment.kind === 'alert') this.noteAlert(moment);
    if (moment.kind === 'call' && moment.isEffective) this.noteCall(moment);
  }

  private noteAlert({ alert, at, subject }: AlertRaised): void {
    if (alert.reason === 'launch-impossible' && at >= this.calmAt) this.calledFor.add(subject);
  }

  private noteCall(call: CloudCall): void {
    if (isOurWrite(call)) for (const subject of subjectsOf(call)) this.writes.set(subject, call);
    else this.noteWish(call);
  }

  private look(world: WorldView): void {
    this.world = world;
    if (this.wished.size > 0) return;
    for (const name of world.pools)
      for (const group of world.pool(name).groups)
        for (const { instanceId, weight } of group.members)
          this.wished.set(keyOf(group, instanceId), weight);
  }

  private noteSound(world: WorldView): void {
    for (const name of world.pools) {
      const { policy, groups } = world.pool(name);
      for (const { instanceId } of groups.flatMap(({ members }) => members)) {
        const instance = world.instance(policy.regionId, instanceId);
        const isSound = instance?.ills.length === 0;
        this.sound.note(instanceId, isSound, this.at);
        if (!isSound) this.ailed.add(instanceId);
      }
    }
  }

  private noteWish(call: CloudCall): void {
    for (const { group, instanceId, after } of weightChanges(call)) {
      const key = keyOf(group, instanceId);
      this.touched.add(key);
      if (after === null) {
        this.wished.delete(key);
        this.takenOut.add(instanceId);
      } else this.wished.set(key, after);
    }
    for (const record of call.before.records) {
      const now = call.world.names
        .flatMap((name) => call.world.name(name).records)
        .find(({ recordId }) => recordId === record.recordId);
      if (now?.isEnabled === false && record.isEnabled) this.pausedByOthers.add(record.recordId);
      if (now?.isEnabled === true) this.pausedByOthers.delete(record.recordId);
    }
  }

  override finish(): void {
    const { world } = this;
    if (world === null || this.at - this.calmAt < CALM_MIN_MS) return;
    for (const name of world.pools) this.judgePool(world.pool(name), world);
    for (const name of world.names) this.judgeName(name, world);
  }

  private judgePool(pool: PoolTruth, world: WorldView): void {
    const { policy, groups } = pool;
    const last = this.writes.get(policy.name);
    const settlingMs = Math.max(tuningMs(pool), this.returnMs(policy) + heldMs(policy));
    const isTuned = this.at - this.calmAt >= settlingMs + STILL_MS;
    const isStill = last === undefined || this.at - last.at >= STILL_MS;
    if (policy.scale === undefined && isTuned && !isStill)
      this.breach(
        last.at,
        `${policy.name} does not hold still: ${last.action} at the end of the calm`,
      );
    for (const group of groups)
      for (const { instanceId, weight } of group.members) {
        const instance = world.instance(policy.regionId, instanceId);
        if (instance === null || instance.ills.length > 0) continue;
        if (!this.isDue(instanceId, policy)) continue;
        const isHeld = [PROTECTED_TAG, RETIRE_TAG, DRAIN_TAG].some((tag) => instance.tags.has(tag));
        if (isHeld) continue;
        this.judgeWeight({ group, instanceId, weight }, pool);
        const left = [...instance.tags.keys()].filter(isHealTag);
        if (left.length > 0)
          this.breach(this.at, `${instanceId} is sound, and ${left.join(', ')} is still on it`);
      }
    this.judgeCapacity(pool, world);
  }

  /** It has been sound for so long that it must have all of its weight. */
  private isDue(instanceId: string, policy: PoolPolicy): boolean {
    const waitMs = this.returnMs(policy) + (this.ailed.has(instanceId) ? heldMs(policy) : 0);
    return this.sound.lasted(instanceId, true, this.at) >= waitMs;
  }

  /** What a newcomer, or who is well again, needs until it has all of its weight. */
  private returnMs({ watch, watchIntervalMs, heal }: PoolPolicy): number {
    const looks = heal.confirm.rise + heal.slowStart.steps + LOOKS_BESIDES;
    return looks * (watch === 'never' ? this.timerMs : watchIntervalMs) + heal.slowStart.durationMs;
  }

  private judgeWeight(
    { group, instanceId, weight }: { group: GroupTruth; instanceId: string; weight: number },
    { policy }: PoolTruth,
  ): void {
    const key = keyOf(group, instanceId);
    const wished = this.wished.get(key);
    if (weight === 0 && wished !== 0)
      this.breach(
        this.at,
        `${instanceId} is sound, and its weight in ${group.targetKey} is still 0`,
      );
    const isExact = policy.heal.weights.kind === 'preserve' && !this.touched.has(key);
    if (isExact && wished !== undefined && weight !== wished)
      this.breach(
        this.at,
        `${instanceId} is sound, and its weight in ${group.targetKey} is ${weight}, not ${wished}`,
      );
  }

  /** Enough serve for the load there is; how soon too many leave is the policy's business. */
  private judgeCapacity({ policy, groups, needed }: PoolTruth, world: WorldView): void {
    if (policy.scale === undefined || needed === null) return;
    const serving = new Set(
      groups.flatMap(({ members }) =>
        members
          .filter(({ weight }) => weight > 0)
          .map(({ instanceId }) => instanceId)
          .filter((id) => world.instance(policy.regionId, id)?.status === 'Running'),
      ),
    ).size;
    const { min, max } = policy.scale;
    const kept = this.keptOutside(policy, groups, world) + this.keptIdle(groups);
    const isFull = serving + kept >= max;
    if (serving < Math.min(min, max) && !(isFull && this.calledFor.has(policy.name)))
      this.breach(this.at, `${policy.name}: ${serving} serve in the end, the minimum is ${min}`);
  }

  /** Instances of the pool that somebody else took out: they count towards its maximum, and only people may put them back or away. */
  private keptOutside(
    { name, regionId }: PoolPolicy,
    groups: readonly GroupTruth[],
    world: WorldView,
  ): number {
    const members = new Set(
      groups.flatMap((group) => group.members.map(({ instanceId }) => instanceId)),
    );
    return world
      .instances(regionId)
      .filter(({ tags }) => tags.get(POOL_TAG) === name)
      .filter(({ instanceId: id }) => this.takenOut.has(id) && !members.has(id)).length;
  }

  /** Members that somebody else gave the weight 0 wherever they stand: they count as well, and are never raised. */
  private keptIdle(groups: readonly GroupTruth[]): number {
    const idle = new Map<string, boolean>();
    for (const group of groups)
      for (const { instanceId, weight } of group.members) {
        const isWished = weight === 0 && this.wished.get(keyOf(group, instanceId)) === 0;
        idle.set(instanceId, isWished && idle.get(instanceId) !== false);
      }
    return [...idle.values()].filter(Boolean).length;
  }

  private judgeName(name: string, world: WorldView): void {
    const { policy, records, deadSites } = world.name(name);
    const last = this.writes.get(`name/${name}`);
    if (last !== undefined && this.at - last.at < STILL_MS)
      this.breach(last.at, `${name} does not hold still: ${last.action} at the end of the calm`);
    for (const { recordId, value, isEnabled, remark } of records) {
      const site = policy.sites.find(({ address }) => address === value);
      if (site === undefined || deadSites.includes(site.name)) continue;
      const isOurs = readRemark(remark, name) !== null;
      if (!isEnabled && isOurs && !this.pausedByOthers.has(recordId))
        this.breach(this.at, `${site.name} of ${name} can be reached, and is still paused by us`);
    }
  }
}

/**
 * How long it takes at most until all weights are tuned, where they are managed: each that is lowered waits for its turn in the budget.
 *
 * Example: 56 members, 2 changes in 5 minutes → 140 minutes.
 */
function tuningMs({ policy: { heal, guards }, groups }: PoolTruth): number {
  const { count, share, windowMs } = guards.budget;
  const members = Math.max(0, ...groups.map((group) => group.members.length));
  const budget = Math.max(1, Math.min(count, shareOf(members, share)));
  return heal.weights.kind === 'managed' ? Math.ceil(members / budget) * windowMs : 0;
}

/** How long who is well again may be held out at most: an ejection is sat out, and after a repair nobody looks for a while. */
const heldMs = ({ heal: { ejection, ladder } }: PoolPolicy): number =>
  Math.max(ejection.maxMs, ladder.restart?.waitMs ?? 0, ladder.reboot?.waitMs ?? 0);

const keyOf = ({ targetKey }: GroupTruth, instanceId: string): string =>
  `${targetKey}|${instanceId}`;

/** Pools and names that a write is about. */
function subjectsOf(call: CloudCall): readonly string[] {
  if (call.product === 'Alidns') return call.world.names.map((name) => `name/${name}`);
  const targets = call.before.groups.map(({ targetKey }) => targetKey);
  const named = instancesNamed(call);
  return poolsIn(worldAt(call), call.regionId)
    .filter(({ groups }) =>
      groups.some(
        ({ targetKey, members }) =>
          targets.includes(targetKey) ||
          members.some(({ instanceId }) => named.includes(instanceId)),
      ),
    )
    .map(({ policy }) => policy.name);
}
