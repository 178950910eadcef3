import { millis, since } from '../units';
import { type DnsRecord } from './dns-record';
import { type NameMemory, type WrittenRecord } from './name-memory';
import { type NamePolicy, type SitePolicy } from './name-policy';
import { readRemark } from './paused-remark';

/** A call is given up after ten seconds, and lands no later than soon after; the rest is for clocks that differ. */
const LATE_MS = millis(60_000);

/** Without case, and without the dot that ends a host name. */
export const plainAddress = (value: string): string => value.toLowerCase().replace(/\.$/, '');

/** Addresses are compared without case and without the dot that ends a host name. */
export const isSameAddress = (one: string, other: string): boolean =>
  plainAddress(one) === plainAddress(other);

export const holdsAddress = (
  { value }: Pick<DnsRecord, 'value'>,
  { address }: Pick<SitePolicy, 'address'>,
): boolean => isSameAddress(value, address);

export const isOnOurLine = ({ line }: Pick<DnsRecord, 'line'>, { lines }: NamePolicy): boolean =>
  lines === 'every' || lines.includes(line);

/** The site behind a record, whatever the record’s type; undefined when it belongs to nobody in the policy. */
export const siteOf = (
  record: DnsRecord,
  { sites }: Pick<NamePolicy, 'sites'>,
): SitePolicy | undefined => sites.find((site) => holdsAddress(record, site));

/**
 * A record that is off because we paused it: our note is on it, or the last that we wrote to it was the pause. Anything else that is
 * off was paused by somebody else, who had a reason; so was one that had answered again by our hand, or that was touched since we
 * enabled it, though our note stays on it until its return is over.
 */
export function isPausedByUs(
  record: DnsRecord,
  memory: Pick<NameMemory, 'written' | 'sites'>,
  policy: Pick<NamePolicy, 'name' | 'sites'>,
): boolean {
  if (record.isEnabled) return false;
  const last = memory.written.find(({ recordId }) => recordId === record.recordId);
  if (readRemark(record.remark, policy.name) === null)
    return last !== undefined && isOurs(last, record);
  if (last?.isEnabled !== true) return true;
  return !hasAnswered(record, memory, policy) && !isTouchedSince(last, record);
}

/**
 * Without our note on it, a record that changed after our pause could have landed was touched by somebody else, though nobody may have
 * seen it in between: the service says when it changed. Where it does not, the pause is ours.
 */
const isOurs = (last: WrittenRecord, record: DnsRecord): boolean =>
  !last.isEnabled && !isTouchedSince(last, record);

const isTouchedSince = ({ at }: WrittenRecord, { updatedAt }: DnsRecord): boolean =>
  updatedAt !== null && since(at, updatedAt) > LATE_MS;

/** It was seen to answer after the last that we wrote to it: a stage was entered since. */
function hasAnswered(
  record: DnsRecord,
  { sites }: Pick<NameMemory, 'sites'>,
  policy: Pick<NamePolicy, 'sites'>,
): boolean {
  const site = siteOf(record, policy);
  return site !== undefined && (sites[site.name]?.stageSince ?? null) !== null;
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
