import { type Instant } from '../units';

/** Types of records that an address of a site can have; the others of the same name are left alone. */
export type AddressType = 'A' | 'AAAA' | 'CNAME';

/** One record as the DNS service tells it (Alidns DescribeDomainRecords). */
export interface DnsRecord {
  readonly recordId: string;
  /** Host part, `@` for the domain itself. */
  readonly host: string;
  readonly type: string;
  /** Resolution line, `default` for everybody whom no other line holds. */
  readonly line: string;
  readonly value: string;
  readonly ttlSeconds: number;
  readonly isEnabled: boolean;
  /** A locked record refuses every change. */
  readonly isLocked: boolean;
  /** Share of answers among the records of its line, where weighting is on; null where nothing tells. */
  readonly weight: number | null;
  readonly remark: string;
  /** Null when the service does not say. */
  readonly updatedAt: Instant | null;
}

/** Whether answers of a name, type and line are drawn by weight. */
export interface LineWeighting {
  readonly line: string;
  readonly isOn: boolean;
}
