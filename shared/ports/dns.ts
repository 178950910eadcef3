import {
  type AddressType,
  type DnsRecord,
  type LineWeighting,
} from '../domain/failover/dns-record';
import { type CallOptions } from './load-balancer';

/** One name: `www` of `example.com`, with the type of its addresses. */
export interface NameAddress {
  readonly domain: string;
  /** Host part, `@` for the domain itself. */
  readonly host: string;
  readonly type: AddressType;
}

/**
 * Records of public names. Every call throws `CloudError`. Writes to one domain are made one after the other by whoever calls; the
 * service still says `LastOperationNotFinished` now and then, which the adapter waits out within the deadline. All writes are
 * absolute and may be repeated.
 */
export interface Dns {
  /** Every record of the host, all pages, every type and line, enabled or not. Throws when pages contradict each other. */
  describeRecords(name: NameAddress, options: CallOptions): Promise<readonly DnsRecord[]>;
  /** Enables or pauses one record, then reads it back: the record as it is afterwards, null when it is gone. */
  setEnabled(
    record: Pick<DnsRecord, 'recordId'>,
    isEnabled: boolean,
    options: CallOptions,
  ): Promise<DnsRecord | null>;
  /** Lines of the name whose answers are drawn by weight. */
  describeWeighting(name: NameAddress, options: CallOptions): Promise<readonly LineWeighting[]>;
  setWeighting(name: NameAddress, line: string, isOn: boolean, options: CallOptions): Promise<void>;
  /** Weight of one record, 1 to 100; weighting must be on for its line. Read back by `describeRecords`. */
  setWeight(
    record: Pick<DnsRecord, 'recordId'>,
    weight: number,
    options: CallOptions,
  ): Promise<void>;
  /** A short note on the record that survives the loss of our store; empty deletes it. */
  setRemark(
    record: Pick<DnsRecord, 'recordId'>,
    remark: string,
    options: CallOptions,
  ): Promise<void>;
  /** Shortest TTL in seconds that the domain's edition allows. */
  describeMinimumTtl(domain: string, options: CallOptions): Promise<number>;
}
