import { type DnsRecord } from '../../domain/failover/dns-record';
import { isOnOurLine, siteOf } from '../../domain/failover/name-records';
import { type NameAlert } from '../../domain/failover/name-proposal';
import { isPausedRemark, readRemark } from '../../domain/failover/paused-remark';
import { knownValue } from '../../domain/reading';
import { type NameScene } from './scene';

/**
 * Records that are off with our note, and that no policy would enable again: a site, line or type was taken out of the name while it was
 * out, or the name is called something else now. People have to say what is to become of them.
 */
export const aboutLeftBehind = ({ name, policy }: NameScene): readonly NameAlert[] =>
  (knownValue(name.records) ?? [])
    .filter((record) => !record.isEnabled && isLeftBehind(record, policy))
    .map((record) => ({
      key: `record/${record.recordId}/left-behind`,
      severity: 'warning',
      reason: 'record-left-behind',
      siteName: null,
      message: `record ${record.recordId} (${record.type} ${record.value} on line ${record.line}) is off with the note "${record.remark}", and nothing in the policy would enable it again: enable it or take the note off`,
    }));

/** A note of another name is that name’s own matter where it may still be in the policy: of another type, or on other lines. */
function isLeftBehind(record: DnsRecord, policy: NameScene['policy']): boolean {
  const isInReach = record.type === policy.type && isOnOurLine(record, policy);
  if (readRemark(record.remark, policy.name) === null)
    return isInReach && isPausedRemark(record.remark);
  return !isInReach || siteOf(record, policy) === undefined;
}
