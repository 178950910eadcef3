import { type PoolPolicy } from '../../shared/domain/policy';
import {
  type Attachment,
  type BackendSnapshot,
  type CommandProgress,
  type HealthVerdict,
  type OtherService,
  type TargetSnapshot,
} from '../../shared/domain/pool';
import { type BackendMemory } from '../../shared/domain/memory';
import { type ProbeWindow, type RequestStatistics } from '../../shared/domain/probe-window';
import { missing, type MissingReason, reading, type Reading } from '../../shared/domain/reading';
import { targetKey } from '../../shared/domain/target';
import { instant, type Millis, permille } from '../../shared/domain/units';
import { aListener } from '../support/builders';
import { type Chance, happens, pick } from '../support/chance';
import { type Part } from './roles';
import { type Theme } from './themes';

/** Where a story's members receive traffic. */
export interface Layout {
  readonly targets: readonly TargetSnapshot[];
  readonly ports: readonly number[];
  readonly isHealthChecked: boolean;
}

const FIRST = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' };
const SECOND = { loadBalancerId: 'lb-2', serverGroupId: 'default' };

export function someLayout(chance: Chance): Layout {
  const one = { target: FIRST, key: targetKey(FIRST), listeners: [aListener()] };
  const two = {
    target: SECOND,
    key: targetKey(SECOND),
    listeners: [
      aListener(),
      pick(chance, [aListener(443), { ...aListener(443), isRunning: false }]),
    ],
  };
  return {
    targets: pick(chance, [[one], [one], [one, two], [{ ...one, listeners: [] }]]),
    ports: pick(chance, [[80], [80], [80], [80, 8080]]),
    isHealthChecked: chance(12) > 0,
  };
}

export interface Look {
  readonly now: number;
  readonly policy: PoolPolicy;
  readonly theme: Theme;
  readonly layout: Layout;
  readonly chance: Chance;
}

/** One member as a tick sees it. Its weights and tags are what the world says; those here are its first ones. */
export function sight(
  instanceId: string,
  part: Part,
  memory: BackendMemory | undefined,
  look: Look,
): BackendSnapshot {
  const { policy, theme, layout, chance } = look;
  const { healthMs, probeMs, metricMs, instanceMs } = policy.heal.freshness;
  const number = Number(instanceId.slice(2));
  return {
    instanceId,
    attachments: layout.targets.flatMap(({ key, listeners }, targetAt) =>
      layout.ports.map((port, portAt): Attachment => {
        const isFirst = targetAt + portAt === 0;
        const rows = listeners
          .filter(({ isRunning }) => isRunning)
          .map((listener, rowAt) => ({
            listenerPort: listener.port,
            verdict: verdictOf(part, isFirst && rowAt === 0, chance),
          }));
        return {
          targetKey: key,
          port,
          weight: [100, 50, 1, 2, 100, 0][(number + targetAt) % 6] ?? 100,
          health: layout.isHealthChecked
            ? seen(rows, healthMs, part, look)
            : missing('not-configured'),
        };
      }),
    ),
    instance: seen(
      {
        status: part.status,
        instanceType: 'ecs.g7.xlarge',
        zoneId: `zone-${number % (number % 7 === 6 ? 3 : 2)}`,
        cpuCount: [4, 2, 8, 0][number % 4] ?? 4,
        address: '10.0.0.1',
        isSpot: false,
        locks: part.locks,
        tags: {},
      },
      instanceMs,
      part,
      look,
    ),
    events: seen(part.events, instanceMs, part, look),
    probe:
      policy.heal.probe === null
        ? missing('not-configured')
        : dated(someWindow(part, memory, look), probeMs, part, look),
    cpu: theme.hasRequests
      ? seen(permille(pick(chance, [250, 500, 750, 0, 1000])), metricMs, part, look)
      : missing('not-configured'),
    requests: theme.hasRequests
      ? dated(someRequests(part, look), metricMs, part, look)
      : missing('not-configured'),
    command: progressOf(memory, look),
    otherServices: someServices(look),
  };
}

const MISSING: readonly MissingReason[] = [
  'read-failed',
  'read-failed',
  'no-datapoint',
  'budget-spent',
  'never-observed',
  'not-configured',
];

const isBlind = (part: Part, { theme, chance }: Look): boolean =>
  happens(chance, part.role === 'unseen' ? 900 : theme.blindness);

/** A reading of ordinary age, or one that is missing or exactly as old as it may be, or a millisecond older. */
function seen<T>(value: T, limit: Millis, part: Part, look: Look): Reading<T> {
  const { chance, now } = look;
  if (!isBlind(part, look))
    return reading(value, instant(now - pick(chance, [0, 1000, 2000])), instant(now), limit);
  if (chance(2) === 0) return missing(pick(chance, MISSING));
  const ageMs = pick(chance, [limit, limit + 1, 3 * limit]);
  return reading(value, instant(now - ageMs), instant(now), limit);
}

/** The same for what carries its own time. */
function dated<T extends { readonly endedAt: number; readonly startedAt: number }>(
  value: T,
  limit: Millis,
  part: Part,
  look: Look,
): Reading<T> {
  const read = seen(value, limit, part, look);
  if (read.kind === 'missing') return read;
  const shiftMs = read.kind === 'ok' && look.now - read.sampledAt <= 2000 ? 0 : 1;
  if (shiftMs === 0) return { ...read, sampledAt: instant(value.endedAt) };
  const lengthMs = value.endedAt - value.startedAt;
  return {
    ...read,
    value: { ...value, startedAt: instant(read.sampledAt - lengthMs), endedAt: read.sampledAt },
  };
}

function verdictOf(part: Part, isFirst: boolean, chance: Chance): HealthVerdict {
  if (part.role === 'abnormal' || (part.role === 'half-abnormal' && isFirst)) return 'abnormal';
  return part.role === 'unavailable' || chance(25) === 0 ? 'unavailable' : 'normal';
}

/** A window that ends now or a second ago and, now and then, begins just where the one before ended, or a millisecond before. */
function someWindow(part: Part, memory: BackendMemory | undefined, look: Look): ProbeWindow {
  const { now, policy, chance } = look;
  const { perWindow = 10, windowMs = 2500 } = policy.heal.probe ?? {};
  const endedAt = now - pick(chance, [1000, 1000, 0]);
  const before = memory?.windows[0]?.endedAt;
  const isNext = before !== undefined && before < endedAt && endedAt - before < 4 * windowMs;
  const startedAt =
    isNext && chance(3) === 0 ? before - pick(chance, [0, 0, 1]) : endedAt - windowMs;
  const probes = chance(25) === 0 ? 0 : perWindow;
  return {
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    probes,
    ...answers(part, probes, chance),
  };
}

/** Failures and latency of so many probes or requests. */
export function answers(
  { role, failuresOfTen, latencyUs }: Part,
  count: number,
  chance: Chance,
): { failures: number; latencyMedianUs: number | null } {
  const strays = chance(30) === 0 ? 1 : 0;
  const failures = Math.min(count, Math.floor((failuresOfTen * count) / 10) + strays);
  if (failures === count) return { failures, latencyMedianUs: null };
  const noise = chance(3) === 0 ? chance(600) : 0;
  return { failures, latencyMedianUs: latencyUs + (role === 'slow' ? 0 : noise) };
}

function someRequests(part: Part, { now, chance }: Look): RequestStatistics {
  const requests = pick(chance, [100, 1000, 200, 0]);
  const endedAt = now - pick(chance, [0, 1000, 20_000]);
  const startedAt = endedAt - pick(chance, [5000, 20_000, 60_000]);
  return {
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    requests,
    ...answers(part, requests, chance),
  };
}

function progressOf(
  memory: BackendMemory | undefined,
  { now, chance }: Look,
): Reading<CommandProgress> {
  const invokeId = memory?.ladder?.invokeId;
  if (memory?.ladder?.rung !== 'restart' || typeof invokeId !== 'string')
    return missing('never-observed');
  if (chance(6) === 0) return missing('read-failed');
  const state = pick(chance, ['running', 'running', 'succeeded', 'failed', 'lost']);
  const value = { invokeId, state, detail: state };
  const kind = chance(6) === 0 ? 'stale' : 'ok';
  return { kind, value, sampledAt: instant(now - 1000) };
}

function someServices({ now, chance }: Look): BackendSnapshot['otherServices'] {
  const service = { loadBalancerId: 'lb-9', serverGroupId: 'rsp-9' };
  const one = { ...service, servingWithoutIt: 1 };
  const none = { ...service, servingWithoutIt: 0 };
  const value = pick<readonly OtherService[]>(chance, [
    [],
    [],
    [],
    [],
    [],
    [],
    [],
    [one],
    [one, none],
  ]);
  if (chance(16) === 0) return pick(chance, [missing('not-configured'), missing('read-failed')]);
  const kind = chance(20) === 0 ? 'stale' : 'ok';
  return { kind, value, sampledAt: instant(now - 1000) };
}
