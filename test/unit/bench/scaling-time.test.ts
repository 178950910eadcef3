import { describe, expect, it } from '@jest/globals';
import { applyRule, ESS_DEFAULTS, ESS_START } from '../../../infra/bench/scaling-time/ess-rule';
import { splitStages } from '../../../infra/bench/scaling-time/stages';

describe('the stages from overload to capacity in service', () => {
  const arrival = (instanceId: string, moments: readonly [number, number, number, number]) => {
    const [runningAt, answersAt, servesAt, fullAt] = moments.map((second) => second * 1000);
    return {
      instanceId,
      runningAt: runningAt ?? null,
      answersAt: answersAt ?? null,
      servesAt: servesAt ?? null,
      fullAt: fullAt ?? null,
    };
  };
  const seen = { overloadAt: 0, wantedAt: 70_000, calledAt: 71_000, needed: 2 };

  it('each end when the last of the needed newcomers is through, and add up to the whole', () => {
    const arrivals = [
      arrival('i-1', [91, 160, 170, 300]),
      arrival('i-2', [95, 165, 172, 340]),
      arrival('i-3', [99, 190, 199, 900]),
    ];
    expect(splitStages({ ...seen, arrivals })).toEqual({
      detect: 70,
      decide: 1,
      launch: 24,
      boot: 70,
      ramp: 175,
      total: 340,
      serves: 172,
    });
  });

  it('are unknown from the first that was not reached', () => {
    expect(splitStages({ ...seen, arrivals: [arrival('i-1', [91, 160, 170, 300])] })).toEqual({
      detect: 70,
      decide: 1,
      launch: null,
      boot: null,
      ramp: null,
      total: null,
      serves: null,
    });
  });
});

describe('the ESS-style rule', () => {
  const rule = { ...ESS_DEFAULTS, target: 600 };
  const feed = (utilisations: readonly number[], spacingMs = 60_000) =>
    utilisations.reduce<{ readonly wanted: readonly number[]; readonly state: typeof ESS_START }>(
      ({ wanted, state }, utilisation, index) => {
        const at = (index + 1) * spacingMs;
        const next = applyRule(rule, state, { point: { at, utilisation }, count: 3, now: at });
        return { wanted: [...wanted, next.wanted], state: next.state };
      },
      { wanted: [], state: ESS_START },
    ).wanted;

  it('acts on the third sample in a row above its target', () => {
    expect(feed([917, 917, 917])).toEqual([3, 3, 5]);
    expect(feed([917, 917, 600, 917, 917, 917])).toEqual([3, 3, 3, 3, 3, 5]);
  });

  it('does nothing during its cooldown', () => {
    expect(feed([917, 917, 917, 917, 917, 917, 917, 917])).toEqual([3, 3, 5, 3, 3, 3, 3, 5]);
  });

  it('counts a point once', () => {
    const point = { at: 60_000, utilisation: 917 };
    let state = ESS_START;
    for (let look = 0; look < 5; look += 1) {
      const next = applyRule(rule, state, { point, count: 3, now: 60_000 + look });
      expect(next.wanted).toBe(3);
      state = next.state;
    }
  });
});
