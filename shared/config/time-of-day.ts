import { z } from 'zod';
import { type Weekday } from '../domain/scale-policy';
import { type FieldNote } from './notation';
import { WEEK } from './schedule-week';

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;
const TIME_SENTENCE = 'must be a time of day such as 08:00, from 00:00 to 23:59';
const NO_ZONE =
  'must be an IANA time zone such as Asia/Shanghai, or UTC; abbreviations mean different places';

/** Abbreviations are refused although some systems know them: CST is Chicago there, not China. */
const isTimeZone = (name: string): boolean => {
  if (name !== 'UTC' && !name.includes('/')) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** An IANA time zone: `Asia/Shanghai`. */
export const timeZoneText = (): z.ZodString =>
  z.string({ error: NO_ZONE }).superRefine((name, context) => {
    if (isTimeZone(name)) return;
    const choices = ['UTC', ...Intl.supportedValuesOf('timeZone')];
    context.addIssue({ code: 'custom', message: NO_ZONE, params: { choices } });
  });

/** A time of day: `08:00`. */
export const timeText = (): z.ZodString =>
  z.string({ error: TIME_SENTENCE }).regex(TIME, { error: TIME_SENTENCE });

/** Minutes since midnight of `08:00`; `24:00` is 1440. */
export const minutesOf = (text: string): number => {
  const [hours, minutes] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
};

/** A list of days of the week. */
export const daysField = (
  preset: readonly Weekday[],
  note: FieldNote,
): z.ZodDefault<z.ZodType<Weekday[], Weekday[]>> =>
  z
    .array(z.enum(WEEK, { error: `must be one of ${WEEK.join(', ')}` }), {
      error: 'must be a list of days such as mon',
    })
    .min(1, { error: 'must name at least one day' })
    .default([...preset])
    .meta({ ...note });

/** The days in the order of the week, each once. Example: tue, mon, tue is mon, tue. */
export const inOrder = (days: readonly Weekday[]): readonly Weekday[] =>
  WEEK.filter((day) => days.includes(day));
