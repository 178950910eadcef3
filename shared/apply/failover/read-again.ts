import { CloudError } from '../../domain/cloud-error';
import { type DnsRecord } from '../../domain/failover/dns-record';
import { recordsOfName } from '../../domain/failover/empty-line';
import { type NamePolicy } from '../../domain/failover/name-policy';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type StepResult } from '../../domain/plan';
import { type NamePorts } from '../../ports/name-ports';
import { writeDeadline } from '../call-window';

/** Null when they cannot be read: then nothing is known, and nothing is written. */
export async function readAgain({
  request,
  ports,
}: {
  readonly request: NameTickRequest;
  readonly ports: NamePorts;
}): Promise<readonly DnsRecord[] | null> {
  const deadline = writeDeadline(request, ports.clock.now());
  if (deadline === null) return null;
  try {
    return await ports.dns.describeRecords(request.policy, { deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return null;
  }
}

export const UNREADABLE: StepResult = {
  kind: 'not-sent',
  reason: 'name-unreadable',
  detail: 'the records could not be read again before the write',
};

/**
 * The first thing about a record of the name that is neither as it was read last nor as we wrote it since (what we wrote may take a moment
 * to show); null when there is none.
 */
export function differenceIn(
  seen: readonly DnsRecord[],
  written: readonly DnsRecord[],
  found: readonly DnsRecord[],
  policy: NamePolicy,
): string | null {
  const faces = (records: readonly DnsRecord[]): ReadonlyMap<string, DnsRecord> =>
    new Map(recordsOfName(records, policy).map((record) => [record.recordId, record]));
  const [before, since, after] = [faces(seen), faces(written), faces(found)];
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
  const id = ids.find((each) => !isAsKnown(before.get(each), since.get(each), after.get(each)));
  return id === undefined
    ? null
    : `record ${id} was ${faceOf(since.get(id) ?? before.get(id))} when read last and is ${faceOf(after.get(id))} now`;
}

const FIELDS = ['value', 'line', 'isEnabled', 'weight', 'isLocked', 'remark'] as const;

const isAsKnown = (
  before: DnsRecord | undefined,
  since: DnsRecord | undefined,
  after: DnsRecord | undefined,
): boolean =>
  before === undefined || after === undefined
    ? before === after
    : FIELDS.every((field) => after[field] === before[field] || after[field] === since?.[field]);

export const faceOf = (record: DnsRecord | undefined): string =>
  record === undefined
    ? 'not there'
    : [
        `${record.value} on line ${record.line}`,
        record.isEnabled ? 'enabled' : 'paused',
        `weight ${record.weight ?? 'unknown'}`,
        ...(record.isLocked ? ['locked'] : []),
        ...(record.remark === '' ? [] : [`note "${record.remark}"`]),
      ].join(', ');

export const changed = (difference: string): StepResult => ({
  kind: 'not-sent',
  reason: 'records-changed',
  detail: `${difference}: somebody else changed it`,
});
