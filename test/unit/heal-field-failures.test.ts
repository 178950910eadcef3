import { describe, expect, it } from '@jest/globals';
import { decide } from '../../shared/decide/decide';
import { rampWeights } from '../../shared/decide/slow-start';
import { type BackendMemory } from '../../shared/domain/memory';
import { type SetWeightStep, type Step } from '../../shared/domain/proposal';
import { missing } from '../../shared/domain/reading';
import { permille } from '../../shared/domain/units';
import { guard } from '../../shared/guard/guard';
import {
  aBackend,
  aPolicy,
  aPool,
  type BackendParts,
  ejectedMemory,
  failingWindows,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  seenAt,
  someBackends,
  stale,
} from '../support/builders';
import { aWorld, later, turn } from '../support/pure-world';

const weightSteps = (steps: readonly Step[]): readonly SetWeightStep[] =>
  steps.filter((step) => step.kind === 'set-weight');
const lowered = (steps: readonly Step[]): readonly string[] =>
  weightSteps(steps)
    .filter((step) => step.to < step.from)
    .map((step) => step.instanceId);
const hang: BackendParts = { window: { failures: 10, latencyMedianUs: null } };
const hanging = { windows: failingWindows(3) };
const longAbnormal: Partial<BackendMemory> = {
  state: 'suspect',
  since: secondsAgo(600),
  cause: 'abnormal-in-load-balancer',
};
const unseen = {
  attachments: [{ targetKey: KEY, port: 80, weight: 100, health: missing('read-failed') }],
  window: null,
  instance: missing('read-failed'),
  events: missing('read-failed'),
} as const;

describe('failures that peers had in the field', () => {
  it('A1: one bad signal with the others absent lowers nothing, and says which is missing', () => {
    const pool = aPool({ backends: someBackends(6, { 0: { ...unseen, ...hang } }) });
    const { steps, verdicts } = decide(pool, aPolicy());
    expect(lowered(steps)).toEqual([]);
    expect(verdicts[0]).toMatchObject({ reason: 'suspicion-unconfirmed', nextState: 'suspect' });
    expect(verdicts[0]?.detail).toContain('missing (read-failed)');
  });

  it('A2: every signal absent for a quarter of an hour holds everything as it is', () => {
    let world = aWorld();
    const backends = someBackends(
      6,
      Object.fromEntries(Array.from({ length: 6 }, (_, index) => [index, unseen])),
    );
    for (let minute = 0; minute < 15; minute += 1) {
      const taken = turn(world, { backends }, aPolicy());
      expect(taken.proposal.steps).toEqual([]);
      expect(taken.proposal.isPanic).toBe(false);
      expect(taken.proposal.verdicts.every((verdict) => verdict.reason === 'signal-missing')).toBe(
        true,
      );
      world = later(taken.world, 60);
    }
  });

  it('A3: one backend without signals does not keep the others from being healed', () => {
    const backends = someBackends(20, { 1: unseen, 0: { verdict: 'abnormal' } });
    const pool = aPool({ backends, remembered: { 'i-0': longAbnormal } });
    expect(lowered(guard(decide(pool, aPolicy()), pool, aPolicy()).steps)).toEqual(['i-0']);
  });

  it('A4: a failed read, an empty list and a real abnormal have three different outcomes', () => {
    const seen = (health: BackendParts['attachments']) => {
      const pool = aPool({
        backends: [
          aBackend('i-0', { attachments: health!, window: null }),
          ...someBackends(6).slice(1),
        ],
        remembered: { 'i-0': longAbnormal },
      });
      return decide(pool, aPolicy()).verdicts[0]?.reason;
    };
    expect(seen([{ targetKey: KEY, port: 80, weight: 100, health: missing('read-failed') }])).toBe(
      'signal-missing',
    );
    expect(
      seen([
        {
          targetKey: KEY,
          port: 80,
          weight: 100,
          health: stale([{ listenerPort: 80, verdict: 'abnormal' }]),
        },
      ]),
    ).toBe('signal-missing');
    expect(seen([{ targetKey: KEY, port: 80, weight: 100, health: ok([]) }])).toBe(
      'signal-missing',
    );
    expect(
      seen([
        {
          targetKey: KEY,
          port: 80,
          weight: 100,
          health: ok([{ listenerPort: 80, verdict: 'abnormal' }]),
        },
      ]),
    ).toBe('abnormal-in-load-balancer');
  });

  it('A5: a source that flaps for an hour changes nothing', () => {
    let world = aWorld();
    let changes = 0;
    for (let tick = 0; tick < 360; tick += 1) {
      const flapping = tick % 2 === 0 ? hang : { window: null };
      const backends = someBackends(6, { 0: tick % 4 === 0 ? flapping : {} });
      const taken = turn(
        world,
        { backends: seenAt(backends, world.now) },
        aPolicy({ heal: { outlier: { ...aPolicy().heal.outlier, enabled: false } } }),
      );
      changes += taken.landed.length;
      world = later(taken.world, 10);
    }
    expect(changes).toBeLessThanOrEqual(1);
  });

  it('A7: every verdict carries sample ages', () => {
    for (const verdict of decide(
      aPool({ backends: someBackends(6, { 0: { verdict: 'abnormal' } }) }),
      aPolicy(),
    ).verdicts)
      expect(verdict.detail).toMatch(/\d+ s ago/);
  });

  it('A9: a decision not to act names the rule that stopped it', () => {
    const pool = aPool({
      backends: someBackends(6, { 0: { verdict: 'normal', ...hang }, 1: { weight: 0 } }),
      remembered: { 'i-0': hanging, 'i-1': ejectedMemory({ ejectedUntil: inSeconds(60) }) },
    });
    const plan = guard(decide(pool, aPolicy()), pool, aPolicy());
    expect(plan.withheld.map(({ rule, detail }) => [rule, detail])).toContainEqual([
      'guard-ejection-cap',
      'it would be 2 ejected of 1 allowed',
    ]);
  });

  it.each([[1], [2], [3], [4], [5], [10], [67], [2000]])(
    'A11: the cap counts after the action; of %i, with a cap of 67 %%, the floor still stands',
    (size) => {
      const policy = aPolicy({
        guards: {
          ejectedShareMax: permille(670),
          ejectedCountMax: size,
          floorShare: permille(330),
          budget: { ...aPolicy().guards.budget, share: permille(1000), count: size },
        },
        heal: { panic: { enter: permille(0), leave: permille(0) } },
      });
      const sick = {
        systemEvents: [
          { eventId: 'e', kind: 'spot-reclaim', status: 'Executing', notBefore: null },
        ],
      } as const;
      const pool = aPool({
        backends: someBackends(
          size,
          Object.fromEntries(Array.from({ length: size }, (_, index) => [index, sick])),
        ),
      });
      const out = new Set(lowered(guard(decide(pool, policy), pool, policy).steps)).size;
      expect(out).toBeLessThanOrEqual(Math.max(size >= 3 ? 1 : 0, Math.floor(size * 0.67)));
      expect(size - out).toBeGreaterThanOrEqual(Math.max(1, Math.ceil(size * 0.33)));
      if (size >= 3) expect(out).toBeGreaterThan(0);
    },
  );

  it('A12: when every backend fails nothing is taken out, and what was out goes back', () => {
    const all = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [
        index,
        { verdict: 'abnormal', weight: index === 0 ? 0 : 100 } as const,
      ]),
    );
    const pool = aPool({
      backends: someBackends(6, all),
      remembered: { 'i-0': ejectedMemory({ baseWeights: { [KEY]: 70 } }) },
    });
    const proposal = decide(pool, aPolicy());
    expect(proposal.isPanic).toBe(true);
    expect(
      weightSteps(guard(proposal, pool, aPolicy()).steps).map((step) => [
        step.instanceId,
        step.from,
        step.to,
      ]),
    ).toEqual([['i-0', 0, 70]]);
    expect(
      proposal.alerts.filter((alert) => alert.severity === 'critical').map((alert) => alert.reason),
    ).toEqual(['panic']);
  });

  it('A13: the last serving backend is never set to 0, whatever the caps and whoever asks', () => {
    const policy = aPolicy({
      guards: { floorCount: 0, floorShare: permille(0), ejectedShareMax: permille(1000) },
    });
    const pool = aPool({
      backends: someBackends(2, { 1: { weight: 0 } }),
      drainOrders: [{ instanceId: 'i-0', by: 'ann', reason: 'x', at: NOW, until: null }],
    });
    expect(guard(decide(pool, policy), pool, policy).withheld.map(({ rule }) => rule)).toEqual([
      'guard-incomplete',
      'guard-last-serving',
    ]);
  });

  it('A14: what the load balancer sees as dead costs neither the cap nor the budget of what Evenkeel suspects', () => {
    const dead = { verdict: 'abnormal' } as const;
    const backends = someBackends(12, { 0: hang, 1: dead, 2: dead, 3: dead });
    const pool = aPool({
      backends,
      remembered: { 'i-0': hanging, 'i-1': longAbnormal, 'i-2': longAbnormal, 'i-3': longAbnormal },
    });
    const policy = aPolicy({
      guards: { ejectedCountMax: 1, budget: { ...aPolicy().guards.budget, count: 1 } },
    });
    expect(lowered(guard(decide(pool, policy), pool, policy).steps)).toEqual([
      'i-1',
      'i-2',
      'i-3',
      'i-0',
    ]);
  });

  it('A15: panic is a state of its own, with one alert on the way in and one on the way out', () => {
    let world = turn(aWorld(), { backends: someBackends(6) }, aPolicy()).world;
    const sick = Object.fromEntries(
      [0, 1, 2, 3].map((index) => [index, { verdict: 'abnormal' } as const]),
    );
    const alerts: string[] = [];
    for (const backends of [
      someBackends(6, sick),
      someBackends(6, sick),
      someBackends(6),
      someBackends(6),
    ]) {
      const taken = turn(later(world, 5), { backends }, aPolicy());
      alerts.push(...taken.proposal.alerts.map((alert) => alert.reason));
      world = taken.world;
    }
    expect(alerts).toEqual(['panic', 'panic-over']);
  });

  it.each([[100], [50], [3], [2], [1]])(
    'A16: a newcomer among 130 with base %i starts at 1 or more and rises in whole steps to its base',
    (base) => {
      const ramp = rampWeights(base, aPolicy().heal.slowStart);
      expect(ramp[0]).toBeGreaterThanOrEqual(1);
      expect(ramp.at(-1)).toBe(base);
      expect([...ramp].sort((a, b) => a - b)).toEqual([...new Set(ramp)]);
      const pool = aPool({
        backends: someBackends(130, { 0: { weight: base } }),
        strangers: ['i-0'],
      });
      expect(weightSteps(decide(pool, aPolicy()).steps).map((step) => step.to)).toEqual(
        base > 1 ? [ramp[0]] : [],
      );
    },
  );

  it('A17: a drain comes before a restart, and the restart waits until the drain has settled', () => {
    let world = turn(aWorld(), { backends: someBackends(6) }, aPolicy()).world;
    const kinds: string[] = [];
    for (let tick = 0; tick < 40; tick += 1) {
      const next = later(world, 5);
      const taken = turn(
        next,
        {
          backends: seenAt(someBackends(6, { 0: { verdict: 'abnormal', window: null } }), next.now),
        },
        aPolicy(),
      );
      kinds.push(
        ...taken.plan.steps.map((step) =>
          step.kind === 'set-weight' ? `weight ${step.to}` : step.kind,
        ),
      );
      world = taken.world;
    }
    expect(kinds.slice(0, 4)).toEqual(['tag', 'weight 0', 'tag', 'restart-service']);
  });

  it('A18: a weight step always says from, to and where, and touches no other backend', () => {
    const pool = aPool({
      backends: someBackends(6, { 0: { verdict: 'abnormal' } }),
      remembered: { 'i-0': longAbnormal },
    });
    expect(weightSteps(decide(pool, aPolicy()).steps)).toEqual([
      expect.objectContaining({ instanceId: 'i-0', targetKey: KEY, port: 80, from: 100, to: 0 }),
    ]);
  });

  it('A20: a weight that somebody else set is kept, reported, and never raised', () => {
    let world = turn(aWorld(), { backends: someBackends(6) }, aPolicy()).world;
    world = { ...world, weights: { [`i-0|${KEY}|80`]: 40 } };
    const first = turn(later(world, 5), { backends: someBackends(6) }, aPolicy());
    expect(first.proposal.alerts.map((alert) => [alert.reason, alert.message])).toEqual([
      ['person-set-weight', `somebody else set its weight (${KEY}: 40 instead of 100); it is kept`],
    ]);
    const second = turn(later(first.world, 600), { backends: someBackends(6) }, aPolicy());
    expect([...first.plan.steps, ...second.plan.steps]).toEqual([]);
    expect(second.proposal.alerts).toEqual([]);
  });
});
