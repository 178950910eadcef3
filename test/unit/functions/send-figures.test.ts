import { afterEach, describe, expect, it } from '@jest/globals';
import { type FiguresContext, sendFigures } from '../../../functions/on-timer/send-figures';
import { BatchedCustomMetrics } from '../../../shared/adapters/alicloud/batched-custom-metrics';
import { type RpcRequest } from '../../../shared/adapters/alicloud/rpc';
import { CloudError } from '../../../shared/domain/cloud-error';
import { memoryKey } from '../../../shared/domain/store-keys';
import { createWorld, type World } from '../../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

interface Entry {
  readonly MetricName: string;
  readonly Dimensions: string;
  readonly Values: string;
}

/** Pools with the same last look, and a CloudMonitor that takes what it is sent or fails. */
async function aTimer(
  pools: readonly string[],
  settings: FiguresContext['fleet']['customMetrics'],
  { callsLeft = 1000, error = null as Error | null } = {},
) {
  const world = await createWorld({ count: 4 });
  worlds.push(world);
  await world.tick();
  const { store, clock } = world;
  const { value } = (await store.read(memoryKey('web')))!;
  for (const name of pools.filter((pool) => pool !== 'web'))
    await store.compareAndSet(memoryKey(name), value, null);
  const calls: Entry[][] = [];
  const rpc = {
    call: (request: RpcRequest) => {
      calls.push(request.query['MetricList'] as Entry[]);
      return error === null ? Promise.resolve({}) : Promise.reject(error);
    },
  };
  const budget = { capacity: callsLeft, refillPerMinute: 1 };
  const customMetrics = new BatchedCustomMetrics({
    ...{ rpc, store, clock, budget, regionId: 'cn-hangzhou', accountId: '1' },
  });
  const fleet = {
    ...{ regionId: 'cn-hangzhou', failover: null, customMetrics: settings },
    pools: pools.map((name) => ({ name, regionId: 'cn-hangzhou' })),
  } as unknown as FiguresContext['fleet'];
  const lines: string[] = [];
  const note = (message: string, fields: object = {}): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  await sendFigures({ fleet, store, customMetrics, clock }, { log });
  return { calls, lines };
}

const TEN = Array.from({ length: 10 }, (_, index) => (index === 0 ? 'web' : `p-${index}`));

describe('figures for CloudMonitor', () => {
  it('are not written unless the policy wants them', async () => {
    expect((await aTimer(['web'], null)).calls).toEqual([]);
  });

  it('tell a pool as its last look left it, under its name and region', async () => {
    const { calls, lines } = await aTimer(['web'], { pools: null, seriesMax: 60 });
    const read = (text: string): unknown => JSON.parse(text) as unknown;
    const entries = calls
      .flat()
      .map(({ MetricName, Dimensions, Values }) => [MetricName, read(Dimensions), read(Values)]);
    const web = { region: 'cn-hangzhou', pool: 'web' };
    expect(entries).toContainEqual(['evenkeel_pool_healthy', web, { value: 4 }]);
    expect(entries).toContainEqual([
      ...['evenkeel_pool_backends', { ...web, state: 'ejected' }, { value: 0 }],
    ]);
    expect(lines).toEqual([]);
  });

  it('go twenty in a call, as many as the policy allows, and the log says what is left out', async () => {
    const { calls, lines } = await aTimer(TEN, { pools: null, seriesMax: 50 });
    expect(calls.map(({ length }) => length)).toEqual([20, 20]);
    expect(lines).toEqual([expect.stringContaining('"pools":2')]);
  });

  it('are those of the pools that are named', async () => {
    const { calls } = await aTimer(TEN, { pools: ['p-3'], seriesMax: 60 });
    expect(calls.flat().every(({ Dimensions }) => Dimensions.includes('p-3'))).toBe(true);
  });

  it('leave half of the month’s calls at hand to readings', async () => {
    const { calls, lines } = await aTimer(TEN, { pools: null, seriesMax: 2000 }, { callsLeft: 4 });
    expect(calls).toHaveLength(2);
    expect(lines).toEqual([expect.stringContaining('left out')]);
  });

  it('are missed by nobody when CloudMonitor refuses them', async () => {
    const refused = new CloudError({
      ...{ action: 'PutCustomMetric', code: 'Forbidden', reaction: 'stop', isAmbiguous: false },
      message: 'no',
    });
    const { lines } = await aTimer(['web'], { pools: null, seriesMax: 60 }, { error: refused });
    expect(lines).toEqual([expect.stringContaining('could not be written')]);
  });
});
