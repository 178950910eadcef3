import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { floorDiv, type Instant, type Millis, millis, roundDiv, since } from '../../domain/units';
import { type HeldLimit, heldBy } from './held-limit';

type Recommendations = ScaleMemory['recommendations'];

/** Ticks within the same slot share one entry, so that a pool that is watched closely does not fill the store. */
const SLOT_MS = 15_000;

/** Two turns of the one-minute timer: a window shorter than the gap between two looks is no silence. */
const GAP_MS = 120_000;

export interface Steadied {
  readonly out: number;
  readonly in: number;
  readonly held: readonly HeldLimit[];
  readonly recommendations: Recommendations;
}

/**
 * The lowest wish to scale out and the highest wish to scale in of their windows. Where nothing was seen for a whole window,
 * it begins with what is there: a lost memory or a long silence is no ten minutes of idleness.
 *
 * Example: base 10, in window 600 s, wishes of the last ten minutes 6, 8, 5 → 8; after twenty minutes of silence → 10.
 *
 * Source: Kubernetes HPA `stabilizationWindowSeconds`; GCP sizes for the peak of its stabilisation period.
 */
export function stabilise(
  wish: { readonly out: number; readonly in: number },
  {
    base,
    policy,
    memory,
    now,
  }: {
    base: number;
    policy: Pick<ScalePolicy, 'out' | 'in'>;
    memory: Recommendations;
    now: Instant;
  },
): Steadied {
  const [outWindow, inWindow] = [policy.out.stabilisationMs, policy.in.stabilisationMs];
  const seen = {
    out: isUnseen(memory, outWindow, now) ? base : wish.out,
    in: isUnseen(memory, inWindow, now) ? base : wish.in,
  };
  const lowest = Math.min(seen.out, ...within(memory, outWindow, now).map((each) => each.out));
  const highest = Math.max(seen.in, ...within(memory, inWindow, now).map((each) => each.in));
  const steady = { out: Math.max(base, lowest), in: Math.min(base, highest) };
  return {
    ...steady,
    held: [
      ...(steady.out < wish.out ? [heldOut(steady.out, outWindow)] : []),
      ...(steady.in > wish.in ? [heldIn(steady.in, inWindow)] : []),
    ],
    recommendations: remember(memory, { at: now, ...seen }, Math.max(outWindow, inWindow, GAP_MS)),
  };
}

const within = (memory: Recommendations, windowMs: Millis, now: Instant): Recommendations =>
  memory.filter(({ at }) => since(at, now) < windowMs);

const isUnseen = (memory: Recommendations, windowMs: Millis, now: Instant): boolean =>
  windowMs > 0 && within(memory, millis(Math.max(windowMs, GAP_MS)), now).length === 0;

const heldOut = (count: number, windowMs: Millis): HeldLimit =>
  heldBy(
    'stabilisation',
    `No more than ${count} were wanted throughout the last ${roundDiv(windowMs, 1000)} s.`,
  );

const heldIn = (count: number, windowMs: Millis): HeldLimit =>
  heldBy(
    'stabilisation',
    `Up to ${count} were wanted within the last ${roundDiv(windowMs, 1000)} s.`,
  );

function remember(
  memory: Recommendations,
  entry: Recommendations[number],
  keptMs: number,
): Recommendations {
  const kept = memory.filter(({ at }) => since(at, entry.at) < keptMs);
  const [newest, ...older] = kept;
  if (newest === undefined || slotOf(newest.at) !== slotOf(entry.at)) return [entry, ...kept];
  const merged = {
    at: entry.at,
    out: Math.min(newest.out, entry.out),
    in: Math.max(newest.in, entry.in),
  };
  return [merged, ...older];
}

const slotOf = (at: Instant): number => floorDiv(at, SLOT_MS);
