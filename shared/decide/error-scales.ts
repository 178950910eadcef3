import { type ProbeWindow } from '../domain/probe-window';
import { type Count, PROBES_MAX, total } from './counts';

/** How many lengths of accumulated windows are tried per verdict; the chance is shared among them. */
export const SCALES = 8;

/** Some number of the newest windows of one backend, taken together. */
export interface Scale extends Count {
  readonly windows: readonly ProbeWindow[];
  /** When the oldest of them began. */
  readonly since: number;
}

/**
 * At most `SCALES` prefixes of the newest windows, none of fewer than `confirmations`. The second and the third have at
 * least half as many probes again as the one before, later ones at least twice as many; all windows together are tried too if there is room.
 * Only the first may have more than 5,000 probes.
 *
 * Example: 20 windows of 10 probes, 2 confirmations: 2, 3, 5, 10 and 20 windows.
 */
export function scalesOf(windows: readonly ProbeWindow[], confirmations: number): readonly Scale[] {
  const scales: Scale[] = [];
  let [probes, failures, wanted] = [0, 0, 0];
  for (const [index, window] of windows.entries()) {
    probes += window.probes;
    failures += window.failures;
    if (probes > PROBES_MAX && scales.length > 0) break;
    const isDue = probes >= wanted || index === windows.length - 1;
    if (index + 1 < confirmations || !isDue || scales.length === SCALES) continue;
    const since = window.startedAt;
    scales.push({ windows: windows.slice(0, index + 1), since, probes, failures });
    wanted = probes * (scales.length < 3 ? 1.5 : 2);
  }
  return scales;
}

/**
 * The windows less the `count` with the most failures; of equal ones the smaller goes first.
 * Example: 5 of 10, 1 of 10 and 2 of 20, less one: 3 of 30.
 */
export function withoutWorst(windows: readonly ProbeWindow[], count: number): Count {
  const bestLast = [...windows].sort((a, b) => b.failures - a.failures || a.probes - b.probes);
  return total(bestLast.slice(count));
}
