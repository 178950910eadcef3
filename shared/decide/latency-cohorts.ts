import { type ProbeWindow } from '../domain/probe-window';
import { peerMedians, type Sample } from './peer-medians';
import { median } from './statistics';
import { type ComparedHistory } from './usual-latency';
import { RECENT_WINDOWS } from './window-history';

/** One recent window with an answer. */
export interface Slot {
  readonly owner: number;
  readonly window: ProbeWindow;
  /** 0 is the newest window. */
  readonly index: number;
  readonly credit: number;
  /** On the peers' scale: divided by what is usual for this backend. */
  readonly latencyUs: number;
}

/** Slots that saw the same time. */
export type Cohort = readonly Slot[];

/**
 * The recent windows of all backends, sorted into groups that saw the same time: their middles lie less than the length of
 * the group's first window apart.
 *
 * Example: windows from 0 to 10 s, 4 to 14 s and 10 to 20 s: the first two, then the third.
 */
export function cohortsOf(histories: readonly ComparedHistory[]): readonly Cohort[] {
  const sorted = histories
    .flatMap(slotsOf)
    .sort(
      (a, b) => middleOf(a.window) - middleOf(b.window) || lengthOf(a.window) - lengthOf(b.window),
    );
  const cohorts: Cohort[] = [];
  let cohort: Slot[] = [];
  let until = -Infinity;
  for (const slot of sorted) {
    if (middleOf(slot.window) >= until) {
      cohort = [];
      cohorts.push(cohort);
      until = middleOf(slot.window) + Math.max(1, lengthOf(slot.window));
    }
    cohort.push(slot);
  }
  return cohorts;
}

const slotsOf = ({ windows, factor, credit }: ComparedHistory, owner: number): readonly Slot[] =>
  windows.slice(0, RECENT_WINDOWS).flatMap((window, index) => {
    const { latencyMedianUs } = window;
    if (latencyMedianUs === null) return [];
    return [{ owner, window, index, credit, latencyUs: latencyMedianUs / factor }];
  });

const middleOf = ({ startedAt, endedAt }: ProbeWindow): number => (startedAt + endedAt) / 2;

export const lengthOf = ({ startedAt, endedAt }: ProbeWindow): number => endedAt - startedAt;

export const sampleOf = ({ owner, latencyUs }: Slot): Sample => ({ owner, value: latencyUs });

/**
 * How far windows of the others lie from their cohort's median, as a share of it: over all recent cohorts, since two or
 * three peers in one window say little. The window that is the median itself says nothing and is left out.
 *
 * Example: a cohort of 90, 100 and 130 ms: 0.1 and 0.3, so 0.3 beside the first backend and 0.2 beside the second.
 */
export function noiseOf(cohorts: readonly Cohort[]): (owner: number) => number | undefined {
  return peerMedians(
    cohorts.flatMap((cohort) => {
      const sorted = [...cohort].sort((a, b) => a.latencyUs - b.latencyUs);
      const centre = median(sorted.map(({ latencyUs }) => latencyUs)) ?? 0;
      if (centre <= 0 || cohort.length < 3) return [];
      return sorted
        .filter((_, rank) => 2 * rank + 1 !== sorted.length)
        .map(({ owner, latencyUs }) => ({ owner, value: Math.abs(latencyUs / centre - 1) }));
    }),
  );
}
