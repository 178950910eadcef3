import { describe, expect, it } from '@jest/globals';
import { agree } from '../../../../shared/decide/scale/agree';
import { type MetricFigure } from '../../../../shared/domain/capacity';
import { type Reading } from '../../../../shared/domain/reading';
import { type ScalePolicy, type StepRule } from '../../../../shared/domain/scale-policy';
import { permille } from '../../../../shared/domain/units';
import { NOW, secondsAgo } from '../../../support/builders';
import { aCpuFigure, aFigure, aScalePolicy } from '../../../support/capacity';

const METRICS: ScalePolicy['metrics'] = [
  { signal: 'cpu', target: 600 },
  { signal: 'requests', target: 50_000 },
];
const step = (
  signal: StepRule['signal'],
  direction: 'out' | 'in',
  threshold: number,
  count: number,
): StepRule => ({ signal, direction, threshold, change: { kind: 'count', count } });

function ask(
  figures: readonly Reading<MetricFigure>[],
  parts: Partial<ScalePolicy> = {},
  { base = 10, held = 0 } = {},
) {
  const policy = aScalePolicy({ metrics: METRICS, ...parts });
  const sources = { figures, serving: [], servingNow: 10, quorum: policy.quorum };
  return agree({ now: NOW, policy, base, held, sources });
}

const requests = (each: number) => aFigure('requests', each * 10_000);
const limits = (asked: ReturnType<typeof ask>) => asked.held.map(({ limit }) => limit);

describe('metrics together', () => {
  it.each([
    ['both on target', 600, 50, 10, 10, 'hold', 'hold'],
    ['one asks for more', 900, 50, 15, 10, 'out', 'hold'],
    ['one asks for more, the other would do with fewer', 900, 10, 15, 10, 'out', 'in'],
    ['the one that asks for most counts', 700, 90, 18, 10, 'out', 'out'],
    ['one would do with fewer', 300, 50, 10, 10, 'in', 'hold'],
    ['both would do with fewer: the one that needs more counts', 300, 35, 10, 7, 'in', 'in'],
    ['both need nobody', 0, 0, 10, 0, 'in', 'in'],
  ])('%s', (...[, cpu, rate, out, suffices, first, second]) => {
    const asked = ask([aCpuFigure(10, cpu), requests(rate)]);
    expect([asked.out, asked.in]).toEqual([out, suffices]);
    expect(asked.votes.map(({ says }) => says)).toEqual([first, second]);
  });

  it('name the one that does not agree, and by how much', () => {
    expect(limits(ask([aCpuFigure(10, 300), requests(50)]))).toEqual(['agreement']);
    const partly = ask([aCpuFigure(10, 300), requests(35)]);
    expect(partly.held.map(({ detail }) => detail)).toEqual([
      'requests of each backend keeps 7, though others would do with fewer.',
    ]);
    expect(limits(ask([aCpuFigure(10, 300), requests(25)]))).toEqual([]);
    expect(limits(ask([aCpuFigure(10, 900), requests(25)]))).toEqual([]);
  });

  it('name a tolerance that held, unless instances are added anyway', () => {
    expect(limits(ask([aCpuFigure(10, 650), requests(50)]))).toEqual(['tolerance']);
    expect(limits(ask([aCpuFigure(10, 650), requests(90)]))).toEqual([]);
    expect(limits(ask([aCpuFigure(10, 500), requests(25)]))).toEqual(['tolerance', 'agreement']);
  });

  it('say what the loads that were seen need', () => {
    expect(ask([aCpuFigure(10, 300), requests(35)]).needed).toBe(7);
    expect(ask([aCpuFigure(10, 900), requests(35)]).needed).toBe(15);
    expect(ask([]).needed).toBeNull();
    expect(ask([aCpuFigure(10, 300)]).votes.map(({ needed }) => needed)).toEqual([5, null]);
  });

  it('print each dead band', () => {
    const { votes } = ask([aCpuFigure(10, 600)]);
    expect(votes.map(({ deadBand }) => deadBand)).toEqual([{ from: 480, to: 660 }, null]);
  });

  it('stay where they are without any metric', () => {
    const asked = ask([aCpuFigure(10, 900)], { metrics: [] });
    expect(asked).toEqual({
      out: 10,
      in: 10,
      needed: null,
      votes: [],
      blind: [],
      held: [],
    });
  });
});

describe('A1: a metric that is missing', () => {
  it('forbids scaling in and says so', () => {
    const asked = ask([aCpuFigure(10, 300)]);
    expect([asked.out, asked.in]).toEqual([10, 10]);
    expect(asked.votes[1]).toMatchObject({ says: 'missing', needed: null, deadBand: null });
    expect(asked.blind.map(({ limit }) => limit)).toEqual(['metric-missing']);
    expect(asked.held.map(({ detail }) => detail)).toEqual([
      'requests of each backend is missing: there is no figure.',
    ]);
  });

  it('does not keep another from scaling out', () => {
    const asked = ask([aCpuFigure(10, 900)]);
    expect([asked.out, asked.in]).toEqual([15, 10]);
    expect(limits(asked)).toEqual([]);
    expect(asked.blind).toHaveLength(1);
  });

  it('holds nothing where nobody would do with fewer', () => {
    expect(limits(ask([aCpuFigure(10, 600)]))).toEqual([]);
  });

  it('forbids scaling in also where only a step rule follows it', () => {
    const parts = { metrics: [METRICS[0]!], steps: [step('latency', 'out', 500_000, 2)] };
    const asked = ask([aCpuFigure(10, 300)], parts);
    expect(asked.in).toBe(10);
    expect(limits(asked)).toEqual(['metric-missing']);
  });
});

describe('A3: a metric under its quorum', () => {
  const some = (reported: number, each: number) =>
    aFigure('cpu', reported * each, { reported, expected: 10 });
  const alone = { metrics: [METRICS[0]!] };

  it('does not agree to scale in, though the load that was seen would', () => {
    const asked = ask([some(7, 100)], alone);
    expect([asked.out, asked.in]).toEqual([10, 10]);
    expect(asked.blind.map(({ limit, detail }) => [limit, detail])).toEqual([
      ['quorum', 'CPU: only 7 of 10 reported.'],
    ]);
    expect(asked.votes[0]?.says).toBe('hold');
  });

  it('may scale out', () => {
    expect(ask([some(7, 1000)], alone)).toMatchObject({ out: 12 });
  });

  it('does not agree by a step rule either, whether it has one or not', () => {
    const rules = [step('cpu', 'in', 900, 3)];
    expect(ask([some(7, 100)], { metrics: [], steps: rules }).in).toBe(10);
    expect(ask([some(9, 100)], { metrics: [], steps: rules }).in).toBe(7);
    const outOnly = { metrics: [METRICS[1]!], steps: [step('cpu', 'out', 900, 3)] };
    expect(ask([some(7, 100), requests(10)], outOnly)).toMatchObject({ in: 10 });
    expect(ask([some(9, 100), requests(10)], outOnly)).toMatchObject({ in: 2 });
  });

  it('at its quorum takes the silent for fully busy', () => {
    const asked = ask([some(8, 300)], alone);
    expect(asked).toMatchObject({ in: 8, needed: 4 });
  });

  it.each([
    ['two of ten', 2, 5],
    ['three of ten', 3, 10],
  ])(
    'counts who is at the top of its CPU as silent about its work: %s',
    (_, saturated, suffices) => {
      const figure = aFigure('cpu', 3000, { expected: 10, saturated });
      const asked = ask([figure], alone);
      expect([asked.out, asked.in]).toEqual([10, suffices]);
      expect(asked.blind).toEqual([]);
      expect(asked.held.map(({ limit, detail }) => `${limit}: ${detail}`)).toEqual(
        suffices === 5
          ? []
          : ['quorum: CPU: 3 of 10 are at the top of the scale, and may have any amount of work.'],
      );
    },
  );

  it.each([
    ['all served', 10, 0, 5],
    ['few served, and bore all of it', 2, 0, 5],
    ['few served, and were at the top', 2, 2, 10],
    ['nobody served', 0, 0, 10],
  ])('sees no work but where somebody serves: %s', (_, serving, saturated, suffices) => {
    const figure = aFigure('cpu', 3000, { expected: 10, saturated });
    const policy = aScalePolicy({ metrics: alone.metrics });
    const sources = {
      ...{ figures: [figure], servingNow: 10, quorum: policy.quorum },
      serving: [{ at: secondsAgo(900), count: serving }],
    };
    const asked = agree({ now: NOW, policy, base: 10, held: 0, sources });
    expect([asked.out, asked.in]).toEqual([10, suffices]);
    const held = suffices === 5 ? [] : ['quorum'];
    expect(asked.held.map(({ limit }) => limit)).toEqual(held);
  });

  it.each([
    ['somebody served all the while', [[900, 10]], 900, 5],
    [
      'nobody served for a moment',
      [
        [30, 10],
        [45, 0],
        [900, 10],
      ],
      900,
      10,
    ],
    ['nobody looked then', [[900, 10]], 30, 10],
  ] as const)('A3: a figure of a time in which %s', (_, history, attendedBefore, suffices) => {
    const sources = {
      ...{ figures: [aFigure('cpu', 3000, { expected: 10 })], servingNow: 10 },
      ...{ quorum: permille(800), attendedFrom: secondsAgo(attendedBefore) },
      serving: history.map(([before, count]) => ({ at: secondsAgo(before), count })),
    };
    const policy = aScalePolicy({ metrics: alone.metrics });
    const asked = agree({ now: NOW, policy, base: 10, held: 0, sources });
    expect([asked.out, asked.in]).toEqual([10, suffices]);
    expect(asked.held.map(({ limit }) => limit)).toEqual(suffices === 5 ? [] : ['quorum']);
  });

  it('A3: 159 of 160 reporting do not freeze the pool', () => {
    const figure = aFigure('cpu', 159 * 300, { reported: 159, expected: 160 });
    const policy = aScalePolicy({ max: 200 });
    const sources = { figures: [figure], serving: [], servingNow: 160, quorum: policy.quorum };
    expect(agree({ now: NOW, policy, base: 160, held: 0, sources }).in).toBe(82);
  });
});

describe('a metric without a rule for scaling in', () => {
  const outOnly = [step('cpu', 'out', 900, 3)];

  it('has no opinion on it, alone or beside others', () => {
    const alone = ask([aCpuFigure(10, 100)], { metrics: [], steps: outOnly });
    expect(alone).toMatchObject({ out: 10, in: 10, held: [], blind: [] });
    expect(alone.votes[0]).toMatchObject({ says: 'hold', in: null, held: [] });
    const beside = ask([aCpuFigure(10, 100), requests(50)], {
      metrics: [METRICS[1]!],
      steps: outOnly,
    });
    expect(beside).toMatchObject({ out: 10, in: 10, held: [] });
  });
});

describe('a target and step rules', () => {
  const steps = [step('cpu', 'out', 900, 7), step('cpu', 'in', 200, 8)];

  it.each([
    ['the larger of both on the way out', 950, 17, 10],
    ['the target alone between the steps', 850, 15, 10],
    ['on the way in either may speak: the target', 300, 10, 5],
    ['on the way in either may speak: the step', 190, 10, 2],
  ])('of the same metric: %s', (_name, cpu, out, suffices) => {
    const asked = ask([aCpuFigure(10, cpu)], { metrics: [METRICS[0]!], steps });
    expect([asked.out, asked.in]).toEqual([out, suffices]);
  });

  it('of different metrics must agree to scale in', () => {
    const rules = { metrics: [METRICS[1]!], steps };
    expect(ask([aCpuFigure(10, 300), requests(10)], rules).in).toBe(10);
    expect(ask([aCpuFigure(10, 200), requests(10)], rules).in).toBe(2);
    expect(ask([aCpuFigure(10, 200), requests(30)], rules).in).toBe(6);
  });

  it('that ask for more do not agree to fewer', () => {
    const odd = { metrics: [METRICS[0]!], steps: [step('cpu', 'out', 200, 1)] };
    expect(ask([aCpuFigure(10, 300)], odd)).toMatchObject({ out: 11, in: 10 });
  });

  it('are explained in one breath', () => {
    const { votes } = ask([aCpuFigure(10, 950)], { metrics: [METRICS[0]!], steps });
    expect(votes).toHaveLength(1);
    expect(votes[0]?.detail).toMatch(/work for 16.* A step rule at 95 % adds 7\.$/);
  });

  it('count held instances', () => {
    const asked = ask([aCpuFigure(10, 950)], { metrics: [], steps }, { base: 12, held: 2 });
    expect(asked.out).toBe(19);
  });
});
