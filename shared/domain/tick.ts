import { type Outcome, type Plan } from './plan';
import { type PoolPolicy } from './policy';
import { type PoolSnapshot } from './pool';
import { type Proposal } from './proposal';
import { type Instant } from './units';

/** What woke the loop. It says that something may be worth a look, never what to do. */
export interface Wake {
  readonly source: 'alarm' | 'event' | 'timer' | 'operator' | 'watch' | 'dirty';
  readonly detail: string;
  readonly at: Instant;
}

export interface TickRequest {
  readonly tickId: string;
  readonly policy: PoolPolicy;
  readonly policyHash: string;
  /** Version of the policy in the store; left out when it was read from a file. */
  readonly policyVersion?: number;
  readonly wake: Wake;
  readonly startedAt: Instant;
  /** No call may outlive this instant. */
  readonly deadline: Instant;
  /** The lease under which this tick writes. */
  readonly lease: Lease;
  /** Nobody more may stay awake between looks: this worker will not, however unsteady things are. */
  readonly watchers?: 'full';
}

/** One writer per pool. The store refuses documents written under an older token. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly token: number;
  readonly expiresAt: Instant;
}

/**
 * One turn of the loop, whole: the audit, the explanation and the test corpus. Survives `JSON.stringify`;
 * `decide(tick.pool, tick.request.policy)` gives `tick.proposal` again, byte for byte.
 */
export interface Tick {
  readonly schema: 1;
  readonly request: TickRequest;
  readonly pool: PoolSnapshot;
  readonly proposal: Proposal;
  readonly plan: Plan;
  readonly outcome: Outcome;
  readonly finishedAt: Instant;
}
