import { type ProbeWindow } from '../../shared/domain/probe-window';
import { median } from '../../shared/decide/statistics';
import { gaussian, type Random } from './random';

/** Median latency in ms, log-normal spread, unequal peers, one answer in a hundred ten times slower, and pauses. */
export const TRAFFIC = {
  medianMs: 60,
  sigma: 0.5,
  speedMin: 0.8,
  speedMax: 1.25,
  spike: 0.01,
  pausesPerHour: 4,
};

/** How one window is drawn. */
export interface WindowLaw {
  readonly perWindow: number;
  readonly windowMs: number;
  readonly errorShare: number;
  /** Typical latency as a multiple of `TRAFFIC.medianMs`. */
  readonly slowness: number;
  /** Forces a pause of more than half of its longest length. */
  readonly isLongPause?: boolean;
  /** Added to each standard normal number behind a latency. */
  readonly shift?: number;
}

export interface DrawnWindow extends Pick<ProbeWindow, 'probes' | 'failures' | 'latencyMedianUs'> {
  /** In the order of the probes. */
  readonly failed: readonly boolean[];
  /** What likelihood ratios need: the sum of the normal numbers behind the answers, and whether the pause was long. */
  readonly normalSum: number;
  readonly wasLongPause: boolean;
}

/** Chance of a long pause in one window. Example: four an hour, 2.5 s: 0.0014. */
export const longPauseChance = (windowMs: number): number => pauseChance(windowMs) / 2;

const pauseChance = (windowMs: number): number => (TRAFFIC.pausesPerHour * windowMs) / 3_600_000;

/** One window of a backend whose answers are independent; a pause holds up the first of them by a second. */
export function drawWindow(law: WindowLaw, random: Random): DrawnWindow {
  const { perWindow, errorShare, shift = 0 } = law;
  const pause = pauseShare(law, random);
  const paused = Math.ceil(0.8 * perWindow * pause);
  const typicalUs = TRAFFIC.medianMs * 1000 * law.slowness;
  const latencies: number[] = [];
  const failed: boolean[] = [];
  let normalSum = 0;
  for (let index = 0; index < perWindow; index += 1) {
    const isFailure = random() < errorShare;
    failed.push(isFailure);
    if (isFailure) continue;
    const normal = gaussian(random) + shift;
    normalSum += normal;
    const factor = Math.exp(TRAFFIC.sigma * normal) * (random() < TRAFFIC.spike ? 10 : 1);
    latencies.push(typicalUs * factor + (index < paused ? 1_000_000 : 0));
  }
  const middle = median(latencies);
  return {
    probes: perWindow,
    failures: perWindow - latencies.length,
    latencyMedianUs: middle === undefined ? null : Math.round(middle),
    failed,
    normalSum,
    wasLongPause: pause > 0.5,
  };
}

/** Length of the pause as a share of the longest; 0: none. */
function pauseShare({ windowMs, isLongPause = false }: WindowLaw, random: Random): number {
  if (isLongPause) return 1 - random() / 2;
  return random() < pauseChance(windowMs) ? 1 - random() : 0;
}
