import { type OutlierCandidate, decideOutliers } from '../../shared/decide/outliers';
import { type OutlierPolicy } from '../../shared/domain/policy';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { instant, permille } from '../../shared/domain/units';
import { aPolicy, NOW } from '../support/builders';
import { type Chance, chanceFrom, happens, pick } from '../support/chance';

export const OUTLIER_STORIES = 100;
/** Comparisons in one story. */
const COMPARISONS = 9;

/** How one source of windows looks: the same for all backends of a comparison. */
interface Kind {
  readonly probes: number;
  readonly windowMs: number;
  readonly gapMs: number;
  readonly count: number;
  readonly usuallyFailing: number;
  readonly usualUs: number;
  readonly noise: number;
}

/** What is wrong with one backend: figures, and how many of the newest windows are free of it or have it. */
interface Fault {
  readonly failing: number;
  readonly latencyUs: number;
  readonly from: number;
  readonly to: number;
}

/** Two slow windows that are together shorter than a pause: they count only where failures agree. */
const SHORT = { windowMs: 2500, gapMs: 0, probes: 10, noise: 0 };

/** What the comparison of the peers says of pools at the limits of its policy. */
export const outlierLines = (number: number): readonly string[] => {
  const chance = chanceFrom(77_000 + number);
  return Array.from({ length: COMPARISONS }, () => compareSome(chance)).flat();
};

function compareSome(chance: Chance): readonly string[] {
  const size = pick(chance, [3, 4, 5, 6, 6, 8, 9, 12]);
  const isSlow = chance(2) === 0;
  const isShort = isSlow && chance(2) === 0;
  const kind = { ...someKind(isSlow, chance), ...(isShort ? SHORT : {}) };
  const policy = somePolicy(size, kind, chance);
  const zones = pick(chance, [0, 1, 2, 3, 3]);
  const sickZone = zones > 1 && chance(2) === 0;
  const hasStatistics = pick(chance, ['no', 'no', 'beside', 'only']);
  const fault = { ...someFault(kind, isSlow, chance), ...(isShort ? { from: 0, to: 2 } : {}) };
  const unseen = pick(chance, [0, 50, 350]);
  const backends = Array.from({ length: size }, (_, at): OutlierCandidate => {
    const zone = zones === 0 || chance(12) === 0 ? null : `zone-${at % zones}`;
    const isSick = sickZone ? zone === 'zone-0' && chance(6) > 0 : happens(chance, 220);
    const own = isSick ? (chance(3) === 0 ? someFault(kind, isSlow, chance) : fault) : null;
    const windows = someHistory(kind, own, chance);
    return {
      instanceId: `i-${at}`,
      windows: hasStatistics === 'only' || happens(chance, unseen) ? [] : windows,
      statistics:
        hasStatistics === 'no' || happens(chance, unseen)
          ? []
          : someHistory(kind, chance(2) === 0 ? own : null, chance).map(({ probes, ...rest }) => ({
              ...rest,
              requests: probes,
            })),
      zoneId: zone,
      ...(chance(6) === 0
        ? { usualLatencyUs: pick(chance, [null, kind.usualUs, 2 * kind.usualUs, 0]) }
        : {}),
    };
  });
  const verdicts = decideOutliers({ backends, policy });
  const found = Object.entries(verdicts)
    .filter(([, { isOutlier, confirmedWindows }]) => isOutlier || confirmedWindows > 0)
    .map(([instanceId, { isOutlier, confirmedWindows, byErrors, byLatency, signals, detail }]) =>
      [
        ...[`  ${instanceId}`, isOutlier ? 'outlier' : 'suspicion', `windows ${confirmedWindows}`],
        ...(byErrors ? ['errors'] : []),
        ...(byLatency ? ['latency'] : []),
        ...[
          ...signals,
          `figures ${(detail.match(/\d+/gu) ?? []).join(' ')} in ${detail.split('; ').length}`,
        ],
      ].join(' '),
    );
  return [`${size} with ${kind.count} windows of ${kind.probes}`, ...found];
}

const someKind = (isSlow: boolean, chance: Chance): Kind => ({
  probes: pick(chance, isSlow ? [10, 20, 10, 5] : [1, 5, 10, 10, 20, 100, 1000]),
  windowMs: pick(chance, isSlow ? [2500, 2000, 3000, 1000] : [2500, 2500, 1000, 60_000]),
  gapMs: pick(chance, [0, 0, 2500]),
  count: pick(chance, [1, 2, 3, 4, 6, 8, 9, 12, 16, 20]),
  usuallyFailing: pick(chance, [0, 0, 10, 30, 100]),
  usualUs: pick(chance, [10_000, 10_000, 50_000]),
  noise: pick(chance, [0, 0, 50, 400, 400]),
});

function somePolicy(size: number, kind: Kind, chance: Chance): OutlierPolicy {
  return {
    ...aPolicy().heal.outlier,
    enabled: chance(25) > 0,
    hostsMin: pick(chance, [3, 3, size, size - 1, size + 1]),
    probesMin: pick(chance, [20, 1, kind.probes * 2, kind.probes * kind.count]),
    confirmations: pick(chance, [2, 2, 2, 3, 1]),
    madMultiple: permille(
      pick(chance, kind.noise < 400 ? [3000, 3000, 0, 1500, 6000] : [3000, 9000, 12_000, 15_000]),
    ),
    errorFloor: permille(pick(chance, [20, 20, 0, 0, 50, 100, 200, 300])),
    falseEjectionsPerWeekMax: permille(pick(chance, [100, 100, 1_000_000, 1_000_000_000])),
  };
}

function someFault(
  { usuallyFailing, usualUs, count }: Kind,
  isSlow: boolean,
  chance: Chance,
): Fault {
  const from = chance(4) === 0 ? chance(4) : 0;
  const ratio = pick(chance, [2, 2, 2.2, 2.5, 2.7, 3, 10]);
  const besideUs = pick(chance, [0, 0, -1, 1]);
  return {
    failing: pick(
      chance,
      isSlow
        ? [usuallyFailing, usuallyFailing, 50, 100, 150, 200]
        : [50, 100, 150, 200, 300, 500, 1000],
    ),
    latencyUs: isSlow ? pick(chance, [ratio * usualUs + besideUs, 20_000]) : usualUs,
    from,
    to: from + pick(chance, [1, 2, 2, 3, 4, 5, 6, 8, count, count]),
  };
}

function someHistory(kind: Kind, fault: Fault | null, chance: Chance): readonly ProbeWindow[] {
  let end = NOW - pick(chance, [1000, 1000, 1000, 1000 + kind.windowMs]);
  const count = chance(10) === 0 ? chance(kind.count + 1) : kind.count;
  return Array.from({ length: count }, (_, at): ProbeWindow => {
    const scale = at < 8 ? 1 : 2 ** Math.min(3, at - 7);
    const endedAt = end;
    const startedAt = endedAt - kind.windowMs * scale;
    end = startedAt - kind.gapMs;
    const probes = chance(30) === 0 ? 0 : kind.probes * scale;
    const isFaulty = fault !== null && at >= fault.from && at < fault.to;
    const failing = isFaulty ? fault.failing : kind.usuallyFailing;
    const failures = countFailures(probes, failing, chance);
    const latencyUs = isFaulty ? fault.latencyUs : kind.usualUs;
    const noiseUs =
      kind.noise === 0 || isFaulty ? 0 : Math.floor((latencyUs * chance(kind.noise)) / 1000);
    return {
      startedAt: instant(startedAt),
      endedAt: instant(endedAt),
      probes,
      failures,
      latencyMedianUs: failures === probes ? null : latencyUs + noiseUs,
    };
  });
}

/** Exactly the share, or with chance about it. */
function countFailures(probes: number, share: number, chance: Chance): number {
  if (share === 0) return chance(100) === 0 ? Math.min(1, probes) : 0;
  if (chance(2) === 0 || probes > 100) return Math.floor((probes * share) / 1000);
  return Array.from({ length: probes }, () => happens(chance, share)).filter(Boolean).length;
}
