/** Milliseconds since 1970-01-01T00:00:00Z. Branded so that it cannot be mistaken for a duration. */
export type Instant = number & { readonly unit: 'instant' };

/** A duration in milliseconds. */
export type Millis = number & { readonly unit: 'millis' };

/** A ratio in whole thousandths: 0 … 1000 for shares, more for multiples. */
export type Permille = number & { readonly unit: 'permille' };

export const instant = (value: number): Instant => value as Instant;
/** The last one that a calendar knows: beyond it no date can be written. Source: ECMAScript, time values. */
export const INSTANT_MAX = 8_640_000_000_000_000;
/** Whether a number from outside is a moment that can be written as a date. */
export const isInstant = (value: unknown): value is Instant =>
  Number.isSafeInteger(value) && Math.abs(value as number) <= INSTANT_MAX;
export const millis = (value: number): Millis => value as Millis;
export const permille = (value: number): Permille => value as Permille;

export const plus = (at: Instant, span: number): Instant => instant(at + span);
export const since = (from: Instant, to: Instant): Millis => millis(to - from);

/** The value, or the nearer bound. Example: clamp(7, 0, 5) = 5. */
export const clamp = (value: number, min: number, max: number): number =>
  Math.min(max, Math.max(min, value));

/**
 * Division rounded up, on whole non-negative numbers; floats would ask for one too many now and then.
 *
 * Example: ceilDiv(7, 2) = 4; ceilDiv(4 × 1050, 600) = 7 where 4 × 1.05 / 0.6 in floats gives 8.
 */
export const ceilDiv = (numerator: number, denominator: number): number =>
  Math.floor((numerator + denominator - 1) / denominator);

/** Division rounded down, on whole numbers. Example: floorDiv(7, 2) = 3. */
export const floorDiv = (numerator: number, denominator: number): number =>
  Math.floor(numerator / denominator);

/** Division rounded half up, on whole non-negative numbers. Example: roundDiv(5, 2) = 3. */
export const roundDiv = (numerator: number, denominator: number): number =>
  Math.floor((2 * numerator + denominator) / (2 * denominator));

/** `part` of `whole` in whole permille, rounded half up; 0 of nothing is 0. Example: 1 of 6 is 167. */
export const permilleOf = (part: number, whole: number): Permille =>
  permille(whole === 0 ? 0 : roundDiv(part * 1000, whole));

/** `share` of `whole`, rounded down. Example: 100 ‰ of 25 is 2. */
export const shareOf = (whole: number, share: Permille): number => floorDiv(whole * share, 1000);
