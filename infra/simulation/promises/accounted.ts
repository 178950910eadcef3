import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import {
  decodeRetireTag,
  POOL_TAG,
  RETIRE_TAG,
  WARM_TAG,
} from '../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type InstanceTruth, type Moment, type PoolTruth, type WorldView } from '../history';
import { instancesTouched } from './call-effects';
import { Judge } from './judge';

/** After what may keep an instance at most, so much more for the looks that it takes. */
const LOOKS_MS = 600_000;

/**
 * Promise 7, its second half: at the end every instance of a scaled pool is in service, on its way, resting or about to be collected,
 * and what was on its way out before the calm is gone.
 */
export class AccountedJudge extends Judge {
  /** Somebody else had a hand in them: people are called, and they are left alone. */
  private readonly meddledWith = new Set<string>();
  private world: WorldView | null = null;
  private at = 0;
  private beganAt = 0;

  constructor() {
    super(7, 'every instance launched is in service, on its way, resting or collected');
  }

  see(moment: Moment): void {
    this.at = moment.at;
    if (moment.kind === 'began') this.beganAt = moment.at;
    if (moment.kind === 'world') this.world = moment.world;
    if (moment.kind === 'call' && moment.who !== 'ours')
      for (const id of instancesTouched(moment)) this.meddledWith.add(id);
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
    const retired = decodeRetireTag(tags.get(RETIRE_TAG));
    if (retired !== null) {
      const since = this.at - Math.max(retired.since, this.beganAt);
      if (since > leavingMs(policy) && !tags.has(WARM_TAG))
        this.breach(
          this.at,
          `${instanceId} has been on its way out for ${Math.round(since / 60_000)} min and is still there`,
        );
      return;
    }
    const isResting = tags.has(WARM_TAG) && (status === 'Stopped' || status === 'Stopping');
    const isArriving = age < policy.scale.launch.registrationTimeoutMs + LOOKS_MS;
    if (standing.length === 0 && !isResting && !isArriving)
      this.breach(
        this.at,
        `${instanceId} (${status}, ${Math.round(age / 60_000)} min old) stands in no group, rests nowhere and is not on its way: ${[...tags.keys()].join(', ')}`,
      );
  }
}

/** The longest that an instance may be on its way out. */
const leavingMs = ({ scale }: PoolPolicy): number =>
  scale === undefined
    ? 0
    : scale.retire.hardMs + scale.launch.quarantineMs + scale.inventory.orphanMs + LOOKS_MS;
