import { describe, expect, it } from '@jest/globals';
import { rememberServing, servingAt } from '../../../../shared/decide/scale/capacity-then';
import { amount, describeLoad, nameOf } from '../../../../shared/decide/scale/describe-load';
import { loadOf, type MetricLoad } from '../../../../shared/decide/scale/metric-load';
import { type MetricFigure } from '../../../../shared/domain/capacity';
import { missing, type Reading } from '../../../../shared/domain/reading';
import { type ScaleSignal } from '../../../../shared/domain/scale-policy';
import { instant, permille } from '../../../../shared/domain/units';
import { NOW, secondsAgo } from '../../../support/builders';
import { aFigure } from '../../../support/capacity';

const read = (
  signal: ScaleSignal,
  figures: readonly Reading<MetricFigure>[],
  { servingNow = 10, quorum = 800, target = 600 } = {},
) => loadOf(signal, target, { figures, serving: [], servingNow, quorum: permille(quorum) });

const stale = (figure: Reading<MetricFigure>): Reading<MetricFigure> =>
  ({ ...figure, kind: 'stale' }) as Reading<MetricFigure>;

describe('the load behind a figure', () => {
  it.each<[string, ScaleSignal, number, Partial<MetricFigure>, Partial<MetricLoad>]>([
    [
      'CPU, all reporting',
      'cpu',
      4000,
      { expected: 10 },
      { seen: 4000, feared: 4000, breadth: 10 },
    ],
    [
      'CPU, two silent: idle on the way out, full on the way in',
      'cpu',
      4000,
      { reported: 8, expected: 10 },
      { seen: 4000, feared: 6000, breadth: 10 },
    ],
    [
      'CPU, two warming up: capacity, and not believed',
      'cpu',
      4000,
      { reported: 8, expected: 8 },
      { seen: 4000, feared: 6000, isQuorate: true },
    ],
    [
      'CPU, more reported than served',
      'cpu',
      4000,
      { reported: 12, expected: 12 },
      { seen: 4000, feared: 4000, breadth: 12 },
    ],
    [
      'connections of each instance, two silent: at the target',
      'instance-connections',
      4000,
      { reported: 8, expected: 10 },
      { seen: 4000, feared: 5200, breadth: 10 },
    ],
    ['requests: the sum as it is', 'requests', 9000, {}, { seen: 9000, feared: 9000, breadth: 10 }],
    ['connections: the sum as it is', 'connections', 9000, {}, { seen: 9000, feared: 9000 }],
    ['response time: borne by each', 'latency', 300, {}, { seen: 3000, feared: 3000, breadth: 10 }],
    [
      'use of the load balancer: borne by each',
      'load-balancer-utilisation',
      500,
      {},
      { seen: 5000, feared: 5000 },
    ],
  ])('%s', (...[, signal, total, parts, expected]) => {
    expect(read(signal, [aFigure(signal, total, parts)])).toMatchObject(expected);
  });

  it('takes a silent instance for busier than all of a CPU where the target is', () => {
    const figure = aFigure('cpu', 4000, { reported: 8, expected: 10 });
    expect(read('cpu', [figure], { target: 1500 })).toMatchObject({ feared: 7000 });
  });

  it.each([
    ['exactly 80 %', 8, 10, true],
    ['one less', 7, 10, false],
    ['all', 10, 10, true],
    ['159 of 160', 159, 160, true],
    ['127 of 160', 127, 160, false],
  ])('is quorate for instances: %s', (_name, reported, expected, isQuorate) => {
    expect(read('cpu', [aFigure('cpu', 1000, { reported, expected })])).toMatchObject({
      isQuorate,
    });
  });

  it.each([
    ['both load balancers', 2, 2, true],
    ['one of two', 1, 2, false],
  ])(
    'is quorate for load balancers only when all reported: %s',
    (_name, reported, expected, is) => {
      for (const signal of ['requests', 'connections', 'latency'] as const)
        expect(read(signal, [aFigure(signal, 1000, { reported, expected })])).toMatchObject({
          isQuorate: is,
        });
    },
  );

  it('is that of the newest fresh figure of its own signal', () => {
    const figures = [
      aFigure('cpu', 1000, { expected: 10 }, secondsAgo(120)),
      aFigure('cpu', 2000, { expected: 10 }, secondsAgo(60)),
      aFigure('cpu', 3000, { expected: 10 }, secondsAgo(180)),
      stale(aFigure('cpu', 4000, { expected: 10 }, secondsAgo(30))),
      aFigure('requests', 5000, {}, secondsAgo(10)),
      missing('read-failed'),
    ];
    expect(read('cpu', figures)).toMatchObject({ seen: 2000, sampledAt: secondsAgo(60) });
  });

  it.each<[string, readonly Reading<MetricFigure>[], string]>([
    ['nothing', [], 'there is no figure'],
    ['another signal', [aFigure('requests', 1)], 'there is no figure'],
    ['read failed', [missing('read-failed')], 'there is no figure'],
    ['stale', [stale(aFigure('cpu', 1, { expected: 10 }))], 'its newest figure is stale'],
    ['nobody', [aFigure('cpu', 0, { reported: 0, expected: 10 })], 'nobody reported it'],
  ])('is no load: %s', (_name, figures, why) => {
    expect(read('cpu', figures)).toEqual({ signal: 'cpu', why });
  });

  it('is divided by who served at its own time', () => {
    const serving = [
      { at: secondsAgo(30), count: 20 },
      { at: secondsAgo(600), count: 10 },
    ];
    const sources = { serving, servingNow: 25, quorum: permille(800) };
    const figures = [aFigure('latency', 300)];
    expect(loadOf('latency', 200, { ...sources, figures })).toMatchObject({
      servingThen: 10,
      seen: 3000,
    });
  });
});

describe('who served when', () => {
  const history = [
    { at: instant(3000), count: 15 },
    { at: instant(2000), count: 10 },
    { at: instant(1500), count: 12 },
  ];
  it.each([
    ['at the change', 3000, 15],
    ['just before it', 2999, 10],
    ['long after', 99_000, 15],
    ['before the first entry', 1000, 12],
  ])('%s', (_name, at, count) => {
    expect(servingAt(history, instant(at), 99)).toBe(count);
  });

  it('is who serves now without a history', () => {
    expect(servingAt([], instant(1000), 7)).toBe(7);
  });

  it('is remembered once for each change', () => {
    const once = rememberServing([], instant(1000), 10);
    expect(once).toEqual([{ at: 1000, count: 10 }]);
    expect(rememberServing(once, instant(2000), 10)).toEqual(once);
    expect(rememberServing(once, instant(2000), 11)).toEqual([{ at: 2000, count: 11 }, ...once]);
  });

  it('is forgotten after an hour, but for what held an hour ago', () => {
    const long = [
      { at: secondsAgo(3599), count: 4 },
      { at: secondsAgo(3600), count: 3 },
      { at: secondsAgo(3601), count: 2 },
    ];
    expect(rememberServing(long, NOW, 4)).toEqual(long.slice(0, 2));
    expect(rememberServing(long.slice(0, 1), NOW, 4)).toEqual(long.slice(0, 1));
  });
});

describe('a load in words', () => {
  it.each<[ScaleSignal, number, string]>([
    ['cpu', 725, '72.5 %'],
    ['cpu', 720, '72 %'],
    ['load-balancer-utilisation', 5, '0.5 %'],
    ['requests', 120_000, '120 a second'],
    ['requests', 120_449, '120.4 a second'],
    ['latency', 250_050, '250.1 ms'],
    ['connections', 12_000, '12'],
    ['instance-connections', 12_500, '12.5'],
  ])('%s %d is %s', (signal, value, text) => {
    expect(amount(signal, value)).toBe(text);
  });

  it('has a name for every signal', () => {
    const signals: readonly ScaleSignal[] = [
      'cpu',
      'instance-connections',
      'requests',
      'connections',
      'latency',
      'load-balancer-utilisation',
    ];
    expect(new Set(signals.map(nameOf)).size).toBe(signals.length);
  });

  it('says how many were silent, and how old it is', () => {
    const load = read('cpu', [aFigure('cpu', 4000, { reported: 8, expected: 10 })]) as MetricLoad;
    expect(describeLoad(load, NOW)).toBe(
      'CPU was 40 % on 10 instances 60 s ago, 8 of 10 reporting',
    );
    const all = read('cpu', [aFigure('cpu', 4000, { expected: 10 })]) as MetricLoad;
    expect(describeLoad(all, NOW)).toBe('CPU was 40 % on 10 instances 60 s ago');
    expect(describeLoad({ ...all, breadth: 0, servingThen: 0 }, secondsAgo(90))).toBe(
      'CPU was 400 % on 0 instances 0 s ago',
    );
  });
});
