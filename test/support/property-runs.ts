/**
 * How many cases a property is tried on, and from which seed. A change must not be refused for what chance found in older
 * code, so the seed is fixed; `EVENKEEL_PROPERTY_SEED=random` hunts with fresh ones (printed when a case fails), and
 * `EVENKEEL_PROPERTY_SHARE` (permille) multiplies the cases. A failing property stops shrinking after a minute and a half.
 */
export function propertyRuns(count: number): {
  readonly numRuns: number;
  readonly seed?: number;
  readonly interruptAfterTimeLimit: number;
  readonly markInterruptAsFailure: true;
} {
  const share = Number(process.env['EVENKEEL_PROPERTY_SHARE'] ?? '1000');
  const seed = process.env['EVENKEEL_PROPERTY_SEED'] ?? '42';
  return {
    numRuns: Math.max(1, Math.round((count * share) / 1000)),
    ...(seed === 'random' ? {} : { seed: Number(seed) }),
    interruptAfterTimeLimit: 90_000 * Math.max(1, share / 1000),
    markInterruptAsFailure: true,
  };
}
