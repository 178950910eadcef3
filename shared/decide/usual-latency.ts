import { type ProbeWindow } from '../domain/probe-window';
import { clamp } from '../domain/units';
import { peerMedians } from './peer-medians';
import { RECENT_WINDOWS } from './window-history';

/** A lasting difference up to this factor is taken for unequal machines, beyond it for a fault. */
const INEQUALITY_MAX = 1.5;

export interface LatencyHistory {
  readonly windows: readonly ProbeWindow[];
  /** Latency of this backend when it is well, in microseconds, if somebody knows; null: learned from its history. */
  readonly usualLatencyUs: number | null;
}

export interface ComparedHistory {
  readonly windows: readonly ProbeWindow[];
  /** Its latency when well ÷ the peers'; latencies are divided by it before they are compared. */
  readonly factor: number;
  /** A backend that is usually faster must still be slow by the peers' measure, unless its own was given. */
  readonly credit: number;
}

/**
 * How unequal each backend is to its peers when all are well, by position. Learned from the windows before the recent
 * ones, by their lower quartile, so that a fault has to fill three quarters of the memory before it looks usual; and only
 * within a factor of 1.5, so that a machine that has always been slow is still found.
 *
 * Example: 60 ms usual against the peers' 50 ms → factor 1.2: it is slow from 120 ms on where they are from 100 ms on.
 */
export function withUsualFactors(histories: readonly LatencyHistory[]): readonly ComparedHistory[] {
  const given = peerFactors(histories.map(({ usualLatencyUs }) => usualLatencyUs ?? UNKNOWN));
  const learned = peerFactors(histories.map(({ windows }) => lowerQuartile(windows)));
  return histories.map(({ windows }, owner) => {
    const known = given(owner);
    if (known !== undefined) return { windows, factor: known, credit: 1 };
    const factor = clamp(learned(owner) ?? 1, 1 / INEQUALITY_MAX, INEQUALITY_MAX);
    return { windows, factor, credit: Math.min(1, factor) };
  });
}

/** A latency that nobody knows; no answer takes no time. */
const UNKNOWN = 0;

function peerFactors(usual: readonly number[]): (owner: number) => number | undefined {
  const typical = peerMedians(
    usual.flatMap((value, owner) => (value > UNKNOWN ? [{ owner, value }] : [])),
  );
  return (owner) => {
    const own = usual[owner] ?? UNKNOWN;
    const peers = typical(owner);
    return own > UNKNOWN && peers !== undefined ? own / peers : undefined;
  };
}

/** Unknown until the older memory weighs as much as the recent one. */
function lowerQuartile(windows: readonly ProbeWindow[]): number {
  const older = windows
    .slice(RECENT_WINDOWS)
    .flatMap(({ latencyMedianUs, probes }) =>
      latencyMedianUs === null ? [] : [{ latency: latencyMedianUs, probes }],
    )
    .sort((a, b) => a.latency - b.latency);
  const all = sumProbes(older);
  if (all < sumProbes(windows.slice(0, RECENT_WINDOWS))) return UNKNOWN;
  let passed = 0;
  const quartile = older.find(({ probes }) => {
    passed += probes;
    return 4 * passed >= all;
  });
  return quartile?.latency ?? UNKNOWN;
}

const sumProbes = (counts: readonly { readonly probes: number }[]): number =>
  counts.reduce((sum, { probes }) => sum + probes, 0);
