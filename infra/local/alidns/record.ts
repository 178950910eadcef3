import { isIPv4, isIPv6 } from 'node:net';

export const RECORD_TYPES = [
  ...['A', 'AAAA', 'CNAME', 'MX', 'TXT', 'NS', 'SRV', 'CAA'],
  ...['REDIRECT_URL', 'FORWARD_URL'],
] as const;

/** Types whose answers can be drawn by weight. */
export const WEIGHTED_TYPES: readonly string[] = ['A', 'AAAA', 'CNAME'];

export const APEX = '@';
export const TTL_DEFAULT = 600;

/** One record as the service keeps it. */
export interface AlidnsRecord {
  readonly recordId: string;
  readonly domainName: string;
  /** Host part: `www`, `@` for the domain itself, `*` or `*.www` for a wildcard. */
  readonly rr: string;
  readonly type: string;
  readonly value: string;
  readonly ttlSeconds: number;
  readonly line: string;
  readonly priority: number | undefined;
  readonly isEnabled: boolean;
  readonly isLocked: boolean;
  readonly remark: string;
  /** Counts where weighting is on for its host, type and line. */
  readonly weight: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What a caller says of a record; the rest has defaults. */
export interface RecordInput {
  readonly rr: string;
  readonly type: string;
  readonly value: string;
  readonly ttlSeconds?: number;
  readonly line?: string;
  readonly priority?: number;
}

/** Names one set of records that are answered together. */
export type RecordSet = Pick<AlidnsRecord, 'rr' | 'type' | 'line'>;

export const recordSetKey = ({ rr, type, line }: RecordSet): string => `${rr} ${type} ${line}`;

export const isWildcard = (rr: string): boolean => rr === '*' || rr.startsWith('*.');

/** The host part of a name in a domain, or undefined when it is not in it. `@.example.com` means the domain itself. */
export function hostOf(name: string, domainName: string): string | undefined {
  if (name === domainName) return APEX;
  return name.endsWith(`.${domainName}`) ? name.slice(0, -domainName.length - 1) : undefined;
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A name of labels of at most 63 characters, 253 in all; a trailing dot is allowed. */
export function isDomainName(text: string): boolean {
  const name = text.replace(/\.$/, '').toLowerCase();
  return name.length <= 253 && name.split('.').every((label) => LABEL.test(label));
}

export const isHost = (rr: string): boolean => {
  const labels = rr.replace(/^\*(\.|$)/, '');
  return rr === APEX || (isWildcard(rr) && labels === '') || isDomainName(labels);
};

const SRV_VALUE = /^\d{1,5} \d{1,5} \d{1,5} \S+$/;
const CAA_VALUE = /^\d{1,3} (issue|issuewild|iodef) \S+$/;

/** Whether the value has the form its type needs. */
export function isValue(type: string, value: string): boolean {
  switch (type) {
    case 'A':
      return isIPv4(value);
    case 'AAAA':
      return isIPv6(value);
    case 'CNAME':
    case 'MX':
    case 'NS':
      return isDomainName(value);
    case 'SRV':
      return SRV_VALUE.test(value);
    case 'CAA':
      return CAA_VALUE.test(value);
    default:
      return value !== '' && Buffer.byteLength(value) <= 512;
  }
}
