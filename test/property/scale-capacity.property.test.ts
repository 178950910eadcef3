import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundsAt } from '../../shared/decide/scale/bounds';
import { decideCapacity } from '../../shared/decide/scale/capacity-decision';
import { type CapacityInput } from '../../shared/decide/scale/situation';
import { type CapacityOrder, type MetricFigure } from '../../shared/domain/capacity';
import { type CapacityFloor, highestFloor } from '../../shared/domain/capacity-floor';
import { missing, type Reading } from '../../shared/domain/reading';
import { EMPTY_SCALE_MEMORY, type ScaleMemory } from '../../shared/domain/scale-memory';
import {
  type DirectionPolicy,
  type Schedule,
  type ScalePolicy,
  type ScaleSignal,
  type StepRule,
  type Weekday,
} from '../../shared/domain/scale-policy';
import { instant, millis, permille } from '../../shared/domain/units';
import { NOW, secondsAgo } from '../support/builders';
import { aCapacity, aScalePolicy } from '../support/capacity';
import { propertyRuns } from '../support/property-runs';

const SIGNALS: readonly ScaleSignal[] = [
  'cpu',
  'instance-connections',
  'requests',
  'connections',
  'latency',
  'load-balancer-utilisation',
];
const DAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const aPermille = (max = 1000) => fc.integer({ min: 0, max }).map(permille);
const aSpan = (max = 900_000) => fc.integer({ min: 0, max }).map(millis);
const aPast = (max = 1_200_000) => fc.integer({ min: 0, max }).map((ago) => instant(NOW - ago));
const aSignal = () => fc.constantFrom(...SIGNALS);

const someFigure = (): fc.Arbitrary<Reading<MetricFigure>> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({
          kind: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'stale' as const),
          signal: aSignal(),
          total: fc.integer({ min: 0, max: 2_000_000 }),
          expected: fc.integer({ min: 0, max: 80 }),
          silent: fc.integer({ min: 0, max: 6 }),
          sampledAt: aPast(300_000),
        })
        .map(({ kind, sampledAt, expected, silent, ...value }) => ({
          kind,
          sampledAt,
          value: { ...value, expected, reported: Math.max(0, expected - silent) },
        })),
    },
    { weight: 1, arbitrary: fc.constant(missing('read-failed')) },
  );

const someDirection = (): fc.Arbitrary<DirectionPolicy> =>
  fc.record({
    enabled: fc.constantFrom(true, true, true, false),
    stabilisationMs: fc.constantFrom(0, 120_000, 600_000).map(millis),
    rate: fc.record({
      windowMs: fc.integer({ min: 1, max: 600_000 }).map(millis),
      share: aPermille(2000),
      count: fc.integer({ min: 0, max: 20 }),
    }),
  });

const someStep = (): fc.Arbitrary<StepRule> =>
  fc.record({
    signal: aSignal(),
    threshold: fc.integer({ min: 0, max: 2000 }),
    direction: fc.constantFrom('out' as const, 'in' as const),
    change: fc.oneof(
      fc.record({
        kind: fc.constant('count' as const),
        count: fc.integer({ min: 1, max: 20 }),
      }),
      fc.record({ kind: fc.constant('share' as const), share: aPermille() }),
    ),
  });

const aBound = () => fc.option(fc.integer({ min: 0, max: 120 }));
const someSchedule = (): fc.Arbitrary<Schedule> =>
  fc.record({
    name: fc.constantFrom('day', 'night', 'sale'),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Shanghai'),
    days: fc.subarray([...DAYS]),
    fromMinute: fc.integer({ min: 0, max: 1439 }),
    toMinute: fc.integer({ min: 0, max: 1440 }),
    min: aBound(),
    max: aBound(),
  });

const somePolicy = (): fc.Arbitrary<ScalePolicy> =>
  fc
    .record({
      min: fc.integer({ min: 0, max: 40 }),
      room: fc.integer({ min: 0, max: 60 }),
      metrics: fc.uniqueArray(
        fc.record({ signal: aSignal(), target: fc.integer({ min: 1, max: 5000 }) }),
        { maxLength: 3, selector: ({ signal }) => signal },
      ),
      steps: fc.array(someStep(), { maxLength: 3 }),
      schedules: fc.array(someSchedule(), { maxLength: 2 }),
      tolerance: fc.record({ out: aPermille(300), in: aPermille(300) }),
      out: someDirection(),
      in: someDirection(),
      quorum: aPermille(),
      vetoes: fc.record({
        errorShare: fc.option(aPermille()),
        latencyMs: fc.option(aSpan()),
        unhealthyShare: fc.option(aPermille()),
        lastWeekPeak: fc.boolean(),
      }),
    })
    .map(({ room, ...parts }) => aScalePolicy({ ...parts, max: parts.min + room }));

const someMemory = (): fc.Arbitrary<ScaleMemory> =>
  fc
    .record({
      recommendations: fc.array(
        fc.record({
          at: aPast(),
          out: fc.integer({ min: 0, max: 150 }),
          in: fc.integer({ min: 0, max: 150 }),
        }),
        { maxLength: 6 },
      ),
      desired: fc.option(fc.integer({ min: 0, max: 120 })),
      changes: fc.array(fc.record({ at: aPast(), count: fc.integer({ min: -10, max: 10 }) }), {
        maxLength: 5,
      }),
      serving: fc.array(fc.record({ at: aPast(), count: fc.integer({ min: 0, max: 80 }) }), {
        maxLength: 4,
      }),
      breakerOpenUntil: fc.constantFrom(null, null, secondsAgo(1), instant(NOW + 60_000)),
      knownSince: fc.constantFrom(secondsAgo(86_400), secondsAgo(86_400), secondsAgo(1), null),
    })
    .map(({ recommendations, changes, serving, ...parts }) => ({
      ...EMPTY_SCALE_MEMORY,
      ...parts,
      recommendations: recommendations.toSorted((a, b) => b.at - a.at),
      changes: changes.toSorted((a, b) => b.at - a.at),
      serving: serving.toSorted((a, b) => b.at - a.at),
    }));

const someReading = (): fc.Arbitrary<Reading<number>> =>
  fc.oneof(
    fc.constant(missing('no-datapoint')),
    fc
      .record({
        kind: fc.constantFrom('ok' as const, 'ok' as const, 'stale' as const),
        value: fc.integer({ min: 0, max: 1000 }),
      })
      .map((read) => ({ ...read, sampledAt: secondsAgo(60) })),
  );

const someOrder = (): fc.Arbitrary<CapacityOrder> =>
  fc.record({
    kind: fc.constantFrom('exactly' as const, 'at-least' as const),
    count: fc.integer({ min: 0, max: 150 }),
    by: fc.constant('ann'),
    reason: fc.constant('sale'),
    at: aPast(),
    until: fc.integer({ min: NOW - 60_000, max: NOW + 60_000 }).map(instant),
  });

const someFloor = (): fc.Arbitrary<CapacityFloor> =>
  fc.record({
    by: fc.constantFrom('shop', 'blog'),
    count: fc.integer({ min: 1, max: 150 }),
    reason: fc.constant('hz is down'),
    at: aPast(),
    until: fc.integer({ min: NOW - 60_000, max: NOW + 60_000 }).map(instant),
  });

const aCount = (max: number) => fc.integer({ min: 0, max });

const someInput = (): fc.Arbitrary<CapacityInput> =>
  fc
    .record({
      policy: somePolicy(),
      memory: someMemory(),
      figures: fc.array(someFigure(), { maxLength: 6 }),
      errorShare: someReading(),
      latencyMs: someReading(),
      contradictions: fc.constantFrom<readonly string[]>([], [], [], ['i-1 is listed twice']),
      order: fc.option(someOrder(), { freq: 4 }),
      floors: fc.oneof(fc.constant([]), fc.array(someFloor(), { maxLength: 3 })),
      counts: fc.record({
        serving: aCount(80),
        held: aCount(5),
        arriving: aCount(10),
        leaving: aCount(5),
        warm: aCount(5),
        unhealthy: aCount(5),
      }),
    })
    .map(({ policy, memory, counts, ...capacity }) => ({
      now: NOW,
      policy,
      memory,
      counts,
      capacity: aCapacity(capacity),
    }));

/** Settles what would hide a promise: nothing but the metrics decides. */
const byMetricsAlone = (input: CapacityInput): CapacityInput => ({
  ...input,
  capacity: { ...input.capacity, order: null, contradictions: [] },
  memory: { ...input.memory, knownSince: secondsAgo(86_400), breakerOpenUntil: null },
});

const changed = (
  input: CapacityInput,
  index: number,
  change: (figure: MetricFigure) => MetricFigure,
): CapacityInput => ({
  ...input,
  capacity: {
    ...input.capacity,
    figures: input.capacity.figures.map((read, place) =>
      place === index && read.kind !== 'missing' ? { ...read, value: change(read.value) } : read,
    ),
  },
});

describe('the capacity decision, whatever is seen', () => {
  it('desires whole numbers within the bounds that hold, and within those of the policy', () => {
    fc.assert(
      fc.property(someInput(), (input) => {
        const { desired, gap, wanted, have } = decideCapacity(input);
        const { min, max } = boundsAt(input.policy, input.now);
        expect([desired, gap, wanted].every(Number.isSafeInteger)).toBe(true);
        expect(desired).toBeGreaterThanOrEqual(min);
        expect(desired).toBeLessThanOrEqual(max);
        expect(min).toBeGreaterThanOrEqual(input.policy.min);
        expect(max).toBeLessThanOrEqual(input.policy.max);
        expect(have + gap).toBeLessThanOrEqual(Math.max(have, max));
        expect(have + gap).toBeGreaterThanOrEqual(Math.min(have, min));
      }),
      propertyRuns(1000),
    );
  });

  it('never scales in below a floor, nor because of one, and a floor never makes it exceed the maximum', () => {
    fc.assert(
      fc.property(someInput(), someFloor(), (input, more) => {
        const { capacity, now, policy } = input;
        const floors = [...(capacity.floors ?? []), more];
        const before = decideCapacity(input);
        const { desired, gap, have } = decideCapacity({
          ...input,
          capacity: { ...capacity, floors },
        });
        const { max } = boundsAt(policy, now);
        expect(desired).toBeLessThanOrEqual(max);
        expect(have + gap).toBeLessThanOrEqual(Math.max(have, max));
        expect(desired).toBeGreaterThanOrEqual(before.desired);
        expect(gap).toBeGreaterThanOrEqual(before.gap);
        const isOrdered = capacity.order?.kind === 'exactly' && capacity.order.until > now;
        const floor = isOrdered ? 0 : (highestFloor(floors, now)?.count ?? 0);
        expect(have + gap).toBeGreaterThanOrEqual(Math.min(have, floor, max));
      }),
      propertyRuns(1000),
    );
  });

  it('asks for no fewer when one metric rises', () => {
    fc.assert(
      fc.property(someInput(), fc.nat(5), aCount(3_000_000), (input, place, more) => {
        const index = place % Math.max(1, input.capacity.figures.length);
        const higher = changed(input, index, (figure) => ({
          ...figure,
          total: figure.total + more,
        }));
        const [low, high] = [decideCapacity(input), decideCapacity(higher)];
        expect(high.desired).toBeGreaterThanOrEqual(low.desired);
        expect(high.gap).toBeGreaterThanOrEqual(low.gap);
        expect(high.wanted).toBeGreaterThanOrEqual(low.wanted);
      }),
      propertyRuns(1000),
    );
  });

  it('takes nothing away while a metric, or what a veto asks for, is missing or stale', () => {
    fc.assert(
      fc.property(someInput(), fc.nat(), (given, place) => {
        const input = byMetricsAlone(given);
        const { metrics, steps, vetoes } = input.policy;
        const followed = [...metrics, ...steps].map(({ signal }) => signal);
        const lost = followed[place % Math.max(1, followed.length)];
        const figures = input.capacity.figures.filter(
          (read) => read.kind === 'missing' || read.value.signal !== lost,
        );
        const blind = { ...input, capacity: { ...input.capacity, figures } };
        if (followed.length > 0) expect(decideCapacity(blind).gap).toBeGreaterThanOrEqual(0);
        const deaf = { ...input.capacity, errorShare: missing('read-failed') };
        if (vetoes.errorShare !== null)
          expect(decideCapacity({ ...input, capacity: deaf }).gap).toBeGreaterThanOrEqual(0);
      }),
      propertyRuns(1000),
    );
  });

  it('scales out no less because another metric is missing', () => {
    fc.assert(
      fc.property(someInput(), fc.nat(5), (given, place) => {
        const input = byMetricsAlone(given);
        const index = place % Math.max(1, input.capacity.figures.length);
        const lost = input.capacity.figures[index];
        const figures = input.capacity.figures.filter(
          (read) =>
            lost === undefined ||
            lost.kind === 'missing' ||
            read.kind === 'missing' ||
            read.value.signal !== lost.value.signal,
        );
        const asked = decideCapacity(input).metrics.filter(
          (vote) =>
            vote.says === 'out' && (lost?.kind === 'missing' || vote.signal !== lost?.value.signal),
        );
        const blind = decideCapacity({ ...input, capacity: { ...input.capacity, figures } });
        expect(blind.wanted).toBeGreaterThanOrEqual(Math.max(0, ...asked.map(({ out }) => out)));
      }),
      propertyRuns(1000),
    );
  });

  it('never changes more within a window than the rate allows', () => {
    fc.assert(
      fc.property(
        someInput(),
        fc.array(fc.tuple(fc.integer({ min: 1000, max: 200_000 }), aCount(2_000_000)), {
          minLength: 5,
          maxLength: 25,
        }),
        (given, ticks) => {
          let input = { ...byMetricsAlone(given), memory: { ...given.memory, changes: [] } };
          input = { ...input, memory: { ...input.memory, knownSince: secondsAgo(86_400) } };
          const done: { at: number; count: number; before: number }[] = [];
          for (const [pause, total] of ticks) {
            const now = instant(input.now + pause);
            const figures = input.capacity.figures.map((read) =>
              read.kind === 'missing'
                ? read
                : { ...read, sampledAt: now, value: { ...read.value, total } },
            );
            input = { ...input, now, capacity: { ...input.capacity, figures } };
            const { gap, have, memory } = decideCapacity(input);
            if (gap !== 0) done.push({ at: now, count: gap, before: have });
            const changes =
              gap === 0 ? memory.changes : [{ at: now, count: gap }, ...memory.changes];
            const serving = Math.max(0, input.counts.serving + gap);
            input = {
              ...input,
              counts: { ...input.counts, serving },
              memory: { ...input.memory, ...memory, changes: [...changes] as never },
            };
          }
          for (const [sign, { rate }] of [
            [1, input.policy.out],
            [-1, input.policy.in],
          ] as const)
            for (const last of done) {
              const window = done.filter(({ at }) => at <= last.at && last.at - at < rate.windowMs);
              const used = window
                .filter(({ count }) => count * sign > 0)
                .reduce((sum, { count }) => sum + count * sign, 0);
              const before = window[0]?.before ?? 0;
              const most = Math.max(1, rate.count, Math.floor((before * rate.share) / 1000));
              if (last.count * sign > 0) expect(used).toBeLessThanOrEqual(most);
            }
        },
      ),
      propertyRuns(400),
    );
  });

  it('changes nothing when the same is seen again with the memory of the first time', () => {
    fc.assert(
      fc.property(someInput(), (input) => {
        const first = decideCapacity(input);
        const again = decideCapacity({ ...input, memory: { ...input.memory, ...first.memory } });
        expect([again.desired, again.gap]).toEqual([first.desired, first.gap]);
        const third = decideCapacity({ ...input, memory: { ...input.memory, ...again.memory } });
        expect(JSON.stringify(third.memory)).toBe(JSON.stringify(again.memory));
      }),
      propertyRuns(1000),
    );
  });

  it('is the same for the same input, byte for byte, and changes no input', () => {
    fc.assert(
      fc.property(someInput(), (input) => {
        const before = JSON.stringify(input);
        const first = JSON.stringify(decideCapacity(input));
        expect(JSON.stringify(decideCapacity(structuredClone(input)))).toBe(first);
        expect(JSON.stringify(input)).toBe(before);
      }),
      propertyRuns(500),
    );
  });

  it('has no rounding error: n instances exactly at the end of the tolerance stay, one thousandth more does not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 900 }),
        (size, targetTenths, tolerance) => {
          const target = targetTenths * 1000;
          const policy = aScalePolicy({
            min: 0,
            max: 10_000,
            metrics: [{ signal: 'requests', target }],
            tolerance: { out: permille(tolerance), in: permille(tolerance) },
            out: {
              ...aScalePolicy().out,
              rate: { ...aScalePolicy().out.rate, share: permille(9999) },
            },
          });
          const at = (total: number) =>
            decideCapacity({
              now: NOW,
              policy,
              memory: { ...EMPTY_SCALE_MEMORY, knownSince: secondsAgo(86_400) },
              counts: { serving: size, held: 0, arriving: 0, leaving: 0, warm: 0, unhealthy: 0 },
              capacity: aCapacity({
                figures: [
                  {
                    kind: 'ok',
                    sampledAt: secondsAgo(60),
                    value: { signal: 'requests', total, reported: 1, expected: 1 },
                  },
                ],
              }),
            }).desired;
          const exactly = targetTenths * size * (1000 + tolerance);
          expect(at(exactly)).toBe(size);
          const needed = (BigInt(exactly + 1) + BigInt(target) - 1n) / BigInt(target);
          expect(BigInt(at(exactly + 1))).toBe(needed);
        },
      ),
      propertyRuns(1000),
    );
  });
});
