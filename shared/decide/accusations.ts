import { drainCauseOf } from '../domain/drain-cause';
import { type SystemEvent } from '../domain/pool';
import { isAnswering, type ProbeWindow } from '../domain/probe-window';
import { type Evidence, type SignalName } from '../domain/proposal';
import { freshValue } from '../domain/reading';
import { type ReasonCode } from '../domain/reasons';
import { type Instant } from '../domain/units';
import { fallOf } from '../domain/freshness';
import { age, describeWindow, seconds } from './describe';
import { type Scene, type Subject } from './scene';

/** One thing that speaks against a backend. `isConfirmed`: enough to act on by itself. */
export interface Accusation {
  readonly cause: ReasonCode;
  readonly isConfirmed: boolean;
  readonly evidence: readonly Evidence[];
}

/** How long before a scheduled event a backend is drained when the policy does not say. */
const DRAIN_AHEAD_MS = 300_000;

/** Everything fresh that speaks against the backend, most decisive first. A missing or stale signal accuses nobody. */
export function collectAccusations(subject: Subject, scene: Scene): readonly Accusation[] {
  return [
    ...accuseByOrder(subject, scene),
    ...accuseByInstance(subject, scene.now),
    ...accuseByEvents(subject, scene),
    ...accuseByLoadBalancer(subject, scene.now),
    ...accuseByFailingProbes(subject, scene),
    ...accuseByOutlier(subject, scene),
  ];
}

function accuseByOrder({ backend }: Subject, { orders, now }: Scene): readonly Accusation[] {
  const order = orders[backend.instanceId];
  if (order === undefined) return [];
  return [
    decisive(
      drainCauseOf(order),
      order.isRetirement === true ? 'retirement' : 'operator-order',
      order.at,
      `${order.by} ordered a drain ${age(order.at, now)}: ${order.reason}`,
    ),
  ];
}

function accuseByInstance({ backend }: Subject, now: Instant): readonly Accusation[] {
  const { instance } = backend;
  if (instance.kind !== 'ok' || instance.value.status === 'Running') return [];
  const { status } = instance.value;
  return [
    decisive(
      status === 'Missing' ? 'instance-gone' : 'instance-not-running',
      'instance-status',
      instance.sampledAt,
      `ECS says ${status}, ${age(instance.sampledAt, now)}`,
    ),
  ];
}

function accuseByEvents(subject: Subject, scene: Scene): readonly Accusation[] {
  const { instance, events } = subject.backend;
  const byLock: readonly Accusation[] =
    instance.kind === 'ok' && instance.value.locks.includes('Recycling')
      ? [
          decisive(
            'spot-reclaim',
            'system-event',
            instance.sampledAt,
            `instance is locked for Recycling, ${age(instance.sampledAt, scene.now)}`,
          ),
        ]
      : [];
  if (events.kind !== 'ok') return byLock;
  const announced = events.value.filter((event) => isDue(event, scene));
  return [
    ...byLock,
    ...announced.map((event) =>
      decisive(
        eventCause(event),
        'system-event',
        events.sampledAt,
        describeEvent(event, scene.now),
      ),
    ),
  ];
}

const isImmediate = (event: SystemEvent): boolean =>
  event.status === 'Executing' || !event.kind.startsWith('scheduled-');

function isDue(event: SystemEvent, { policy, now }: Scene): boolean {
  if (isImmediate(event)) return true;
  return drainAheadAt(event, policy.heal.ladder.drainAheadMs ?? DRAIN_AHEAD_MS) <= now;
}

/** An event that names no time may come at any moment. */
const drainAheadAt = (event: SystemEvent, aheadMs: number): number =>
  (event.notBefore ?? 0) - aheadMs;

/** When the next scheduled event of a backend comes within notice; undefined when none is ahead. */
export function nextEventAt(subject: Subject, { policy, now }: Scene): Instant | undefined {
  const ahead = policy.heal.ladder.drainAheadMs ?? DRAIN_AHEAD_MS;
  const later = (freshValue(subject.backend.events) ?? []).filter(
    (event) => !isImmediate(event) && drainAheadAt(event, ahead) > now,
  );
  return later.map((event) => drainAheadAt(event, ahead) as Instant).sort((a, b) => a - b)[0];
}

function eventCause(event: SystemEvent): ReasonCode {
  if (event.kind === 'spot-reclaim') return 'spot-reclaim';
  return event.kind.startsWith('scheduled-') ? 'scheduled-maintenance' : 'system-failure';
}

function describeEvent(event: SystemEvent, now: Instant): string {
  const when = event.notBefore === null ? 'now' : `in ${seconds(event.notBefore - now)}`;
  return `ECS event ${event.eventId}: ${event.kind}, ${event.status}, ${when}`;
}

/**
 * `abnormal` behind a listener. At weight 0 some generations of the service show layer-4 members as abnormal though they
 * are well; fresh probes that succeed outweigh it there, else a drained backend could never come back.
 */
function accuseByLoadBalancer(subject: Subject, now: Instant): readonly Accusation[] {
  const areProbesWell = isAnswering(subject.windows[0]);
  return subject.backend.attachments.flatMap(({ health, weight, targetKey }) => {
    if (health.kind !== 'ok' || (weight === 0 && areProbesWell)) return [];
    const ports = health.value
      .filter((row) => row.verdict === 'abnormal')
      .map((row) => row.listenerPort);
    if (ports.length === 0) return [];
    const detail = `CLB says abnormal on listener ${ports.join(', ')} of ${targetKey}, ${age(health.sampledAt, now)}`;
    return [
      decisive('abnormal-in-load-balancer', 'load-balancer-health', health.sampledAt, detail),
    ];
  });
}

/**
 * Every probe of a window failed while the load balancer still calls the backend normal: a hang behind a TCP check.
 * Acted on after `fall` disjoint windows in a row, or as soon as request statistics accuse it too.
 */
function accuseByFailingProbes(subject: Subject, { policy, now }: Scene): readonly Accusation[] {
  const firstWell = subject.windows.findIndex(
    (window) => window.probes === 0 || window.failures < window.probes,
  );
  const failing = firstWell === -1 ? subject.windows : subject.windows.slice(0, firstWell);
  if (failing.length === 0) return [];
  const agreeing = subject.outlier.signals.includes('request-errors')
    ? requestEvidence(subject, 'request-errors', now)
    : [];
  const isOutlierToo = failing.length >= 2 && subject.outlier.isOutlier;
  const isConfirmed = failing.length >= fallOf(policy.heal) || agreeing.length > 0 || isOutlierToo;
  return [
    {
      cause: 'probes-failing',
      isConfirmed,
      evidence: [
        ...failing.map((window) => probeEvidence('active-probe-errors', window, now)),
        ...agreeing,
      ],
    },
  ];
}

/**
 * Gray failure. A confirmed outlier carries one piece of evidence per disjoint window that confirmed it, each with that
 * window's own end as sample time: two looks at different moments that agree are two pieces of evidence, one look read
 * twice is not. Errors and latency are different signals, and so are our probes and the user's request statistics.
 */
function accuseByOutlier(subject: Subject, scene: Scene): readonly Accusation[] {
  const { isOutlier, byErrors, signals } = subject.outlier;
  const accusing: readonly SignalName[] = isOutlier
    ? signals
    : [subject.windows.length > 0 ? 'active-probe-latency' : 'request-latency'];
  const evidence = accusing.flatMap((signal) =>
    signal.startsWith('request')
      ? requestEvidence(subject, signal, scene.now)
      : windowEvidence(subject, signal, scene),
  );
  if (evidence.length === 0) return [];
  return [
    {
      cause: byErrors ? 'outlier-errors' : 'outlier-latency',
      isConfirmed: isOutlier && evidence.length >= 2 && speaksNow(subject, evidence),
      evidence,
    },
  ];
}

/** The newest look accuses it too: who has just recovered is not ejected for what older windows remember. */
function speaksNow({ windows, statistics }: Subject, evidence: readonly Evidence[]): boolean {
  const newest = [windows[0]?.endedAt, statistics[0]?.endedAt];
  return evidence.some((fact) => newest.includes(fact.sampledAt));
}

/** The windows that speak: those with failures when it is accused of errors, those above the absolute floor when it is slow. */
function windowEvidence(
  { windows, outlier }: Subject,
  signal: SignalName,
  { now, policy }: Scene,
): readonly Evidence[] {
  const floorUs = policy.heal.outlier.latencyFloorMs * 1000;
  const isSlow = (window: ProbeWindow): boolean => (window.latencyMedianUs ?? 0) > floorUs;
  const isFailing = (window: ProbeWindow): boolean => window.failures > 0;
  const speaking = windows.filter(signal === 'active-probe-errors' ? isFailing : isSlow);
  return speaking.slice(0, outlier.confirmedWindows).map((window) => {
    const evidence = probeEvidence(signal, window, now);
    return { ...evidence, detail: `${outlier.detail}; ${evidence.detail}` };
  });
}

function requestEvidence(
  { statistics, outlier }: Subject,
  signal: SignalName,
  now: Instant,
): readonly Evidence[] {
  const speaking =
    signal === 'request-errors' ? statistics.filter((stats) => stats.failures > 0) : statistics;
  return speaking.slice(0, outlier.confirmedWindows).map((stats) => ({
    signal,
    sampledAt: stats.endedAt,
    strength: 'suspicion' as const,
    detail: `${outlier.detail}; ${stats.failures} of ${stats.requests} requests failed, ${age(stats.endedAt, now)}`,
  }));
}

const probeEvidence = (signal: SignalName, window: ProbeWindow, now: Instant): Evidence => ({
  signal,
  sampledAt: window.endedAt,
  strength: 'suspicion',
  detail: `${describeWindow(window)}, ${age(window.endedAt, now)}`,
});

const decisive = (
  cause: ReasonCode,
  signal: SignalName,
  sampledAt: Instant,
  detail: string,
): Accusation => ({
  cause,
  isConfirmed: true,
  evidence: [{ signal, sampledAt, strength: 'decisive', detail }],
});
