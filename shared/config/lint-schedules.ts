import { type Schedule } from '../domain/scale-policy';
import { remarkIf, type Remark } from './lint-rule';
import { scaleRules } from './lint-scale-rule';
import { doOverlap } from './schedule-week';

interface Pair {
  readonly one: Schedule;
  readonly other: Schedule;
  /** Index of `other`, the later one. */
  readonly index: number;
}

/** Every two schedules that hold at the same time, in the order of the file. */
const overlapping = (schedules: readonly Schedule[]): readonly Pair[] =>
  schedules.flatMap((other, index) =>
    schedules
      .slice(0, index)
      .filter((one) => doOverlap(one, other))
      .map((one) => ({ one, other, index })),
  );

const doContradict = ({ min }: Schedule, { max }: Schedule): boolean =>
  min !== null && max !== null && min > max;

/** One remark for every schedule that a condition holds for. */
const ofSchedules = (
  schedules: readonly Schedule[],
  holds: (schedule: Schedule, index: number) => boolean,
  remark: (schedule: Schedule) => Remark,
): readonly Remark[] =>
  schedules.flatMap((schedule, index) =>
    remarkIf(holds(schedule, index), () => {
      const { at, ...rest } = remark(schedule);
      return { ...rest, at: ['schedules', index, ...at] };
    }),
  );

/** Whether schedules can hold, alone and together. */
export const SCHEDULE_RULES = scaleRules([
  {
    code: 'schedule-repeated',
    severity: 'error',
    about: 'Two schedules of one name could not be told apart in explanations.',
    check: ({ scale: { schedules } }) =>
      ofSchedules(
        schedules,
        ({ name }, index) => schedules.findIndex((other) => other.name === name) < index,
        ({ name }) => ({
          at: ['name'],
          sentence: `Another schedule is named ${name} already.`,
          remedy: 'Give it a name of its own.',
        }),
      ),
  },
  {
    code: 'schedule-says-nothing',
    severity: 'error',
    about: 'A schedule without min and max changes nothing.',
    check: ({ scale: { schedules } }) =>
      ofSchedules(
        schedules,
        ({ min, max }) => min === null && max === null,
        ({ name }) => ({
          at: [],
          sentence: `The schedule ${name} has neither min nor max, so it changes nothing.`,
          remedy: 'Give it one of them, or remove it.',
        }),
      ),
  },
  {
    code: 'schedule-min-above-max',
    severity: 'error',
    about: 'No number of instances is within both bounds of the schedule.',
    check: ({ scale: { schedules } }) =>
      ofSchedules(
        schedules,
        (schedule) => doContradict(schedule, schedule),
        ({ name, min, max }) => ({
          at: ['min'],
          sentence: `The schedule ${name} asks for at least ${min ?? 0} and at most ${max ?? 0}.`,
          remedy: 'Lower its min or raise its max.',
        }),
      ),
  },
  {
    code: 'schedule-outside-bounds',
    severity: 'error',
    about: 'Schedules tighten the bounds of the pool and never widen them.',
    check: ({ scale: { min, max, schedules } }) => {
      const isOutside = (bound: number | null): boolean =>
        bound !== null && (bound < min || bound > max);
      return (['min', 'max'] as const).flatMap((key) =>
        ofSchedules(
          schedules,
          (schedule) => min <= max && isOutside(schedule[key]),
          (schedule) => ({
            at: [key],
            sentence: `The schedule ${schedule.name} asks for ${key} ${schedule[key] ?? 0}, and the pool keeps between ${min} and ${max} whatever schedules say.`,
            remedy: `Use a number from ${min} to ${max}, or move the pool’s own min or max.`,
          }),
        ),
      );
    },
  },
  {
    code: 'schedules-contradict',
    severity: 'error',
    about: 'Two schedules hold at the same time, and one asks for more than the other allows.',
    check: ({ scale: { schedules } }) =>
      overlapping(schedules)
        .map(({ one, other, index }) =>
          doContradict(one, other)
            ? { index, high: one, low: other, key: 'max' }
            : { index, high: other, low: one, key: 'min' },
        )
        .filter(({ high, low }) => doContradict(high, low))
        .map(({ index, high, low, key }) => ({
          at: ['schedules', index, key],
          sentence: `At times ${high.name} asks for at least ${high.min ?? 0} and ${low.name} for at most ${low.max ?? 0}: min wins, so ${low.name} would not hold.`,
          remedy: 'Move one of them in time or number.',
        })),
  },
  {
    code: 'schedules-overlap',
    severity: 'info',
    about: 'Two schedules set the same bound at the same time; the tighter one holds.',
    check: ({ scale: { schedules } }) =>
      overlapping(schedules).flatMap(({ one, other, index }) => [
        ...remarkIf(one.min !== null && other.min !== null, () => ({
          at: ['schedules', index],
          sentence: `At times ${one.name} and ${other.name} both hold: the higher min, ${Math.max(one.min ?? 0, other.min ?? 0)}, counts.`,
          remedy: 'Nothing to do, if that is what you mean.',
        })),
        ...remarkIf(one.max !== null && other.max !== null, () => ({
          at: ['schedules', index],
          sentence: `At times ${one.name} and ${other.name} both hold: the lower max, ${Math.min(one.max ?? 0, other.max ?? 0)}, counts.`,
          remedy: 'Nothing to do, if that is what you mean.',
        })),
      ]),
  },
  {
    code: 'schedule-around-the-clock',
    severity: 'warning',
    about: 'A schedule that ends when it begins holds for a whole day.',
    check: ({ scale: { schedules } }) =>
      ofSchedules(
        schedules,
        ({ fromMinute, toMinute }) => fromMinute === toMinute,
        ({ name }) => ({
          at: ['to'],
          sentence: `The schedule ${name} ends at the time at which it begins, so it holds for 24 hours.`,
          remedy: 'Use 00:00 to 24:00 to say so, or set the time that you mean.',
        }),
      ),
  },
]);
