import { describe, expect, it } from '@jest/globals';
import { decideCapacity } from '../../../../shared/decide/scale/capacity-decision';
import { vetoesOf } from '../../../../shared/decide/scale/vetoes';
import { type CapacitySnapshot } from '../../../../shared/domain/capacity';
import { missing, type Reading } from '../../../../shared/domain/reading';
import { DEFAULT_SCALING } from '../../../../shared/domain/scale-defaults';
import { type ScaleInVetoes } from '../../../../shared/domain/scale-policy';
import { millis, permille } from '../../../../shared/domain/units';
import { ok, secondsAgo } from '../../../support/builders';
import { aCapacity, aCapacityInput, aCpuFigure, aScalePolicy } from '../../../support/capacity';

const OFF: ScaleInVetoes = {
  errorShare: null,
  latencyMs: null,
  unhealthyShare: null,
  lastWeekPeak: false,
};
const stale = (value: number): Reading<number> => ({
  kind: 'stale',
  value,
  sampledAt: secondsAgo(900),
});

function vetoed(
  vetoes: Partial<ScaleInVetoes>,
  capacity: Partial<CapacitySnapshot> = {},
  counts = { serving: 10, unhealthy: 0 },
) {
  const policy = aScalePolicy({ vetoes: { ...OFF, ...vetoes } });
  return vetoesOf(policy, aCapacity(capacity), counts);
}

describe('vetoes against scaling in', () => {
  const errors = { errorShare: permille(20) };
  const latency = { latencyMs: millis(500) };
  it.each<[string, Partial<ScaleInVetoes>, Partial<CapacitySnapshot>, readonly string[]]>([
    ['none', {}, { errorShare: ok(1000), latencyMs: ok(99_999) }, []],
    ['errors at the limit', errors, { errorShare: ok(20) }, []],
    ['errors above it', errors, { errorShare: ok(21) }, ['errors']],
    ['no error', errors, { errorShare: ok(0) }, []],
    ['errors unknown', errors, { errorShare: missing('read-failed') }, ['errors']],
    ['errors that nobody counts', errors, { errorShare: missing('not-configured') }, []],
    ['errors long ago', errors, { errorShare: stale(0) }, ['errors']],
    ['latency at the limit', latency, { latencyMs: ok(500) }, []],
    ['latency above it', latency, { latencyMs: ok(501) }, ['latency']],
    ['latency unknown', latency, { latencyMs: missing('no-datapoint') }, ['latency']],
    ['latency that nobody measures', latency, { latencyMs: missing('not-configured') }, []],
    ['latency long ago', latency, { latencyMs: stale(1) }, ['latency']],
    [
      'both',
      { ...errors, ...latency },
      { errorShare: ok(21), latencyMs: ok(501) },
      ['errors', 'latency'],
    ],
  ])('%s', (_name, vetoes, capacity, limits) => {
    expect(vetoed(vetoes, capacity).map(({ limit }) => limit)).toStrictEqual(limits);
  });

  it.each([
    ['nobody', 10, 0, []],
    ['exactly 20 %', 8, 2, []],
    ['one more', 7, 3, ['unhealthy']],
    ['all', 0, 1, ['unhealthy']],
    ['an empty pool', 0, 0, []],
  ])('unhealthy instances: %s', (_name, serving, unhealthy, limits) => {
    const found = vetoed({ unhealthyShare: permille(200) }, {}, { serving, unhealthy });
    expect(found.map(({ limit }) => limit)).toEqual(limits);
  });

  it('of unhealthy instances may be off', () => {
    expect(vetoed({}, {}, { serving: 1, unhealthy: 9 })).toEqual([]);
  });

  it.each([
    ['both are counted', ok(1), ok(1), 0],
    ['errors are not counted', missing('not-configured'), ok(1), 1],
    ['responses are not measured', ok(1), missing('not-configured'), 1],
    ['neither is', missing('not-configured'), missing('not-configured'), 2],
    ['neither could be read', missing('read-failed'), missing('no-datapoint'), 0],
    ['both are stale', stale(1), stale(1), 0],
  ])('that cannot speak are said to be off: %s', (_name, errorShare, latencyMs, count) => {
    const capacity = { errorShare, latencyMs, figures: [aCpuFigure(10, 600)] };
    const said = (vetoes: ScaleInVetoes) =>
      decideCapacity(aCapacityInput({ policy: { vetoes }, capacity })).explanation.filter((each) =>
        each.endsWith('that veto is off.'),
      );
    expect(said({ ...OFF, ...errors, ...latency })).toHaveLength(count);
    expect(said(OFF)).toEqual([]);
  });

  it('are said with their numbers', () => {
    const detail = (...given: Parameters<typeof vetoed>) => vetoed(...given)[0]?.detail;
    expect(detail(errors, { errorShare: ok(45) })).toBe(
      'Share of failed requests is 4.5 %, more than 2 %.',
    );
    expect(detail(errors, { errorShare: stale(1) })).toBe('Share of failed requests is stale.');
    expect(detail(latency, { latencyMs: ok(900) })).toBe(
      'Response time is 900 ms, more than 500 ms.',
    );
    expect(detail({ unhealthyShare: permille(200) }, {}, { serving: 7, unhealthy: 3 })).toBe(
      '3 of 10 instances are unhealthy, 30 %, more than 20 %.',
    );
  });

  it('include the switch in the policy', () => {
    const policy = aScalePolicy();
    const off = { ...policy, in: { ...policy.in, enabled: false } };
    const found = vetoesOf(off, aCapacity(), { serving: 10, unhealthy: 0 });
    expect(found.map(({ limit }) => limit)).toEqual(['disabled']);
  });
});

describe('A10: CPU falls while requests fail', () => {
  const idle = { figures: [aCpuFigure(10, 100)], errorShare: ok(0), latencyMs: ok(80) };
  const watchful = { ...DEFAULT_SCALING.vetoes, latencyMs: millis(500) };
  const decided = (capacity: Partial<CapacitySnapshot>, unhealthy = 0) =>
    decideCapacity(
      aCapacityInput({
        policy: { vetoes: watchful },
        capacity: { ...idle, ...capacity },
        counts: { unhealthy },
      }),
    );

  it('A10: a quiet night scales in', () => {
    expect(decided({})).toMatchObject({ desired: 2, gap: -8, reason: 'scale-in-metrics' });
  });

  it.each<[string, Partial<CapacitySnapshot>, number, string]>([
    ['errors rise', { errorShare: ok(300) }, 0, 'errors'],
    ['responses slow down', { latencyMs: ok(4000) }, 0, 'latency'],
    ['instances are sick', {}, 5, 'unhealthy'],
    ['nobody knows of errors', { errorShare: missing('read-failed') }, 0, 'errors'],
  ])('A10: nothing leaves while %s', (_name, capacity, unhealthy, limit) => {
    const decision = decided(capacity, unhealthy);
    expect(decision).toMatchObject({
      desired: 10,
      gap: 0,
      wanted: 2,
      direction: 'hold',
      reason: 'capacity-held',
      limitedBy: [limit],
    });
  });

  it('A10: scaling out is not vetoed', () => {
    const busy = { figures: [aCpuFigure(10, 900)], errorShare: ok(300), latencyMs: ok(4000) };
    expect(decided(busy, 5)).toMatchObject({ desired: 15, gap: 5, limitedBy: [] });
  });

  it('A10: by default one figure of a storm at most doubles the pool in a minute', () => {
    const { out } = DEFAULT_SCALING;
    const storm = aCapacityInput({
      policy: { max: 2000, out },
      capacity: { figures: [aCpuFigure(10, 999_000)] },
    });
    const first = decideCapacity(storm);
    expect(first).toMatchObject({
      wanted: 16_650,
      gap: 10,
      desired: 20,
      limitedBy: ['max', 'rate'],
    });
    const next = aCapacityInput({
      policy: { max: 2000, out },
      capacity: { figures: [aCpuFigure(10, 999_000)] },
      memory: { changes: [{ at: secondsAgo(30), count: 10 }] },
      counts: { arriving: 10 },
    });
    expect(decideCapacity(next)).toMatchObject({ gap: 0, desired: 20 });
  });
});
