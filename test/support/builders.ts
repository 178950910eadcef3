import { type MembershipPolicy, type ScalePolicy } from '../../shared/domain/scale-policy';
import { freshMemory } from '../../shared/decide/remember';
import { type BackendMemory, EMPTY_MEMORY, type PoolMemory } from '../../shared/domain/memory';
import {
  type GuardPolicy,
  type HealPolicy,
  type PoolPolicy,
  type Rung,
} from '../../shared/domain/policy';
import {
  type Attachment,
  type BackendSnapshot,
  type HealthVerdict,
  type InstanceFacts,
  type PoolSnapshot,
  type SystemEvent,
} from '../../shared/domain/pool';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { missing, type Reading } from '../../shared/domain/reading';
import { type Target, targetKey } from '../../shared/domain/target';
import { type Instant, instant, millis, permille } from '../../shared/domain/units';

/** The instant at which built pools are observed. */
export const NOW = instant(1_800_000_000_000);
export const secondsAgo = (seconds: number, now: number = NOW) => instant(now - seconds * 1000);
export const inSeconds = (seconds: number, now: number = NOW) => instant(now + seconds * 1000);

export const TARGET: Target = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' };
export const KEY = targetKey(TARGET);

export interface PolicyParts {
  readonly heal?: Partial<HealPolicy>;
  readonly ladder?: Partial<HealPolicy['ladder']>;
  readonly guards?: Partial<GuardPolicy>;
  readonly targets?: readonly Target[];
  readonly scale?: ScalePolicy;
  readonly membership?: MembershipPolicy;
}

const ALL_RUNGS: readonly Rung[] = ['lower-weight', 'drain', 'restart', 'reboot', 'replace'];

/** A policy with ordinary numbers; cases name only what they are about. */
export function aPolicy({
  heal = {},
  ladder = {},
  guards = {},
  targets = [TARGET],
  ...more
}: PolicyParts = {}): PoolPolicy {
  return {
    name: 'web',
    regionId: 'cn-hangzhou',
    mode: 'enforce',
    watch: 'unsteady',
    watchIntervalMs: millis(5000),
    targets,
    ...more,
    heal: {
      confirm: { fall: 3, rise: 2 },
      freshness: {
        healthMs: millis(30_000),
        probeMs: millis(30_000),
        metricMs: millis(180_000),
        instanceMs: millis(180_000),
      },
      probe: {
        path: '/healthz',
        timeoutMs: millis(1000),
        windowMs: millis(2500),
        perWindow: 10,
        budgetPerWindow: 100_000,
        concurrency: 20,
      },
      outlier: {
        enabled: true,
        hostsMin: 5,
        probesMin: 20,
        confirmations: 2,
        madMultiple: permille(3000),
        errorFloor: permille(20),
        latencyRatioFloor: permille(2000),
        latencyFloorMs: millis(20),
        falseEjectionsPerWeekMax: permille(100),
        brokenVantage: permille(500),
      },
      ejection: { baseMs: millis(30_000), maxMs: millis(300_000), decayMs: millis(600_000) },
      slowStart: { steps: 5, durationMs: millis(180_000), firstShare: permille(100) },
      weights: { kind: 'preserve' },
      panic: { enter: permille(500), leave: permille(650) },
      ...heal,
      ladder: {
        rungs: ALL_RUNGS,
        lowerWeightShare: permille(300),
        settleMs: millis(60_000),
        restart: {
          command: 'systemctl restart app',
          timeoutMs: millis(60_000),
          waitMs: millis(90_000),
        },
        reboot: { waitMs: millis(180_000), force: false },
        attemptsMax: 3,
        memoryMs: millis(3_600_000),
        breakerFailures: 3,
        breakerMs: millis(1_800_000),
        ...ladder,
      },
    },
    guards: {
      floorCount: 1,
      floorShare: permille(500),
      ejectedShareMax: permille(200),
      ejectedCountMax: 10,
      budget: { windowMs: millis(300_000), share: permille(200), count: 10 },
      repairShareMax: permille(100),
      inventoryDrop: permille(300),
      protectedInstances: [],
      ...guards,
    },
  };
}

export interface BackendParts extends Partial<Omit<BackendSnapshot, 'instanceId'>> {
  readonly weight?: number;
  readonly verdict?: HealthVerdict;
  readonly status?: InstanceFacts['status'];
  readonly tags?: InstanceFacts['tags'];
  readonly locks?: InstanceFacts['locks'];
  readonly cpuCount?: number;
  readonly window?: Partial<ProbeWindow> | null;
  readonly systemEvents?: readonly SystemEvent[];
}

export function aWindow(parts: Partial<ProbeWindow> = {}, now: number = NOW): ProbeWindow {
  return {
    startedAt: instant(now - 3500),
    endedAt: instant(now - 1000),
    probes: 10,
    failures: 0,
    latencyMedianUs: 12_000,
    ...parts,
  };
}

/** A probe window that lies `index` windows back; all of its probes failed unless said otherwise. */
export const pastWindow = (index: number, parts: Partial<ProbeWindow> = {}, now: number = NOW) =>
  aWindow({
    startedAt: instant(now - 3500 - index * 5000),
    endedAt: instant(now - 1000 - index * 5000),
    ...parts,
  });

export const ok = <T>(value: T, sampledAt: number = NOW - 1000) => ({
  kind: 'ok' as const,
  value,
  sampledAt: instant(sampledAt),
});
export const stale = <T>(value: T, sampledAt: number = NOW - 600_000) => ({
  kind: 'stale' as const,
  value,
  sampledAt: instant(sampledAt),
});

export function anAttachment(
  parts: Partial<Attachment> & { readonly verdict?: HealthVerdict } = {},
): Attachment {
  const { verdict = 'normal', ...rest } = parts;
  return {
    targetKey: KEY,
    port: 80,
    weight: 100,
    health: ok([{ listenerPort: 80, verdict }], NOW - 2000),
    ...rest,
  };
}

/** A backend that is well, runs, answers probes and weighs 100. */
export function aBackend(instanceId: string, parts: BackendParts = {}): BackendSnapshot {
  const {
    weight = 100,
    verdict = 'normal',
    status = 'Running',
    tags = {},
    locks = [],
    cpuCount = 4,
    window = {},
    systemEvents = [],
    ...rest
  } = parts;
  const facts: InstanceFacts = {
    status,
    instanceType: 'ecs.g7.xlarge',
    zoneId: 'cn-hangzhou-h',
    cpuCount,
    address: '10.0.0.1',
    isSpot: false,
    locks,
    tags,
  };
  return {
    instanceId,
    attachments: [anAttachment({ weight, verdict })],
    instance: ok(facts),
    events: ok(systemEvents),
    probe: window === null ? missing('budget-spent') : ok(aWindow(window)),
    cpu: missing('not-configured'),
    requests: missing('not-configured'),
    command: missing('never-observed'),
    otherServices: ok([]),
    ...rest,
  };
}

export interface PoolParts extends Partial<Omit<PoolSnapshot, 'memory' | 'backends'>> {
  readonly backends: readonly BackendSnapshot[];
  readonly memory?: Partial<Omit<PoolMemory, 'backends'>>;
  /** What is remembered of single backends, on top of plain health. */
  readonly remembered?: Readonly<Record<string, Partial<BackendMemory>>>;
  /** Backends without memory. */
  readonly strangers?: readonly string[];
}

/** A pool that was seen before: every member is remembered as healthy unless said otherwise. */
export function aPool({
  backends,
  memory = {},
  remembered = {},
  strangers = [],
  ...rest
}: PoolParts): PoolSnapshot {
  const takenAt = rest.takenAt ?? NOW;
  const bare: PoolSnapshot = {
    poolName: 'web',
    takenAt,
    targets: [{ target: TARGET, key: KEY, listeners: [aListener()] }],
    backends,
    metricsReadAt: null,
    metrics: {
      unhealthyServerCount: missing('no-datapoint'),
      qps: missing('no-datapoint'),
      responseTimeMs: missing('no-datapoint'),
      upstream5xx: missing('no-datapoint'),
    },
    drainOrders: [],
    foreignMembers: [],
    memory: EMPTY_MEMORY,
    memorySource: 'store',
    ...rest,
  };
  const known = backends.filter(({ instanceId }) => !strangers.includes(instanceId));
  const entries = known.map((backend): [string, BackendMemory] => [
    backend.instanceId,
    {
      ...freshMemory(backend, bare),
      since: instant(takenAt - 3_600_000),
      ...remembered[backend.instanceId],
    },
  ]);
  return {
    ...bare,
    memory: {
      ...EMPTY_MEMORY,
      updatedAt: instant(takenAt - 5000),
      memberCount: backends.length,
      ...memory,
      backends: Object.fromEntries(entries),
    },
  };
}

export const aListener = (port = 80) => ({
  port,
  protocol: 'tcp' as const,
  isRunning: true,
  hasHealthCheck: true,
  detectionMs: millis(19_000),
  isSticky: false,
});

/** `count` well backends, `i-0` first; `special` says what is different about some of them. */
export const someBackends = (count: number, special: Readonly<Record<number, BackendParts>> = {}) =>
  Array.from({ length: count }, (_, index) => aBackend(`i-${index}`, special[index]));

/** Remembered windows in which `failures` of ten probes failed, all before the window of this tick. */
export const failingWindows = (count: number, failures = 10): readonly ProbeWindow[] =>
  Array.from({ length: count }, (_, index) =>
    pastWindow(index + 1, { failures, latencyMedianUs: failures === 10 ? null : 12_000 }),
  );

/** A backend that Evenkeel drained because the load balancer called it abnormal. */
export const ejectedMemory = (parts: Partial<BackendMemory> = {}): Partial<BackendMemory> => ({
  state: 'ejected',
  since: secondsAgo(120),
  cause: 'abnormal-in-load-balancer',
  baseWeights: { [KEY]: 100 },
  written: [{ targetKey: KEY, weight: 0, at: secondsAgo(120) }],
  offences: 1,
  lastOffenceAt: secondsAgo(120),
  ejectedUntil: secondsAgo(90),
  ladder: {
    rung: 'drain',
    operationId: '',
    startedAt: secondsAgo(120),
    verifyAt: inSeconds(3600),
    invokeId: null,
  },
  ...parts,
});

const shift = <T>(
  read: Reading<T>,
  byMs: number,
  value: (known: T) => T = (known) => known,
): Reading<T> =>
  read.kind === 'missing'
    ? read
    : { ...read, sampledAt: instant(read.sampledAt + byMs), value: value(read.value) };

const shiftSpan =
  <T extends { readonly startedAt: Instant; readonly endedAt: Instant }>(byMs: number) =>
  (span: T): T => ({
    ...span,
    startedAt: instant(span.startedAt + byMs),
    endedAt: instant(span.endedAt + byMs),
  });

/** The same backends as seen at another time: every reading as old then as it was at `NOW`. */
export const seenAt = (
  backends: readonly BackendSnapshot[],
  now: number,
): readonly BackendSnapshot[] =>
  backends.map((backend) => {
    const byMs = now - NOW;
    return {
      ...backend,
      attachments: backend.attachments.map((attachment) => ({
        ...attachment,
        health: shift(attachment.health, byMs),
      })),
      instance: shift(backend.instance, byMs),
      events: shift(backend.events, byMs),
      probe: shift(backend.probe, byMs, shiftSpan(byMs)),
      cpu: shift(backend.cpu, byMs),
      requests: shift(backend.requests, byMs, shiftSpan(byMs)),
      command: shift(backend.command, byMs),
      otherServices: shift(backend.otherServices, byMs),
    };
  });
