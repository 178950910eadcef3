import { z } from 'zod';
import { type ScaleSignal } from '../domain/scale-policy';
import { roundDiv } from '../domain/units';
import { durationText, formatShare, shareText, wholeNumber } from './notation';

const RATE = /^(\d{1,7})(?:\.(\d{1,3}))?\/s$/;

/** Every signal that a target or a step may follow, in the order of the reference. */
export const SCALE_SIGNALS = [
  'cpu',
  'instance-connections',
  'requests',
  'connections',
  'latency',
  'load-balancer-utilisation',
] as const satisfies readonly ScaleSignal[];

/**
 * Thousandths a second of a rate such as `120/s` or `0.5/s`, with at most three decimals.
 *
 * Example: parseRate('120/s') = 120000; undefined when the text is not a rate, or is 0.
 */
export function parseRate(text: string): number | undefined {
  const [, whole, decimals] = RATE.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const value = Number(whole) * 1000 + Number((decimals ?? '').padEnd(3, '0'));
  return value > 0 ? value : undefined;
}

function rateText(): z.ZodType<number, string> {
  const sentence = 'must be a rate such as 120/s or 0.5/s';
  return z
    .string({ error: sentence })
    .regex(RATE, { error: sentence })
    .transform((text, context) => {
      const value = parseRate(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: sentence });
      return z.NEVER;
    });
}

const share = (): z.ZodType<number, string> =>
  shareText(
    { min: 10, max: 1000 },
    'nothing uses more than all of it, or less than can be told from idling',
  );
const thousandths = (value: number): number => value * 1000;

/** A value of a signal as the file writes it, in thousandths of the signal’s unit. */
export function signalValue(signal: ScaleSignal): z.ZodType<number, string | number> {
  switch (signal) {
    case 'cpu':
    case 'load-balancer-utilisation':
      return share();
    case 'requests':
      return rateText();
    case 'latency':
      return durationText({ min: 1, max: 300_000 }).transform(thousandths);
    case 'connections':
    case 'instance-connections':
      return wholeNumber({ min: 1, max: 10_000_000 }).transform(thousandths);
  }
}

/** A value in the notation of the file, rounded to tenths. Example: formatSignal('requests', 120500) = '120.5/s'. */
export function formatSignal(signal: ScaleSignal, value: number): string {
  const rounded = roundDiv(value, 100) / 10;
  switch (signal) {
    case 'cpu':
    case 'load-balancer-utilisation':
      return formatShare(value);
    case 'requests':
      return `${rounded}/s`;
    case 'latency':
      return `${rounded}ms`;
    case 'connections':
    case 'instance-connections':
      return String(rounded);
  }
}
