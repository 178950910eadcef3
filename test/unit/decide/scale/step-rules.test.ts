import { describe, expect, it } from '@jest/globals';
import { type MetricLoad } from '../../../../shared/decide/scale/metric-load';
import { applySteps } from '../../../../shared/decide/scale/step-rules';
import { type StepRule } from '../../../../shared/domain/scale-policy';
import { permille } from '../../../../shared/domain/units';
import { secondsAgo } from '../../../support/builders';

const rule = (
  direction: 'out' | 'in',
  threshold: number,
  change: StepRule['change'],
): StepRule => ({ signal: 'cpu', direction, threshold, change });
const count = (value: number): StepRule['change'] => ({ kind: 'count', count: value });
const share = (value: number): StepRule['change'] => ({ kind: 'share', share: permille(value) });

const load = (each: number, parts: Partial<MetricLoad> = {}): MetricLoad => ({
  signal: 'cpu',
  sampledAt: secondsAgo(60),
  servingThen: 10,
  fewestServing: 10,
  seen: each * 10,
  feared: each * 10,
  breadth: 10,
  reported: 10,
  expected: 10,
  isQuorate: true,
  saturated: 0,
  ...parts,
});

const LADDER = [
  rule('out', 700, share(100)),
  rule('out', 800, share(200)),
  rule('out', 900, count(5)),
  rule('in', 400, count(1)),
  rule('in', 200, share(300)),
];

describe('step rules', () => {
  it.each([
    ['between the rules', 550, 10, 10],
    ['just under the first step', 699, 10, 10],
    ['at the first step', 700, 11, 10],
    ['at the second', 800, 12, 10],
    ['at the third, the largest', 900, 15, 10],
    ['just above the first step in', 401, 10, 10],
    ['at the first step in', 400, 10, 9],
    ['at the second, the larger', 200, 10, 7],
  ])('%s: %d', (_name, each, out, suffices) => {
    const vote = applySteps(load(each), LADDER, { base: 10, held: 0 });
    expect([vote.out, vote.in]).toEqual([out, suffices]);
  });

  it.each([
    ['out rounds up', 'out', share(150), 12, 10],
    ['in rounds down', 'in', share(150), 10, 9],
    ['a step out is one at least', 'out', share(1), 11, 10],
    ['a step in is one at least', 'in', share(1), 10, 9],
    ['so is a count', 'out', count(0), 11, 10],
    ['nobody goes below nothing', 'in', count(20), 10, 0],
  ] as const)('%s', (...[, direction, change, out, suffices]) => {
    const rules = [rule(direction, 500, change), rule('in', 0, count(1))];
    const vote = applySteps(load(500), rules, { base: 10, held: 0 });
    expect([vote.out, vote.in]).toEqual([out, suffices]);
  });

  it('start from the capacity of the metric’s own time, so that the same figure is not obeyed twice', () => {
    const once = applySteps(load(800), LADDER, { base: 10, held: 0 });
    expect(once.out).toBe(12);
    expect(applySteps(load(800), LADDER, { base: once.out, held: 0 }).out).toBe(12);
    expect(applySteps(load(400), LADDER, { base: 12, held: 0 }).in).toBe(9);
    expect(applySteps(load(400), LADDER, { base: 8, held: 0 }).in).toBe(8);
    expect(applySteps(load(700), LADDER, { base: 14, held: 0 }).out).toBe(14);
    expect(applySteps(load(550), LADDER, { base: 8, held: 0 }).out).toBe(8);
  });

  it('count held instances as capacity that comes back', () => {
    expect(applySteps(load(800), LADDER, { base: 12, held: 2 }).out).toBe(15);
  });

  it('have no opinion on scaling in without a rule for it', () => {
    const rules = [rule('out', 700, count(1))];
    expect(applySteps(load(100), rules, { base: 10, held: 0 })).toEqual({
      out: 10,
      in: null,
      detail: 'No step rule applies.',
    });
  });

  it('rest on what was seen on the way out and on what may be on the way in', () => {
    const unsure = load(0, { seen: 3000, feared: 5000 });
    expect(applySteps(unsure, LADDER, { base: 10, held: 0 })).toMatchObject({ out: 10, in: 10 });
    const busy = load(0, { seen: 6900, feared: 9000 });
    expect(applySteps(busy, LADDER, { base: 10, held: 0 })).toMatchObject({ out: 10 });
  });

  it('say nothing where nobody served', () => {
    const empty = load(0, { servingThen: 0, breadth: 0, seen: 0, feared: 0 });
    const rules = [rule('out', 0, count(3)), rule('in', 0, count(3))];
    expect(applySteps(empty, rules, { base: 4, held: 0 })).toMatchObject({ out: 4, in: 4 });
  });

  it('say which step they take', () => {
    const said = (each: number) => applySteps(load(each), LADDER, { base: 10, held: 0 }).detail;
    expect(said(850)).toBe('A step rule at 85 % adds 2.');
    expect(said(300)).toBe('A step rule at 30 % removes 1.');
    expect(said(500)).toBe('No step rule applies.');
  });
});
