import { type Instant } from './units';

/** A fact that a step rests on, with its age at the tick. Guards refuse weight-down without enough fresh ones (promise 5). */
export interface Evidence {
  readonly signal: SignalName;
  readonly sampledAt: Instant;
  /** `decisive` alone allows weight-down (CLB's abnormal, ECS gone, a system event, a person); two different `suspicion`s together do. */
  readonly strength: 'decisive' | 'suspicion';
  readonly detail: string;
}

export type SignalName =
  | 'load-balancer-health'
  | 'instance-status'
  | 'system-event'
  | 'active-probe-errors'
  | 'active-probe-latency'
  | 'request-errors'
  | 'request-latency'
  | 'instance-cpu'
  | 'operator-order'
  | 'retirement';
