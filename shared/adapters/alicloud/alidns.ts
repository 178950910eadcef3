import { DescribeDNSSLBSubDomainsRequest } from '@alicloud/alidns20150109/dist/models/DescribeDnsslbsubDomainsRequest';
import { DescribeDomainInfoRequest } from '@alicloud/alidns20150109/dist/models/DescribeDomainInfoRequest';
import { DescribeDomainRecordInfoRequest } from '@alicloud/alidns20150109/dist/models/DescribeDomainRecordInfoRequest';
import { DescribeDomainRecordsRequest } from '@alicloud/alidns20150109/dist/models/DescribeDomainRecordsRequest';
import { SetDNSSLBStatusRequest } from '@alicloud/alidns20150109/dist/models/SetDnsslbstatusRequest';
import { SetDomainRecordStatusRequest } from '@alicloud/alidns20150109/dist/models/SetDomainRecordStatusRequest';
import { UpdateDNSSLBWeightRequest } from '@alicloud/alidns20150109/dist/models/UpdateDnsslbweightRequest';
import { UpdateDomainRecordRemarkRequest } from '@alicloud/alidns20150109/dist/models/UpdateDomainRecordRemarkRequest';
import { CloudError } from '../../domain/cloud-error';
import { type DnsRecord, type LineWeighting } from '../../domain/failover/dns-record';
import { type Dns, type NameAddress } from '../../ports/dns';
import { type CallOptions } from '../../ports/load-balancer';
import { AlidnsCalls, type AlidnsOptions } from './alidns-calls';
import { dnsRecord, isWeightingOf, lineWeightings, subDomainOf } from './alidns-records';
import { classifyVendorError } from './error-table';
import { type Fields, requiredNumber, requiredText, textAt } from './reply';

type RecordName = Pick<DnsRecord, 'recordId'>;

const RECORDS_PER_PAGE = 500;
const SUB_DOMAINS_PER_PAGE = 100;
const WEIGHT_MAX = 100;

/** Alidns 2015-01-09 as the Dns port. */
export class Alidns implements Dns {
  private readonly calls: AlidnsCalls;

  constructor(options: AlidnsOptions) {
    this.calls = new AlidnsCalls(options);
  }

  /** The whole list is asked for by exact host; what a looser search lets through is left out. */
  async describeRecords(
    { domain, host }: Pick<NameAddress, 'domain' | 'host'>,
    options: CallOptions,
  ): Promise<readonly DnsRecord[]> {
    const action = 'DescribeDomainRecords';
    const modelOf = (pageNumber: number) =>
      new DescribeDomainRecordsRequest({
        domainName: domain,
        searchMode: 'COMBINATION',
        RRKeyWord: host,
        pageNumber,
        pageSize: RECORDS_PER_PAGE,
      });
    const keyOf = (entry: Fields) => requiredText(action, entry, 'RecordId');
    const path = ['DomainRecords', 'Record'];
    const entries = await this.calls.entries({ action, path, modelOf, keyOf }, options);
    return entries
      .map((entry) => dnsRecord(action, entry))
      .filter((record) => record.host.toLowerCase() === host.toLowerCase());
  }

  async setEnabled(
    { recordId }: RecordName,
    isEnabled: boolean,
    options: CallOptions,
  ): Promise<DnsRecord | null> {
    const status = isEnabled ? 'Enable' : 'Disable';
    const read = () => this.readRecord(recordId, options);
    const isSettled = (found: DnsRecord | null) => found?.isEnabled !== !isEnabled;
    const change = {
      action: 'SetDomainRecordStatus',
      model: new SetDomainRecordStatusRequest({ recordId, status }),
      isDone: async () => isSettled(await read()),
    };
    try {
      await this.calls.change(change, options);
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
    return this.calls.readBack(read, isSettled, options);
  }

  async describeWeighting(
    name: NameAddress,
    options: CallOptions,
  ): Promise<readonly LineWeighting[]> {
    const action = 'DescribeDNSSLBSubDomains';
    const modelOf = (pageNumber: number) =>
      new DescribeDNSSLBSubDomainsRequest({
        domainName: name.domain,
        rr: name.host,
        pageNumber,
        pageSize: SUB_DOMAINS_PER_PAGE,
      });
    const keyOf = (entry: Fields) =>
      `${requiredText(action, entry, 'SubDomain')} ${textAt(entry, 'Type')}`;
    const path = ['SlbSubDomains', 'SlbSubDomain'];
    const entries = await this.calls.entries({ action, path, modelOf, keyOf }, options);
    return entries
      .filter((entry) => isWeightingOf(name, entry))
      .flatMap((entry) => lineWeightings(action, entry));
  }

  async setWeighting(
    name: NameAddress,
    line: string,
    isOn: boolean,
    options: CallOptions,
  ): Promise<void> {
    const { domain: domainName, type } = name;
    const isDone = async (): Promise<boolean> => {
      const found = await this.describeWeighting(name, options);
      return (found.find((one) => one.line === line)?.isOn ?? false) === isOn;
    };
    const subDomain = subDomainOf(name);
    const model = new SetDNSSLBStatusRequest({ subDomain, domainName, type, line, open: isOn });
    await this.calls.change({ action: 'SetDNSSLBStatus', model, isDone }, options);
  }

  /** 0 is refused here: the vendor's pages contradict each other about it, and it must not be a second way to pause. */
  async setWeight({ recordId }: RecordName, weight: number, options: CallOptions): Promise<void> {
    const action = 'UpdateDNSSLBWeight';
    if (!Number.isInteger(weight) || weight < 1 || weight > WEIGHT_MAX)
      throw classifyVendorError({
        action,
        code: 'InvalidWeight',
        message: `a weight is a whole number from 1 to ${WEIGHT_MAX}, not ${weight}`,
        mayHaveBeenSent: false,
      });
    const model = new UpdateDNSSLBWeightRequest({ recordId, weight });
    const isDone = async () => (await this.readWeight(recordId, options)) === weight;
    await this.calls.change({ action, model, isDone }, options);
  }

  async setRemark({ recordId }: RecordName, remark: string, options: CallOptions): Promise<void> {
    const model = new UpdateDomainRecordRemarkRequest({ recordId, remark });
    const isDone = async () => (await this.readRecord(recordId, options))?.remark === remark;
    await this.calls.change({ action: 'UpdateDomainRecordRemark', model, isDone }, options);
  }

  /** The service tells the shortest TTL only among the detailed attributes. */
  async describeMinimumTtl(domainName: string, options: CallOptions): Promise<number> {
    const action = 'DescribeDomainInfo';
    const model = new DescribeDomainInfoRequest({ domainName, needDetailAttributes: true });
    return requiredNumber(action, await this.calls.call(action, model, options), 'MinTtl');
  }

  /** The record as it is; null when it is gone, which the service says as not being ours. */
  private async readRecord(recordId: string, options: CallOptions): Promise<DnsRecord | null> {
    const action = 'DescribeDomainRecordInfo';
    const reply = await this.recordInfo(recordId, options);
    return reply === null ? null : dnsRecord(action, reply);
  }

  /** Only lists tell weights, so the record is looked for in the list of its host. */
  private async readWeight(recordId: string, options: CallOptions): Promise<number | null> {
    const info = await this.recordInfo(recordId, options);
    if (info === null) return null;
    const domain = requiredText('DescribeDomainRecordInfo', info, 'DomainName');
    const host = requiredText('DescribeDomainRecordInfo', info, 'RR');
    const records = await this.describeRecords({ domain, host }, options);
    return records.find((record) => record.recordId === recordId)?.weight ?? null;
  }

  private async recordInfo(recordId: string, options: CallOptions): Promise<Fields | null> {
    const model = new DescribeDomainRecordInfoRequest({ recordId });
    try {
      return await this.calls.call('DescribeDomainRecordInfo', model, options);
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof CloudError && error.details.code === 'DomainRecordNotBelongToUser';
