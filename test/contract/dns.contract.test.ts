import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AlidnsModel } from '../../infra/local/alidns/model';
import { createInProcessRegion, type InProcessRegion } from '../../infra/local/in-process-region';
import { AccessKeys } from '../../infra/local/openapi/access-keys';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { Alidns } from '../../shared/adapters/alicloud/alidns';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { RetryingRpc } from '../../shared/adapters/alicloud/retrying-rpc';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { instant } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type Dns, type NameAddress } from '../../shared/ports/dns';

const KEY = {
  accessKeyId: 'LTAIcontractcontract',
  accessKeySecret: 'contract-secret',
  accountId: '1234567890123456',
};
const WWW: NameAddress = { domain: 'example.com', host: 'www', type: 'A' };
const APEX: NameAddress = { ...WWW, host: '@' };
const LINES = ['default', 'telecom', 'unicom', 'mobile', 'edu', 'oversea'];
const random = { next: () => 0.5 };

let region: InProcessRegion;
let gateway: Gateway | undefined;
let clock: Clock;
let dns: Dns;
let model: AlidnsModel;

const soon = (spanMs = 60_000) => ({ deadline: instant(clock.now() + spanMs) });
const add = (value: string, more: { rr?: string; line?: string; type?: string } = {}): string =>
  model.provision(
    () =>
      model.addRecord('example.com', {
        ...{ rr: 'www', type: 'A', value, ttlSeconds: 60 },
        ...more,
      }).recordId,
  );

async function setUp(way: 'in process' | 'over signed HTTP'): Promise<void> {
  region = createInProcessRegion({ startAt: Date.now() });
  model = region.alidns;
  model.provision(() => model.addDomain({ domainName: 'example.com', edition: 'standard' }));
  // Sleeping moves the region's own time, so that write locks take no real time.
  clock = { now: () => instant(region.clock.now()), sleep: (span) => region.clock.advance(span) };
  let single: Rpc = region.rpc;
  if (way === 'over signed HTTP') {
    const { controlPlane } = region;
    gateway = await startGateway({ controlPlane, accessKeys: new AccessKeys([KEY]), port: 0 });
    single = new SignedRpc({
      ...{ regionId: 'cn-local', endpoint: gateway.endpoint, protocol: 'HTTP', clock },
      ...{ credentials: givenCredentials(KEY), attemptTimeoutMs: 1_000 },
    });
  }
  dns = new Alidns({ rpc: new RetryingRpc({ rpc: single, clock, random }), clock, random });
}

describe.each(['in process', 'over signed HTTP'] as const)('names %s', (way) => {
  beforeEach(() => setUp(way));
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
    region.stop();
  });

  it('are read whole: every line and type of the host, and nothing else', async () => {
    add('192.0.2.1');
    add('192.0.2.2', { line: 'telecom' });
    add('ours', { type: 'TXT' });
    add('192.0.2.3', { rr: 'www2' });
    add('192.0.2.4', { rr: '@' });
    const found = await dns.describeRecords(WWW, soon());
    expect(found.map(({ value, line, type }) => [value, line, type])).toEqual([
      ['ours', 'default', 'TXT'],
      ['192.0.2.2', 'telecom', 'A'],
      ['192.0.2.1', 'default', 'A'],
    ]);
    expect(found[2]).toEqual({
      ...{ recordId: found[2]?.recordId, host: 'www', type: 'A', line: 'default' },
      ...{ value: '192.0.2.1', ttlSeconds: 60, isEnabled: true, isLocked: false, weight: 1 },
      ...{ remark: '', updatedAt: found[2]?.updatedAt },
    });
    expect((await dns.describeRecords(APEX, soon())).map(({ value }) => value)).toEqual([
      '192.0.2.4',
    ]);
    expect(await dns.describeRecords({ ...WWW, host: 'nobody' }, soon())).toEqual([]);
  });

  it('are read over more than one page', async () => {
    const values = Array.from({ length: 510 }, (_, index) => `text ${index}`);
    values.forEach((value, index) => add(value, { type: 'TXT', line: LINES[index % 6]! }));
    const found = await dns.describeRecords(WWW, soon());
    expect(found.map(({ value }) => value)).toEqual(values.toReversed());
    expect(region.requestLog.find({ action: 'DescribeDomainRecords' })).toHaveLength(2);
  });

  it('of a domain that is not ours cannot be read', async () => {
    const elsewhere = { ...WWW, domain: 'example.net' };
    await expect(dns.describeRecords(elsewhere, soon())).rejects.toMatchObject({
      details: { code: 'InvalidDomainName.NoExist', reaction: 'stop' },
    });
  });

  it('have records paused and enabled, one right after the other, again and again', async () => {
    const [first, second] = [add('192.0.2.1'), add('192.0.2.2')];
    for (const isEnabled of [false, false, true, true])
      for (const recordId of [first, second]) {
        const found = await dns.setEnabled({ recordId }, isEnabled, soon());
        expect(found).toMatchObject({ recordId, isEnabled });
        expect(model.record(recordId).isEnabled).toBe(isEnabled);
      }
  });

  it('say that a change could not begin in time', async () => {
    const recordId = add('192.0.2.1');
    model.writeLockMs = 60_000;
    await dns.setRemark({ recordId }, 'first', soon());
    await expect(dns.setEnabled({ recordId }, false, soon(3_000))).rejects.toMatchObject({
      details: { code: 'LastOperationNotFinished', reaction: 'wait-for-lock', isAmbiguous: false },
    });
    expect(model.record(recordId).isEnabled).toBe(true);
  });

  it('have no record that was deleted meanwhile', async () => {
    const recordId = add('192.0.2.1');
    model.provision(() => model.deleteRecord(recordId));
    expect(await dns.setEnabled({ recordId }, false, soon())).toBeNull();
    await expect(dns.setRemark({ recordId }, 'x', soon())).rejects.toMatchObject({
      details: { code: 'DomainRecordNotBelongToUser' },
    });
  });

  it('have locked records, which stay as they are', async () => {
    const recordId = add('192.0.2.1');
    model.setLocked(recordId, true);
    expect((await dns.describeRecords(WWW, soon()))[0]?.isLocked).toBe(true);
    await expect(dns.setEnabled({ recordId }, false, soon())).rejects.toMatchObject({
      details: { code: 'DomainRecordLocked', reaction: 'stop' },
    });
    expect(model.record(recordId).isEnabled).toBe(true);
  });

  it('weigh the answers of the lines for which that was wanted', async () => {
    const recordId = add('192.0.2.1');
    add('192.0.2.2');
    add('192.0.2.3', { line: 'telecom' });
    await dns.setWeighting(WWW, 'default', true, soon());
    const found = [...(await dns.describeWeighting(WWW, soon()))];
    expect(found.sort((a, b) => a.line.localeCompare(b.line))).toEqual([
      { line: 'default', isOn: true },
      { line: 'telecom', isOn: false },
    ]);
    await dns.setWeight({ recordId }, 40, soon());
    const records = await dns.describeRecords(WWW, soon());
    expect(records.find((one) => one.recordId === recordId)?.weight).toBe(40);
    await dns.setWeighting(WWW, 'default', false, soon());
    await expect(dns.setWeight({ recordId }, 1, soon())).rejects.toMatchObject({
      details: { code: 'DisableDNSSLB', reaction: 'stop' },
    });
  });

  it('weigh the answers of the domain itself', async () => {
    add('192.0.2.1', { rr: '@' });
    add('192.0.2.2', { rr: '@' });
    await dns.setWeighting(APEX, 'default', true, soon());
    expect(await dns.describeWeighting(APEX, soon())).toEqual([{ line: 'default', isOn: true }]);
    expect(await dns.describeWeighting(WWW, soon())).toEqual([]);
  });

  it('give a paused record no weight', async () => {
    const recordId = add('192.0.2.1');
    add('192.0.2.2');
    await dns.setWeighting(WWW, 'default', true, soon());
    await dns.setEnabled({ recordId }, false, soon());
    await expect(dns.setWeight({ recordId }, 1, soon())).rejects.toMatchObject({
      details: { code: 'DomainRecordDisable', reaction: 'stop' },
    });
  });

  it('carry remarks, and lose them when they are empty', async () => {
    const recordId = add('192.0.2.1');
    await dns.setRemark({ recordId }, 'evenkeel:paused:www', soon());
    expect((await dns.describeRecords(WWW, soon()))[0]?.remark).toBe('evenkeel:paused:www');
    await dns.setRemark({ recordId }, '', soon());
    expect((await dns.describeRecords(WWW, soon()))[0]?.remark).toBe('');
  });

  it('tell the shortest TTL of their edition', async () => {
    expect(await dns.describeMinimumTtl('example.com', soon())).toBe(60);
  });

  it('are changed once and known to be, when the reply was lost', async () => {
    const recordId = add('192.0.2.1');
    const lift = region.faults.set('lost-reply', { action: 'SetDomainRecordStatus' });
    const found = await dns.setEnabled({ recordId }, false, soon());
    lift();
    expect(found?.isEnabled).toBe(false);
    const sent = region.requestLog.find({ action: 'SetDomainRecordStatus' });
    expect(sent).toHaveLength(1);
  });
});
