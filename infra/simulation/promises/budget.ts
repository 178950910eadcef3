import { shareOf } from '../../../shared/domain/units';
import { type Moment } from '../history';
import { KNOWN_MS } from './floor';
import { Judge } from './judge';
import { type Lowering, type Lowerings } from './lowerings';

/** A change is decided up to so long before it lands, so two of neighbouring windows may land so much closer together. */
const LANDING_MS = 60_000;

/** A call that was given up may land so late, after its tick is over: at the longest an attempt, and what the way takes. */
const LATE_MS = 15_000;

/**
 * Promise 4: in every window at most as many weights are lowered as the budget says, one for each instance and tick. What the load
 * balancer sees as dead, what a person ordered, what is on its way out and the first step of a newcomer's ramp cost nothing.
 */
export class BudgetJudge extends Judge {
  private readonly lowerings: Lowerings;
  private readonly spent = new Map<string, readonly (Lowering & { readonly tick: string })[]>();
  /** How many ticks of a pool a run has come to; a run may work on several pools at once. */
  private readonly ticks = new Map<string, number>();
  /** When the last of them was over. */
  private readonly overAt = new Map<string, number>();

  constructor(lowerings: Lowerings) {
    super(4, 'changes per window stay within the budget');
    this.lowerings = lowerings;
  }

  see(moment: Moment): void {
    // What was spent is remembered in the store; of what is lost with it only the tags tell.
    const isForgotten = moment.kind === 'store' && moment.operation === 'lost';
    const isTampered = moment.kind === 'fault' && moment.fault === 'store-tampered';
    if (isForgotten || isTampered) this.spent.clear();
    for (const lowering of this.lowerings.see(moment)) this.judge(lowering);
    if (moment.kind === 'tick') {
      const key = `${moment.runId} ${moment.tick.pool.poolName}`;
      this.ticks.set(key, (this.ticks.get(key) ?? 0) + 1);
      this.overAt.set(key, moment.at);
    }
  }

  private judge(lowering: Lowering): void {
    const { policy, at, runId, instanceId } = lowering;
    const { windowMs } = policy.guards.budget;
    if (lowering.isFirst || lowering.servedForMs < KNOWN_MS) return;
    const run = `${runId ?? ''} ${policy.name}`;
    const count = this.ticks.get(run) ?? 0;
    const isLate = at - (this.overAt.get(run) ?? -Infinity) < LATE_MS;
    const last = isLate ? `${run} ${count - 1} ${instanceId}` : undefined;
    const tick = this.lateOf(lowering, last) ?? `${run} ${count} ${instanceId}`;
    const recent = (this.spent.get(policy.name) ?? []).filter(
      (each) => at - each.at < windowMs && each.tick !== tick,
    );
    const all = [...recent, { ...lowering, tick }];
    this.spent.set(policy.name, all);
    const counted = all.filter((each) => at - each.at < windowMs - LANDING_MS);
    const budget = budgetOf(lowering, Math.max(...all.map(({ memberCount }) => memberCount)));
    if (counted.length > budget)
      this.breach(
        at,
        `${policy.name}: ${counted.length} weights lowered within ${windowMs / 1000} s, ${budget} allowed: ${counted.map((each) => each.instanceId).join(', ')}`,
      );
  }

  /** The tick that lowered the same instance elsewhere a moment ago, or is just over, in the same run: this is the rest of it. */
  private lateOf(
    { policy, at, runId, instanceId, targetKey }: Lowering,
    last: string | undefined,
  ): string | undefined {
    return this.spent
      .get(policy.name)
      ?.find(
        (each) =>
          each.runId === runId &&
          each.instanceId === instanceId &&
          each.targetKey !== targetKey &&
          (at - each.at < LATE_MS || each.tick === last),
      )?.tick;
  }
}

const budgetOf = ({ policy: { guards } }: Lowering, memberCount: number): number =>
  Math.max(1, Math.min(guards.budget.count, shareOf(memberCount, guards.budget.share)));
