import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/decide/decide';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import { permille } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aPool,
  type BackendParts,
  ejectedMemory,
  inSeconds,
  NOW,
  pastWindow,
  secondsAgo,
  someBackends,
} from '../../support/builders';

const order = (until: number | null = null) => ({
  instanceId: 'i-0',
  by: 'ann',
  reason: 'kernel',
  at: secondsAgo(60),
  until: until === null ? null : inSeconds(until),
});
const down: BackendParts = { status: 'Stopped' };
const hung: BackendParts = { window: { failures: 10, latencyMedianUs: null } };
const unseen: BackendParts = {
  attachments: [{ ...anAttachment(), health: missing('read-failed') }],
  probe: missing('read-failed'),
};
const justAbnormal: BackendParts = { verdict: 'abnormal' };
const decided = (pool: PoolSnapshot) => decide(pool, aPolicy());
/** The verdict on `i-0`, one of six of which the others are well. */
const verdictOn = (parts: BackendParts, memory: Partial<BackendMemory> = {}) =>
  decided(aPool({ backends: someBackends(6, { 0: parts }), remembered: { 'i-0': memory } }))
    .verdicts[0];

describe('a proposal', () => {
  it('is the same in whatever order the backends were listed', () => {
    const backends = someBackends(6, { 1: down, 4: { systemEvents: [] }, 3: justAbnormal });
    const remembered = { 'i-3': { state: 'suspect', since: secondsAgo(90) } } as const;
    const proposal = decided(aPool({ backends, remembered }));
    expect(proposal.verdicts.map(({ instanceId }) => instanceId)).toEqual([
      'i-0',
      'i-1',
      'i-2',
      'i-3',
      'i-4',
      'i-5',
    ]);
    expect(JSON.stringify(decided(aPool({ backends: [...backends].reverse(), remembered })))).toBe(
      JSON.stringify(proposal),
    );
  });
});

describe('an order to drain', () => {
  it.each([
    ['without an end', null, 'operator-drain'],
    ['that ends in a second', 1, 'operator-drain'],
    ['that ends now', 0, 'healthy'],
    ['that has ended', -1, 'healthy'],
  ])('%s stands or not', (_name, until, reason) => {
    const pool = aPool({ backends: someBackends(6), drainOrders: [order(until)] });
    expect(decided(pool).verdicts[0]?.reason).toBe(reason);
  });
});

describe('how well the pool is', () => {
  const four = (special: Record<number, BackendParts> = {}) => someBackends(4, special);
  const twoPlaces = aBackend('i-0', {
    attachments: [anAttachment({ weight: 0 }), anAttachment({ port: 81 })],
  });
  it.each<[string, PoolSnapshot, number]>([
    ['all are well', aPool({ backends: four() }), 1000],
    ['one is stopped', aPool({ backends: four({ 0: down }) }), 750],
    ['one is only suspected', aPool({ backends: four({ 0: hung }) }), 1000],
    ['one cannot be seen', aPool({ backends: four({ 0: unseen }) }), 1000],
    [
      'one is held out, though it is well again',
      aPool({
        backends: four({ 0: { weight: 0 } }),
        remembered: { 'i-0': ejectedMemory({ ejectedUntil: inSeconds(60) }) },
      }),
      750,
    ],
    [
      'one of them is to be drained and does not count',
      aPool({ backends: four({ 1: down }), drainOrders: [order()] }),
      667,
    ],
    [
      'one of them comes back from a drain and does not count yet',
      aPool({
        backends: four({ 0: { weight: 0 }, 1: down }),
        remembered: { 'i-0': ejectedMemory({ cause: 'operator-drain', ladder: null }) },
      }),
      667,
    ],
    [
      'a person set one of them to 0, so that it does not count',
      aPool({ backends: four({ 0: { weight: 0 }, 1: down }) }),
      667,
    ],
    [
      'a person set one of them to 0 at one of its two places',
      aPool({ backends: [twoPlaces, ...four({ 1: down }).slice(1)] }),
      750,
    ],
  ])('when %s', (_name, pool, healthy) => {
    expect(decided(pool).healthy).toBe(healthy);
  });

  const announced = (id: number): BackendParts => ({
    systemEvents: [
      {
        eventId: `e${id}`,
        kind: 'scheduled-reboot',
        status: 'Scheduled',
        notBefore: inSeconds(60),
      },
    ],
  });
  const maintained = { cause: 'scheduled-maintenance', ejectedUntil: null } as const;
  it.each<[string, BackendParts, Partial<BackendMemory>, number]>([
    ['announced for one that serves', announced(0), {}, 667],
    [
      'announced for one that is drained for it',
      { ...announced(0), weight: 0 },
      ejectedMemory(maintained),
      667,
    ],
    ['that is over, before the drained one is back', { weight: 0 }, ejectedMemory(maintained), 667],
    [
      'during which it is seen to be stopped',
      { ...announced(0), weight: 0, status: 'Stopped' },
      ejectedMemory(maintained),
      500,
    ],
    ['after which it is ramping up', {}, { ...maintained, state: 'probation' }, 750],
  ])('does not count maintenance %s', (_name, parts, memory, healthy) => {
    const pool = aPool({
      backends: someBackends(4, { 0: parts, 1: down }),
      remembered: { 'i-0': memory },
    });
    expect(decided(pool).healthy).toBe(healthy);
  });

  it('lets most of a pool be drained ahead of maintenance, and nobody who is ill go back for it', () => {
    const six = Object.fromEntries([0, 1, 2, 3, 4, 5].map((id) => [id, announced(id)]));
    const pool = aPool({
      backends: someBackends(10, { ...six, 9: { ...hung, weight: 0 } }),
      remembered: { 'i-9': ejectedMemory({ cause: 'probes-failing' }) },
    });
    const { isPanic, verdicts } = decided(pool);
    expect(isPanic).toBe(false);
    expect(verdicts.map(({ nextState }) => nextState)).toEqual([
      ...Array.from({ length: 6 }, () => 'ejected'),
      ...['healthy', 'healthy', 'healthy', 'ejected'],
    ]);
  });

  it('decides about panic, which ends at more than it began with', () => {
    const sixOfTen = someBackends(10, { 0: down, 1: down, 2: down, 3: down });
    const isPanic = (panicSince: PoolSnapshot['memory']['panicSince']) =>
      decided(aPool({ backends: sixOfTen, memory: { panicSince } })).isPanic;
    expect([isPanic(null), isPanic(secondsAgo(60))]).toEqual([false, true]);
  });
});

describe('what is still going on', () => {
  const managed = aPolicy({
    heal: { weights: { kind: 'managed', factor: permille(12_500), feedback: null } },
  });
  const suspects = Object.fromEntries([0, 1, 2, 3].map((index) => [index, justAbnormal]));
  it.each<[string, PoolSnapshot, boolean]>([
    ['nothing, when all are well', aPool({ backends: someBackends(6) }), false],
    ['a suspicion of one', aPool({ backends: someBackends(6, { 0: hung }) }), true],
    ['a panic, in which nobody is suspected', aPool({ backends: someBackends(6, suspects) }), true],
  ])('%s', (_name, pool, isUnsteady) => {
    expect(decided(pool).isUnsteady).toBe(isUnsteady);
  });

  it('a weight on its way, though all are well', () => {
    const tuned = (weight: number) =>
      decide(
        aPool({ backends: Array.from({ length: 3 }, (_, id) => aBackend(`i-${id}`, { weight })) }),
        managed,
      ).isUnsteady;
    expect([tuned(50), tuned(40)]).toEqual([false, true]);
  });
});

describe('a verdict', () => {
  const held = ejectedMemory({ ejectedUntil: inSeconds(60), goodStreak: 5 });
  it.each<[string, BackendParts, Partial<BackendMemory>, boolean]>([
    ['is well', {}, {}, true],
    ['is only suspected', hung, {}, true],
    ['cannot be seen', unseen, {}, true],
    ['is ill, and waited for', justAbnormal, {}, false],
    ['is taken out', down, {}, false],
    ['is still held out, though it is well', { weight: 0 }, held, false],
    ['comes back by a ramp', { weight: 0 }, { ...held, ejectedUntil: NOW }, true],
  ])('calls healthy, or not, a backend that %s', (_name, parts, memory, isHealthy) => {
    expect(verdictOn(parts, memory)?.isHealthy).toBe(isHealthy);
  });

  it.each<[string, BackendParts, [number, number]]>([
    ['well', {}, [0, 3]],
    ['ill', down, [6, 0]],
    ['suspected', hung, [6, 0]],
    ['unseen', unseen, [5, 2]],
  ])('counts how often in a row a backend was %s', (_name, parts, streaks) => {
    const memory = verdictOn(parts, { badStreak: 5, goodStreak: 2 })?.memoryIfNot;
    expect([memory?.badStreak, memory?.goodStreak]).toEqual(streaks);
  });

  it('remembers in how many windows a backend stood out', () => {
    const gray = { window: { failures: 5 } };
    const windows = [1, 2, 3, 4].map((back) => pastWindow(back, { failures: 5 }));
    const streak = verdictOn(gray, { windows })?.memoryIfNot.outlierStreak ?? 0;
    expect(streak).toBeGreaterThan(1);
    expect(verdictOn({}, { outlierStreak: 3 })?.memoryIfNot.outlierStreak).toBe(0);
  });

  it('finds that a repair did not help only when its wait is over and the backend is ill', () => {
    const hasHelped = (seconds: number, parts: BackendParts) =>
      verdictOn(
        { weight: 0, ...parts },
        ejectedMemory({
          repairs: [{ rung: 'restart', at: secondsAgo(100), hasHelped: null }],
          ladder: {
            rung: 'restart',
            operationId: 'op',
            startedAt: secondsAgo(100),
            verifyAt: inSeconds(seconds),
            invokeId: null,
          },
        }),
      )?.memoryIfNot.repairs[0]?.hasHelped;
    expect([
      hasHelped(0, { ...hung, ...justAbnormal }),
      hasHelped(1, { ...hung, ...justAbnormal }),
      hasHelped(0, hung),
      hasHelped(0, {}),
    ]).toEqual([false, null, null, null]);
  });

  it('does not hold against a repair that a person orders a drain when its wait is over', () => {
    const restarted = ejectedMemory({
      repairs: [{ rung: 'restart', at: secondsAgo(100), hasHelped: null }],
      ladder: {
        rung: 'restart',
        operationId: 'op',
        startedAt: secondsAgo(100),
        verifyAt: NOW,
        invokeId: null,
      },
    });
    const pool = aPool({
      backends: someBackends(6, { 0: { weight: 0 } }),
      remembered: { 'i-0': restarted },
      memory: { failedRepairs: 2 },
      drainOrders: [order()],
    });
    const { verdicts, memory } = decided(pool);
    expect(verdicts[0]?.memoryIfDone.repairs[0]?.hasHelped).toBeNull();
    expect(memory).toMatchObject({ failedRepairs: 2, breakerOpenUntil: null });
  });
});
