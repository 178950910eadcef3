import { type DnsRecord } from '../../domain/failover/dns-record';
import { type Freeze, type NameSnapshot } from '../../domain/failover/name-snapshot';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type StepOutcome } from '../../domain/plan';
import { type Lease } from '../../domain/tick';
import { type NamePorts } from '../../ports/name-ports';

/** One worker’s writes to the records of one name, while it holds the write slot of the domain. */
export interface Session {
  readonly request: NameTickRequest;
  readonly name: NameSnapshot;
  readonly ports: NamePorts;
  readonly slot: Lease;
  /** As they were read last. */
  seen: readonly DnsRecord[];
  /** As they were read last, with what was written since. */
  readonly records: Map<string, DnsRecord>;
  /** Whether something was written since they were read last. */
  isStale: boolean;
  /** What somebody else changed meanwhile: nothing more of the plan is sent then. */
  difference: string | null;
  /** What a person froze meanwhile: nothing at all is sent then. */
  freeze: Freeze | null;
  readonly outcomes: StepOutcome[];
  /** Whether the right to leave a region is ours, by region, once asked for. */
  readonly claimed: Map<string, boolean>;
}

export function openSession(
  context: Pick<Session, 'request' | 'name' | 'ports'>,
  slot: Lease,
  found: readonly DnsRecord[],
): Session {
  const session: Session = {
    ...context,
    slot,
    seen: found,
    records: new Map(),
    isStale: false,
    difference: null,
    freeze: null,
    outcomes: [],
    claimed: new Map(),
  };
  see(found, session);
  return session;
}

/** What was read is what is known. */
export function see(found: readonly DnsRecord[], session: Session): void {
  session.seen = found;
  session.isStale = false;
  session.records.clear();
  for (const record of found) session.records.set(record.recordId, record);
}

/** The record as it is after a write of ours. */
export function note(record: DnsRecord, session: Session): void {
  session.isStale = true;
  session.records.set(record.recordId, record);
}
