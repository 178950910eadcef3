import { z } from 'zod';
import { type Schedule } from '../domain/scale-policy';
import { wholeNumber } from './notation';
import { WEEK } from './schedule-week';
import { daysField, inOrder, minutesOf, timeText, timeZoneText } from './time-of-day';

const TIME_OR_MIDNIGHT = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

const bound = (description: string) =>
  wholeNumber({ min: 1, max: 2000 })
    .nullable()
    .prefault(null)
    .meta({ description, why: 'the pool’s own bound holds' });

const schedule = z
  .strictObject({
    name: z
      .string({ error: 'must be a name' })
      .min(1, { error: 'must not be empty' })
      .max(63, { error: 'must have at most 63 characters' })
      .meta({ description: 'What explanations call it; unique within the pool.' }),
    timeZone: timeZoneText().meta({
      description: 'Time zone of `from` and `to`, with its summer time, as Asia/Shanghai.',
    }),
    days: daysField(WEEK, {
      description: 'Days on which it begins; past midnight it still counts as that day’s.',
      why: 'every day, until somebody says otherwise',
    }),
    from: timeText().meta({ description: 'Time of day from which it holds, as 08:00.' }),
    to: z
      .string({ error: 'must be a time of day such as 20:00, at most 24:00' })
      .regex(TIME_OR_MIDNIGHT, { error: 'must be a time of day such as 20:00, at most 24:00' })
      .meta({
        description:
          'Time of day at which it ends, 24:00 at the latest; before `from`, it is on the next day.',
      }),
    min: bound('At least so many instances meanwhile; null leaves `min` as it is.'),
    max: bound('At most so many instances meanwhile; null leaves `max` as it is.'),
  })
  .transform(({ from, to, days, ...rest }): Schedule => ({
    ...rest,
    days: inOrder(days),
    fromMinute: minutesOf(from),
    toMinute: minutesOf(to),
  }));

/** The `schedules` list: bounds that hold at times of day. */
export const schedulesSchema = z
  .array(schedule, { error: 'must be a list of schedules' })
  .max(50, { error: 'must have at most 50 schedules' })
  .prefault([])
  .meta({
    description:
      'Tighter bounds at times of day. Several at once: the highest `min` and the lowest `max` hold, and `min` wins.',
    why: 'nobody knows your calendar',
  });
