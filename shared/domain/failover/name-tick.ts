import { type Outcome } from '../plan';
import { type Lease, type Wake } from '../tick';
import { type Instant } from '../units';
import { type NamePolicy } from './name-policy';
import { type NamePlan, type NameProposal } from './name-proposal';
import { type NameSnapshot } from './name-snapshot';

export interface NameTickRequest {
  readonly tickId: string;
  readonly policy: NamePolicy;
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

/**
 * One turn of the loop about a name, whole. `decideName(tick.name, tick.request.policy)` gives `tick.proposal` again, byte for byte.
 */
export interface NameTick {
  readonly schema: 1;
  readonly kind: 'name';
  readonly request: NameTickRequest;
  readonly name: NameSnapshot;
  readonly proposal: NameProposal;
  readonly plan: NamePlan;
  readonly outcome: Outcome;
  readonly finishedAt: Instant;
}
