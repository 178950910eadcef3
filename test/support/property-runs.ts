/**
 * How many cases a property is tried on. Ordinary runs draw a fresh seed each time and print it when they fail; a mutation
 * run wants the same few cases for every mutant: `EVENKEEL_PROPERTY_SHARE` (permille) shrinks the number and fixes the seed.
 */
export function propertyRuns(count: number): {
  readonly numRuns: number;
  readonly seed?: number;
  readonly endOnFailure?: boolean;
} {
  const share = process.env['EVENKEEL_PROPERTY_SHARE'];
  if (share === undefined) return { numRuns: count };
  const permille = Number(share);
  return {
    numRuns: Math.max(1, Math.round((count * permille) / 1000)),
    ...(permille < 1000 ? { seed: 42 } : { endOnFailure: true }),
  };
}
