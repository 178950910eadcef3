import { type DnsRecord, type LineWeighting } from '../../domain/failover/dns-record';
import { instant } from '../../domain/units';
import { type NameAddress } from '../../ports/dns';
import {
  type Fields,
  flagAt,
  numberAt,
  optionalListAt,
  requiredNumber,
  requiredText,
  textAt,
  unreadable,
} from './reply';

/** The line that holds everybody whom no other line holds. */
const DEFAULT_LINE = 'default';

/** Documented as `Enable` and `Disable`, answered as `ENABLE` and `DISABLE`: read in any case, and never guessed. */
function isEnabled(action: string, entry: Fields): boolean {
  const status = requiredText(action, entry, 'Status').toLowerCase();
  if (status !== 'enable' && status !== 'disable') throw unreadable(action, ['a known Status']);
  return status === 'enable';
}

/** A record of a list (`Record[]`) or of `DescribeDomainRecordInfo`, which tells neither weight nor time of change. */
export function dnsRecord(action: string, entry: Fields): DnsRecord {
  const updatedAt = numberAt(entry, 'UpdateTimestamp');
  return {
    recordId: requiredText(action, entry, 'RecordId'),
    host: requiredText(action, entry, 'RR'),
    type: requiredText(action, entry, 'Type'),
    line: requiredText(action, entry, 'Line'),
    value: requiredText(action, entry, 'Value'),
    ttlSeconds: requiredNumber(action, entry, 'TTL'),
    isEnabled: isEnabled(action, entry),
    isLocked: flagAt(entry, 'Locked'),
    weight: numberAt(entry, 'Weight') ?? null,
    remark: textAt(entry, 'Remark'),
    updatedAt: updatedAt === undefined ? null : instant(updatedAt),
  };
}

/** The name as weighting calls it: the domain itself is `@.example.com` there. */
export const subDomainOf = ({ host, domain }: Pick<NameAddress, 'host' | 'domain'>): string =>
  `${host}.${domain}`;

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Whether an entry of `DescribeDNSSLBSubDomains` is about the name; the domain itself may come without its `@`. */
export function isWeightingOf(name: NameAddress, entry: Fields): boolean {
  const subDomain = textAt(entry, 'SubDomain');
  const isNamed =
    isSame(subDomain, subDomainOf(name)) || (name.host === '@' && isSame(subDomain, name.domain));
  return isNamed && isSame(textAt(entry, 'Type'), name.type);
}

/** Lines of one entry; an entry without lines speaks of the default line. */
export function lineWeightings(action: string, entry: Fields): readonly LineWeighting[] {
  const lines = optionalListAt(entry, 'LineAlgorithms', 'LineAlgorithm');
  if (lines.length === 0) return [{ line: DEFAULT_LINE, isOn: flagAt(entry, 'Open') }];
  return lines.map((line) => ({
    line: requiredText(action, line, 'Line'),
    isOn: flagAt(line, 'Open'),
  }));
}
