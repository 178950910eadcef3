/**
 * Exact statistics for peer comparison. Only + − × ÷ and comparisons: every machine gets the same bits, so that a
 * recorded tick replays byte for byte (`Math.log` and `Math.exp` may differ in the last digit between engines).
 */

/** The middle value, or the mean of the two middle ones; undefined for nothing. Example: median([5, 1, 3, 9]) = 4. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return middle(sorted.length, (rank) => sorted[rank]);
}

/** The median of `count` values read by rank from 0. */
export function middle(
  count: number,
  valueAt: (rank: number) => number | undefined,
): number | undefined {
  const upper = valueAt(Math.floor(count / 2));
  const lower = valueAt(Math.floor((count - 1) / 2));
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

interface Distribution {
  readonly mode: number;
  /** P(x + 1) ÷ P(x): 0 at the highest value, infinite just below the lowest. */
  readonly ratio: (x: number) => number;
}

/**
 * P(X ≥ from). Terms are built outwards from the mode as multiples of it, so nothing underflows that could
 * matter, however long the distribution; beyond its ends they are 0.
 */
function upperTail({ mode, ratio }: Distribution, from: number): number {
  let total = 0;
  let tail = 0;
  for (let x = mode, term = 1; term > 0; term *= ratio(x), x += 1) {
    total += term;
    if (x >= from) tail += term;
  }
  for (let x = mode - 1, term = 1; term > 0; x -= 1) {
    term /= ratio(x);
    total += term;
    if (x >= from) tail += term;
  }
  return tail / total;
}

/**
 * Chance of at least `atLeast` failures among `probes` when each fails with chance `share` (0 … 1). Exact up to
 * float rounding; meant for up to 5,000 probes.
 *
 * Example: binomialUpperTail({ probes: 10, atLeast: 9, share: 0.5 }) = 11 ÷ 1024.
 */
export function binomialUpperTail(input: {
  readonly probes: number;
  readonly atLeast: number;
  readonly share: number;
}): number {
  const { probes, atLeast, share } = input;
  if (share <= 0) return atLeast <= 0 ? 1 : 0;
  const odds = share / (1 - share);
  const mode = Math.min(probes, Math.floor((probes + 1) * share));
  return upperTail({ mode, ratio: (x) => ((probes - x) / (x + 1)) * odds }, atLeast);
}

/** Chance of at most `atMost` failures. Example: { probes: 2, atMost: 0, share: 0.5 } = 0.25. */
export function binomialLowerTail(input: {
  readonly probes: number;
  readonly atMost: number;
  readonly share: number;
}): number {
  const { probes, atMost, share } = input;
  return binomialUpperTail({ probes, atLeast: probes - atMost, share: 1 - share });
}

export interface Comparison {
  readonly probes: number;
  readonly failures: number;
  readonly peerProbes: number;
  readonly peerFailures: number;
}

/**
 * Fisher's exact test: if this backend were no worse than its peers, how likely would it have `failures` or more
 * of all the failures there were? Unlike a binomial test against the peers' measured share it stays honest when
 * the peers are few and their share is itself a guess; with many peers the two agree.
 *
 * Example: both failures of 2 + 2 probes fell on this backend: C(2,2) ÷ C(4,2) = 1 ÷ 6.
 */
export function chanceOfEqual({ probes, failures, peerProbes, peerFailures }: Comparison): number {
  const all = probes + peerProbes;
  const failed = failures + peerFailures;
  const sound = all - failed;
  return upperTail(
    {
      mode: Math.floor(((probes + 1) * (failed + 1)) / (all + 2)),
      ratio: (x) => ((failed - x) / (x + 1)) * ((probes - x) / (sound - probes + x + 1)),
    },
    failures,
  );
}

/**
 * The smallest number of failures that equal peers would give with a chance of at most `chance`, or null when even
 * failing every probe proves nothing yet. It depends on the peers alone, never on the backend's own failures.
 *
 * Example: 20 probes against 2,000 of the peers with 10 failures, chance 10⁻⁸ → 6.
 */
export function failureThreshold(input: {
  readonly probes: number;
  readonly peerProbes: number;
  readonly peerFailures: number;
  readonly chance: number;
}): number | null {
  const { chance, ...counts } = input;
  const isEnough = (failures: number): boolean => chanceOfEqual({ ...counts, failures }) <= chance;
  if (!isEnough(input.probes)) return null;
  let [low, high] = [1, input.probes];
  while (low < high) {
    const guess = Math.floor((low + high) / 2);
    if (isEnough(guess)) high = guess;
    else low = guess + 1;
  }
  return high;
}
