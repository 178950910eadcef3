import { type ProbeWindow } from '../../shared/domain/probe-window';
import { instant } from '../../shared/domain/units';
import { errorThreshold } from '../../shared/decide/detection-power';
import { HISTORY_PROBES, rememberWindow } from '../../shared/decide/window-history';
import { candidate, type Cell, poolOf } from './detection-false';
import { ourOutliers } from './detectors';
import { type DrawnWindow, drawWindow, longPauseChance, TRAFFIC } from './drawn-window';
import { poissonUpperBound } from './poisson';
import { type Random, seededRandom } from './random';

const WEEK_MS = 7 * 24 * 3600 * 1000;
/** How the windows of a slow law are drawn: held up by a long pause, every answer slower, or else left alone. */
interface Slowness {
  readonly paused: number;
  readonly shifted: number;
}

const PAUSED: Slowness = { paused: 0.9, shifted: 0.05 };
const SHIFTED: Slowness = { paused: 0.05, shifted: 0.9 };
const MIXED: Slowness = { paused: 0.45, shifted: 0.45 };
/** Standard deviations by which the answers of a shifted window are slower. */
const SHIFT = 1;
/** Failures that two slow windows need to be believed come from this share. */
const AGREEING_SHARE = 0.15;
const ERROR_LENGTHS = [2, 3, 5, 8, 16, 32, 64, 128, 256, 500];
/** Runs between which the other backends are drawn anew, their speeds too. */
const CHAINS = 4;

/** One way to make a false ejection likely: the newest `length` windows are drawn from another law. */
interface Proposal {
  readonly length: number;
  readonly errorShare: number;
  readonly slowness: Slowness | null;
}

export interface RareEjections {
  readonly poolSize: number;
  readonly normalErrorShare: number;
  /** Histories drawn, and how many of them ended in a new false ejection. */
  readonly histories: number;
  readonly hits: number;
  /** Equally weighted hits that would tell as much: (Σ w)² ÷ Σ w². */
  readonly effectiveHits: number;
  /** Of the whole pool in a week; null: no history was hit. */
  readonly perWeek: number | null;
  readonly perWeekUpper: number | null;
  /** Mean of all weights; 1 but for chance when the likelihood ratios are right. */
  readonly meanWeight: number;
}

/**
 * False ejections a week by importance sampling: one backend's memory is drawn again and again from laws under which
 * failures, pauses and slow answers are common, beside peers that live under the real one. Each ejection counts with the
 * likelihood ratio of its history (real ÷ mixture of all laws), which makes the mean unbiased; weights never exceed the
 * number of laws, as the real law is one of them. Bounds scale the exact Poisson bound to the effective number of hits.
 */
export function detectionRare(cell: Cell, histories: number): RareEjections {
  const random = seededRandom(cell.seed * 31 + cell.poolSize * 7907 + 17);
  const laws = proposalsOf(cell);
  let [hits, weights, sum, squares] = [0, 0, 0, 0];
  for (let chain = 0; chain < CHAINS; chain += 1) {
    const peers = warmPeers(cell, cell.seed + 5000 + chain);
    for (let run = chain; run < histories; run += CHAINS) {
      peers.advance();
      const law = laws[Math.floor(random() * laws.length)] ?? laws[0];
      const drawn = drawHistory(cell, law, random);
      const weight = laws.length / laws.reduce((all, each) => all + ratio(cell, each, drawn), 0);
      weights += weight;
      if (!isNewlyEjected(cell, drawn, peers)) continue;
      hits += 1;
      sum += weight;
      squares += weight * weight;
    }
  }
  const looksAWeek = (cell.poolSize * WEEK_MS) / (cell.turns * cell.probe.windowMs);
  const perWeek = hits === 0 ? null : (sum / histories) * looksAWeek;
  const effectiveHits = hits === 0 ? 0 : (sum * sum) / squares;
  const whole = Math.max(1, Math.floor(effectiveHits));
  return {
    poolSize: cell.poolSize,
    normalErrorShare: cell.normalErrorShare,
    histories,
    hits,
    effectiveHits,
    perWeek,
    perWeekUpper: perWeek === null ? null : (perWeek * poissonUpperBound(whole)) / whole,
    meanWeight: weights / histories,
  };
}

/** The real law first; then failures just frequent enough over each length; then slowness with and without failures. */
function proposalsOf(cell: Cell): readonly Proposal[] {
  const { normalErrorShare, probe, policy, poolSize, turns } = cell;
  const { perWindow, windowMs } = probe;
  const intervalMs = turns * windowMs;
  const vantage = { policy, poolSize, perWindow, windowMs, intervalMs, normalErrorShare };
  const failing = ERROR_LENGTHS.flatMap((length) => {
    const threshold = errorThreshold(vantage, length);
    if (threshold === null || threshold > length * perWindow) return [];
    const errorShare = Math.min(0.95, threshold / (length * perWindow));
    return [{ length, errorShare, slowness: null }];
  });
  return [
    { length: 0, errorShare: normalErrorShare, slowness: null },
    ...failing,
    ...[PAUSED, SHIFTED, MIXED].flatMap((slowness) => [
      { length: 2, errorShare: AGREEING_SHARE, slowness },
      { length: 3, errorShare: normalErrorShare, slowness },
    ]),
  ];
}

/** Windows oldest first, as many as are remembered. */
function drawHistory(
  { probe, normalErrorShare }: Cell,
  law: Proposal | undefined,
  random: Random,
): readonly DrawnWindow[] {
  const count = Math.floor(HISTORY_PROBES / probe.perWindow);
  const slowness = TRAFFIC.speedMin + (TRAFFIC.speedMax - TRAFFIC.speedMin) * random();
  return Array.from({ length: count }, (_, index) => {
    const isTilted = law !== undefined && count - index <= law.length;
    const errorShare = isTilted ? law.errorShare : normalErrorShare;
    const { paused, shifted } = (isTilted ? law.slowness : null) ?? { paused: 0, shifted: 0 };
    const way = random();
    const isLongPause = way < paused;
    const shift = !isLongPause && way < paused + shifted ? SHIFT : 0;
    return drawWindow({ ...probe, slowness, errorShare, isLongPause, shift }, random);
  });
}

/** Density of a history under a proposal ÷ under the real law. */
function ratio(cell: Cell, law: Proposal, drawn: readonly DrawnWindow[]): number {
  const { windowMs } = cell.probe;
  const tilted = drawn.slice(drawn.length - law.length);
  const more = Math.log(law.errorShare / cell.normalErrorShare);
  const fewer = Math.log((1 - law.errorShare) / (1 - cell.normalErrorShare));
  const logarithm = tilted.reduce((all, { probes, failures, ...seen }) => {
    const answers = probes - failures;
    const slow =
      law.slowness === null ? 0 : Math.log(slowRatio(law.slowness, seen, answers, windowMs));
    return all + failures * more + answers * fewer + slow;
  }, 0);
  return Math.exp(logarithm);
}

function slowRatio(
  { paused, shifted }: Slowness,
  { normalSum, wasLongPause }: Pick<DrawnWindow, 'normalSum' | 'wasLongPause'>,
  answers: number,
  windowMs: number,
): number {
  const likelierPause = wasLongPause ? 1 / longPauseChance(windowMs) : 0;
  const likelierShift = Math.exp(SHIFT * normalSum - (answers * SHIFT ** 2) / 2);
  return 1 - paused - shifted + paused * likelierPause + shifted * likelierShift;
}

type Histories = readonly (readonly ProbeWindow[])[];

interface Peers {
  /** All memories after the newest turn of the first backend, and after the turn before. */
  now: Histories;
  before: Histories;
  readonly endedAt: () => number;
  advance(): void;
}

/** Peers with full memories under the real law; the first backend keeps a place for the one that is drawn. */
function warmPeers(cell: Cell, seed: number): Peers {
  const pool = poolOf(cell, seed);
  let ticks = 0;
  const turn = (): Histories => {
    do {
      pool.next(new Map());
      ticks += 1;
    } while ((ticks - 1) % cell.turns !== 0);
    return pool.backends.map(({ windows }) => windows);
  };
  const warmUp = Math.floor(HISTORY_PROBES / cell.probe.perWindow);
  for (let count = 0; count < warmUp; count += 1) turn();
  const peers: Peers = {
    before: [],
    now: turn(),
    endedAt: () => ticks * cell.probe.windowMs,
    advance: () => {
      peers.before = peers.now;
      peers.now = turn();
    },
  };
  return peers;
}

function isNewlyEjected(cell: Cell, drawn: readonly DrawnWindow[], peers: Peers): boolean {
  const { windowMs } = cell.probe;
  const windows = drawn.map(({ probes, failures, latencyMedianUs }, index): ProbeWindow => {
    const endedAt = peers.endedAt() - (drawn.length - 1 - index) * cell.turns * windowMs;
    const span = { startedAt: instant(endedAt - windowMs), endedAt: instant(endedAt) };
    return { ...span, probes, failures, latencyMedianUs };
  });
  const earlier = windows.slice(0, -1).reduce<readonly ProbeWindow[]>(rememberWindow, []);
  const newest = windows.at(-1);
  if (newest === undefined) return false;
  const isOutlier = (own: readonly ProbeWindow[], all: Histories): boolean =>
    ourOutliers(
      [own, ...all.slice(1)].map((each) => candidate({ windows: each })),
      cell.policy,
    ).includes(0);
  return isOutlier(rememberWindow(earlier, newest), peers.now) && !isOutlier(earlier, peers.before);
}
