import { z } from 'zod';
import { millis, permille, type Millis, type Permille } from '../domain/units';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const SHARE = /^(\d{1,3})(?:\.(\d))?%$/;

/** Bounds of a number or duration in the policy, both included. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What every field of the policy says about itself; `why` gives the reason for its default. */
export interface FieldNote {
  readonly description: string;
  readonly why?: string;
}

/**
 * Milliseconds of a duration such as `250ms`, `30s`, `5m`, `1h` or `7d`: a whole number and one unit.
 *
 * Example: parseDuration('5m') = 300000; undefined when the text is not a duration.
 */
export function parseDuration(text: string): Millis | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return millis(Number(digits) * UNITS_MS[unit as keyof typeof UNITS_MS]);
}

/**
 * Permille of a share such as `10%` or `0.5%`, with at most one decimal.
 *
 * Example: parseShare('2.5%') = 25; undefined above `100%` or when the text is not a share.
 */
export function parseShare(text: string): Permille | undefined {
  const [, whole, tenth] = SHARE.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const value = Number(whole) * 10 + Number(tenth ?? 0);
  return value <= 1000 ? permille(value) : undefined;
}

/** The shortest notation of a duration. Example: formatDuration(90000) = '90s', formatDuration(300000) = '5m'. */
export function formatDuration(span: number): string {
  const units = Object.entries(UNITS_MS).reverse();
  const [unit, size] = units.find(([, size]) => span >= size && span % size === 0) ?? ['ms', 1];
  return `${span / size}${unit}`;
}

/** Example: formatShare(25) = '2.5%'. */
export const formatShare = (share: number): string => `${share / 10}%`;

/** Text that becomes a duration within bounds. */
export function durationText(bounds: Bounds): z.ZodType<Millis, string> {
  const range = `${formatDuration(bounds.min)} to ${formatDuration(bounds.max)}`;
  const sentence = `must be a duration such as 30s, 5m or 250ms (${range})`;
  return z
    .string({ error: sentence })
    .regex(DURATION, { error: sentence })
    .transform((text, context) => {
      const value = parseDuration(text);
      if (value !== undefined && value >= bounds.min && value <= bounds.max) return value;
      context.addIssue({ code: 'custom', message: `must be ${range}` });
      return z.NEVER;
    });
}

/** A duration field: `30s` in the file, milliseconds in the policy. */
export const durationField = (
  bounds: Bounds,
  preset: string,
  note: FieldNote,
): z.ZodPrefault<z.ZodType<Millis, string>> =>
  durationText(bounds)
    .prefault(preset)
    .meta({
      ...note,
      description: `${note.description} From ${formatDuration(bounds.min)} to ${formatDuration(bounds.max)}.`,
    });

/** Text that becomes whole permille within bounds, which are permille too; `why` is for a person who exceeds them. */
export function shareText(
  bounds: Bounds = { min: 0, max: 1000 },
  why?: string,
): z.ZodType<Permille, string> {
  const range =
    bounds.min === 0
      ? 'at most 100%'
      : `from ${formatShare(bounds.min)} to ${formatShare(bounds.max)}`;
  const sentence = `must be a share such as 10% or 0.5%, ${range}${why === undefined ? '' : `: ${why}`}`;
  return z
    .string({ error: sentence })
    .regex(SHARE, { error: sentence })
    .transform((text, context) => {
      const value = parseShare(text);
      if (value !== undefined && value >= bounds.min && value <= bounds.max) return value;
      context.addIssue({ code: 'custom', message: sentence });
      return z.NEVER;
    });
}

/** A share field: `10%` in the file, whole permille in the policy. */
export const shareField = (
  preset: string,
  note: FieldNote,
): z.ZodPrefault<z.ZodType<Permille, string>> =>
  shareText()
    .prefault(preset)
    .meta({ ...note });

/** A factor: a plain number with up to three decimals in the file (`2.5`), thousandths in the policy (2500). */
export function factorField(
  bounds: Bounds,
  preset: number,
  note: FieldNote,
): z.ZodPrefault<z.ZodType<Permille, number>> {
  const schema: z.ZodType<Permille, number> = z
    .number({ error: `must be a number from ${bounds.min} to ${bounds.max}` })
    .min(bounds.min, { error: `must be at least ${bounds.min}` })
    .max(bounds.max, { error: `must be at most ${bounds.max}` })
    .transform((value) => permille(Math.round(value * 1000)));
  return schema.prefault(preset).meta({ ...note });
}

/** A whole number within bounds that the file must give. */
export const wholeNumber = (bounds: Bounds): z.ZodInt =>
  z
    .int({ error: `must be a whole number from ${bounds.min} to ${bounds.max}` })
    .min(bounds.min, { error: `must be at least ${bounds.min}` })
    .max(bounds.max, { error: `must be at most ${bounds.max}` });

/** A whole number within bounds. */
export const countField = (
  bounds: Bounds,
  preset: number,
  note: FieldNote,
): z.ZodDefault<z.ZodInt> =>
  wholeNumber(bounds)
    .default(preset)
    .meta({ ...note });

/** A TCP or UDP port. */
export function portField(): z.ZodInt {
  const sentence = 'must be a port from 1 to 65535';
  return z.int({ error: sentence }).min(1, { error: sentence }).max(65_535, { error: sentence });
}
