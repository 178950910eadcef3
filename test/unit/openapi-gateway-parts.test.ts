import { OpenApiUtil } from '@alicloud/openapi-core';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../../infra/local/clock';
import { flattenQuery } from '../../infra/local/flatten-query';
import { FaultSwitch } from '../../infra/local/openapi/fault-switch';
import { NonceMemory } from '../../infra/local/openapi/nonce-memory';
import { checkParameters, isKnownAction } from '../../infra/local/openapi/parameter-check';
import { type LoggedRequest, RequestLog } from '../../infra/local/openapi/request-log';
import { DEFAULT_THROTTLE, Throttle } from '../../infra/local/openapi/throttle';

describe('NonceMemory', () => {
  it('knows a nonce until its request’s date would be refused anyway', () => {
    const nonces = new NonceMemory(10);
    expect(nonces.use('a', 0, 100)).toBe(true);
    expect(nonces.use('a', 100, 200)).toBe(false);
    expect(nonces.use('a', 101, 200)).toBe(true);
  });

  it('stays within its capacity, forgetting the oldest first', () => {
    const nonces = new NonceMemory(3);
    for (let index = 0; index < 1_000; index += 1)
      expect(nonces.use(String(index), 0, 100)).toBe(true);
    expect(nonces.size).toBe(3);
    expect(nonces.use('999', 0, 100)).toBe(false);
    expect(nonces.use('0', 0, 100)).toBe(true);
  });
});

describe('Throttle', () => {
  const call = {
    product: 'Slb',
    action: 'SetBackendServers',
    accountId: 'one',
    regionId: 'cn-local',
  } as const;
  const drained = (clock: ManualClock): Throttle => {
    const throttle = new Throttle(DEFAULT_THROTTLE, () => clock.now());
    for (let index = 0; index < 90; index += 1) throttle.take(call);
    return throttle;
  };

  it('allows 90 CLB writes of one API a minute, then says when the next minute begins', async () => {
    const clock = new ManualClock();
    await clock.advance(20_000);
    const throttle = drained(clock);
    expect(() => throttle.take(call)).toThrow(
      expect.objectContaining({
        code: 'Throttling',
        status: 400,
        headers: { 'x-acs-retry-after': '40000' },
      }),
    );
    await clock.advance(39_999);
    expect(() => throttle.take(call)).toThrow('throttling');
    await clock.advance(1);
    throttle.take(call);
  });

  it('keeps regions, APIs and accounts apart', () => {
    const throttle = drained(new ManualClock());
    throttle.take({ ...call, accountId: 'two' });
    throttle.take({ ...call, regionId: 'cn-other' });
    throttle.take({ ...call, action: 'AddBackendServers' });
    for (let index = 0; index < 3_000; index += 1)
      throttle.take({ ...call, action: 'DescribeHealthStatus' });
    expect(() => throttle.take({ ...call, action: 'DescribeHealthStatus' })).toThrow('throttling');
  });
});

describe('FaultSwitch', () => {
  it('strikes what it is told to, as often as it is told to', () => {
    const faults = new FaultSwitch();
    faults.set('html', { product: 'Slb' });
    faults.set('reset', { action: 'SetBackendServers', times: 2 });
    expect(faults.strike('Ecs', 'DescribeInstances')).toBeUndefined();
    expect(faults.strike('Slb', 'SetBackendServers')).toBe('reset');
    expect(faults.strike('Slb', 'DescribeHealthStatus')).toBe('html');
    expect(faults.strike('Slb', 'SetBackendServers')).toBe('reset');
    expect(faults.strike('Slb', 'SetBackendServers')).toBe('html');
    faults.clear();
    expect(faults.strike('Slb', 'SetBackendServers')).toBeUndefined();
  });
});

describe('RequestLog', () => {
  const entry = (at: number): LoggedRequest => ({
    at,
    requestId: String(at),
    product: 'Slb',
    version: '2014-05-15',
    action: 'DescribeHealthStatus',
    via: 'POST',
    signature: 'ACS3-HMAC-SHA256',
    accessKeyId: 'key',
    parameters: {},
    headers: {},
    status: 200,
    code: undefined,
    defect: undefined,
    durationMs: 1,
  });

  it('keeps the newest requests and counts them all', () => {
    const log = new RequestLog(10);
    for (let at = 0; at < 105; at += 1) log.add(entry(at), true);
    expect(log.find().map(({ at }) => at)).toEqual([95, 96, 97, 98, 99, 100, 101, 102, 103, 104]);
    expect(log.find({ since: 103 })).toHaveLength(2);
    expect(log.counts()).toEqual({ 'Slb.DescribeHealthStatus': 105 });
  });

  it('does not grow with the names that strangers invent', () => {
    const log = new RequestLog(10);
    for (let at = 0; at < 50; at += 1) log.add({ ...entry(at), action: `Invented${at}` }, false);
    expect(log.counts()).toEqual({ unknown: 50 });
  });

  it('tells of the next request that fits', async () => {
    const log = new RequestLog();
    const next = log.next({ status: 404 });
    log.add(entry(1), true);
    log.add({ ...entry(2), status: 404 }, true);
    expect((await next).at).toBe(2);
  });
});

describe('checkParameters', () => {
  it('asks for members of a list only where the list was sent', () => {
    const tagged = { RegionId: 'r', ResourceType: 'instance', 'ResourceId.1': 'i-1' };
    expect(() => checkParameters('Ecs', 'TagResources', { ...tagged, 'Tag.1.Value': 'v' })).toThrow(
      'Tag.N.Key',
    );
    expect(() => checkParameters('Ecs', 'TagResources', tagged)).toThrow('Tag.N');
    checkParameters('Ecs', 'TagResources', { ...tagged, 'Tag.1.Key': 'k', 'Tag.1.Value': '' });
  });

  it('checks numbers and booleans and lets unknown parameters pass', () => {
    const group = { LoadBalancerId: 'lb-1', RegionId: 'r' };
    expect(() =>
      checkParameters('Slb', 'DescribeVServerGroups', { ...group, IncludeListener: 'maybe' }),
    ).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
    expect(() =>
      checkParameters('Slb', 'DescribeHealthStatus', { ...group, ListenerPort: '80.5' }),
    ).toThrow('ListenerPort');
    checkParameters('Slb', 'DescribeHealthStatus', {
      ...group,
      ListenerPort: '80',
      OwnerAccount: 'x',
    });
    checkParameters('Slb', 'DescribeVServerGroups', { ...group, IncludeListener: 'TRUE' });
    checkParameters('Ecs', 'NotInTheTable', {});
  });

  it('knows the actions that healing needs', () => {
    const needed = {
      Slb: 'DescribeLoadBalancers DescribeLoadBalancerAttribute DescribeLoadBalancerListeners DescribeHealthStatus SetBackendServers SetVServerGroupAttribute DescribeVServerGroupAttribute TagResources',
      Ecs: 'DescribeInstances DescribeInstanceTypes DescribeInstancesFullStatus RunCommand DescribeInvocationResults RebootInstances TagResources UntagResources',
      Cms: 'DescribeMetricLast DescribeMetricList PutResourceMetricRule DescribeMetricRuleList PutEventRule PutEventRuleTargets DescribeSystemEventAttribute DescribeAlertLogList PutCustomMetric',
    } as const;
    for (const product of ['Slb', 'Ecs', 'Cms'] as const)
      expect(
        needed[product].split(' ').filter((action) => !isKnownAction(product, action)),
      ).toEqual([]);
  });
});

describe('flattenQuery', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
  );
  const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
  const { tree } = fc.letrec<{
    tree: unknown;
    list: unknown[];
    structure: Record<string, unknown>;
  }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, leaf, tie('list'), tie('structure')),
    list: fc.array(tie('tree'), { maxLength: 3 }),
    structure: fc.dictionary(name, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  }));

  it('flattens whatever the vendor’s client flattens, to the same', () => {
    fc.assert(
      fc.property(fc.dictionary(name, tree, { maxKeys: 4, noNullPrototype: true }), (query) => {
        expect(flattenQuery(query)).toEqual(OpenApiUtil.query(query));
      }),
    );
  });
});
