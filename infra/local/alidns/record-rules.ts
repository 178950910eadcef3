import { type AlidnsBehaviour } from './behaviour';
import { type Edition, TTL_MAX } from './edition';
import { alidnsError } from './errors';
import { isKnownLine } from './line';
import { type AlidnsRecord, APEX, isHost, isValue, RECORD_TYPES, type RecordSet } from './record';

type Content = RecordSet & Pick<AlidnsRecord, 'value' | 'ttlSeconds' | 'priority'>;

/** Throws where host, type, value, TTL, line or priority is not one that the edition takes. */
export function requireContent(
  content: Content,
  edition: Edition,
  customLines: readonly string[],
): void {
  const { rr, type, value, ttlSeconds, line, priority = 0 } = content;
  if (!isHost(rr)) throw alidnsError.invalidHost();
  if (!RECORD_TYPES.some((known) => known === type)) throw alidnsError.invalidType();
  if (!isValue(type, value)) throw alidnsError.invalidValue();
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < edition.minTtl || ttlSeconds > TTL_MAX)
    throw alidnsError.invalidTtl();
  if (!isKnownLine(line, edition, customLines)) throw alidnsError.invalidLine();
  if (type === 'MX' && (priority < 1 || priority > 50)) throw alidnsError.invalidPriority();
}

/** Types that a CNAME of the same host and line leaves no room for; the domain itself may have the second list beside it. */
const EXCLUDED_BY_CNAME = ['A', 'AAAA', 'SRV', 'CAA', 'REDIRECT_URL', 'FORWARD_URL'];
const EXCLUDED_BELOW_APEX = ['MX', 'TXT', 'NS'];

const excludes = (one: RecordSet, other: RecordSet): boolean =>
  one.type === 'CNAME' &&
  (EXCLUDED_BY_CNAME.includes(other.type) ||
    (one.rr !== APEX && EXCLUDED_BELOW_APEX.includes(other.type)));

/** Throws `DomainRecordDuplicate` or `DomainRecordConflict` where `content` cannot stand beside `others` (conflict rules of Alidns). */
export function requireRoomBeside(
  content: Content,
  others: readonly AlidnsRecord[],
  { pausedInConflicts }: Pick<AlidnsBehaviour, 'pausedInConflicts'>,
): void {
  const near = others.filter(({ rr, line }) => rr === content.rr && line === content.line);
  if (near.some(({ type, value }) => type === content.type && value === content.value))
    throw alidnsError.duplicate();
  const counted = pausedInConflicts === 'count' ? near : near.filter(({ isEnabled }) => isEnabled);
  if (counted.some((other) => excludes(content, other) || excludes(other, content)))
    throw alidnsError.conflict();
}

/** Throws `QuotaExceeded…` where a further record of the set is one too many. */
export function requireQuota(
  set: RecordSet,
  others: readonly AlidnsRecord[],
  { recordsPerLine }: Edition,
): void {
  const present = others.filter(
    ({ rr, type, line }) => rr === set.rr && type === set.type && line === set.line,
  ).length;
  if (present < recordsPerLine) return;
  throw set.type === 'A' || set.type === 'AAAA'
    ? alidnsError.addressQuota()
    : alidnsError.recordQuota();
}
