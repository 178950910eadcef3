import { type PoolPolicy } from '../domain/policy';
import { type PoolSnapshot } from '../domain/pool';
import { type Proposal } from '../domain/proposal';
import { type ReasonCode } from '../domain/reasons';

/** Why a step is withheld. */
export interface Refusal {
  readonly rule: ReasonCode;
  readonly detail: string;
}

export interface Bench {
  readonly proposal: Proposal;
  readonly pool: PoolSnapshot;
  readonly policy: PoolPolicy;
}
