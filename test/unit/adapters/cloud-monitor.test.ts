import { describe, expect, it } from '@jest/globals';
import { CloudMonitor } from '../../../shared/adapters/alicloud/cloud-monitor';
import { type Rpc } from '../../../shared/adapters/alicloud/rpc';
import { CachedMetrics } from '../../../shared/adapters/cached-metrics';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { type MetricQuery } from '../../../shared/ports/metrics';
import { StoreUnavailable } from '../../../shared/ports/state-store';
import { ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

const query = (metricName: string, count = 1): MetricQuery => ({
  namespace: 'acs_ecs_dashboard',
  metricName,
  dimensions: Array.from({ length: count }, (_, index) => ({ instanceId: `i-${index}` })),
});

function monitorOver(datapoints: unknown, clock = new TestClock()) {
  const rpc = new ScriptedRpc({
    DescribeMetricLast: () => ({ Success: true, Code: '200', Datapoints: datapoints }),
  });
  return { rpc, clock, monitor: new CloudMonitor({ rpc, clock, regionId: 'cn-local' }) };
}

describe('reading metrics', () => {
  const clock = new TestClock();
  const at = clock.now() - 60_000;
  const point = {
    timestamp: at,
    userId: '1',
    instanceId: 'i-0',
    Average: 12.5,
    Maximum: 20,
    Minimum: 1,
  };

  it.each([
    ['text', JSON.stringify([point])],
    ['a list', [point]],
  ])('takes data points as %s', async (_what, datapoints) => {
    const { monitor } = monitorOver(datapoints);
    expect(await monitor.readLatest(query('CPUUtilization'), clock.in(1000))).toEqual([
      { dimensions: { instanceId: 'i-0' }, value: 12.5, at },
    ]);
  });

  it.each([
    ['empty text', ''],
    ['an empty list as text', '[]'],
    ['nothing', undefined],
  ])('takes %s for no data, never for zero', async (_what, datapoints) => {
    expect(
      await monitorOver(datapoints).monitor.readLatest(query('CPUUtilization'), clock.in(1000)),
    ).toEqual([]);
  });

  it.each([
    ['broken text', '[{'],
    ['an object', '{}'],
  ])('takes %s for unreadable', async (_what, datapoints) => {
    await expect(
      monitorOver(datapoints).monitor.readLatest(query('CPUUtilization'), clock.in(1000)),
    ).rejects.toMatchObject({ details: { code: 'UnreadableReply' } });
  });

  it.each([
    ['UnhealthyServerCount', { Average: 1, Maximum: 3, Minimum: 0 }, 3],
    ['HeathyServerCount', { Average: 5, Maximum: 6, Minimum: 4 }, 4],
    ['UnhealthyServerCount', { Average: 1 }, 1],
    ['Qps', { Average: 7 }, 7],
    ['GroupTotalTrafficRX', { Value: 9 }, 9],
    ['Qps', { Sum: 0 }, 0],
  ])('of %s with %j takes %d', async (metricName, statistics, value) => {
    const { monitor } = monitorOver([{ timestamp: at, instanceId: 'i-0', ...statistics }]);
    expect((await monitor.readLatest(query(metricName), clock.in(1000)))[0]?.value).toBe(value);
  });

  it('takes the newest point of each set of dimensions and leaves out points of the future and without a value', async () => {
    const { monitor } = monitorOver([
      { timestamp: at - 60_000, instanceId: 'i-0', Average: 1 },
      { timestamp: at, instanceId: 'i-0', Average: 2 },
      { timestamp: clock.now() + 1, instanceId: 'i-0', Average: 3 },
      { timestamp: at, instanceId: 'i-1', Average: 4 },
      { timestamp: at, instanceId: 'i-2' },
    ]);
    const points = await monitor.readLatest(query('CPUUtilization', 3), clock.in(1000));
    expect(points.map(({ value }) => value)).toEqual([2, 4]);
  });

  it('keeps the series of one instance apart', async () => {
    const series = (state: string, Average: number) => ({
      timestamp: at,
      instanceId: 'i-0',
      state,
      Average,
    });
    const { monitor } = monitorOver([series('TCP_TOTAL', 9), series('ESTABLISHED', 4)]);
    const points = await monitor.readLatest(query('net_tcpconnection'), clock.in(1000));
    expect(points).toEqual([
      { dimensions: { instanceId: 'i-0', state: 'TCP_TOTAL' }, value: 9, at },
      { dimensions: { instanceId: 'i-0', state: 'ESTABLISHED' }, value: 4, at },
    ]);
  });

  it('asks for two thousand instances without asking everything at once', async () => {
    let open = 0;
    let openMost = 0;
    const rpc: Rpc = {
      call: async () => {
        openMost = Math.max(openMost, (open += 1));
        await Promise.resolve();
        open -= 1;
        return { Datapoints: '[]' };
      },
    };
    const monitor = new CloudMonitor({ rpc, clock, regionId: 'cn-local' });
    await monitor.readLatest(query('CPUUtilization', 2000), clock.in(1000));
    expect(openMost).toBe(2);
  });

  it('asks for at most fifty sets of dimensions at a time', async () => {
    const { monitor, rpc } = monitorOver('[]');
    await monitor.readLatest(query('CPUUtilization', 120), clock.in(1000));
    expect(
      rpc
        .queries('DescribeMetricLast')
        .map(({ Dimensions }) => (JSON.parse(Dimensions as string) as unknown[]).length),
    ).toEqual([50, 50, 20]);
  });
});

describe('the shared metric cache', () => {
  function cached(store = new MemoryStateStore(new TestClock()), clock = new TestClock()) {
    const points = Array.from({ length: 5 }, (_, index) => ({
      timestamp: clock.now(),
      userId: '1',
      instanceId: `i-${index}`,
      Average: index,
    }));
    const rpc = new ScriptedRpc({
      DescribeMetricLast: ({ Dimensions }) => {
        const asked = (JSON.parse(Dimensions as string) as { instanceId: string }[]).map(
          ({ instanceId }) => instanceId,
        );
        return {
          Datapoints: JSON.stringify(points.filter(({ instanceId }) => asked.includes(instanceId))),
        };
      },
    });
    const metrics = new CachedMetrics({
      metrics: new CloudMonitor({ rpc, clock, regionId: 'cn-local' }),
      store,
      clock,
      regionId: 'cn-local',
    });
    return { metrics, rpc, clock, store };
  }

  it('reads a metric once a minute for everybody', async () => {
    const { metrics, rpc, clock, store } = cached();
    const first = await metrics.readLatest(query('CPUUtilization', 3), clock.in(1000));
    expect(first.map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(await metrics.readLatest(query('CPUUtilization', 3), clock.in(1000))).toEqual(first);
    const another = cached(store, clock);
    expect(await another.metrics.readLatest(query('CPUUtilization', 2), clock.in(1000))).toEqual(
      first.slice(0, 2),
    );
    expect(rpc.calls).toHaveLength(1);
    expect(another.rpc.calls).toHaveLength(0);
    clock.advance(60_000);
    await metrics.readLatest(query('CPUUtilization', 3), clock.in(1000));
    expect(rpc.calls).toHaveLength(2);
  });

  it('sorts what comes by what was asked in one pass, however many are asked for', async () => {
    const count = 500;
    let looks = 0;
    const clock = new TestClock();
    const counted = (dimensions: Readonly<Record<string, string>>) =>
      new Proxy(dimensions, {
        get: (target, name: string) => {
          looks += 1;
          return target[name];
        },
      });
    const points = query('CPUUtilization', count).dimensions.map((dimensions, value) => ({
      at: clock.now(),
      dimensions: counted({ ...dimensions, userId: '1' }),
      value,
    }));
    const metrics = new CachedMetrics({
      metrics: { pointIntervalMs: 60_000, readLatest: () => Promise.resolve(points.toReversed()) },
      store: new MemoryStateStore(clock),
      clock,
      regionId: 'cn-local',
    });
    const asked = query('CPUUtilization', count);
    const found = await metrics.readLatest(
      { ...asked, dimensions: [...asked.dimensions, { userId: '1', instanceId: 'i-7' }] },
      clock.in(1000),
    );
    expect(found.map(({ value }) => value)).toEqual([...Array(count).keys(), 7]);
    expect(looks).toBeLessThan(10 * count);
  });

  it('asks only for what it does not know yet, and remembers that there was nothing', async () => {
    const { metrics, rpc, clock } = cached();
    await metrics.readLatest(query('CPUUtilization', 2), clock.in(1000));
    expect(await metrics.readLatest(query('CPUUtilization', 7), clock.in(1000))).toHaveLength(5);
    await metrics.readLatest(query('CPUUtilization', 7), clock.in(1000));
    expect(
      rpc
        .queries('DescribeMetricLast')
        .map(({ Dimensions }) => (JSON.parse(Dimensions as string) as unknown[]).length),
    ).toEqual([2, 5]);
  });

  it('keeps metrics apart', async () => {
    const { metrics, rpc, clock } = cached();
    await metrics.readLatest(query('CPUUtilization'), clock.in(1000));
    await metrics.readLatest(query('cpu_total'), clock.in(1000));
    expect(rpc.calls).toHaveLength(2);
  });

  it('reads directly when the store is down', async () => {
    const broken = new MemoryStateStore(new TestClock());
    broken.read = () => Promise.reject(new StoreUnavailable('down'));
    broken.compareAndSet = () => Promise.reject(new StoreUnavailable('down'));
    const { metrics, clock } = cached(broken);
    expect(await metrics.readLatest(query('CPUUtilization', 2), clock.in(1000))).toHaveLength(2);
  });
});
