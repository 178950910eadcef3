import { type FleetPolicy } from '../config/fleet-policy';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';

/** What the verbs work on: the policy in force, the ports, and how long there is. */
export interface OperateContext {
  readonly fleet: FleetPolicy;
  readonly policyHash: string;
  /** Of the policy in the store; null or left out: it was read from a file. */
  readonly policyVersion?: number | null | undefined;
  readonly ports: Ports;
  /** No call outlives it. */
  readonly deadline: Instant;
  /** Who holds the lease while reconciling. */
  readonly holder: string;
  readonly newTickId: () => string;
}
