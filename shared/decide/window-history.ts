import { type ProbeWindow } from '../domain/probe-window';

/** Newest windows kept one by one: what the latency rule compares. */
export const RECENT_WINDOWS = 8;
/** Entries kept per backend: recent windows, then ever longer merged ones. */
export const HISTORY_ENTRIES = 20;
/** Probes remembered per backend; more would only slow down the forgetting of better or worse times. */
export const HISTORY_PROBES = 5000;

/**
 * The history with one window more, newest first. The newest `RECENT_WINDOWS` stay as they are; older ones are
 * merged pairwise, the pair that is smallest for its age first, so that twenty entries reach from the last seconds
 * back over `HISTORY_PROBES` probes: short windows find loud faults fast, long ones find quiet faults at all.
 */
export function rememberWindow(
  history: readonly ProbeWindow[],
  newest: ProbeWindow,
): readonly ProbeWindow[] {
  const windows = within([newest, ...history]);
  return windows.length <= HISTORY_ENTRIES ? windows : mergeAt(windows, smallestPair(windows));
}

/** Recent windows stay whatever their size; older ones go once the memory is full. */
function within(windows: readonly ProbeWindow[]): readonly ProbeWindow[] {
  let probes = 0;
  return windows.filter((window, index) => {
    probes += window.probes;
    return index < RECENT_WINDOWS || probes <= HISTORY_PROBES;
  });
}

function smallestPair(windows: readonly ProbeWindow[]): number {
  let best = RECENT_WINDOWS;
  let bestRatio = Infinity;
  let newer = 0;
  windows.slice(0, -1).forEach((window, index) => {
    const pair = window.probes + (windows[index + 1]?.probes ?? 0);
    if (index >= RECENT_WINDOWS && pair / newer <= bestRatio) {
      best = index;
      bestRatio = pair / newer;
    }
    newer += window.probes;
  });
  return best;
}

const mergeAt = (windows: readonly ProbeWindow[], index: number): readonly ProbeWindow[] => [
  ...windows.slice(0, index),
  windows.slice(index, index + 2).reduce(mergeWindows),
  ...windows.slice(index + 2),
];

/** Two windows as one. The latency is the probe-weighted mean of the two medians: a trend, not a median any more. */
export function mergeWindows(newer: ProbeWindow, older: ProbeWindow): ProbeWindow {
  return {
    startedAt: older.startedAt,
    endedAt: newer.endedAt,
    probes: newer.probes + older.probes,
    failures: newer.failures + older.failures,
    latencyMedianUs: mergedLatency(newer, older),
  };
}

function mergedLatency(newer: ProbeWindow, older: ProbeWindow): number | null {
  if (newer.latencyMedianUs === null) return older.latencyMedianUs;
  if (older.latencyMedianUs === null) return newer.latencyMedianUs;
  const probes = newer.probes + older.probes;
  if (probes === 0) return newer.latencyMedianUs;
  const weighted = newer.latencyMedianUs * newer.probes + older.latencyMedianUs * older.probes;
  return Math.round(weighted / probes);
}
