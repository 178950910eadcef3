import {
  DescribeDNSSLBSubDomainsRequest,
  DescribeDomainInfoRequest,
  DescribeDomainRecordInfoRequest,
  DescribeDomainRecordsRequest,
  SetDNSSLBStatusRequest,
  SetDomainRecordStatusRequest,
  UpdateDNSSLBWeightRequest,
  UpdateDomainRecordRemarkRequest,
} from '@alicloud/alidns20150109';
import AlidnsClient from '@alicloud/alidns20150109';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { realClock } from '../../infra/local/clock';
import { type Action, type Parameters } from '../../infra/local/contracts';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { ControlPlane } from '../../infra/local/openapi/control-plane';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { Alidns } from '../../shared/adapters/alicloud/alidns';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { instant } from '../../shared/domain/units';
import { type Dns } from '../../shared/ports/dns';

type Seen = readonly [string, Parameters];

const seen: Seen[] = [];
const key = randomAccessKey('1234567890');
const answering = (replies: Readonly<Record<string, object>>): Readonly<Record<string, Action>> =>
  Object.fromEntries(
    Object.entries(replies).map(([action, reply]) => [
      action,
      (parameters: Parameters) => {
        seen.push([action, parameters]);
        return reply;
      },
    ]),
  );
const RECORD = {
  ...{ RecordId: '7', RR: 'www', Type: 'A', Line: 'default', Value: '192.0.2.1', TTL: 60 },
  ...{ Status: 'DISABLE', Locked: false },
};
const controlPlane = new ControlPlane({
  regionId: 'cn-local',
  clock: realClock(),
  services: [
    {
      product: 'Alidns',
      version: '2015-01-09',
      isGlobal: true,
      actions: answering({
        DescribeDomainRecords: { TotalCount: 0, DomainRecords: { Record: [] } },
        DescribeDomainRecordInfo: RECORD,
        DescribeDNSSLBSubDomains: { TotalCount: 0, SlbSubDomains: { SlbSubDomain: [] } },
        DescribeDomainInfo: { MinTtl: 60 },
        SetDomainRecordStatus: {},
        SetDNSSLBStatus: {},
        UpdateDNSSLBWeight: {},
        UpdateDomainRecordRemark: {},
      }),
    },
  ],
});
let gateway: Gateway;
let dns: Dns;
let official: AlidnsClient;

beforeAll(async () => {
  gateway = await startGateway({ controlPlane, accessKeys: new AccessKeys([key]) });
  const access = { endpoint: gateway.endpoint, protocol: 'HTTP', regionId: 'cn-local' } as const;
  const clock = new SystemClock();
  const rpc = new SignedRpc({ ...access, clock, credentials: givenCredentials(key) });
  dns = new Alidns({ rpc, clock, random: { next: () => 0 } });
  official = new AlidnsClient(new $OpenApiUtil.Config({ ...access, ...key }));
});
afterAll(async () => gateway.stop());

const soon = () => ({ deadline: instant(Date.now() + 5_000) });
const WWW = { domain: 'example.com', host: 'www', type: 'A' } as const;
const APEX = { ...WWW, host: '@' } as const;
const record = { recordId: '7' };

async function sent(action: string, call: () => Promise<unknown>): Promise<readonly Parameters[]> {
  seen.splice(0);
  await call();
  return seen.filter(([name]) => name === action).map(([, parameters]) => parameters);
}

describe('on the wire names cannot be told from the vendor’s own client', () => {
  it.each<readonly [string, () => Promise<unknown>, (client: AlidnsClient) => Promise<unknown>]>([
    [
      'DescribeDomainRecords',
      () => dns.describeRecords(WWW, soon()),
      (client) =>
        client.describeDomainRecords(
          new DescribeDomainRecordsRequest({
            domainName: 'example.com',
            searchMode: 'COMBINATION',
            RRKeyWord: 'www',
            pageNumber: 1,
            pageSize: 500,
          }),
        ),
    ],
    [
      'SetDomainRecordStatus',
      () => dns.setEnabled(record, false, soon()),
      (client) =>
        client.setDomainRecordStatus(
          new SetDomainRecordStatusRequest({ recordId: '7', status: 'Disable' }),
        ),
    ],
    [
      'DescribeDomainRecordInfo',
      () => dns.setEnabled(record, false, soon()),
      (client) =>
        client.describeDomainRecordInfo(new DescribeDomainRecordInfoRequest({ recordId: '7' })),
    ],
    [
      'DescribeDNSSLBSubDomains',
      () => dns.describeWeighting(WWW, soon()),
      (client) =>
        client.describeDNSSLBSubDomains(
          new DescribeDNSSLBSubDomainsRequest({
            domainName: 'example.com',
            rr: 'www',
            pageNumber: 1,
            pageSize: 100,
          }),
        ),
    ],
    [
      'SetDNSSLBStatus',
      () => dns.setWeighting(APEX, 'telecom', false, soon()),
      (client) =>
        client.setDNSSLBStatus(
          new SetDNSSLBStatusRequest({
            domainName: 'example.com',
            subDomain: '@.example.com',
            type: 'A',
            line: 'telecom',
            open: false,
          }),
        ),
    ],
    [
      'UpdateDNSSLBWeight',
      () => dns.setWeight(record, 1, soon()),
      (client) =>
        client.updateDNSSLBWeight(new UpdateDNSSLBWeightRequest({ recordId: '7', weight: 1 })),
    ],
    [
      'UpdateDomainRecordRemark',
      () => dns.setRemark(record, '', soon()),
      (client) =>
        client.updateDomainRecordRemark(
          new UpdateDomainRecordRemarkRequest({ recordId: '7', remark: '' }),
        ),
    ],
    [
      'DescribeDomainInfo',
      () => dns.describeMinimumTtl('example.com', soon()),
      (client) =>
        client.describeDomainInfo(
          new DescribeDomainInfoRequest({ domainName: 'example.com', needDetailAttributes: true }),
        ),
    ],
  ])('%s', async (action, ours, theirs) => {
    const expected = await sent(action, () => theirs(official));
    expect(expected).toHaveLength(1);
    expect(await sent(action, ours)).toEqual(expected);
  });
});
