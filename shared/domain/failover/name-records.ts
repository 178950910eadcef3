import { type DnsRecord } from './dns-record';
import { type NameMemory } from './name-memory';
import { type NamePolicy, type SitePolicy } from './name-policy';
import { readRemark } from './paused-remark';

const plain = (value: string): string => value.toLowerCase().replace(/\.$/, '');

/** Addresses are compared without case and without the dot that ends a host name. */
export const isSameAddress = (one: string, other: string): boolean => plain(one) === plain(other);

export const holdsAddress = (
  { value }: Pick<DnsRecord, 'value'>,
  { address }: Pick<SitePolicy, 'address'>,
): boolean => isSameAddress(value, address);

export const isOnOurLine = ({ line }: Pick<DnsRecord, 'line'>, { lines }: NamePolicy): boolean =>
  lines === 'every' || lines.includes(line);

/** The site behind a record, whatever the record’s type; undefined when it belongs to nobody in the policy. */
export const siteOf = (record: DnsRecord, { sites }: NamePolicy): SitePolicy | undefined =>
  sites.find((site) => holdsAddress(record, site));

/**
 * A record that is off because we paused it: our note is on it, or the last that we wrote to it was the pause. Anything else that is
 * off was paused by somebody else, who had a reason.
 */
export function isPausedByUs(
  record: DnsRecord,
  { written }: Pick<NameMemory, 'written'>,
  { name }: Pick<NamePolicy, 'name'>,
): boolean {
  if (record.isEnabled) return false;
  if (readRemark(record.remark, name) !== null) return true;
  return written.find(({ recordId }) => recordId === record.recordId)?.isEnabled === false;
}

/** Lines that have a record of a site, of the name’s type and within the policy’s lines; each once, in the records’ order. */
export const linesOf = (records: readonly DnsRecord[], policy: NamePolicy): readonly string[] => [
  ...new Set(
    records
      .filter((record) => record.type === policy.type && isOnOurLine(record, policy))
      .filter((record) => siteOf(record, policy) !== undefined)
      .map(({ line }) => line),
  ),
];
