/** How often something was seen, by what it is called. */
export type Tally = Readonly<Record<string, number>>;

/** Names that one tally keeps apart; all others are counted together, so that the document stays small. */
const NAMES_MAX = 100;
export const OTHERS = 'other';

/** Counts more of each name; names beyond the limit are counted together. */
export function summed(tally: Tally, more: readonly (readonly [string, number])[]): Tally {
  const counts: Record<string, number> = { ...tally };
  for (const [name, count] of more) {
    const isKnown = Object.hasOwn(counts, name) || Object.keys(counts).length < NAMES_MAX;
    const key = isKnown ? name : OTHERS;
    counts[key] = (counts[key] ?? 0) + count;
  }
  return counts;
}

/** A tally with `names` counted in addition. */
export const tallied = (tally: Tally, names: readonly string[]): Tally =>
  summed(
    tally,
    names.map((name) => [name, 1]),
  );

export const isTally = (value: unknown): value is Tally =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((count) => typeof count === 'number' && Number.isFinite(count));

/** Whether a value has all that the sample has: numbers where that has numbers, tallies where it has anything else. */
export function isLike(value: unknown, sample: object): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(sample).every(([field, part]) => {
    const own = (value as Readonly<Record<string, unknown>>)[field];
    return typeof part === 'number' ? Number.isFinite(own) : isTally(own);
  });
}
