import { type ProbeWindow, type RequestStatistics } from '../domain/probe-window';
import { type OutlierPolicy } from '../domain/policy';
import { type SignalName } from '../domain/proposal';
import { type ErrorFinding, errorOutliers } from './error-outliers';
import { latencyOutliers } from './latency-outliers';

/** One backend as the outlier rule sees it: windows newest first and disjoint, of any length, fresh or not. */
export interface OutlierCandidate {
  readonly instanceId: string;
  readonly windows: readonly ProbeWindow[];
  readonly statistics: readonly RequestStatistics[];
  readonly zoneId: string | null;
  /** Latency when it is well, in microseconds, where that is known; otherwise peers are taken to be equal. */
  readonly usualLatencyUs?: number | null;
}

export interface OutlierVerdict {
  /** Worse than the peers and the floors, confirmed. */
  readonly isOutlier: boolean;
  /** Newest windows that agree; above 0 without `isOutlier` it is a suspicion. */
  readonly confirmedWindows: number;
  readonly byErrors: boolean;
  readonly byLatency: boolean;
  /** Which signals are confirmed: probes and request statistics are judged apart. */
  readonly signals: readonly SignalName[];
  readonly detail: string;
}

interface Input {
  readonly backends: readonly OutlierCandidate[];
  readonly policy: OutlierPolicy;
}

/** What was found about one backend by one source. */
interface Part {
  readonly signals: readonly SignalName[];
  readonly windows: number;
  readonly details: readonly string[];
}

/** What all sources found about one backend before zones and majorities have their say. */
interface Finding extends Part {
  readonly backend: OutlierCandidate;
}

/** A zone needs this many members, and this share of them slow or failing, to be an event of its own. */
const ZONE = { membersMin: 3, share: 2 / 3 };

/**
 * Gray failures: backends that fail or dawdle clearly more than their peers although they answer. Peers never include
 * the backend itself. When half of the pool stands out, nobody does: the trouble is common. When a whole zone
 * stands out, its members are compared with each other instead, and the detail says so.
 *
 * Example: six backends, two windows of 10 probes each, one at 250 ms against 50 ms → that one, by latency.
 */
export function decideOutliers({
  backends,
  policy,
}: Input): Readonly<Record<string, OutlierVerdict>> {
  const alone = findings(backends, policy);
  const inZones = new Map(
    zoneEvents(alone)
      .flatMap((zoneId) => findings(membersOf(backends, zoneId), policy))
      .map((finding) => [finding.backend.instanceId, finding]),
  );
  const found = alone.map((finding) => inZones.get(finding.backend.instanceId) ?? finding);
  const isCommon = 2 * found.filter(isConfirmed).length >= backends.filter(isSeen).length;
  return Object.fromEntries(
    found.map((finding) => {
      const { instanceId } = finding.backend;
      return [instanceId, verdict(finding, { isCommon, isZoneEvent: inZones.has(instanceId) })];
    }),
  );
}

const membersOf = (
  backends: readonly OutlierCandidate[],
  zoneId: string,
): readonly OutlierCandidate[] => backends.filter((backend) => backend.zoneId === zoneId);

const isConfirmed = ({ signals }: Finding): boolean => signals.length > 0;

const isSeen = ({ windows, statistics }: OutlierCandidate): boolean =>
  windows.length > 0 || statistics.length > 0;

function findings(
  backends: readonly OutlierCandidate[],
  policy: OutlierPolicy,
): readonly Finding[] {
  const usual = backends.map(({ usualLatencyUs }) => usualLatencyUs ?? null);
  const probes = bySource(
    backends.map(({ windows }) => windows),
    usual,
    policy,
  );
  const requests = bySource(
    backends.map(({ statistics }) => statistics.map(asWindow)),
    usual,
    policy,
  );
  return backends.map((backend, position) =>
    merge(backend, [
      ...named(probes[position], 'active-probe-errors', 'active-probe-latency'),
      ...named(requests[position], 'request-errors', 'request-latency'),
    ]),
  );
}

const asWindow = ({ requests, ...rest }: RequestStatistics): ProbeWindow => ({
  ...rest,
  probes: requests,
});

interface SourceFinding {
  readonly errors: ErrorFinding | undefined;
  readonly latency:
    | { readonly windows: number; readonly isConfirmed: boolean; readonly detail: string }
    | undefined;
}

/** Judges one source of windows; backends that it does not know are nobody's peers. */
function bySource(
  histories: readonly (readonly ProbeWindow[])[],
  usual: readonly (number | null)[],
  policy: OutlierPolicy,
): readonly SourceFinding[] {
  const known = histories.filter((windows) => windows.length > 0).length;
  if (!policy.enabled || known < Math.max(3, policy.hostsMin)) return [];
  const errors = errorOutliers(histories, policy);
  const latency = latencyOutliers(
    histories.map((windows, position) => ({ windows, usualLatencyUs: usual[position] ?? null })),
    policy,
  );
  return histories.map((_, position) => ({ errors: errors[position], latency: latency[position] }));
}

function named(
  found: SourceFinding | undefined,
  errorSignal: SignalName,
  latencySignal: SignalName,
): readonly Part[] {
  const { errors, latency } = found ?? {};
  return [
    ...(errors === undefined
      ? []
      : [{ signals: [errorSignal], windows: errors.windows, details: [errors.detail] }]),
    ...(latency === undefined
      ? []
      : [
          {
            signals: latency.isConfirmed ? [latencySignal] : [],
            windows: latency.windows,
            details: [latency.detail],
          },
        ]),
  ];
}

const merge = (backend: OutlierCandidate, parts: readonly Part[]): Finding => ({
  backend,
  signals: parts.flatMap((part) => part.signals),
  windows: Math.max(0, ...parts.map((part) => part.windows)),
  details: parts.flatMap((part) => part.details),
});

/** Zones of which most members stand out while other zones exist. */
function zoneEvents(found: readonly Finding[]): readonly string[] {
  const zones = new Map<string, { members: number; outliers: number }>();
  for (const finding of found) {
    const { zoneId } = finding.backend;
    if (zoneId === null || !isSeen(finding.backend)) continue;
    const { members, outliers } = zones.get(zoneId) ?? { members: 0, outliers: 0 };
    zones.set(zoneId, {
      members: members + 1,
      outliers: outliers + (isConfirmed(finding) ? 1 : 0),
    });
  }
  if (zones.size < 2) return [];
  return [...zones]
    .filter(
      ([, { members, outliers }]) => members >= ZONE.membersMin && outliers >= ZONE.share * members,
    )
    .map(([zoneId]) => zoneId);
}

function verdict(
  { signals, windows, details }: Finding,
  { isCommon, isZoneEvent }: { isCommon: boolean; isZoneEvent: boolean },
): OutlierVerdict {
  const kept = isCommon ? [] : signals;
  const context = [
    ...(isZoneEvent ? ['its whole zone stands out: compared within the zone'] : []),
    ...(isCommon && signals.length > 0
      ? ['half of the pool stands out: the trouble is common']
      : []),
  ];
  return {
    isOutlier: kept.length > 0,
    confirmedWindows: windows,
    byErrors: kept.some((signal) => signal.endsWith('-errors')),
    byLatency: kept.some((signal) => signal.endsWith('-latency')),
    signals: kept,
    detail: [...details, ...context].join('; ') || 'in line with its peers',
  };
}
