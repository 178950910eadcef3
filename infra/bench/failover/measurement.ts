import { type LatencyBucket } from '../../local/traffic/latency-histogram';
import { type LoadCount, type LoadReport } from '../../local/traffic/load-report';
import { countBetween, secondsToHeal } from '../../rehearsal/measure';
import { secondsToShift } from '../../rehearsal/measure-shift';

/** A record that was switched off or on, or whose weight was changed, milliseconds since the epoch. */
export interface Move {
  readonly at: number;
  readonly site: string;
  readonly kind: 'off' | 'on' | 'lighter' | 'heavier';
}

/** What was seen of one contender. */
export interface Seen {
  /** At the fault, and at the end. */
  readonly before: LoadReport;
  readonly load: LoadReport;
  readonly faultAt: number;
  /** When it first called the site dead; null: it did not, or has no opinion. */
  readonly verdictAt: number | null;
  readonly moves: readonly Move[];
  /** When the other site could first bear the whole load; null: it could not. */
  readonly bearsAllAt: number | null;
  readonly addresses: { readonly a: string; readonly b: string };
}

/** What one contender came to; times are seconds from the fault, null where it did not come to that. */
export interface Measurement extends LoadCount {
  readonly contender: string;
  readonly verdict: number | null;
  /** Until DNS first took traffic from the site, by its weight or by the pause. */
  readonly dnsChange: number | null;
  /** Until the record of the site was paused. */
  readonly paused: number | null;
  /** Until 95 % of the requests went elsewhere, and stayed there. */
  readonly moved: number | null;
  /** Until fewer than 1 % of requests failed, and it stayed so. */
  readonly healed: number | null;
  /** Records switched off or on. */
  readonly moves: number;
  /** Requests that went to the surviving site and failed there. */
  readonly shed: number;
  /** Of the requests that the surviving site answered. */
  readonly p99Ms: number | null;
  /** Until the other site could bear all of the load. */
  readonly bearsAll: number | null;
}

/** A contender’s figures from the fault to the end of the load. */
export function measure(contender: string, seen: Seen): Measurement {
  const { before, load, faultAt, addresses, moves } = seen;
  const second = Math.floor((faultAt - load.startedAt) / 1000);
  const since = moves.filter(({ at }) => at >= faultAt);
  const firstAt = (...kinds: readonly Move['kind'][]): number | null =>
    since.find(({ site, kind }) => site === 'a' && kinds.includes(kind))?.at ?? null;
  const [there, thereBefore] = [load, before].map((report) => report.addresses[addresses.b]);
  return {
    contender,
    ...countBetween(load.seconds, second, Number.POSITIVE_INFINITY),
    verdict: secondsBetween(faultAt, seen.verdictAt),
    dnsChange: secondsBetween(faultAt, firstAt('lighter', 'off')),
    paused: secondsBetween(faultAt, firstAt('off')),
    moved: secondsToShift(load.seconds, addresses.a, second),
    healed: secondsToHeal(load.seconds, second),
    moves: since.filter(({ kind }) => kind === 'off' || kind === 'on').length,
    shed: (there?.failed ?? 0) - (thereBefore?.failed ?? 0),
    p99Ms: percentile(bucketsSince(thereBefore?.buckets ?? [], there?.buckets ?? []), 990),
    bearsAll: secondsBetween(faultAt, seen.bearsAllAt),
  };
}

/** Samples that came after `before` was taken. */
export function bucketsSince(
  before: readonly LatencyBucket[],
  after: readonly LatencyBucket[],
): readonly LatencyBucket[] {
  const known = new Map(before.map(({ upToMs, count }) => [upToMs, count]));
  return after
    .map(({ upToMs, count }) => ({ upToMs, count: count - (known.get(upToMs) ?? 0) }))
    .filter(({ count }) => count > 0);
}

/**
 * The latency in whole milliseconds that `share` of the samples, in permille, do not exceed; null without samples. A bucket counts as
 * its upper bound, so it is at most 2 % too long.
 *
 * Example: 98 samples of 100 ms and two of 900 ms: the 980th is 100, the 990th 900.
 */
export function percentile(buckets: readonly LatencyBucket[], share: number): number | null {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  let passed = 0;
  for (const { upToMs, count } of buckets) {
    passed += count;
    if (passed * 1000 >= total * share) return Math.round(upToMs);
  }
  return null;
}

/**
 * Whether a pool bears a load: each member’s share, by weight, is at most what it can do.
 *
 * Example: 28 requests a second on weights 100, 100, 40, 40: the largest share is a hundred in 280, 10 a second.
 */
export function bears(
  weights: readonly number[],
  { requestsPerSecond, perMember }: { requestsPerSecond: number; perMember: number },
): boolean {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum > 0 && weights.every((weight) => weight * requestsPerSecond <= perMember * sum);
}

const secondsBetween = (from: number, to: number | null): number | null =>
  to === null ? null : Math.round((to - from) / 100) / 10;
