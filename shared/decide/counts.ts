/** The exact tests are meant for counts up to this many probes. */
export const PROBES_MAX = 5000;

/** Failures among probes, or among requests. */
export interface Count {
  readonly probes: number;
  readonly failures: number;
}

/** The counts added up. Example: 1 of 10 and 2 of 20 are 3 of 30. */
export const total = (counts: readonly Count[]): Count => ({
  probes: counts.reduce((sum, { probes }) => sum + probes, 0),
  failures: counts.reduce((sum, { failures }) => sum + failures, 0),
});

/** Share of failures, 0 … 1; where nothing was probed, nothing failed. Example: 1 of 4 is 0.25. */
export const share = ({ failures, probes }: Count): number =>
  probes === 0 ? 0 : failures / probes;

/**
 * At most `max` probes with the same share of failures, rounded down: more volume proves no more, and what is cut off only
 * weakens the evidence. Example: 301 of 10,000 count as 150 of 5,000.
 */
export function shrink({ probes, failures }: Count, max = PROBES_MAX): Count {
  const kept = Math.min(probes, max);
  return { probes: kept, failures: Math.floor((failures * kept) / Math.max(1, probes)) };
}
