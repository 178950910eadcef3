import { describe, expect, it } from '@jest/globals';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../../shared/domain/pool';
import { type Step } from '../../../shared/domain/proposal';
import { EMPTY_MEMORY } from '../../../shared/domain/memory';
import { missing } from '../../../shared/domain/reading';
import { instant, millis } from '../../../shared/domain/units';
import { decide } from '../../../shared/decide/decide';
import {
  aPolicy,
  aPool,
  aWindow,
  type BackendParts,
  inSeconds,
  KEY,
  NOW,
  ok,
  seenAt,
  someBackends,
} from '../../support/builders';
import {
  aWorld,
  type Fate,
  later,
  type PureWorld,
  turn,
  type Turn,
} from '../../support/pure-world';

interface Script {
  readonly policy?: PoolPolicy;
  readonly everySeconds?: number;
  readonly fate?: Fate;
  readonly more?: (second: number) => Partial<PoolSnapshot>;
}

/** Plays `seconds` of a pool whose backend `i-0` looks as `look` says, and lists what was done to it and when. */
function tell(
  seconds: number,
  look: (second: number, world: PureWorld) => BackendParts,
  script: Script = {},
) {
  const { policy = aPolicy(), everySeconds = 10, fate, more } = script;
  let world = turn(aWorld(), { backends: someBackends(8) }, policy).world;
  const turns: Turn[] = [];
  const deeds: [number, string][] = [];
  for (let second = everySeconds; second <= seconds; second += everySeconds) {
    world = later(world, everySeconds);
    const backends = seenAt(someBackends(8, { 0: look(second, world) }), world.now);
    const taken = turn(world, { backends, ...more?.(second) }, policy, fate);
    deeds.push(...taken.landed.map((step): [number, string] => [second, describeDeed(step)]));
    turns.push(taken);
    world = taken.world;
  }
  const last = turns.at(-1)!;
  return { deeds, turns, world, last, verdict: last.proposal.verdicts[0]! };
}

function describeDeed(step: Step): string {
  const who = step.instanceId === 'i-0' ? '' : `${step.instanceId} `;
  if (step.kind === 'set-weight') return `${who}weight ${step.to}`;
  if (step.kind === 'tag') return `${who}${step.removeKeys.length > 0 ? 'untag' : 'tag'}`;
  return `${who}${step.kind}`;
}

const dead: BackendParts = { verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } };
const gray: BackendParts = { window: { failures: 4 } };
const weightsOf = (deeds: readonly [number, string][]) =>
  deeds.filter(([, deed]) => deed.startsWith('weight')).map(([, deed]) => Number(deed.slice(7)));

describe('a crash', () => {
  it('is drained after the settle time, restarted, rebooted, and then people are called', () => {
    const { deeds, turns, verdict } = tell(600, () => dead);
    expect(deeds).toEqual([
      [70, 'tag'],
      [70, 'weight 0'],
      [130, 'tag'],
      [130, 'restart-service'],
      [220, 'tag'],
      [220, 'reboot'],
    ]);
    expect(turns.flatMap((taken) => taken.proposal.alerts).map((alert) => alert.reason)).toEqual([
      'repair-exhausted',
    ]);
    expect(verdict).toMatchObject({
      reason: 'repair-exhausted',
      rung: 'replace',
      state: 'ejected',
    });
    expect(verdict.detail).toContain('tried so far: reboot, restart');
    expect(verdict.memoryIfDone.repairs.map((repair) => repair.hasHelped)).toEqual([false, false]);
  });

  it('is rebooted once, though nobody heard that the reboot began', () => {
    const fate: Fate = ({ kind }) => (kind === 'reboot' ? 'lost-but-landed' : 'done');
    const { deeds, verdict } = tell(600, () => dead, { fate });
    expect(deeds.filter(([, deed]) => deed === 'reboot')).toEqual([[220, 'reboot']]);
    expect(verdict.reason).toBe('repair-exhausted');
  });

  it('that a restart mends returns by slow start, and the repair is remembered as a help', () => {
    const { deeds, verdict } = tell(600, (second) => (second < 200 ? dead : {}));
    expect(deeds.map(([, deed]) => deed)).toEqual([
      'tag',
      'weight 0',
      'tag',
      'restart-service',
      'weight 10',
      'weight 32',
      'weight 55',
      'weight 77',
      'weight 100',
      'untag',
    ]);
    expect(deeds.filter(([, deed]) => deed.startsWith('weight')).map(([second]) => second)).toEqual(
      [70, 220, 260, 300, 340, 380],
    );
    expect(verdict).toMatchObject({ reason: 'healthy', nextState: 'healthy' });
    expect(verdict.memoryIfDone.repairs.map((repair) => repair.hasHelped)).toEqual([true]);
  });

  it('that the load balancer sees for less than the settle time is left to the load balancer', () => {
    const { deeds, turns } = tell(200, (second) => (second < 50 ? dead : {}));
    expect(deeds).toEqual([]);
    expect(turns.map((taken) => taken.proposal.verdicts[0]?.nextState).slice(0, 7)).toEqual([
      'suspect',
      'suspect',
      'suspect',
      'suspect',
      'suspect',
      'healthy',
      'healthy',
    ]);
  });

  it('that repeats keeps it out longer each time', () => {
    const { turns } = tell(900, (second) => (second % 450 < 100 ? dead : {}), {
      policy: aPolicy({ ladder: { rungs: ['drain'] } }),
    });
    const offences = turns
      .map((taken) => taken.proposal.verdicts[0]!.memoryIfDone)
      .filter((memory) => memory.state === 'ejected');
    expect([...new Set(offences.map((memory) => memory.offences))]).toEqual([1, 2]);
    expect([
      ...new Set(
        offences.map((memory) => (memory.ejectedUntil ?? 0) - (memory.lastOffenceAt ?? 0)),
      ),
    ]).toEqual([30_000, 60_000]);
  });

  it('without a restart or reboot in the policy ends at the drain, and calls people', () => {
    const { deeds, verdict } = tell(300, () => dead, {
      policy: aPolicy({ ladder: { restart: null, reboot: null } }),
    });
    expect(deeds).toEqual([
      [70, 'tag'],
      [70, 'weight 0'],
    ]);
    expect(verdict.reason).toBe('repair-exhausted');
  });

  it('without any suitable rung is only watched', () => {
    const { deeds, verdict } = tell(300, () => dead, {
      policy: aPolicy({ ladder: { rungs: ['lower-weight'] } }),
    });
    expect(deeds).toEqual([]);
    expect(verdict).toMatchObject({ nextState: 'suspect', reason: 'abnormal-in-load-balancer' });
  });

  it('is not repaired more often than allowed', () => {
    const { deeds } = tell(600, () => dead, { policy: aPolicy({ ladder: { attemptsMax: 1 } }) });
    expect(deeds.map(([, deed]) => deed)).toEqual(['tag', 'weight 0', 'tag', 'restart-service']);
  });

  it('whose repair is refused is tried as often as allowed, not for ever', () => {
    const { turns, verdict } = tell(600, () => dead, {
      fate: (step) => (step.kind === 'restart-service' ? 'refused' : 'done'),
    });
    expect(
      turns.flatMap((taken) => taken.plan.steps).filter((step) => step.kind === 'restart-service'),
    ).toHaveLength(3);
    expect(verdict.reason).toBe('repair-exhausted');
  });

  it('is not restarted twice while the command runs, and at once more firmly when it failed', () => {
    const command = (state: 'running' | 'failed') => (): BackendParts => ({
      ...dead,
      command: ok({ invokeId: 't', state, detail: '' }),
    });
    expect(
      tell(270, command('running')).deeds.map(([second, deed]) => `${second} ${deed}`),
    ).toEqual(['70 tag', '70 weight 0', '130 tag', '130 restart-service']);
    expect(tell(300, command('running')).deeds.at(-1)).toEqual([280, 'reboot']);
    expect(tell(140, command('failed')).deeds.at(-1)).toEqual([140, 'reboot']);
  });

  it('opens the breaker after repairs that did not help', () => {
    const { turns, world } = tell(600, () => dead, {
      policy: aPolicy({ ladder: { breakerFailures: 2 } }),
    });
    expect(turns.flatMap((taken) => taken.proposal.alerts).map((alert) => alert.reason)).toContain(
      'guard-breaker',
    );
    expect((world.memory.breakerOpenUntil ?? 0) - NOW).toBe(400_000 + 1_800_000);
  });
});

describe('a gray failure', () => {
  it('first loses weight, then everything, then is restarted', () => {
    const { deeds } = tell(400, () => gray);
    expect(deeds.map(([, deed]) => deed).slice(0, 5)).toEqual([
      'tag',
      'weight 30',
      'weight 0',
      'tag',
      'restart-service',
    ]);
  });

  it('that passes while it is only lowered returns without losing anything on the way', () => {
    const { deeds, verdict } = tell(900, (second) => (second <= 60 ? gray : {}));
    const weights = weightsOf(deeds);
    expect(weights[0]).toBe(30);
    expect(weights.slice(1)).toEqual([...weights.slice(1)].sort((a, b) => a - b));
    expect(weights.at(-1)).toBe(100);
    expect(verdict.nextState).toBe('healthy');
  });

  it('behind request statistics alone is found too', () => {
    const failing = (second: number, failures: number) =>
      ok({
        startedAt: instant(NOW - 9000),
        endedAt: instant(NOW - 1000),
        requests: 500,
        failures: failures + (second % 3),
        latencyMedianUs: 9000,
      });
    let world = turn(aWorld(), { backends: someBackends(8) }, aPolicy()).world;
    const seen: string[] = [];
    for (let second = 10; second < 200; second += 10) {
      world = later(world, 10);
      const backends = seenAt(
        someBackends(8).map((backend, index) => ({
          ...backend,
          probe: missing('budget-spent'),
          requests: failing(second, index === 0 ? 150 : 0),
        })),
        world.now,
      );
      const taken = turn(world, { backends }, aPolicy());
      seen.push(...taken.landed.map(describeDeed));
      world = taken.world;
    }
    expect(seen.slice(0, 2)).toEqual(['tag', 'weight 30']);
  });
});

describe('a hang behind a TCP check', () => {
  const hang: BackendParts = { window: { failures: 10, latencyMedianUs: null } };
  it('is drained after as many failing windows as the policy asks, at once and not by half', () => {
    const { deeds } = tell(60, () => hang, {
      policy: aPolicy({ heal: { outlier: { ...aPolicy().heal.outlier, enabled: false } } }),
    });
    expect(deeds).toEqual([
      [30, 'tag'],
      [30, 'weight 0'],
    ]);
  });

  it('is not taken for more when one window is read again and again', () => {
    const seen = someBackends(8, { 0: hang });
    const [window] = [aWindow({ failures: 10, latencyMedianUs: null })];
    const overlapping = aWindow({
      startedAt: instant(NOW - 5000),
      endedAt: instant(NOW - 2500),
      failures: 10,
    });
    for (const windows of [[window], [overlapping]]) {
      const { verdicts } = decide(
        aPool({ backends: seen, remembered: { 'i-0': { windows } } }),
        aPolicy(),
      );
      expect(verdicts[0]).toMatchObject({ nextState: 'suspect', reason: 'suspicion-unconfirmed' });
      expect(verdicts[0]?.memoryIfDone.windows).toEqual(windows);
    }
  });
});

describe('announced events', () => {
  const reclaim: BackendParts = {
    systemEvents: [{ eventId: 'e', kind: 'spot-reclaim', status: 'Executing', notBefore: null }],
  };
  it('drain at once, are no offence, and are never repaired', () => {
    const { deeds, verdict } = tell(300, () => reclaim);
    expect(deeds).toEqual([
      [10, 'tag'],
      [10, 'weight 0'],
    ]);
    expect(verdict.memoryIfDone).toMatchObject({ offences: 0, ejectedUntil: null });
    expect(verdict.reason).toBe('spot-reclaim');
  });

  it.each(['Stopped', 'Missing'] as const)(
    'of a reclaim end in a warning, not in a call for help, when the instance is %s',
    (status) => {
      const after: BackendParts = {
        status,
        ...{ verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } },
      };
      const { turns, deeds } = tell(1800, (second) => (second < 300 ? reclaim : after));
      const alerts = turns.flatMap(({ proposal }) => proposal.alerts);
      expect(deeds).toEqual([
        [10, 'tag'],
        [10, 'weight 0'],
      ]);
      expect(alerts.map(({ severity, key }) => [severity, key])).toEqual([
        ['warning', 'spot-reclaim/i-0'],
        ...(status === 'Missing' ? [['warning', 'instance-gone/i-0']] : []),
      ]);
    },
  );

  it('drain as long ahead as the policy says', () => {
    const at = inSeconds(600);
    const reboot: BackendParts = {
      systemEvents: [
        { eventId: 'e', kind: 'scheduled-reboot', status: 'Scheduled', notBefore: at },
      ],
    };
    expect(tell(600, () => reboot).deeds[0]).toEqual([300, 'tag']);
    expect(
      tell(600, () => reboot, { policy: aPolicy({ ladder: { drainAheadMs: millis(60_000) } }) })
        .deeds[0],
    ).toEqual([540, 'tag']);
    expect(tell(10, () => reboot).last.proposal.lookAgainAt).toBe(inSeconds(300));
  });
});

describe('people', () => {
  const order = (until: number | null = null) => ({
    drainOrders: [
      {
        instanceId: 'i-0',
        by: 'ann',
        reason: 'kernel',
        at: NOW,
        until: until === null ? null : instant(until),
      },
    ],
  });

  it('drain a backend, and it goes straight back to its weight when the order ends', () => {
    const { deeds } = tell(100, () => ({}), { more: (second) => (second <= 50 ? order() : {}) });
    expect(deeds).toEqual([
      [10, 'tag'],
      [10, 'weight 0'],
      [60, 'weight 100'],
      [60, 'untag'],
    ]);
  });

  it('are not asked again when the order expires by itself', () => {
    const { deeds, turns } = tell(100, () => ({}), { more: () => order(inSeconds(45)) });
    expect(deeds).toEqual([
      [10, 'tag'],
      [10, 'weight 0'],
      [50, 'weight 100'],
      [50, 'untag'],
    ]);
    expect(turns[0]?.proposal.lookAgainAt).toBe(inSeconds(45));
    expect(turns[2]?.proposal.isUnsteady).toBe(false);
  });

  it('who drain what is broken anyway leave it to be healed afterwards', () => {
    const { deeds } = tell(100, (second) => (second >= 30 ? { status: 'Stopped' } : {}), {
      more: (second) => (second <= 50 ? order() : {}),
    });
    expect(deeds.map(([, deed]) => deed)).toEqual(['tag', 'weight 0', 'tag']);
  });

  it('who put an ejected backend back are not overruled for the longest ejection', () => {
    const policy = aPolicy({ ladder: { rungs: ['drain'] } });
    const first = tell(80, () => dead, { policy }).world;
    let world: PureWorld = { ...first, weights: { ...first.weights, [`i-0|${KEY}|80`]: 100 } };
    const deeds: [number, string][] = [];
    for (let second = 0; second <= 400; second += 20) {
      world = later(world, 20);
      const taken = turn(
        world,
        { backends: seenAt(someBackends(8, { 0: second === 0 ? {} : dead }), world.now) },
        policy,
      );
      deeds.push(...taken.landed.map((step): [number, string] => [second, describeDeed(step)]));
      world = taken.world;
    }
    expect(deeds).toEqual([
      [0, 'untag'],
      [300, 'tag'],
      [300, 'weight 0'],
    ]);
  });
});

describe('writes that go wrong', () => {
  it('and are refused leave the backend where it was, to be tried again', () => {
    let refusals = 2;
    const { deeds, turns } = tell(120, () => dead, {
      fate: (step) => (step.kind === 'set-weight' && (refusals -= 1) >= 0 ? 'refused' : 'done'),
    });
    expect(deeds.filter(([, deed]) => deed === 'weight 0')).toEqual([[90, 'weight 0']]);
    expect(turns.map((taken) => taken.proposal.verdicts[0]?.state).slice(6, 10)).toEqual([
      'suspect',
      'suspect',
      'suspect',
      'ejected',
    ]);
  });

  it('and land though they seemed lost are taken for ours, not for a person’s', () => {
    let lost = 1;
    const { turns } = tell(120, () => dead, {
      fate: (step) => (step.kind === 'set-weight' && (lost -= 1) >= 0 ? 'lost-but-landed' : 'done'),
    });
    expect(turns.flatMap((taken) => taken.proposal.alerts)).toEqual([]);
    expect(turns.at(-1)?.proposal.verdicts[0]?.state).toBe('ejected');
  });
});

describe('the state store', () => {
  it.each([[75], [100], [140], [230], [290], [330]])(
    'lost after %i s loses nothing: it goes on from the tags to the same end',
    (lostAt) => {
      const policy = aPolicy();
      let world = turn(aWorld(), { backends: someBackends(8) }, policy).world;
      const deeds: string[] = [];
      let isLost = false;
      for (let second = 5; second <= 900; second += 5) {
        world = later(world, 5);
        const backends: readonly BackendSnapshot[] = seenAt(
          someBackends(8, { 0: second < 200 ? dead : {} }),
          world.now,
        );
        if (second >= lostAt && !isLost) {
          isLost = true;
          world = { ...world, memory: EMPTY_MEMORY };
        }
        const taken = turn(world, { backends }, policy);
        deeds.push(...taken.landed.map(describeDeed));
        world = taken.world;
      }
      expect(world.weights[`i-0|${KEY}|80`]).toBe(100);
      expect(world.tags['i-0']).toEqual({});
      expect(deeds.filter((deed) => deed === 'restart-service')).toHaveLength(1);
      expect(deeds.at(-1)).toBe('untag');
    },
  );
});
