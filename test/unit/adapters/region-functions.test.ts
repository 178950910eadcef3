import { describe, expect, it } from '@jest/globals';
import { FunctionRegionPools } from '../../../shared/adapters/function-compute/region-pools';
import { FunctionVantages } from '../../../shared/adapters/function-compute/vantages';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { type SiteCapacity, type Vote } from '../../../shared/domain/failover/name-snapshot';
import { instant, permille } from '../../../shared/domain/units';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { type SiteLook } from '../../../shared/ports/vantages';
import { TestClock } from '../../support/test-clock';

/** Functions of several regions, each answering by what it is called with. */
function functions(
  answers: Readonly<Record<string, (payload: unknown) => unknown>>,
  calls: unknown[] = [],
) {
  const invokerFor = (regionId: string): FunctionInvoker => ({
    enqueue: () => Promise.reject(new Error('nothing is queued')),
    call: async (functionName, payload, { deadline }) => {
      calls.push({ regionId, functionName, payload, deadline });
      return await answers[regionId]!(payload);
    },
  });
  return { invokerFor, calls };
}

const LOOKS = ['hz', 'bj'].map((name) => ({ name, address: '127.0.0.1' })) as SiteLook[];
const said = (siteName: string, more: Partial<Record<keyof Vote, unknown>> = {}) => ({
  ...{ voter: 'cn-shenzhen', kind: 'vantage', siteName, answer: 'up', at: 1 },
  ...{ attempts: 3, failed: 0, latencyMs: 12, detail: '3 of 3' },
  ...more,
});

describe('vantages', () => {
  const clock = new TestClock();
  const look = (reply: unknown, spanMs = 5_000) => {
    const world = functions({ 'cn-shenzhen': () => reply });
    const vantages = new FunctionVantages({ ...world, clock, functionName: 'probe' });
    return { ...world, votes: vantages.look('cn-shenzhen', LOOKS, clock.in(spanMs)) };
  };

  it('are asked through the probe function of their region', async () => {
    const { calls, votes } = look({
      votes: [said('bj', { answer: 'down', failed: 3 }), said('hz')],
    });
    const found = await votes;
    expect(found.map(({ siteName, answer }) => [siteName, answer])).toEqual([
      ['hz', 'up'],
      ['bj', 'down'],
    ]);
    expect(calls).toEqual([
      {
        ...{ regionId: 'cn-shenzhen', functionName: 'probe', payload: { looks: LOOKS } },
        deadline: clock.now() + 5_000,
      },
    ]);
  });

  it('vote for themselves only, as of our question, whatever they say', async () => {
    const claims = { voter: 'cn-beijing', kind: 'outside', at: Number.MAX_SAFE_INTEGER };
    const [vote] = await look({ votes: [said('hz', claims)] }).votes;
    expect(vote).toEqual({ ...said('hz'), at: clock.now() });
  });

  it.each<[string, object]>([
    ['about another site', said('elsewhere')],
    ['with an unknown answer', said('hz', { answer: 'perhaps' })],
    ['without counts', said('hz', { attempts: undefined })],
    ['with a count that is none', said('hz', { failed: -1 })],
    ['with more failures than attempts', said('hz', { attempts: 1, failed: 2 })],
    ['down without having asked', said('hz', { answer: 'down', attempts: 0 })],
    ['down though something answered', said('hz', { answer: 'down', failed: 2 })],
    ['up though nothing answered', said('hz', { failed: 3 })],
  ])('have no vote %s', async (_what, entry) => {
    expect(await look({ votes: [entry] }).votes).toEqual([]);
  });

  it.each([[null], ['text'], [[]], [{}], [{ votes: 'none' }], [{ votes: [null] }]])(
    'that answer %j cannot be read',
    async (reply) => {
      await expect(look(reply).votes).rejects.toMatchObject({
        details: { code: 'UnreadableReply' },
      });
    },
  );

  it('that hang cost their own time and nobody else’s', async () => {
    const real = new SystemClock();
    const world = functions({
      'cn-dead': () => new Promise(() => undefined),
      'cn-shenzhen': () => ({ votes: [said('hz')] }),
    });
    const vantages = new FunctionVantages({ ...world, clock: real, functionName: 'probe' });
    const inMs = (spanMs: number) => ({ deadline: instant(real.now() + spanMs) });
    const startedAt = real.now();
    const [dead, good] = await Promise.allSettled([
      vantages.look('cn-dead', LOOKS, inMs(60)),
      vantages.look('cn-shenzhen', LOOKS, inMs(60_000)),
    ]);
    expect(dead).toMatchObject({ status: 'rejected', reason: { details: { code: 'Timeout' } } });
    expect(real.now() - startedAt).toBeLessThan(2_000);
    expect(good).toMatchObject({ status: 'fulfilled', value: [{ siteName: 'hz' }] });
  });

  it('are not asked when no time is left', async () => {
    const { calls, votes } = look({ votes: [] }, 0);
    await expect(votes).rejects.toMatchObject({ details: { code: 'Timeout', isAmbiguous: false } });
    expect(calls).toEqual([]);
  });
});

describe('pools of other regions', () => {
  const clock = new TestClock();
  const POOL = { regionId: 'cn-beijing', poolName: 'web' };
  const CAPACITY: SiteCapacity = {
    ...{ serving: 4, bearing: 3100, members: 5, healthy: permille(800) },
    load: { kind: 'ok', value: 2500, sampledAt: instant(1_000) },
    traffic: { kind: 'stale', value: 90, sampledAt: instant(500) },
    errorShare: { kind: 'missing', reason: 'no-datapoint' },
    ...{ warm: 1, max: 10, arriving: 0, canLaunch: true, takenAt: instant(2_000) },
  };
  const pools = (reply: unknown) => {
    const world = functions({ 'cn-beijing': () => reply });
    return {
      ...world,
      pools: new FunctionRegionPools({ ...world, clock, functionName: 'operator' }),
    };
  };
  const operated = (...replies: readonly unknown[]) => ({ kind: 'operated', replies });
  const described = (reply: unknown) => pools(reply).pools.describeCapacity(POOL, clock.in(5_000));

  it('tell their capacity through the operator of their region', async () => {
    const { calls, pools: regionPools } = pools(operated({ kind: 'capacity', capacity: CAPACITY }));
    expect(await regionPools.describeCapacity(POOL, clock.in(5_000))).toEqual(CAPACITY);
    expect(calls).toMatchObject([{ regionId: 'cn-beijing', functionName: 'operator' }]);
    expect(calls).toMatchObject([{ payload: { verb: 'capacity', pool: 'web' } }]);
  });

  it('of an older version do not tell who is in slow start', async () => {
    const { bearing, ...older } = CAPACITY;
    expect(bearing).toBe(3100);
    expect(await described(operated({ kind: 'capacity', capacity: older }))).toEqual(older);
  });

  it('may have no bounds', async () => {
    const reply = { kind: 'capacity', capacity: { ...CAPACITY, max: null } };
    expect((await described(operated(reply))).max).toBeNull();
  });

  it.each<[string, object]>([
    ['serving', { serving: undefined }],
    ['bearing', { bearing: 'all' }],
    ['max', { max: undefined }],
    ['canLaunch', { canLaunch: 'yes' }],
    ['load', { load: { kind: 'ok', value: 'much', sampledAt: 1 } }],
    ['traffic', { traffic: null }],
    ['takenAt', { takenAt: null }],
  ])('without a %s that can be read are not known at all', async (_field, more) => {
    const reply = { kind: 'capacity', capacity: { ...CAPACITY, ...more } };
    await expect(described(operated(reply))).rejects.toMatchObject({
      details: { code: 'UnreadableReply' },
    });
  });

  const ANSWER = { kind: 'capacity', capacity: CAPACITY };
  it.each<[unknown]>([
    [null],
    [{}],
    [ANSWER],
    [operated()],
    [operated(null)],
    [operated({ kind: 'capacity' })],
    [operated({ capacity: CAPACITY })],
    [operated({ kind: 'floor-requested', capacity: CAPACITY })],
    [operated(ANSWER, ANSWER)],
  ])('that answer %j are not known', async (reply) => {
    await expect(described(reply)).rejects.toMatchObject({
      details: { code: 'UnreadableReply' },
    });
  });

  it('are asked for a floor, with who, why and how long', async () => {
    const { calls, pools: regionPools } = pools(operated({ kind: 'floor-requested' }));
    const request = { count: 7, by: 'shop', reason: 'failover', until: instant(9_000) };
    await regionPools.requestFloor(POOL, request, clock.in(5_000));
    expect(calls).toMatchObject([{ payload: { verb: 'request-floor', pool: 'web', ...request } }]);
  });

  it('may refuse, with a reason and for good', async () => {
    const refusal = { kind: 'refused', code: 'not-scaled', message: 'The pool is not scaled.' };
    const request = { count: 7, by: 'shop', reason: 'failover', until: instant(9_000) };
    await expect(
      pools(operated(refusal)).pools.requestFloor(POOL, request, clock.in(5_000)),
    ).rejects.toMatchObject({ details: { code: 'not-scaled', reaction: 'stop' } });
    await expect(described({ kind: 'malformed', message: 'verb' })).rejects.toMatchObject({
      details: { code: 'malformed', reaction: 'stop' },
    });
  });
});
