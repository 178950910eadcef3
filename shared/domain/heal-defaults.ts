import { type OutlierPolicy, type ProbePolicy } from './policy';
import { millis, permille } from './units';

/**
 * Defaults of active probing, all but the path, which nobody can guess. Ten probes in 2.5 s are 4 a second for each
 * backend: noise beside real traffic, and two windows, which a verdict needs, fit into 5 s. With 400 probes a window
 * pools of up to 40 are seen whole in every window; a pool of 500 takes turns, each backend once in about 32 s.
 */
export const DEFAULT_PROBE: Omit<ProbePolicy, 'path' | 'port'> = {
  timeoutMs: millis(2000),
  windowMs: millis(2500),
  perWindow: 10,
  budgetPerWindow: 400,
  concurrency: 64,
};

/**
 * Defaults of the outlier rule; `npm run bench -- detection` shows what each buys.
 *
 * - `hostsMin` 3: the smallest pool with two peers to compare with.
 * - `probesMin` 20: two default windows; what small numbers cannot prove is left to the exact test.
 * - `confirmations` 2: a pause that fills one window is not a fault.
 * - `madMultiple` 6: with log-normal noise a window in some thousands; two in a row are one in millions.
 * - `errorFloor` 2 %: above the peers' own share. Less than that is no reason to take capacity out.
 * - `latencyRatioFloor` 2 and `latencyFloorMs` 50: less than twice is ordinary variance, and nobody notices 40 ms.
 * - `falseEjectionsPerWeekMax` 0.1: one in ten weeks for the whole pool.
 * - `brokenVantage` 50 %: half a pool does not turn gray at once; a route does.
 */
export const DEFAULT_OUTLIER: OutlierPolicy = {
  enabled: true,
  hostsMin: 3,
  probesMin: 20,
  confirmations: 2,
  madMultiple: permille(6000),
  errorFloor: permille(20),
  latencyRatioFloor: permille(2000),
  latencyFloorMs: millis(50),
  falseEjectionsPerWeekMax: permille(100),
  brokenVantage: permille(500),
};
