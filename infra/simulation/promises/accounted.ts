import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import {
  decodeRetireTag,
  decodeWarmTag,
  POOL_TAG,
  RETIRE_TAG,
  WARM_TAG,
} from '../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../shared/domain/policy';
import {
  type CloudCall,
  type InstanceTruth,
  type Moment,
  type PoolTruth,
  type WorldView,
} from '../history';
import { instancesNamed, instancesTouched, isOurWrite } from './call-effects';
import { Judge } from './judge';

/** After what may keep an instance at most, so much more for the looks that it takes: */
const LOOKS_MS = 600_000;
/** it is marked, drained, seen at 0, taken out, seen outside and gone, each in a look of its own. */
const LOOKS = 6;

/**
 * Promise 7, its second half: at the end every instance of a scaled pool is in service, on its way, resting or about to be collected,
 * and what was on its way out before the calm is gone.
 */
export class AccountedJudge extends Judge {
  /** Somebody else had a hand in them: people are called, and they are left alone. */
  private readonly meddledWith = new Set<string>();
  /** People were called, as somebody seems to have had a hand in them. */
  private readonly calledFor = new Set<string>();
  /** When we woke an instance that rested: it is on its way from then on. */
  private readonly wokenAt = new Map<string, number>();
  private forgottenAt = 0;
  private world: WorldView | null = null;
  private at = 0;
  private beganAt = 0;
  private looksMs = LOOKS_MS;

  constructor() {
    super(7, 'every instance launched is in service, on its way, resting or collected');
  }

  see(moment: Moment): void {
    this.at = moment.at;
    if (moment.kind === 'began') {
      this.beganAt = moment.at;
      this.looksMs = Math.max(LOOKS_MS, LOOKS * moment.timerMs);
    }
    if (moment.kind === 'world') this.world = moment.world;
    if (hasForgotten(moment)) this.forgottenAt = moment.at;
    if (moment.kind === 'alert' && moment.alert.reason === 'foreign-writer')
      this.calledFor.add(moment.alert.key.split('/')[1] ?? '');
    if (moment.kind === 'call') this.note(moment);
  }

  private note(call: CloudCall): void {
    if (call.who !== 'ours') for (const id of instancesTouched(call)) this.meddledWith.add(id);
    else if (isOurWrite(call) && isWaking(call))
      for (const id of instancesNamed(call)) this.wokenAt.set(id, call.at);
  }

  override finish(): void {
    const { world } = this;
    if (world === null) return;
    for (const name of world.pools) {
      const pool = world.pool(name);
      for (const instance of world.instances(pool.policy.regionId))
        if (instance.tags.get(POOL_TAG) === name) this.judge(instance, pool);
    }
  }

  private judge(instance: InstanceTruth, { policy, groups }: PoolTruth): void {
    const { instanceId, tags, status, createdAt } = instance;
    if (policy.scale === undefined || this.meddledWith.has(instanceId) || tags.has(PROTECTED_TAG))
      return;
    const standing = groups.filter(({ members }) =>
      members.some((member) => member.instanceId === instanceId),
    );
    const age = this.at - createdAt;
    const awakeMs = this.at - (this.wokenAt.get(instanceId) ?? createdAt);
    const retired = decodeRetireTag(tags.get(RETIRE_TAG));
    if (retired !== null) {
      this.judgeLeaving(instance, retired.since, policy);
      return;
    }
    const isResting = this.isResting(instance);
    const isArriving = awakeMs < policy.scale.launch.registrationTimeoutMs + this.looksMs;
    if (standing.length === 0 && !isResting && !isArriving && !this.isDisputed(instance))
      this.breach(
        this.at,
        `${instanceId} (${status}, ${Math.round(age / 60_000)} min old) stands in no group, rests nowhere and is not on its way: ${[...tags.keys()].join(', ')}`,
      );
  }

  /** It is off, or was marked a moment ago: it is stopped next. */
  private isResting({ tags, status }: InstanceTruth): boolean {
    const markedAt = decodeWarmTag(tags.get(WARM_TAG)) ?? -Infinity;
    const isOff = status === 'Stopped' || status === 'Stopping';
    return tags.has(WARM_TAG) && (isOff || this.at - markedAt < this.looksMs);
  }

  private judgeLeaving(
    { instanceId, tags }: InstanceTruth,
    markedAt: number,
    policy: PoolPolicy,
  ): void {
    const since = this.at - Math.max(markedAt, this.beganAt);
    if (since > leavingMs(policy) + this.looksMs && !tags.has(WARM_TAG))
      this.breach(
        this.at,
        `${instanceId} has been on its way out for ${Math.round(since / 60_000)} min and is still there`,
      );
  }

  /**
   * A power cut started it on its way into the warm pool, and who knew that it had never come to rest has forgotten: that looks like
   * a person's start, so it is left alone, and people are called.
   */
  private isDisputed({ instanceId, tags, createdAt }: InstanceTruth): boolean {
    return tags.has(WARM_TAG) && this.forgottenAt > createdAt && this.calledFor.has(instanceId);
  }
}

/** The mark of one that rests comes off first, then it starts. */
const isWaking = ({ action, parameters }: CloudCall): boolean =>
  action === 'StartInstances' ||
  (action === 'UntagResources' && Object.values(parameters).includes(WARM_TAG));

/** The store was lost, or what it held cannot be read any more. */
const hasForgotten = (moment: Moment): boolean =>
  (moment.kind === 'store' && moment.operation === 'lost') ||
  (moment.kind === 'fault' && moment.fault === 'store-tampered');

/** The longest that an instance may be on its way out, looks aside. */
const leavingMs = ({ scale }: PoolPolicy): number =>
  scale === undefined
    ? 0
    : scale.retire.hardMs + scale.launch.quarantineMs + scale.inventory.orphanMs;
