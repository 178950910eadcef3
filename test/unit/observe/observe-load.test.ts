import { describe, expect, it } from '@jest/globals';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { type ScaleMemory, type InstanceMemory } from '../../../shared/domain/scale-memory';
import { type ScaleSignal } from '../../../shared/domain/scale-policy';
import { instant, millis, plus } from '../../../shared/domain/units';
import { observeLoad } from '../../../shared/observe/observe-load';
import { type MetricPoint, type MetricQuery } from '../../../shared/ports/metrics';
import { type Ports } from '../../../shared/ports/ports';
import { aPolicy, aPool, NOW, ok, secondsAgo } from '../../support/builders';
import {
  aCapacity,
  aScaleMemory,
  anOwnedInstance,
  aScalePolicy,
} from '../../support/scale-builders';

type Points = Readonly<
  Record<
    string,
    readonly (readonly [id: string, value: number, secondsAgo?: number, state?: string])[]
  >
>;

const TARGETS = ['lb-1', 'lb-2'].map((loadBalancerId) => ({
  loadBalancerId,
  serverGroupId: 'default',
}));

/** CloudMonitor as told, by metric; `down` ones cannot be read. */
function monitor(points: Points, down: readonly string[] = []) {
  const asked: MetricQuery[] = [];
  const readLatest = (query: MetricQuery): Promise<readonly MetricPoint[]> => {
    asked.push(query);
    if (down.includes(query.metricName))
      return Promise.reject(
        new CloudError({
          action: 'DescribeMetricLast',
          code: 'ServiceUnavailable',
          reaction: 'retry',
          isAmbiguous: false,
          message: 'down',
        }),
      );
    const ids = new Set(query.dimensions.map(({ instanceId }) => instanceId));
    return Promise.resolve(
      (points[query.metricName] ?? [])
        .filter(([id]) => ids.has(id))
        .map(([instanceId, value, age = 60, state]) => ({
          dimensions: { instanceId, ...(state !== undefined && { state }) },
          value,
          at: secondsAgo(age),
        })),
    );
  };
  const silent = () => undefined;
  const ports = {
    clock: { now: () => NOW },
    log: { info: silent, warn: silent, error: silent },
    metrics: { readLatest },
  } as unknown as Ports;
  return { ports, asked };
}

interface Scene {
  readonly ids?: readonly string[];
  readonly leaving?: readonly string[];
  readonly down?: readonly string[];
  readonly previous?: PoolSnapshot | null;
  readonly memory?: ScaleMemory;
}

async function load(signal: ScaleSignal, points: Points, scene: Scene = {}) {
  const { ids = ['i-1', 'i-2'], leaving = [], down, previous = null, memory } = scene;
  const { ports, asked } = monitor(points, down);
  const scale = aScalePolicy({
    metrics: [{ signal, target: 600 }],
    warmUpMs: millis(120_000),
  });
  const policy = aPolicy({ targets: TARGETS, scale });
  const options = { deadline: plus(NOW, 10_000) };
  const seen = await observeLoad(ids, leaving, policy, { ports, options, previous, memory });
  return { ...seen, figure: seen.figures[0]!, asked };
}

describe('a metric of the instances', () => {
  it('is the sum in permille, as old as its oldest point, with who reported', async () => {
    const { figure } = await load('cpu', {
      CPUUtilization: [
        ['i-1', 60.25],
        ['i-2', 40, 120],
      ],
    });
    expect(figure).toEqual({
      kind: 'ok',
      sampledAt: secondsAgo(120),
      value: { signal: 'cpu', total: 1003, reported: 2, expected: 2 },
    });
  });

  it('tells who is at the top of its CPU', async () => {
    const CPUUtilization: Points['CPUUtilization'] = [
      ['i-1', 95],
      ['i-2', 94.9],
    ];
    const { figure } = await load('cpu', { CPUUtilization });
    expect(figure).toMatchObject({ value: { total: 1899, saturated: 1 } });
  });

  it.each([
    ['older than the limit', 181],
    ['from the future', -60],
  ])('leaves out a point that is %s', async (_, age) => {
    const { figure } = await load('cpu', {
      CPUUtilization: [
        ['i-1', 60],
        ['i-2', 40, age],
      ],
    });
    expect(figure).toMatchObject({ kind: 'ok', value: { total: 600, reported: 1, expected: 2 } });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('does not believe %d', async (value) => {
    const { figure } = await load('cpu', { CPUUtilization: [['i-1', value]] });
    expect(figure).toEqual({ kind: 'missing', reason: 'no-datapoint' });
  });

  it('that cannot be read is missing, and so is one that nobody reports: neither is 0', async () => {
    const down = ['CPUUtilization'];
    expect((await load('cpu', {}, { down })).figure).toEqual({
      kind: 'missing',
      reason: 'read-failed',
    });
    expect((await load('cpu', {})).figure).toEqual({ kind: 'missing', reason: 'no-datapoint' });
    expect((await load('cpu', {}, { ids: [] })).figure.kind).toBe('missing');
  });

  it('is not asked of those that warm up', async () => {
    const known = (putToUseAt: number | null): InstanceMemory => ({
      firstSeenAt: secondsAgo(900),
      weightZeroAt: null,
      registeredAt: null,
      putToUseAt: putToUseAt === null ? null : instant(putToUseAt),
    });
    const instances = {
      'i-1': known(secondsAgo(120)),
      'i-2': known(secondsAgo(119)),
      'i-3': known(null),
    };
    const ids = ['i-1', 'i-2', 'i-3', 'i-4'];
    const { figure } = await load(
      'cpu',
      { CPUUtilization: ids.map((id) => [id, 10] as const) },
      { ids, memory: aScaleMemory({ instances }) },
    );
    expect(figure).toMatchObject({ value: { total: 200, reported: 2, expected: 2 } });
  });

  it('counts established connections only, also of who is leaving', async () => {
    const { figure, connections } = await load(
      'instance-connections',
      {
        net_tcpconnection: [
          ['i-1', 7, 60, 'ESTABLISHED'],
          ['i-1', 900, 60, 'TIME_WAIT'],
          ['i-9', 3, 60, 'ESTABLISHED'],
        ],
      },
      { leaving: ['i-9'] },
    );
    expect(figure).toMatchObject({ value: { total: 7000, reported: 1, expected: 2 } });
    expect(connections.get('i-1')).toMatchObject({ kind: 'ok', value: 7 });
    expect(connections.get('i-9')).toMatchObject({ kind: 'ok', value: 3 });
    expect(connections.get('i-2')).toEqual({ kind: 'missing', reason: 'no-datapoint' });
  });
});

describe('a metric of the load balancers', () => {
  it('is their sum, or the worst of them', async () => {
    const qps = await load('requests', {
      InstanceQps: [
        ['lb-1', 1.5],
        ['lb-2', 2],
      ],
    });
    expect(qps.figure).toMatchObject({ value: { total: 3500, reported: 2, expected: 2 } });
    const latency = await load('latency', {
      InstanceRt: [
        ['lb-1', 80],
        ['lb-2', 120],
      ],
    });
    expect(latency.figure).toMatchObject({ value: { total: 120_000 } });
    const use = await load('load-balancer-utilisation', {
      InstanceMaxConnectionUtilization: [['lb-1', 10]],
      InstanceQpsUtilization: [['lb-2', 72.5]],
    });
    expect(use.figure).toMatchObject({ value: { total: 725, reported: 2 } });
  });

  it('tells the share of requests that failed', async () => {
    const { errorShare, latencyMs } = await load('cpu', {
      InstanceQps: [
        ['lb-1', 40],
        ['lb-2', 60, 90],
      ],
      InstanceUpstreamCode5xx: [
        ['lb-1', 1],
        ['lb-2', 0],
      ],
      InstanceRt: [['lb-1', 81.4]],
    });
    expect(errorShare).toEqual(ok(10, secondsAgo(90)));
    expect(latencyMs).toMatchObject({ value: 81 });
  });

  it.each<[string, Points, readonly string[]]>([
    ['nobody counts requests', { InstanceUpstreamCode5xx: [['lb-1', 0]] }, []],
    ['nobody counts failures', { InstanceQps: [['lb-1', 40]] }, []],
    [
      'one of them does not count failures',
      {
        InstanceQps: [
          ['lb-1', 40],
          ['lb-2', 1],
        ],
        InstanceUpstreamCode5xx: [['lb-1', 0]],
      },
      [],
    ],
    ['one cannot be read', { InstanceQps: [['lb-1', 40]] }, ['InstanceUpstreamCode5xx']],
  ])('does not know that share where %s: nobody is not zero', async (_, points, down) => {
    expect((await load('cpu', points, { down })).errorShare.kind).toBe('missing');
  });
});

describe('within the same minute', () => {
  const capacity = aCapacity({
    figures: [ok({ signal: 'cpu', total: 500, reported: 1, expected: 1 })],
    owned: ok([anOwnedInstance('i-1', { connections: ok(4) })]),
  });
  const previous = (parts: Partial<PoolSnapshot> = {}): PoolSnapshot =>
    aPool({ backends: [], capacity, metricsReadAt: secondsAgo(59), ...parts });

  it('nothing is asked again', async () => {
    const { asked, figure, connections } = await load('cpu', {}, { previous: previous() });
    expect(asked).toEqual([]);
    expect([figure, connections.get('i-1')]).toMatchObject([
      { value: { total: 500 } },
      { value: 4 },
    ]);
  });

  it('connections of members by tag stand as well, departed ones included', async () => {
    const members = {
      tagged: ok([anOwnedInstance('i-2', { connections: ok(5) })]),
      added: ok([anOwnedInstance('i-3', { connections: ok(6) })]),
    };
    const { connections } = await load(
      'cpu',
      {},
      { previous: previous({ capacity: { ...capacity, ...members } }) },
    );
    expect(['i-1', 'i-2', 'i-3'].map((id) => connections.get(id))).toMatchObject([
      { value: 4 },
      { value: 5 },
      { value: 6 },
    ]);
  });

  it.each<[string, Partial<PoolSnapshot>]>([
    ['a minute later', { metricsReadAt: secondsAgo(60) }],
    [
      'where the list of instances, and their connections with it, could not be read',
      { capacity: { ...capacity, owned: { kind: 'missing', reason: 'read-failed' } } },
    ],
  ])('but is %s', async (_, parts) => {
    expect((await load('cpu', {}, { previous: previous(parts) })).asked).not.toEqual([]);
  });
});
