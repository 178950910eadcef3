import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { siteCapacity } from '../../../../shared/decide/scale/site-capacity';
import { type SiteCapacity } from '../../../../shared/domain/failover/name-snapshot';
import { type PoolPolicy } from '../../../../shared/domain/policy';
import { type PoolSnapshot } from '../../../../shared/domain/pool';
import { missing } from '../../../../shared/domain/reading';
import { type ScalePolicy } from '../../../../shared/domain/scale-policy';
import { inSeconds, KEY, NOW, ok, secondsAgo } from '../../../support/builders';
import { aScaledPolicy, aScalePolicy } from '../../../support/scale-builders';
import { aScaledPool, retired, type ScaledPoolParts } from '../../../support/scaled-pool';

const option = (name: string): ScalePolicy['launch']['options'][number] => ({
  ...{ name, zoneId: `cn-hangzhou-${name}`, vSwitchId: null, instanceType: 'ecs.c7.large' },
  ...{ chargeType: 'pay-as-you-go', spotPriceMax: null, weight: null },
});
const launch = { ...aScalePolicy().launch, options: [option('h'), option('i')] };
const POLICY: PoolPolicy = { ...aScaledPolicy({ launch }), mode: 'enforce' };

const told = (pool: PoolSnapshot, policy: PoolPolicy = POLICY): SiteCapacity | string =>
  siteCapacity({ pool, policy, proposal: decide(pool, policy) });
const capacityOf = (pool: PoolSnapshot, policy: PoolPolicy = POLICY): SiteCapacity => {
  const capacity = told(pool, policy);
  if (typeof capacity === 'string') throw new Error(capacity);
  return capacity;
};
const five = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`i-${index}`, {}]));
const pool = (parts: ScaledPoolParts = {}, more: Parameters<typeof aScaledPool>[0] = {}) =>
  aScaledPool({ ...five, ...more }, parts);
const backedOff = (zone: string, until = inSeconds(300)) => ({
  [`cn-hangzhou/cn-hangzhou-${zone}/ecs.c7.large/pay-as-you-go`]: {
    ...{ until, failures: 1, lastFailureAt: secondsAgo(5) },
    ...{ kind: 'stock' as const, code: 'OperationDenied.NoStock' },
  },
});

describe('what a pool tells of itself', () => {
  it('counts who serves and is not on its way out', () => {
    expect(capacityOf(pool())).toMatchObject({ serving: 5, members: 5, canLaunch: true });
    const sick = { backend: { weight: 100, verdict: 'abnormal' } } as const;
    const leaving = { tags: retired('scale-in'), backend: { weight: 100 } };
    expect(capacityOf(pool({}, { 'i-0': sick, 'i-1': leaving }))).toMatchObject({ serving: 3 });
    expect(capacityOf(pool({}, { 'i-0': sick })).healthy).toBe(800);
  });

  it('counts who is in slow start for the share of its base weight', () => {
    expect(capacityOf(pool())).toMatchObject({ serving: 5, bearing: 5000 });
    const newcomer = {
      backend: { weight: 10 },
      healed: {
        ...{ state: 'probation' as const, since: secondsAgo(60), probationStep: 0, goodStreak: 5 },
        baseWeights: { [KEY]: 100 },
        written: [{ targetKey: KEY, weight: 10, at: secondsAgo(60) }],
      },
    } as const;
    expect(capacityOf(pool({}, { 'i-0': newcomer }))).toMatchObject({
      ...{ serving: 5, bearing: 4100 },
    });
  });

  it('leaves out a zone that is left', () => {
    const evacuation = {
      ...{ zoneId: 'cn-hangzhou-i', by: 'ann', reason: 'fire', at: NOW, until: inSeconds(900) },
    };
    const inside = { owned: { facts: { zoneId: 'cn-hangzhou-i' } } };
    const seen = pool({ evacuation }, { 'i-0': inside, 'i-1': inside });
    const backends = seen.backends.map((backend) =>
      ['i-0', 'i-1'].includes(backend.instanceId) && backend.instance.kind === 'ok'
        ? {
            ...backend,
            instance: ok({ ...backend.instance.value, zoneId: 'cn-hangzhou-i' }),
          }
        : backend,
    );
    const left = { ...seen, backends };
    expect(capacityOf(left)).toMatchObject({ serving: 3, members: 3, canLaunch: true });
    const only = { ...aScaledPolicy({ launch: { ...launch, options: [option('i')] } }) };
    expect(capacityOf(left, { ...only, mode: 'enforce' })).toMatchObject({ canLaunch: false });
  });

  it.each<[string, ScaledPoolParts['scale'], boolean]>([
    ['one way backed off', { backOff: backedOff('h') }, true],
    ['every way backed off', { backOff: { ...backedOff('h'), ...backedOff('i') } }, false],
    ['back-offs that are over', { backOff: backedOff('h', NOW) }, true],
    ['the breaker open', { breakerOpenUntil: inSeconds(60) }, false],
    ['the breaker closed again', { breakerOpenUntil: NOW }, true],
  ])('can launch or not with %s', (_, scale, canLaunch) => {
    expect(capacityOf(pool({ scale: scale ?? {} })).canLaunch).toBe(canLaunch);
  });

  it('has the maximum that a schedule leaves it', () => {
    const schedule = {
      ...{ name: 'thrift', timeZone: 'UTC', fromMinute: 0, toMinute: 1440, min: null, max: 8 },
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const,
    };
    const policy = { ...aScaledPolicy({ launch, max: 20, schedules: [schedule] }) };
    expect(capacityOf(pool(), policy).max).toBe(8);
  });

  it('tells traffic in thousandths, as old as it is', () => {
    const metrics = {
      ...{ unhealthyServerCount: ok(0), responseTimeMs: ok(9), upstream5xx: ok(1) },
      qps: { kind: 'stale', value: 12.5, sampledAt: secondsAgo(600) } as const,
    };
    expect(capacityOf({ ...pool(), metrics }).traffic).toEqual({
      ...{ kind: 'stale', value: 12_500, sampledAt: secondsAgo(600) },
    });
  });

  it('of a pool without capacity figures tells errors by its one load balancer, never by a sum', () => {
    const { capacity, ...bare } = pool();
    expect(capacity).toBeDefined();
    const { scale, ...unscaled } = POLICY;
    expect(scale).toBeDefined();
    const metrics = {
      ...{ unhealthyServerCount: ok(0), responseTimeMs: ok(9), qps: ok(100, secondsAgo(60)) },
      upstream5xx: ok(5, secondsAgo(90)),
    };
    expect(capacityOf({ ...bare, metrics }, unscaled)).toMatchObject({
      ...{ max: null, canLaunch: false, members: 5, load: { reason: 'not-configured' } },
      errorShare: { kind: 'ok', value: 50, sampledAt: secondsAgo(90) },
    });
    const [target] = bare.targets;
    const second = { ...target!, target: { ...target!.target, loadBalancerId: 'lb-2' } };
    const spread = { ...bare, metrics, targets: [target!, second] };
    expect(capacityOf(spread, unscaled).errorShare).toEqual(missing('no-datapoint'));
  });

  it('is no guess: unread health or an unbelieved list is no answer', () => {
    const blind = pool();
    const backends = blind.backends.map((backend, index) => ({
      ...backend,
      attachments: backend.attachments.map((each) => ({
        ...each,
        ...(index === 0 && { health: missing('read-failed') }),
      })),
    }));
    expect(told({ ...blind, backends })).toBe('backends whose health could not be read: 1');
    expect(told(pool({ capacity: { owned: missing('read-failed') } }))).toBe(
      'the list of the pool’s instances could not be read',
    );
    expect(told(pool({ capacity: { contradictions: ['i-1 is listed twice'] } }))).toBe(
      'i-1 is listed twice',
    );
  });
});
