import { type FleetPolicy } from '../../config/fleet-policy';
import { type NamePolicy } from '../../domain/failover/name-policy';
import { type Instant } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type Log } from '../../ports/log';
import { type NamePorts } from '../../ports/name-ports';
import { type Signatures } from '../../ports/signatures';
import { type StateStore } from '../../ports/state-store';

/** What the verbs about names work on: they write wishes down, and the name’s worker obeys. */
export interface OperateNameContext {
  readonly fleet: Pick<FleetPolicy, 'names'>;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly signatures: Signatures;
  /** Secrets that sign a person’s word; none: nothing can be approved. */
  readonly approvalSecrets: readonly string[];
  /** Looks with these; nothing is written with them. */
  readonly portsFor: (policy: NamePolicy) => NamePorts;
  readonly policyHash: string;
  /** Of the policy in the store; null or left out: it was read from a file. */
  readonly policyVersion?: number | null;
  readonly deadline: Instant;
  readonly holder: string;
  readonly newTickId: () => string;
}
