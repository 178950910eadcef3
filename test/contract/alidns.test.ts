import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import {
  AddDomainRecordRequest,
  DescribeDNSSLBSubDomainsRequest,
  DescribeDomainInfoRequest,
  DescribeDomainRecordInfoRequest,
  DescribeDomainRecordsRequest,
  DescribeSubDomainRecordsRequest,
  SetDNSSLBStatusRequest,
  SetDomainRecordStatusRequest,
  UpdateDNSSLBWeightRequest,
  UpdateDomainRecordRemarkRequest,
  UpdateDomainRecordRequest,
} from '@alicloud/alidns20150109';
import type AlidnsClient from '@alicloud/alidns20150109';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type RecordInput } from '../../infra/local/alidns/record';
import { type LocalRegion, startLocalRegion } from '../../infra/local/region';
import { dnsLookup } from '../../infra/local/traffic/dns-lookup';
import { loadSettings } from '../../infra/local/traffic/load-options';
import { LoadRun } from '../../infra/local/traffic/load-run';
import { dig } from '../support/dig';
import { eventually } from '../support/eventually';
import { officialAlidns } from '../support/openapi-clients';
import { realBackend } from '../support/real-backends';
import { FakeDirectory } from '../support/slb-world';

jest.setTimeout(30_000);

const DOMAIN = 'example.com';
let region: LocalRegion;
let client: AlidnsClient;
const cleanUp: (() => Promise<void> | void)[] = [];

const accessOf = (one: LocalRegion) => ({
  endpoint: one.endpoints.openapi,
  accessKeyId: one.accessKeyId,
  accessKeySecret: one.accessKeySecret,
});

beforeAll(async () => {
  region = await startLocalRegion({
    network: 124,
    alidnsSettings: {
      writeLockMs: 0,
      publishDelayMs: 0,
      negativeTtlSeconds: 30,
      lineRules: [
        { network: '127.98.0.0/16', line: 'telecom' },
        { network: '203.0.113.0/24', line: 'os_asia_sg' },
      ],
    },
  });
  client = officialAlidns(accessOf(region));
  region.alidns.addDomain({ domainName: DOMAIN, edition: 'ultimate' });
});
afterAll(async () => region.stop());
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const given = (rr: string, value: string, more: Partial<RecordInput> = {}): string =>
  region.alidns.provision(() =>
    region.alidns.addRecord(DOMAIN, { rr, type: 'A', value, ttlSeconds: 60, ...more }),
  ).recordId;
const query = (name: string, ...words: readonly string[]) =>
  dig(region.endpoints.dns, `${name}.${DOMAIN}`, ...words);
const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => (error as { readonly code: string }).code,
  );

describe('the official client', () => {
  it('adds, finds, pages and changes records', async () => {
    const added = await client.addDomainRecord(
      new AddDomainRecordRequest({
        ...{ domainName: DOMAIN, RR: 'list', type: 'A', value: '10.1.0.1', TTL: 60 },
      }),
    );
    const recordId = added.body?.recordId ?? '';
    given('list', '10.1.0.2');
    given('list', '10.1.0.3', { line: 'telecom' });
    given('listing', '10.1.0.4');
    const find = async (more: object) => {
      const request = { domainName: DOMAIN, RRKeyWord: 'list', ...more };
      const { body } = await client.describeDomainRecords(
        new DescribeDomainRecordsRequest(request),
      );
      return {
        total: body?.totalCount,
        values: body?.domainRecords?.record?.map(({ value }) => value),
      };
    };
    const newestFirst = ['10.1.0.3', '10.1.0.2', '10.1.0.1'];
    expect(await find({ searchMode: 'COMBINATION' })).toEqual({ total: 3, values: newestFirst });
    expect(await find({})).toEqual({ total: 4, values: ['10.1.0.4', ...newestFirst] });
    expect(await find({ searchMode: 'EXACT', keyWord: '10.1.0.4' })).toMatchObject({ total: 1 });
    expect(await find({ searchMode: 'COMBINATION', pageSize: 2, pageNumber: 2 })).toEqual({
      total: 3,
      values: ['10.1.0.1'],
    });
    const onLine = new DescribeSubDomainRecordsRequest({
      ...{ subDomain: `list.${DOMAIN}`, domainName: DOMAIN, line: 'telecom' },
    });
    const { body } = await client.describeSubDomainRecords(onLine);
    expect(body?.domainRecords?.record).toMatchObject([{ value: '10.1.0.3', locked: false }]);
    await client.updateDomainRecord(
      new UpdateDomainRecordRequest({
        ...{ recordId, RR: 'list', type: 'A', value: '10.1.0.9', TTL: 120, line: 'default' },
      }),
    );
    await client.updateDomainRecordRemark(
      new UpdateDomainRecordRemarkRequest({ recordId, remark: 'ours' }),
    );
    const info = await client.describeDomainRecordInfo(
      new DescribeDomainRecordInfoRequest({ recordId }),
    );
    expect(info.body).toMatchObject({ value: '10.1.0.9', TTL: 120, remark: 'ours' });
  });

  it.each([
    ['Disable', 'Disable', 'DISABLE'],
    ['DISABLE', 'Disable', 'DISABLE'],
    ['enable', 'Enable', 'ENABLE'],
  ])('sets status %s, is told %s and reads %s', async (status, told, read) => {
    const recordId = given(`status-${status.toLowerCase()}`, `10.2.0.${status.charCodeAt(1)}`);
    const set = await client.setDomainRecordStatus(
      new SetDomainRecordStatusRequest({ recordId, status }),
    );
    expect(set.body).toMatchObject({ recordId, status: told });
    const info = await client.describeDomainRecordInfo(
      new DescribeDomainRecordInfoRequest({ recordId }),
    );
    expect(info.body?.status).toBe(read);
    region.alidns.provision(() => region.alidns.deleteRecord(recordId));
  });

  it('switches weighting on and sets weights', async () => {
    const recordId = given('weights', '10.3.0.1');
    given('weights', '10.3.0.2');
    given('weights', '10.3.0.3', { line: 'telecom' });
    const subDomain = `weights.${DOMAIN}`;
    const on = await client.setDNSSLBStatus(
      new SetDNSSLBStatusRequest({ subDomain, open: true, line: 'default' }),
    );
    expect(on.body).toMatchObject({ open: true, recordCount: 2 });
    await client.updateDNSSLBWeight(new UpdateDNSSLBWeightRequest({ recordId, weight: 7 }));
    const { body } = await client.describeDomainRecords(
      new DescribeDomainRecordsRequest({ domainName: DOMAIN, keyWord: 'weights' }),
    );
    expect(body?.domainRecords?.record).toMatchObject([
      { line: 'telecom', lbaStatus: false },
      { weight: 1, lbaStatus: true },
      { weight: 7, lbaStatus: true },
    ]);
    const names = await client.describeDNSSLBSubDomains(
      new DescribeDNSSLBSubDomainsRequest({ domainName: DOMAIN, rr: 'weights' }),
    );
    expect(names.body?.slbSubDomains?.slbSubDomain).toMatchObject([
      { subDomain, type: 'A', open: true, recordCount: 3 },
    ]);
    expect(
      names.body?.slbSubDomains?.slbSubDomain?.[0]?.lineAlgorithms?.lineAlgorithm,
    ).toMatchObject([
      { line: 'default', open: true },
      { line: 'telecom', open: false },
    ]);
  });

  it('reads what the edition allows', async () => {
    const { body } = await client.describeDomainInfo(
      new DescribeDomainInfoRequest({ domainName: DOMAIN }),
    );
    expect(body).toMatchObject({ minTtl: 1, versionCode: 'version_enterprise_advanced' });
    expect(body?.recordLines?.recordLine?.map(({ lineCode }) => lineCode)).toContain('telecom');
  });

  it.each([
    ['free', 600],
    ['personal', 600],
    ['standard', 60],
    ['ultimate', 1],
  ] as const)('may not go below the shortest TTL of the %s edition, %d s', async (edition, ttl) => {
    const domainName = `${edition}.example`;
    region.alidns.provision(() => region.alidns.addDomain({ domainName, edition }));
    const info = new DescribeDomainInfoRequest({ domainName, needDetailAttributes: true });
    expect((await client.describeDomainInfo(info)).body?.minTtl).toBe(ttl);
    const add = (TTL: number, value: string) =>
      codeOf(
        client.addDomainRecord(
          new AddDomainRecordRequest({ domainName, RR: 'www', type: 'A', value, TTL }),
        ),
      );
    expect(await add(ttl - 1, '10.11.0.1')).toBe('SubDomainInvalid.TTL');
    expect(await add(ttl, '10.11.0.1')).toBe('accepted');
    const { answers } = await dig(region.endpoints.dns, `www.${domainName}`);
    expect(answers).toEqual([`www.${domainName}. ${ttl} A 10.11.0.1`]);
  });

  it('is told the vendor’s codes', async () => {
    const recordId = given('codes', '10.4.0.1');
    const setStatus = (id: string, status: string) =>
      codeOf(
        client.setDomainRecordStatus(new SetDomainRecordStatusRequest({ recordId: id, status })),
      );
    const setWeight = (weight: number) =>
      codeOf(client.updateDNSSLBWeight(new UpdateDNSSLBWeightRequest({ recordId, weight })));
    const list = (domainName: string, more = {}) =>
      codeOf(
        client.describeDomainRecords(new DescribeDomainRecordsRequest({ domainName, ...more })),
      );
    expect(await setStatus('1', 'Disable')).toBe('DomainRecordNotBelongToUser');
    expect(await setStatus(recordId, 'Off')).toBe('InvalidStatus');
    expect(await setWeight(5)).toBe('DisableDNSSLB');
    expect(await setWeight(0)).toBe('InvalidWeigth');
    expect(await list('nobody.example')).toBe('InvalidDomainName.NoExist');
    expect(await list(DOMAIN, { pageSize: 501 })).toBe('InvalidParameter');
    const again = { domainName: DOMAIN, RR: 'codes', type: 'A', value: '10.4.0.1' };
    expect(await codeOf(client.addDomainRecord(new AddDomainRecordRequest(again)))).toBe(
      'DomainRecordDuplicate',
    );
    region.alidns.writeLockMs = 1000;
    cleanUp.push(() => void (region.alidns.writeLockMs = 0));
    expect(await setStatus(recordId, 'Disable')).toBe('accepted');
    expect(await setStatus(recordId, 'Enable')).toBe('LastOperationNotFinished');
    await eventually(
      () => setStatus(recordId, 'Enable'),
      (code) => code === 'accepted',
    );
    region.alidns.writeLockMs = 0;
    await eventually(
      () => setStatus(recordId, 'Enable'),
      (code) => code === 'accepted',
    );
  });
});

describe('the DNS server, asked by dig', () => {
  it('answers enabled records alone, over UDP and TCP, once they are published', async () => {
    const recordId = given('www', '10.5.0.1', { ttlSeconds: 7 });
    given('www', '10.5.0.2', { ttlSeconds: 7 });
    const both = [`www.${DOMAIN}. 7 A 10.5.0.1`, `www.${DOMAIN}. 7 A 10.5.0.2`];
    for (const transport of ['+notcp', '+tcp'])
      expect(await query('www', transport)).toMatchObject({
        status: 'NOERROR',
        flags: ['qr', 'aa'],
        answers: both,
      });
    region.alidns.publishDelayMs = 700;
    cleanUp.push(() => void (region.alidns.publishDelayMs = 0));
    const at = Date.now();
    region.alidns.setEnabled(recordId, false);
    const seen = await eventually(
      () => query('www'),
      ({ answers }) => answers.length === 1,
    );
    expect(seen.answers).toEqual(both.slice(1));
    expect(Date.now() - at).toBeGreaterThanOrEqual(700);
  });

  it('tells apart a name without such records, a name that is not there, and a stranger’s', async () => {
    given('typed', '10.6.0.1');
    const soa = /\t30\tIN\tSOA\t.* 30\n/;
    const noData = await query('typed', 'AAAA');
    expect(noData).toMatchObject({ status: 'NOERROR', answers: [] });
    expect(noData.text).toMatch(soa);
    const noName = await query('nowhere');
    expect(noName).toMatchObject({ status: 'NXDOMAIN', answers: [] });
    expect(noName.text).toMatch(soa);
    expect(await dig(region.endpoints.dns, 'www.example.org')).toMatchObject({
      status: 'REFUSED',
      flags: ['qr'],
    });
  });

  it('knows wildcards, aliases and the domain itself', async () => {
    given('*.wild', 'target.example.com', { type: 'CNAME' });
    given('target', '10.7.0.1');
    given('@', '10.7.0.2');
    expect((await query('a.b.wild')).answers).toEqual([
      `a.b.wild.${DOMAIN}. 60 CNAME target.${DOMAIN}.`,
      `target.${DOMAIN}. 60 A 10.7.0.1`,
    ]);
    expect((await query('wild')).status).toBe('NOERROR');
    expect((await dig(region.endpoints.dns, 'EXAMPLE.com')).answers).toEqual([
      'EXAMPLE.com. 60 A 10.7.0.2',
    ]);
  });

  it('answers by line: source address, client subnet, and the broader line where none is left', async () => {
    given('lines', '10.8.0.1');
    const telecom = given('lines', '10.8.0.2', { line: 'telecom' });
    given('lines', '10.8.0.3', { line: 'os_asia' });
    const answersOf = async (...words: readonly string[]) =>
      (await query('lines', ...words)).answers.map((line) => line.split(' ').at(-1));
    expect(await answersOf()).toEqual(['10.8.0.1']);
    expect(await answersOf('-b', '127.98.0.1')).toEqual(['10.8.0.2']);
    expect(await answersOf('-b', '127.98.0.1', '+tcp')).toEqual(['10.8.0.2']);
    expect(await answersOf('+subnet=203.0.113.0/24')).toEqual(['10.8.0.3']);
    region.alidns.provision(() => region.alidns.setEnabled(telecom, false));
    expect(await answersOf('-b', '127.98.0.1')).toEqual(['10.8.0.1']);
  });

  it('draws one answer where weighting is on, in that line alone', async () => {
    given('weighed', '10.12.0.1');
    const heavy = given('weighed', '10.12.0.2');
    given('weighed', '10.12.0.3', { line: 'telecom' });
    given('weighed', '10.12.0.4', { line: 'telecom' });
    await client.setDNSSLBStatus(
      new SetDNSSLBStatusRequest({ subDomain: `weighed.${DOMAIN}`, open: true, line: 'default' }),
    );
    await client.updateDNSSLBWeight(
      new UpdateDNSSLBWeightRequest({ recordId: heavy, weight: 100 }),
    );
    const drawn: string[] = [];
    for (let asked = 0; asked < 12; asked++) {
      const { answers } = await query('weighed');
      expect(answers).toHaveLength(1);
      drawn.push(answers[0]!.split(' ').at(-1)!);
    }
    expect(drawn.filter((value) => value === '10.12.0.2').length).toBeGreaterThan(9);
    expect((await query('weighed', '-b', '127.98.0.1')).answers).toHaveLength(2);
  });

  it('cuts over UDP what does not fit, and gives it over TCP', async () => {
    region.alidns.provision(() => {
      for (let host = 1; host <= 90; host++) given('many', `10.9.0.${host}`);
    });
    const cut = await query('many', '+ignore', '+bufsize=1232');
    expect(cut).toMatchObject({ answers: [] });
    expect(cut.flags).toContain('tc');
    expect((await query('many')).answers).toHaveLength(90);
    const lookup = dnsLookup({ servers: [region.endpoints.dns], timeoutMs: 2000 });
    expect((await lookup(`many.${DOMAIN}`)).addresses).toHaveLength(90);
  });
});

it('answers one record by its weight, and all when weighting is off', async () => {
  const name = `drawn.${DOMAIN}`;
  const light = given('drawn', '10.10.0.1');
  const heavy = given('drawn', '10.10.0.2');
  const weighted = { domainName: DOMAIN, rr: 'drawn', type: 'A' };
  region.alidns.setWeighting(weighted, true);
  region.alidns.setWeight(light, 1);
  region.alidns.setWeight(heavy, 3);
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([region.endpoints.dns]);
  const counts: Record<string, number> = {};
  for (let asked = 0; asked < 1000; asked++) {
    const answer = await resolver.resolve4(name);
    expect(answer).toHaveLength(1);
    counts[answer[0]!] = (counts[answer[0]!] ?? 0) + 1;
  }
  // The draws follow from the region's seed; five standard deviations of 1,000 draws at 3 in 4 are 68.
  expect(Math.abs(counts['10.10.0.2']! - 750)).toBeLessThanOrEqual(68);
  region.alidns.setWeighting(weighted, false);
  expect(await resolver.resolve4(name)).toHaveLength(2);
});

describe('malformed messages', () => {
  const reachable = async (): Promise<string> => (await query('alive', 'SOA')).status;
  const port = (): number => Number(region.endpoints.dns.split(':')[1]);
  const header = (flags: number, questions: number): Buffer => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16BE(0xabcd, 0);
    bytes.writeUInt16BE(flags, 2);
    bytes.writeUInt16BE(questions, 4);
    return bytes;
  };
  const FORMERR = 1;

  it.each<[string, Buffer]>([
    ['no question', header(0, 0)],
    ['a question that is not there', header(0, 1)],
    ['60,000 questions', header(0, 60_000)],
    ['a name that points at itself', Buffer.concat([header(0, 1), Buffer.from([0xc0, 12, 0, 1])])],
    ['a label of the reserved kind', Buffer.concat([header(0, 1), Buffer.from([0x80, 1, 0, 1])])],
  ])('%s: answered with the code for it', async (_what, bytes) => {
    const socket: Socket = createSocket('udp4');
    cleanUp.push(() => void socket.close());
    const reply = new Promise<Buffer>((resolve) => socket.once('message', resolve));
    socket.send(bytes, port(), '127.0.0.1');
    const answer = await reply;
    expect(answer.readUInt16BE(0)).toBe(0xabcd);
    expect(answer.readUInt16BE(2) & 0x800f).toBe(0x8000 | FORMERR);
    expect(await reachable()).not.toBe('none');
  });

  it('half a header and replies are dropped, and a connection that sends such is closed', async () => {
    const socket = createSocket('udp4');
    cleanUp.push(() => void socket.close());
    let replies = 0;
    socket.on('message', () => replies++);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(11), header(0x8000, 0)])
      socket.send(bytes, port(), '127.0.0.1');
    const connection = connect(port(), '127.0.0.1');
    connection.write(Buffer.from([0, 3, 1, 2, 3]));
    await new Promise<void>((resolve) => connection.once('close', () => resolve()).resume());
    expect(await reachable()).not.toBe('none');
    expect(replies).toBe(0);
  });
});

describe('looking up', () => {
  it('passes over a server that is silent and one that is gone, within the time for each', async () => {
    given('looked', '10.11.0.1');
    const silent = createSocket('udp4');
    cleanUp.push(() => void silent.close());
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    const servers = [`127.0.0.1:${silent.address().port}`, '127.0.0.1:1', region.endpoints.dns];
    const startedAt = performance.now();
    expect(await dnsLookup({ servers, timeoutMs: 200 })(`looked.${DOMAIN}`)).toEqual({
      addresses: ['10.11.0.1'],
      ttlSeconds: 60,
    });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
    await expect(
      dnsLookup({ servers: servers.slice(0, 2), timeoutMs: 50 })(`looked.${DOMAIN}`),
    ).rejects.toThrow('No DNS server answers');
  });

  it('tells how long the absence of a name holds, and fails on a refusal', async () => {
    const lookup = dnsLookup({ servers: [region.endpoints.dns], timeoutMs: 2000 });
    expect(await lookup(`absent.${DOMAIN}`)).toEqual({ addresses: [], ttlSeconds: 30 });
    await expect(lookup('www.example.org')).rejects.toThrow('code 5');
  });
});

it.each(['http', 'tcp'] as const)(
  'load over %s follows a name from one address to another within its TTL',
  async (kind) => {
    const rr = `load-${kind}`;
    const directory = new FakeDirectory();
    const near = await realBackend(directory, 'near', { address: '127.99.1.1' });
    cleanUp.push(near.close);
    const far = await realBackend(directory, 'far', { address: '127.99.1.2', port: near.port });
    cleanUp.push(far.close);
    const first = given(rr, '127.99.1.1', { ttlSeconds: 1 });
    const second = given(rr, '127.99.1.2', { ttlSeconds: 1 });
    region.alidns.provision(() => region.alidns.setEnabled(second, false));
    const load = new LoadRun(
      loadSettings({
        ...{ kind, host: `${rr}.${DOMAIN}`, port: near.port, requestsPerSecond: 100 },
        keepAlive: false,
        resolvers: { servers: [region.endpoints.dns], count: 5 },
      }),
      () => undefined,
    );
    await eventually(
      () => load.report().requests,
      (requests) => requests >= 50,
    );
    region.alidns.setEnabled(second, true);
    region.alidns.setEnabled(first, false);
    await eventually(
      () => far.requests,
      (requests) => requests >= 150,
    );
    const report = await load.stop();
    expect(report.failed).toBe(0);
    expect(Object.keys(report.addresses)).toEqual(['127.99.1.1', '127.99.1.2']);
    expect(report.addresses['127.99.1.2']).toMatchObject({ requests: far.requests, failed: 0 });
    expect(report.addresses['127.99.1.2']?.latency.count).toBe(far.requests);
    const last = report.seconds.at(-1)!;
    expect(last.addresses).toEqual({ '127.99.1.2': { requests: last.requests, failed: 0 } });
  },
);

it('load to a name without an address fails by name', async () => {
  const load = new LoadRun(
    loadSettings({
      ...{ kind: 'http', host: `nobody.${DOMAIN}`, port: 80, requestsPerSecond: 100 },
      resolvers: { servers: [region.endpoints.dns] },
    }),
    () => undefined,
  );
  await eventually(
    () => load.report().failures.name,
    (failed) => failed >= 20,
  );
  const report = await load.stop();
  expect(report.failures.name).toBe(report.requests);
  expect(report.addresses).toEqual({});
});

it('regions that share the service see each other’s changes', async () => {
  const other = await startLocalRegion({
    ...{ regionId: 'cn-other', network: 126, alidns: region.alidns },
  });
  cleanUp.push(() => other.stop());
  const recordId = given('shared', '10.12.0.1');
  given('shared', '10.12.0.2');
  await officialAlidns(accessOf(other)).setDomainRecordStatus(
    new SetDomainRecordStatusRequest({ recordId, status: 'Disable' }),
  );
  for (const { endpoints } of [region, other])
    expect((await dig(endpoints.dns, `shared.${DOMAIN}`)).answers).toEqual([
      `shared.${DOMAIN}. 60 A 10.12.0.2`,
    ]);
});
