import { type DnsRecord } from './dns-record';
import { type NamePolicy } from './name-policy';
import { type EnableRecordStep } from './name-proposal';
import { holdsAddress } from './name-records';

const PREFIX = 'repair-empty/';

/** A line that was found empty gets this record back, whatever the plan said. */
export const emptyLineRepair = (
  { recordId, line }: DnsRecord,
  siteName: string,
): EnableRecordStep => ({
  kind: 'enable-record',
  stepId: `${PREFIX}${recordId}`,
  siteName,
  reason: 'record-empty',
  evidence: ['no record of the line was enabled when it was read last'],
  recordId,
  line,
});

/** The record that such a repair is about; null for any other step. */
export const repairedRecordId = (stepId: string): string | null =>
  stepId.startsWith(PREFIX) ? stepId.slice(PREFIX.length) : null;

/** Records of the name’s type on the lines that it looks after. */
export const recordsOfName = (
  records: readonly DnsRecord[],
  { type, lines }: Pick<NamePolicy, 'type' | 'lines'>,
): readonly DnsRecord[] =>
  records.filter(
    (record) => record.type === type && (lines === 'every' || lines.includes(record.line)),
  );

/** Lines on which a site has a record, and of which no record is enabled: nobody gets an answer there. */
export function emptyLines(
  records: readonly DnsRecord[],
  policy: Pick<NamePolicy, 'type' | 'lines' | 'sites'>,
): readonly string[] {
  const own = recordsOfName(records, policy);
  const isSite = (record: DnsRecord): boolean =>
    policy.sites.some((site) => holdsAddress(record, site));
  const lines = [...new Set(own.filter(isSite).map(({ line }) => line))];
  return lines.filter((each) => !own.some(({ line, isEnabled }) => line === each && isEnabled));
}
