import fc from 'fast-check';
import { type PoolPolicy } from '../../shared/domain/policy';
import {
  type BackendSnapshot,
  type DrainOrder,
  type HealthVerdict,
  type InstanceStatus,
  type SystemEventKind,
} from '../../shared/domain/pool';
import { missing, type Reading } from '../../shared/domain/reading';
import { type Target, targetKey } from '../../shared/domain/target';
import { instant, millis, permille } from '../../shared/domain/units';
import { aBackend, aListener, aPolicy, aWindow } from './builders';
import { type Chance } from './chance';

export { type Chance, chanceFrom } from './chance';

export const TARGETS: readonly Target[] = [
  { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' },
  { loadBalancerId: 'lb-2', serverGroupId: 'default' },
];

/** 1 to 2,000 members, mostly few: that is where off-by-one lives; the large ones show that nothing is quadratic or rounded away. */
export const aSize = (): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 24, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 8, arbitrary: fc.integer({ min: 13, max: 120 }) },
    { weight: 1, arbitrary: fc.integer({ min: 500, max: 2000 }) },
  );

export const somePolicy = (): fc.Arbitrary<PoolPolicy> =>
  fc
    .record({
      floorCount: fc.integer({ min: 0, max: 4 }),
      floorShare: fc.integer({ min: 0, max: 1000 }),
      capShare: fc.integer({ min: 0, max: 1000 }),
      capCount: fc.integer({ min: 0, max: 20 }),
      budgetShare: fc.integer({ min: 0, max: 1000 }),
      budgetCount: fc.integer({ min: 1, max: 20 }),
      settleMs: fc.constantFrom(0, 5000, 60_000),
      enter: fc.integer({ min: 0, max: 600 }),
      isManaged: fc.boolean(),
      hasProbes: fc.boolean(),
    })
    .map((parts) =>
      aPolicy({
        targets: TARGETS,
        ladder: { settleMs: millis(parts.settleMs) },
        heal: {
          panic: { enter: permille(parts.enter), leave: permille(parts.enter + 150) },
          weights: parts.isManaged
            ? { kind: 'managed', factor: permille(12_500), feedback: null }
            : { kind: 'preserve' },
          ...(parts.hasProbes ? {} : { probe: null }),
        },
        guards: {
          floorCount: parts.floorCount,
          floorShare: permille(parts.floorShare),
          ejectedShareMax: permille(parts.capShare),
          ejectedCountMax: parts.capCount,
          budget: {
            windowMs: millis(60_000),
            share: permille(parts.budgetShare),
            count: parts.budgetCount,
          },
          protectedInstances: ['i-1'],
        },
      }),
    );

/** What one tick saw: every kind of reading, in every mixture. `sickness` is the share of bad signs in permille. */
export interface Weather {
  readonly sickness: number;
  readonly blindness: number;
}

export const someWeather = (): fc.Arbitrary<Weather> =>
  fc.record({
    sickness: fc.constantFrom(0, 20, 150, 400, 950),
    blindness: fc.constantFrom(0, 50, 500, 1000),
  });

export const TARGET_SNAPSHOTS = TARGETS.map((target) => ({
  target,
  key: targetKey(target),
  listeners: [aListener(80), ...(target.serverGroupId === 'default' ? [aListener(443)] : [])],
}));

export function observeAtRandom(
  count: number,
  now: number,
  weather: Weather,
  chance: Chance,
): { backends: readonly BackendSnapshot[]; drainOrders: readonly DrainOrder[] } {
  const isSick = (): boolean => chance(1000) < weather.sickness;
  const seen = <T>(value: T): Reading<T> => {
    if (chance(1000) >= weather.blindness)
      return { kind: 'ok', value, sampledAt: instant(now - chance(20_000)) };
    return chance(2) === 0
      ? missing('read-failed')
      : { kind: 'stale', value, sampledAt: instant(now - 900_000 - chance(10_000_000)) };
  };
  const verdict = (): HealthVerdict =>
    isSick() ? 'abnormal' : chance(20) === 0 ? 'unavailable' : 'normal';
  const statuses: readonly InstanceStatus[] = [
    'Stopped',
    'Stopping',
    'Starting',
    'Missing',
    'Pending',
  ];
  const kinds: readonly SystemEventKind[] = ['spot-reclaim', 'scheduled-reboot', 'system-failure'];
  const backends = Array.from({ length: count }, (_, index): BackendSnapshot => {
    const base = aBackend(`i-${index}`, {
      status:
        isSick() && chance(4) === 0 ? (statuses[chance(statuses.length)] ?? 'Stopped') : 'Running',
      tags: index === 2 ? { 'evenkeel:protected': '1' } : {},
    });
    const window = aWindow(
      {
        failures: isSick() ? 1 + chance(10) : 0,
        latencyMedianUs: 10_000 + (isSick() ? chance(400_000) : chance(3000)),
      },
      now,
    );
    const events =
      isSick() && chance(5) === 0
        ? [
            {
              eventId: `e-${index}`,
              kind: kinds[chance(3)] ?? 'spot-reclaim',
              status: 'Scheduled' as const,
              notBefore: chance(2) === 0 ? null : instant(now + chance(900_000)),
            },
          ]
        : [];
    return {
      ...base,
      attachments: TARGET_SNAPSHOTS.map(({ key, listeners }) => ({
        targetKey: key,
        port: 80,
        weight: [100, 50, 1, 30][index % 4] ?? 100,
        health: seen(listeners.map(({ port }) => ({ listenerPort: port, verdict: verdict() }))),
      })),
      instance: base.instance.kind === 'ok' ? seen(base.instance.value) : base.instance,
      events: seen(events),
      probe: seen(window),
    };
  });
  const drainOrders =
    chance(6) === 0
      ? [
          {
            instanceId: `i-${chance(count)}`,
            by: 'ann',
            reason: 'kernel',
            at: instant(now - 1000),
            until: null,
          },
        ]
      : [];
  return { backends, drainOrders };
}
