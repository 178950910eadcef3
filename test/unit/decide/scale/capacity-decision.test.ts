import { describe, expect, it } from '@jest/globals';
import { decideCapacity } from '../../../../shared/decide/scale/capacity-decision';
import { hourOfWeek, weekOf } from '../../../../shared/decide/scale/last-week-peak';
import { type CapacityOrder, type MetricFigure } from '../../../../shared/domain/capacity';
import { type CapacityFloor } from '../../../../shared/domain/capacity-floor';
import { missing, type Reading } from '../../../../shared/domain/reading';
import { DEFAULT_SCALING } from '../../../../shared/domain/scale-defaults';
import { type ScaleReasonCode, SCALE_REASONS } from '../../../../shared/domain/scale-reasons';
import { instant, millis, permille } from '../../../../shared/domain/units';
import { inSeconds, NOW, ok, secondsAgo } from '../../../support/builders';
import {
  aCapacityInput,
  aCpuFigure,
  aFigure,
  aScalePolicy,
  type CapacityParts,
} from '../../../support/capacity';

const decide = (parts: CapacityParts) => decideCapacity(aCapacityInput(parts));
const cpu = (each: number, instances = 10) => ({ figures: [aCpuFigure(instances, each)] });
const order = (
  kind: CapacityOrder['kind'],
  count: number,
  until = inSeconds(60),
): CapacityOrder => ({
  kind,
  count,
  by: 'ann',
  reason: 'sale',
  at: secondsAgo(60),
  until,
});
const floor = (count: number, by = 'shop', until = inSeconds(60)): CapacityFloor => ({
  ...{ count, by, until, reason: 'hz is down', at: secondsAgo(60) },
});
const slow = (direction: 'out' | 'in', count: number) => ({
  [direction]: {
    ...aScalePolicy()[direction],
    rate: { windowMs: millis(300_000), share: permille(0), count },
  },
});
const switchedOff = (direction: 'out' | 'in') => ({
  [direction]: { ...aScalePolicy()[direction], enabled: false },
});
const steadyIn = { in: { ...aScalePolicy().in, stabilisationMs: millis(600_000) } };
const always = (min: number | null, max: number | null) => [
  {
    name: 'day',
    timeZone: 'UTC',
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const,
    fromMinute: 0,
    toMinute: 1440,
    min,
    max,
  },
];
const lastWeek = (needed: number) => ({
  [hourOfWeek(NOW)]: { week: weekOf(NOW) - 1, needed, before: null },
});

interface Row {
  readonly parts: CapacityParts;
  readonly desired: number;
  readonly gap: number;
  readonly reason: ScaleReasonCode;
  readonly limitedBy?: readonly string[];
  readonly wanted?: number;
}

const rows: Readonly<Record<string, Row>> = {
  'on target': { parts: { capacity: cpu(600) }, desired: 10, gap: 0, reason: 'capacity-on-target' },
  'a metric asks for more': {
    parts: { capacity: cpu(900) },
    desired: 15,
    gap: 5,
    wanted: 15,
    reason: 'scale-out-metric',
  },
  'more than the maximum': {
    parts: { capacity: cpu(900), policy: { max: 14 } },
    desired: 14,
    gap: 4,
    wanted: 15,
    reason: 'scale-out-metric',
    limitedBy: ['max'],
  },
  'more than a schedule allows': {
    parts: { capacity: cpu(900), policy: { schedules: always(null, 12) } },
    desired: 12,
    gap: 2,
    reason: 'scale-out-metric',
    limitedBy: ['schedule'],
  },
  'more than the rate allows': {
    parts: { capacity: cpu(900), policy: slow('out', 3) },
    desired: 13,
    gap: 3,
    reason: 'scale-out-metric',
    limitedBy: ['rate'],
  },
  'all agree to fewer': {
    parts: { capacity: cpu(300) },
    desired: 5,
    gap: -5,
    wanted: 5,
    reason: 'scale-in-metrics',
  },
  'fewer than the minimum': {
    parts: { capacity: cpu(300), policy: { min: 7 } },
    desired: 7,
    gap: -3,
    wanted: 5,
    reason: 'scale-in-metrics',
    limitedBy: ['min'],
  },
  'fewer than the rate allows': {
    parts: { capacity: cpu(300), policy: slow('in', 1) },
    desired: 9,
    gap: -1,
    reason: 'scale-in-metrics',
    limitedBy: ['rate'],
  },
  'fewer, and nothing was seen before': {
    parts: { capacity: cpu(300), policy: steadyIn },
    desired: 10,
    gap: 0,
    wanted: 5,
    reason: 'capacity-held',
    limitedBy: ['stabilisation'],
  },
  'fewer than some of the window': {
    parts: {
      capacity: cpu(300),
      policy: steadyIn,
      memory: { recommendations: [{ at: secondsAgo(300), out: 10, in: 8 }] },
    },
    desired: 8,
    gap: -2,
    reason: 'scale-in-metrics',
    limitedBy: ['stabilisation'],
  },
  'inside the tolerance': {
    parts: { capacity: cpu(650) },
    desired: 10,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['tolerance'],
  },
  'another metric disagrees': {
    parts: {
      policy: {
        metrics: [
          { signal: 'cpu', target: 600 },
          { signal: 'connections', target: 1000 },
        ],
      },
      capacity: { figures: [aCpuFigure(10, 300), aFigure('connections', 10_000)] },
    },
    desired: 10,
    gap: 0,
    wanted: 10,
    reason: 'capacity-held',
    limitedBy: ['agreement'],
  },
  'last week needed more': {
    parts: {
      capacity: cpu(300),
      policy: { vetoes: { ...aScalePolicy().vetoes, lastWeekPeak: true } },
      memory: { peaks: lastWeek(8) },
    },
    desired: 8,
    gap: -2,
    wanted: 5,
    reason: 'scale-in-metrics',
    limitedBy: ['last-week-peak'],
  },
  'last week needed more than there is': {
    parts: {
      capacity: cpu(300),
      policy: { vetoes: { ...aScalePolicy().vetoes, lastWeekPeak: true } },
      memory: { peaks: lastWeek(30) },
    },
    desired: 10,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['last-week-peak'],
  },
  'last week needed more, and nobody asks': {
    parts: { capacity: cpu(300), memory: { peaks: lastWeek(8) } },
    desired: 5,
    gap: -5,
    reason: 'scale-in-metrics',
  },
  'last week needed as much': {
    parts: {
      capacity: cpu(300),
      policy: { vetoes: { ...aScalePolicy().vetoes, lastWeekPeak: true } },
      memory: { peaks: lastWeek(5) },
    },
    desired: 5,
    gap: -5,
    reason: 'scale-in-metrics',
  },
  'fewer than the minimum are there': {
    parts: { capacity: cpu(600), policy: { min: 12 } },
    desired: 12,
    gap: 2,
    wanted: 10,
    reason: 'scale-out-minimum',
    limitedBy: ['min'],
  },
  'a schedule raises the minimum': {
    parts: { capacity: cpu(600), policy: { schedules: always(13, null) } },
    desired: 13,
    gap: 3,
    reason: 'scale-out-minimum',
    limitedBy: ['schedule'],
  },
  'more than the maximum are there': {
    parts: { capacity: cpu(600), policy: { max: 8 } },
    desired: 8,
    gap: -2,
    reason: 'scale-in-maximum',
    limitedBy: ['max'],
  },
  'more than the maximum are there, and the rate holds': {
    parts: { capacity: cpu(600), policy: { max: 8, ...slow('in', 1) } },
    desired: 8,
    gap: -1,
    reason: 'scale-in-maximum',
    limitedBy: ['max', 'rate'],
  },
  'one of those desired is lost': {
    parts: { capacity: cpu(660, 9), memory: { desired: 10 }, counts: { serving: 9 } },
    desired: 10,
    gap: 1,
    wanted: 10,
    reason: 'scale-out-missing',
  },
  'A36: launches in flight are capacity': {
    parts: { capacity: cpu(900), memory: { desired: 15 }, counts: { arriving: 5 } },
    desired: 15,
    gap: 0,
    reason: 'capacity-on-target',
  },
  'A36: held instances are capacity': {
    parts: { capacity: cpu(700, 9), memory: { desired: 10 }, counts: { serving: 9, held: 1 } },
    desired: 10,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['tolerance'],
  },
  'leaving and warm instances are none': {
    parts: { capacity: cpu(900), counts: { leaving: 3, warm: 4 } },
    desired: 15,
    gap: 5,
    reason: 'scale-out-metric',
  },
  'at least as many as ordered': {
    parts: { capacity: { ...cpu(600), order: order('at-least', 12) } },
    desired: 12,
    gap: 2,
    wanted: 10,
    reason: 'scale-out-order',
    limitedBy: ['order'],
  },
  'more than ordered': {
    parts: { capacity: { ...cpu(900), order: order('at-least', 12) } },
    desired: 15,
    gap: 5,
    reason: 'scale-out-metric',
  },
  'exactly as many as ordered, fewer': {
    parts: { capacity: { ...cpu(900), order: order('exactly', 7) } },
    desired: 7,
    gap: -3,
    wanted: 15,
    reason: 'scale-in-order',
    limitedBy: ['order'],
  },
  'an order beyond the maximum': {
    parts: { capacity: { ...cpu(600), order: order('exactly', 40) }, policy: { max: 14 } },
    desired: 14,
    gap: 4,
    reason: 'scale-out-order',
    limitedBy: ['order', 'max'],
  },
  'an order faster than the rate': {
    parts: { capacity: { ...cpu(600), order: order('exactly', 3) }, policy: slow('in', 2) },
    desired: 8,
    gap: -2,
    reason: 'scale-in-order',
    limitedBy: ['order', 'rate'],
  },
  'an order to take away, and requests fail: the person answers for it': {
    parts: {
      policy: { vetoes: { ...aScalePolicy().vetoes, errorShare: permille(20) } },
      capacity: { ...cpu(300), errorShare: ok(500), order: order('exactly', 4) },
    },
    desired: 4,
    gap: -6,
    reason: 'scale-in-order',
    limitedBy: ['order'],
  },
  'an order to take away, and scaling in is off': {
    parts: {
      policy: switchedOff('in'),
      capacity: { ...cpu(600), order: order('exactly', 4) },
    },
    desired: 4,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['order', 'disabled'],
  },
  'an order that has expired': {
    parts: { capacity: { ...cpu(600), order: order('exactly', 7, NOW) } },
    desired: 10,
    gap: 0,
    reason: 'capacity-on-target',
  },
  'an order in its last moment': {
    parts: { capacity: { ...cpu(600), order: order('exactly', 7, instant(NOW + 1)) } },
    desired: 7,
    gap: -3,
    reason: 'scale-in-order',
    limitedBy: ['order'],
  },
  'scaling out is off': {
    parts: { capacity: cpu(900), policy: switchedOff('out') },
    desired: 15,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['disabled'],
  },
  'scaling out is off and not wanted': {
    parts: { capacity: cpu(600), policy: switchedOff('out') },
    desired: 10,
    gap: 0,
    reason: 'capacity-on-target',
  },
  'scaling in is off': {
    parts: { capacity: cpu(300), policy: switchedOff('in') },
    desired: 10,
    gap: 0,
    wanted: 5,
    reason: 'capacity-held',
    limitedBy: ['disabled'],
  },
  'more than the maximum are there, and a veto': {
    parts: {
      policy: { max: 8, vetoes: { ...aScalePolicy().vetoes, errorShare: permille(20) } },
      capacity: { ...cpu(600), errorShare: ok(500) },
    },
    desired: 8,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['max', 'errors'],
  },
  'more than the maximum are there, and a metric is missing': {
    parts: { policy: { max: 8 } },
    desired: 8,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['max', 'metric-missing'],
  },
  'the breaker is open': {
    parts: { capacity: cpu(900), memory: { breakerOpenUntil: inSeconds(30) } },
    desired: 15,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['breaker'],
  },
  'the breaker is open, and some can come without a launch': {
    parts: {
      capacity: cpu(900),
      memory: { breakerOpenUntil: inSeconds(30) },
      counts: { warm: 2, leaving: 1 },
    },
    desired: 15,
    gap: 3,
    reason: 'scale-out-metric',
    limitedBy: ['breaker'],
  },
  'the breaker is open, and all can come without a launch': {
    parts: {
      capacity: cpu(900),
      memory: { breakerOpenUntil: inSeconds(30) },
      counts: { warm: 5 },
    },
    desired: 15,
    gap: 5,
    reason: 'scale-out-metric',
  },
  'the breaker has closed': {
    parts: { capacity: cpu(900), memory: { breakerOpenUntil: NOW } },
    desired: 15,
    gap: 5,
    reason: 'scale-out-metric',
  },
  'the list of instances is missing': {
    parts: { capacity: { ...cpu(900), owned: missing('read-failed') } },
    desired: 15,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['inventory'],
  },
  'the list of instances contradicts itself': {
    parts: { capacity: { ...cpu(300), contradictions: ['i-1 is listed twice'] } },
    desired: 5,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['inventory'],
  },
  'the memory is new': {
    parts: { capacity: cpu(900), memory: { knownSince: null } },
    desired: 15,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['settling'],
  },
  'the memory is nearly old enough': {
    parts: { capacity: cpu(900), memory: { knownSince: instant(NOW - 59_999) } },
    desired: 15,
    gap: 0,
    reason: 'capacity-held',
    limitedBy: ['settling'],
  },
  'the memory is old enough': {
    parts: { capacity: cpu(900), memory: { knownSince: secondsAgo(60) } },
    desired: 15,
    gap: 5,
    reason: 'scale-out-metric',
  },
  'on target while requests fail': {
    parts: {
      policy: { vetoes: { ...aScalePolicy().vetoes, errorShare: permille(20) } },
      capacity: { ...cpu(600), errorShare: ok(500) },
    },
    desired: 10,
    gap: 0,
    reason: 'capacity-on-target',
  },
  'fewer, and responses take too long': {
    parts: {
      policy: { vetoes: { ...aScalePolicy().vetoes, latencyMs: millis(500) } },
      capacity: { ...cpu(300), latencyMs: ok(501) },
    },
    desired: 10,
    gap: 0,
    wanted: 5,
    reason: 'capacity-held',
    limitedBy: ['latency'],
  },
  'fewer, and too many are unhealthy': {
    parts: {
      policy: { vetoes: { ...aScalePolicy().vetoes, unhealthyShare: permille(200) } },
      capacity: cpu(300),
      counts: { unhealthy: 3 },
    },
    desired: 10,
    gap: 0,
    wanted: 5,
    reason: 'capacity-held',
    limitedBy: ['unhealthy'],
  },
  'fewer by one metric, and too few report the other': {
    parts: {
      policy: {
        metrics: [
          { signal: 'cpu', target: 600 },
          { signal: 'instance-connections', target: 1000 },
        ],
      },
      capacity: {
        figures: [
          aCpuFigure(10, 300),
          aFigure('instance-connections', 700, { reported: 7, expected: 10 }),
        ],
      },
    },
    desired: 10,
    gap: 0,
    wanted: 10,
    reason: 'capacity-held',
    limitedBy: ['quorum'],
  },
  'a floor: as many as a name asks for': {
    parts: { capacity: { ...cpu(600), floors: [floor(12), floor(14, 'blog'), floor(3, 'wiki')] } },
    desired: 14,
    gap: 4,
    wanted: 10,
    reason: 'scale-out-floor',
    limitedBy: ['floor'],
  },
  'a floor that is over': {
    parts: { capacity: { ...cpu(600), floors: [floor(14, 'shop', NOW)] } },
    desired: 10,
    gap: 0,
    reason: 'capacity-on-target',
  },
  'a floor below what the metrics ask for': {
    parts: { capacity: { ...cpu(900), floors: [floor(12)] } },
    desired: 15,
    gap: 5,
    reason: 'scale-out-metric',
  },
  'a floor above the maximum': {
    parts: { capacity: { ...cpu(600), floors: [floor(40)] }, policy: { max: 14 } },
    desired: 14,
    gap: 4,
    reason: 'scale-out-floor',
    limitedBy: ['floor', 'max'],
  },
  'a floor above a scheduled maximum': {
    parts: {
      capacity: { ...cpu(600), floors: [floor(40)] },
      policy: { schedules: always(null, 12) },
    },
    desired: 12,
    gap: 2,
    reason: 'scale-out-floor',
    limitedBy: ['floor', 'schedule'],
  },
  'a floor: fewer, and no fewer than it': {
    parts: { capacity: { ...cpu(300), floors: [floor(8)] } },
    desired: 8,
    gap: -2,
    wanted: 5,
    reason: 'scale-in-metrics',
    limitedBy: ['floor'],
  },
  'a floor faster than the rate': {
    parts: { capacity: { ...cpu(600), floors: [floor(20)] }, policy: slow('out', 3) },
    desired: 13,
    gap: 3,
    reason: 'scale-out-floor',
    limitedBy: ['floor', 'rate'],
  },
  'a floor, and launches fail in a row': {
    parts: {
      capacity: { ...cpu(600), floors: [floor(14)] },
      memory: { breakerOpenUntil: inSeconds(60) },
      counts: { warm: 1 },
    },
    desired: 14,
    gap: 1,
    reason: 'scale-out-floor',
    limitedBy: ['floor', 'breaker'],
  },
  'a floor, and a person orders at least more': {
    parts: { capacity: { ...cpu(600), floors: [floor(12)], order: order('at-least', 14) } },
    desired: 14,
    gap: 4,
    reason: 'scale-out-order',
    limitedBy: ['floor', 'order'],
  },
  'a floor, and a person orders exactly fewer: the person answers for it': {
    parts: { capacity: { ...cpu(600), floors: [floor(12)], order: order('exactly', 8) } },
    desired: 8,
    gap: -2,
    reason: 'scale-in-order',
    limitedBy: ['order'],
  },
  'an empty pool': {
    parts: { counts: { serving: 0 }, policy: { min: 2 } },
    desired: 2,
    gap: 2,
    reason: 'scale-out-minimum',
    limitedBy: ['min'],
  },
};

describe('the capacity decision', () => {
  it.each(Object.entries(rows))('%s', (_name, { parts, limitedBy = [], ...expected }) => {
    const decision = decide(parts);
    expect(decision).toMatchObject(expected);
    expect(decision.limitedBy).toEqual(limitedBy);
    expect(decision.direction).toBe(expected.gap > 0 ? 'out' : expected.gap < 0 ? 'in' : 'hold');
  });

  it('tells of a floor whose it is and how long it holds, also where it holds nothing back', () => {
    const told = (count: number) =>
      decide({ capacity: { ...cpu(600), floors: [floor(count)] }, policy: { max: 14 } })
        .explanation;
    expect(told(3)).toContain('shop asks for at least 3 for another 60 s: hz is down');
    expect(told(40)).toEqual(
      expect.arrayContaining([
        'shop asks for at least 40 for another 60 s: hz is down',
        'The floor of shop keeps at least 40.',
        'The maximum is 14.',
      ]),
    );
  });

  it('gives every reason that is documented, each with a sentence', () => {
    const given = new Set<string>();
    for (const { parts } of Object.values(rows)) {
      const { reason, held } = decide(parts);
      for (const each of [reason, ...held.map((limit) => limit.reason)]) given.add(each);
      expect(held.every(({ detail }) => detail.endsWith('.') || detail.includes('twice'))).toBe(
        true,
      );
    }
    expect(Object.keys(SCALE_REASONS).filter((code) => !given.has(code))).toEqual([]);
  });

  it.each([
    ['more than the rate allows', 'At most 3 more within 300 s, of which 0 are used.'],
    ['fewer than the rate allows', 'At most 1 fewer within 300 s, of which 0 are used.'],
    ['the breaker is open', 'Launches failed in a row: none for 30 s.'],
    ['last week needed more', 'A week ago this hour needed 8.'],
    ['the memory is new', 'Instances are known for less than 60 s: some may not be listed yet.'],
    ['the list of instances is missing', 'The list of instances is missing.'],
  ])('says with which numbers it was held: %s', (name, detail) => {
    expect(decide(rows[name]!.parts).held.map((limit) => limit.detail)).toContain(detail);
  });

  it('names a limit once, with all its sentences', () => {
    const { limitedBy, held } = decide({
      capacity: { ...cpu(900), contradictions: ['i-1 is listed twice', 'i-2 is listed twice'] },
    });
    expect(limitedBy).toEqual(['inventory']);
    expect(held.map(({ detail }) => detail)).toEqual([
      'i-1 is listed twice',
      'i-2 is listed twice',
    ]);
  });

  it('survives as JSON', () => {
    for (const { parts } of Object.values(rows)) {
      const decision = decide(parts);
      expect(JSON.parse(JSON.stringify(decision))).toStrictEqual(decision);
    }
  });
});

describe('the explanation', () => {
  it('says what there is, what each metric says, what held and what comes of it', () => {
    const { explanation } = decide({
      capacity: cpu(900),
      policy: { max: 14 },
      counts: { serving: 9, held: 1, arriving: 1 },
    });
    expect(explanation).toEqual([
      'Capacity is 11: 9 serving, 1 held out, 1 arriving.',
      'CPU was 90 % on 9 instances 60 s ago; at the target of 60 % that is work for 15. With 11 instances 48 % to 66 % changes nothing.',
      'The maximum is 14.',
      'Desired are 14: 3 more now.',
    ]);
  });

  it('says what was desired before, and what leaves', () => {
    const before = decide({ capacity: cpu(600), memory: { desired: 12 } }).explanation;
    expect(before[1]).toBe('12 were desired before.');
    expect(before.at(-1)).toBe('Desired are 12: 2 more now.');
    expect(decide({ capacity: cpu(300) }).explanation.at(-1)).toBe('Desired are 5: 5 fewer now.');
    const still = decide({ capacity: cpu(600), memory: { desired: 10 } }).explanation;
    expect(still.at(-1)).toBe('Desired are 10: nothing to do now.');
    expect(still).toHaveLength(3);
  });

  it('A47: says that last week’s peak is off where there is no history, and only there', () => {
    const policy = { vetoes: DEFAULT_SCALING.vetoes };
    const off = 'Last week’s peak is not known for this hour: that veto is off.';
    expect(decide({ capacity: cpu(600), policy }).explanation).toContain(off);
    const known = decide({ capacity: cpu(600), policy, memory: { peaks: lastWeek(4) } });
    expect(known.explanation).not.toContain(off);
    expect(decide({ capacity: cpu(600) }).explanation).not.toContain(off);
  });
});

describe('A36: capacity is counted once', () => {
  it('A36: a late figure is read against who served at its own time', () => {
    const serving = [
      { at: secondsAgo(30), count: 20 },
      { at: secondsAgo(900), count: 10 },
    ];
    const slowFigure = { figures: [aFigure('latency', 400_000)] };
    const policy = { metrics: [{ signal: 'latency' as const, target: 200_000 }] };
    const counts = { serving: 20 };
    expect(decide({ policy, capacity: slowFigure, counts, memory: { serving } })).toMatchObject({
      desired: 20,
      gap: 0,
    });
    expect(decide({ policy, capacity: slowFigure, counts })).toMatchObject({ desired: 40 });
  });

  it('A36: the same event again, with its launches on their way, launches nothing more', () => {
    const first = decide({ capacity: cpu(900) });
    const second = decide({
      capacity: cpu(900),
      memory: { ...first.memory, changes: [{ at: NOW, count: first.gap }] },
      counts: { arriving: first.gap },
    });
    expect([first.gap, second.gap]).toEqual([5, 0]);
  });

  it('warming instances count, and their figures are not believed', () => {
    const warming = { serving: 15 };
    const ten = aFigure('cpu', 6000, { reported: 10, expected: 10 });
    expect(decide({ capacity: { figures: [ten] }, counts: warming })).toMatchObject({
      desired: 15,
      gap: 0,
    });
  });
});

describe('A24, A34: a launch that was throttled or came to nothing', () => {
  it('A24, A34: is asked for again in the next tick, in full or in what is left of it', () => {
    const { memory } = decide({ capacity: cpu(900) });
    expect(decide({ capacity: cpu(900), memory })).toMatchObject({
      gap: 5,
      reason: 'scale-out-missing',
    });
    expect(decide({ capacity: cpu(900), memory, counts: { arriving: 3 } }).gap).toBe(2);
  });

  it('A34: the rate does not take back what was desired before', () => {
    const decision = decide({
      capacity: cpu(900),
      policy: slow('out', 3),
      memory: { desired: 15, changes: [{ at: secondsAgo(60), count: 3 }] },
    });
    expect(decision).toMatchObject({ desired: 15, gap: 0, limitedBy: ['rate'] });
  });
});

/** A pool that is decided on once a minute and does what it decides at once. */
function lived(
  first: ReturnType<typeof aCapacityInput>,
  minutes: number,
  see: (minute: number) => CapacityParts['capacity'],
): readonly number[] {
  let input = first;
  return Array.from({ length: minutes }, (_, minute) => {
    const now = inSeconds(minute * 60);
    input = { ...input, now, capacity: { ...input.capacity, ...see(minute) } };
    const { gap, memory: kept } = decideCapacity(input);
    const serving = input.counts.serving + gap;
    const changes = gap === 0 ? kept.changes : [{ at: now, count: gap }, ...kept.changes];
    const memory = { ...input.memory, ...kept, changes };
    input = { ...input, counts: { ...input.counts, serving }, memory };
    return serving;
  });
}
const ordinary = { in: DEFAULT_SCALING.in, out: DEFAULT_SCALING.out };

describe('figures that lie or vanish', () => {
  const idle = aCapacityInput({ policy: ordinary, counts: { serving: 40 } });

  it('A2: a source that is silent for an hour changes nothing', () => {
    expect(new Set(lived(idle, 60, () => ({ figures: [] })))).toEqual(new Set([40]));
  });

  it('A4: a read that failed, an empty answer, a stale figure and a real 0 are four things', () => {
    const said = (figures: readonly Reading<MetricFigure>[]) => {
      const { gap, metrics } = decide({ capacity: { figures } });
      return [gap, metrics[0]?.says, metrics[0]?.detail];
    };
    const stale = { ...aCpuFigure(10, 0), kind: 'stale' } as Reading<MetricFigure>;
    const nobody = aFigure('cpu', 0, { reported: 0, expected: 10 });
    expect(said([missing('read-failed')])).toEqual([
      0,
      'missing',
      'CPU is missing: there is no figure.',
    ]);
    expect(said([nobody])).toEqual([0, 'missing', 'CPU is missing: nobody reported it.']);
    expect(said([stale])).toEqual([0, 'missing', 'CPU is missing: its newest figure is stale.']);
    expect(said([aCpuFigure(10, 0)]).slice(0, 2)).toEqual([-8, 'in']);
  });

  it('A5: a source that comes and goes for an hour changes nothing, however little it shows', () => {
    const flapping = (minute: number) => (minute % 2 === 0 ? { figures: [] } : cpu(100, 40));
    expect(new Set(lived(idle, 60, flapping))).toEqual(new Set([40]));
  });

  it('steps in at the rate and then holds still: ten minutes of idleness, then a tenth in five minutes', () => {
    const sizes = lived(idle, 41, () => cpu(300, 40));
    expect(sizes[9]).toBe(40);
    expect([10, 15, 20, 25, 30, 35, 40].map((minute) => sizes[minute])).toEqual([
      36, 33, 30, 27, 25, 25, 25,
    ]);
  });

  it('A10: a minute of idleness amid load takes nobody away', () => {
    const dip = (minute: number) => cpu(minute === 20 ? 50 : 600, 40);
    expect(new Set(lived(idle, 40, dip))).toEqual(new Set([40]));
  });
});

describe('what is remembered', () => {
  const memory = {
    recommendations: [{ at: secondsAgo(500), out: 10, in: 9 }],
    changes: [
      { at: secondsAgo(10), count: 2 },
      { at: secondsAgo(200), count: 1 },
      { at: secondsAgo(301), count: 1 },
    ],
    serving: [{ at: secondsAgo(500), count: 9 }],
    peaks: lastWeek(4),
  };
  const policy = { ...steadyIn, ...slow('out', 8) };

  it('is what was wished, who serves, what is needed, what is desired and what the rates still count', () => {
    const kept = decide({ policy, memory, capacity: cpu(900) }).memory;
    expect(kept).toEqual({
      recommendations: [{ at: NOW, out: 15, in: 10 }, ...memory.recommendations],
      changes: memory.changes.slice(0, 2),
      serving: [{ at: NOW, count: 10 }, ...memory.serving],
      peaks: { [hourOfWeek(NOW)]: { week: weekOf(NOW), needed: 15, before: 4 } },
      desired: 15,
    });
  });

  it('keeps changes for the longer of both windows', () => {
    const short = { ...aScalePolicy().in, rate: { ...aScalePolicy().in.rate } };
    const inLonger = { ...slow('in', 8), out: short };
    expect(decide({ policy: inLonger, memory }).memory.changes).toHaveLength(2);
    expect(decide({ memory }).memory.changes).toHaveLength(1);
  });

  it('learns nothing from a list that is not believed', () => {
    const capacity = { ...cpu(900), contradictions: ['i-1 is listed twice'] };
    const kept = decide({ policy, capacity, memory: { ...memory, desired: 11 } }).memory;
    expect(kept).toEqual({
      recommendations: memory.recommendations,
      changes: memory.changes.slice(0, 2),
      serving: memory.serving,
      peaks: memory.peaks,
      desired: 11,
    });
  });
});
