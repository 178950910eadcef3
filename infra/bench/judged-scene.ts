import { type OutlierPolicy } from '../../shared/domain/policy';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { instant } from '../../shared/domain/units';
import { median } from '../../shared/decide/statistics';
import { RECENT_WINDOWS, rememberWindow } from '../../shared/decide/window-history';
import { ourOutliers } from './detectors';
import { type Sample, type Scene, type Series } from './labelled-series';

/** Samples that make up what is usual for a series, before the windows that are being judged. */
const USUAL_SAMPLES = 168;
/** A single series is compared with this many copies of itself, each this many samples further back. */
const PAST = { copies: 6, lag: 24 };
/** A new machine is compared with this many machines measured before it. */
const NEWCOMER_PEERS = 30;
/** Length of the windows that a new machine's measurement is taken for. */
const MEASUREMENT_S = 60;
/** What people choose by hand: an alarm at twice what was usual in the first quarter of the series, or 5 % errors. */
const STATIC = { ratio: 2, errorShare: 0.05, learningShare: 0.25 };
const DEVIATIONS = 1.9;

/** Which rules call a series an outlier at one of its samples. */
export interface Flags {
  readonly evenkeel: boolean;
  readonly envoy: boolean;
  readonly fixed: boolean;
}

export interface JudgedSeries {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** One entry per sample. */
  readonly flags: readonly Flags[];
}

/** Runs the product's rule, and the two that people use instead, over a scene, looking only back. */
export function judgedScene(scene: Scene, policy: OutlierPolicy): readonly JudgedSeries[] {
  const isTimed = scene.unitMs !== null;
  const effective = isTimed
    ? policy
    : { ...policy, latencyFloorMs: 0 as OutlierPolicy['latencyFloorMs'] };
  if (scene.peers === 'newcomers')
    return scene.series.map((series) => newcomers(series, effective));
  return scene.peers === 'others'
    ? amongOthers(scene, effective)
    : scene.series.map((series) => againstPast(series, effective));
}

interface Track {
  readonly windows: readonly ProbeWindow[];
  readonly usualLatencyUs: number | null;
}

/** Latency in µs where the unit is known, else a thousand per unit. */
const micros = (value: number, unitMs: number | null): number =>
  Math.max(1, Math.round(value * (unitMs ?? 1) * 1000));

function windowOf(
  { requests, failures, latency }: Sample,
  endS: number,
  stepS: number,
  unitMs: number | null,
): ProbeWindow {
  return {
    startedAt: instant((endS - stepS) * 1000),
    endedAt: instant(endS * 1000),
    probes: requests,
    failures,
    latencyMedianUs: latency === null ? null : micros(latency, unitMs),
  };
}

/** Median distance of the samples in time. */
export function stepOf(samples: readonly Sample[]): number {
  const steps = samples.slice(1).map(({ atS }, index) => atS - (samples[index]?.atS ?? 0));
  return Math.max(1, median(steps.filter((step) => step > 0)) ?? 1);
}

function amongOthers({ series, unitMs }: Scene, policy: OutlierPolicy): readonly JudgedSeries[] {
  const stepS = Math.max(1, median(series.map(({ samples }) => stepOf(samples))) ?? 1);
  const slots = [...new Set(series.flatMap(({ samples }) => samples.map(({ atS }) => atS)))].sort(
    (a, b) => a - b,
  );
  const bySlot = series.map(
    ({ samples }) => new Map(samples.map((sample, index) => [sample.atS, index])),
  );
  const flags = series.map(({ samples }) => samples.map(() => NO_FLAGS));
  const tracks = series.map((): Track => ({ windows: [], usualLatencyUs: null }));
  const limits = series.map(({ samples }) => staticLimit(samples));
  for (const slot of slots) {
    const present = series.flatMap(({ samples }, position) => {
      const index = bySlot[position]?.get(slot);
      const sample = index === undefined ? undefined : samples[index];
      return index === undefined || sample === undefined ? [] : [{ position, index, sample }];
    });
    for (const { position, index, sample } of present) {
      const { samples } = series[position] ?? { samples: [] };
      const past = pastOf(samples.slice(0, index + 1), policy);
      const seen = isSeen(sample) ? [windowOf(excess(sample, past), slot, stepS, unitMs)] : [];
      const windows = seen.reduce(rememberWindow, tracks[position]?.windows ?? []);
      const usual = median(past.flatMap(({ latency }) => latency ?? [])) ?? null;
      tracks[position] = { windows, usualLatencyUs: usual === null ? null : micros(usual, unitMs) };
    }
    const fresh = tracks.map(({ windows, usualLatencyUs }) => {
      const isFresh = (windows[0]?.endedAt ?? -Infinity) > (slot - stepS) * 1000;
      const known = usualLatencyUs === null ? windows.map(withoutLatency) : windows;
      return { windows: isFresh ? known : [], usualLatencyUs, statistics: [], zoneId: null };
    });
    const ours = new Set(ourOutliers(fresh, policy));
    const envoy = deviants(
      present.map(({ position, sample }) => ({
        position,
        ...badness(sample, tracks[position], unitMs),
      })),
    );
    for (const { position, index, sample } of present) {
      const own = flags[position];
      if (own !== undefined)
        own[index] = {
          evenkeel: ours.has(position),
          envoy: envoy.has(position),
          fixed: isAbove(sample, limits[position]),
        };
    }
  }
  return series.map(({ name, samples }, position) => ({
    name,
    samples,
    flags: flags[position] ?? [],
  }));
}

/** Unlike services cannot be compared by latency before it is known what is usual for each. */
const withoutLatency = (window: ProbeWindow): ProbeWindow => ({ ...window, latencyMedianUs: null });

const NO_FLAGS: Flags = { evenkeel: false, envoy: false, fixed: false };

const isSeen = ({ latency, requests }: Sample): boolean => latency !== null || requests > 0;

/** The samples before those that are being judged; with little history, before the newest to be confirmed. */
function pastOf(samples: readonly Sample[], { confirmations }: OutlierPolicy): readonly Sample[] {
  const judged = samples.length >= 3 * RECENT_WINDOWS ? RECENT_WINDOWS : confirmations;
  return samples.slice(0, -judged).slice(-USUAL_SAMPLES);
}

/**
 * Unlike services fail unlike shares of their requests: only failures beyond a series' usual share are counted, and
 * beyond what chance adds to it, two standard deviations. Example: usually 75 %, now 17 of 20: 15 + 2 × 1.94 → none.
 */
export function excess(sample: Sample, past: readonly Sample[]): Sample {
  const shares = past
    .filter(({ requests }) => requests > 0)
    .map(({ failures, requests }) => failures / requests);
  const usual = median(shares) ?? 1;
  const chance = 2 * Math.sqrt(sample.requests * usual * (1 - usual));
  const failures = Math.max(0, Math.floor(sample.failures - usual * sample.requests - chance));
  return { ...sample, failures };
}

/** What the mean − 1.9 σ rule sees: the failed share, and the latency as a multiple of the usual one. */
function badness(
  sample: Sample,
  track: Track | undefined,
  unitMs: number | null,
): { errors: number; latency: number | null } {
  const usual = track?.usualLatencyUs ?? null;
  const ratio =
    sample.latency === null || usual === null ? null : micros(sample.latency, unitMs) / usual;
  return { errors: sample.requests === 0 ? 0 : sample.failures / sample.requests, latency: ratio };
}

/** Positions further than 1.9 standard deviations on the bad side of the mean, at least five of them compared. */
function deviants(
  seen: readonly { position: number; errors: number; latency: number | null }[],
): ReadonlySet<number> {
  const beyond = (values: readonly { position: number; value: number }[]): readonly number[] => {
    if (values.length < 5) return [];
    const mean = values.reduce((sum, { value }) => sum + value, 0) / values.length;
    const variance =
      values.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / values.length;
    const limit = mean + DEVIATIONS * Math.sqrt(variance);
    return values.filter(({ value }) => value > limit).map(({ position }) => position);
  };
  const latencies = seen.flatMap(({ position, latency }) =>
    latency === null ? [] : [{ position, value: latency }],
  );
  return new Set([
    ...beyond(seen.map(({ position, errors }) => ({ position, value: errors }))),
    ...beyond(latencies),
  ]);
}

function staticLimit(samples: readonly Sample[]): number {
  const learned = samples.slice(0, Math.max(2, Math.floor(samples.length * STATIC.learningShare)));
  return STATIC.ratio * (median(learned.flatMap(({ latency }) => latency ?? [])) ?? Infinity);
}

const isAbove = ({ latency, requests, failures }: Sample, limit = Infinity): boolean =>
  (latency ?? 0) > limit || (requests > 0 && failures / requests > STATIC.errorShare);

/** The series beside copies of its own past that are moved to the present. */
function againstPast({ name, samples }: Series, policy: OutlierPolicy): JudgedSeries {
  const stepS = stepOf(samples);
  const limit = staticLimit(samples);
  const lags = Array.from({ length: PAST.copies + 1 }, (_, copy) => copy * PAST.lag);
  const tracks: (readonly ProbeWindow[])[] = lags.map(() => []);
  const flags = samples.map((sample, index) => {
    const copies = lags.flatMap((lag) => samples[index - lag] ?? []);
    copies.forEach((copy, position) => {
      if (isSeen(copy))
        tracks[position] = rememberWindow(
          tracks[position] ?? [],
          windowOf(copy, sample.atS, stepS, null),
        );
    });
    const candidates = tracks.map((windows) => ({
      windows,
      usualLatencyUs: null,
      statistics: [],
      zoneId: null,
    }));
    const values = copies.map(({ latency }, position) => ({ position, errors: 0, latency }));
    return {
      evenkeel: ourOutliers(candidates, policy).includes(0),
      envoy: deviants(values).has(0),
      fixed: isAbove(sample, limit),
    };
  });
  return { name, samples, flags };
}

/** Every sample is a machine; a measurement, itself an average of a long run, stands for the windows to be confirmed. */
function newcomers({ name, samples }: Series, policy: OutlierPolicy): JudgedSeries {
  const limit = staticLimit(samples);
  const flags = samples.map((sample, index) => {
    const machines = [sample, ...samples.slice(Math.max(0, index - NEWCOMER_PEERS), index)];
    const candidates = machines.map((machine) => ({
      windows: repeated(machine, policy),
      statistics: [],
      zoneId: null,
    }));
    const values = machines.map(({ latency }, position) => ({ position, errors: 0, latency }));
    return {
      evenkeel: ourOutliers(candidates, policy).includes(0),
      envoy: deviants(values).has(0),
      fixed: isAbove(sample, limit),
    };
  });
  return { name, samples, flags };
}

const repeated = (machine: Sample, { confirmations }: OutlierPolicy): readonly ProbeWindow[] =>
  isSeen(machine)
    ? Array.from({ length: confirmations }, (_, index) =>
        windowOf(machine, (confirmations - index) * MEASUREMENT_S, MEASUREMENT_S, null),
      )
    : [];
