import { z } from 'zod';
import {
  type ApprovalPolicy,
  type FailbackPolicy,
  type NameCapacityPolicy,
  type PracticePolicy,
  type VelocityPolicy,
  type VerdictPolicy,
} from '../domain/failover/name-policy';
import { nameText } from './identifiers';
import { countField, durationField, factorField, shareField, shareText } from './notation';
import { daysField, inOrder, minutesOf, timeText, timeZoneText } from './time-of-day';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The `verdict` section: what it takes to call a site up or down. */
export const verdictSchema = z
  .strictObject({
    quorum: countField({ min: 2, max: 10 }, 2, {
      description: 'Votes from outside the site’s region that must agree.',
      why: 'one vantage may have lost its own way; more than two leave no spare among three regions',
    }),
    fresh: durationField({ min: SECOND, max: 10 * MINUTE }, '2m', {
      description: 'How old a vote, a health reading or a metric may be and still count.',
      why: 'metrics are a minute apart and come late',
    }),
    servingShare: shareField('50%', {
      description:
        'A site whose load balancer is healthy and that carries at least this share of its usual traffic is not down, whatever the votes.',
      why: 'while half of the users get through, our own view is the likelier fault',
    }),
    unknown: durationField({ min: 0, max: 10 * MINUTE }, '90s', {
      description: 'A time without a verdict of at most so long does not break a hold.',
      why: 'a worker that ends is woken again within a minute, and half the hold-down is still seen',
    }),
  })
  .transform(({ fresh, unknown, ...rest }): VerdictPolicy => ({
    ...rest,
    freshMs: fresh,
    unknownMs: unknown,
  }))
  .prefault({})
  .meta({ description: 'What it takes to call a site up or down.' });

/** The `failback` section: how a site gets its traffic back. */
export const failbackSchema = z
  .strictObject({
    automatic: z.boolean({ error: 'must be true or false' }).default(true).meta({
      description: 'Come back without being told; false waits for `failback`.',
      why: 'the hold and the stages make it safe, and two regions carry more than one',
    }),
    hold: durationField({ min: SECOND, max: DAY }, '15m', {
      description: 'How long a site must be up without a break before its records come back.',
      why: 'flapping for an hour brings it back at most once',
    }),
    stages: z
      .array(shareText({ min: 1, max: 1000 }), { error: 'must be a list of shares such as 10%' })
      .min(1, { error: 'must name at least one stage' })
      .max(10, { error: 'must have at most 10 stages' })
      .prefault(['10%', '50%', '100%'])
      .meta({
        description:
          'Shares of its usual traffic in turn, the last 100%; used where weighting is on.',
        why: 'cold caches and pools meet a tenth first, and everybody only after half went well',
      }),
    stageHold: durationField({ min: SECOND, max: 6 * HOUR }, '5m', {
      description: 'How long each stage is held.',
      why: 'clients of a 60 s TTL have followed, and the pool has scaled',
    }),
  })
  .transform(({ automatic, hold, stageHold, ...rest }): FailbackPolicy => ({
    ...rest,
    isAutomatic: automatic,
    holdMs: hold,
    stageHoldMs: stageHold,
  }))
  .prefault({})
  .meta({ description: 'How a site gets its traffic back.' });

/** The `capacity` section: what the others must be able to carry. */
export const nameCapacitySchema = z
  .strictObject({
    wait: durationField({ min: 0, max: HOUR }, '60s', {
      description:
        'How long a pause waits for the others to grow, while the site still serves `servesAtLeast`.',
      why: 'warm instances are in by then; a site that half works may wait, its users should not for long',
    }),
    servesAtLeast: shareField('5%', {
      description: 'Share of its usual traffic below which a dying site is not waited for.',
      why: 'below one in twenty there is nothing left to lose',
    }),
    fullUse: factorField({ min: 1, max: 3 }, 1.2, {
      description:
        'Load that an instance may carry for the time of a failover, in multiples of its target.',
      why: 'instances at a target of 60 % CPU then run at 72 %, busy and not overloaded',
    }),
    emergencyUse: factorField({ min: 1, max: 3 }, 1.25, {
      description:
        'Load that an instance bears before it breaks down, in multiples of its target; as much is taken on by weight from a site that is dead.',
      why: 'its clients fail anyway, so more than `fullUse`; a target of 80 % of what an instance bears is then at its end',
    }),
    partHold: durationField({ min: SECOND, max: HOUR }, '30s', {
      description: 'How long a part that left a dead site by weight is held before the next.',
      why: 'what is under way is counted in full, and who has grown meanwhile gets the next part soon',
    }),
    floor: durationField({ min: SECOND, max: DAY }, '10m', {
      description: 'Lifetime of a floor request to another pool; renewed while the site is out.',
      why: 'ten timers may be missed, and then the pool is its own again',
    }),
  })
  .transform(({ wait, partHold, floor, ...rest }): NameCapacityPolicy => ({
    ...rest,
    waitMs: wait,
    partHoldMs: partHold,
    floorMs: floor,
  }))
  .prefault({})
  .meta({ description: 'What the others must be able to carry before traffic comes to them.' });

/** The `velocity` section: how often traffic may move. */
export const velocitySchema = z
  .strictObject({
    moves: countField({ min: 1, max: 100 }, 1, {
      description: 'Failovers of the name within the window, at most.',
      why: 'a second one within the hour is a matter for people',
    }),
    window: durationField({ min: SECOND, max: 7 * DAY }, '1h', {
      description: 'The time over which failovers are counted, and returns by themselves likewise.',
      why: 'an hour of flapping moves traffic away once',
    }),
  })
  .transform(({ moves, window }): VelocityPolicy => ({ moves, windowMs: window }))
  .prefault({})
  .meta({ description: 'How often traffic may move.' });

/** The right to leave a region, which all names share: one region at a time. */
export const regionClaimField = durationField({ min: MINUTE, max: DAY }, '10m', {
  description:
    'How long a region that is being left stays the only one when the worker that renews this with every look is gone; then another region may be left.',
  why: 'ten timers may fail before another region has its turn',
});

/** The `approval` section: what a person is asked. */
export const approvalSchema = z
  .strictObject({
    firstFailover: z.boolean({ error: 'must be true or false' }).default(true).meta({
      description: 'The first failover of the name asks a person.',
      why: 'nobody has seen it work here yet',
    }),
    valid: durationField({ min: SECOND, max: DAY }, '30m', {
      description: 'How long a question stands, and so the approval that answers it.',
      why: 'after half an hour it is another situation',
    }),
  })
  .transform(({ firstFailover, valid }): ApprovalPolicy => ({ firstFailover, validMs: valid }))
  .prefault({})
  .meta({
    description: 'What a person is asked first. Sites that are `stateful` are always asked about.',
  });

/** The `practice` section: a rehearsed failover. */
export const practiceSchema = z
  .strictObject({
    site: nameText().meta({ description: 'Site that is moved away.' }),
    timeZone: timeZoneText().meta({
      description: 'Time zone of `from`, with its summer time, as Asia/Shanghai.',
    }),
    days: daysField(['wed'], {
      description: 'Days on which it begins.',
      why: 'once a week keeps it in practice, in the middle of it somebody is at work',
    }),
    from: timeText().meta({ description: 'Time of day at which it begins, as 10:00.' }),
    duration: durationField({ min: SECOND, max: 6 * HOUR }, '15m', {
      description: 'How long the site stays away.',
      why: 'nearly all clients of a 60 s TTL follow within ten minutes',
    }),
    abortErrors: shareField('2%', {
      description: 'Share of failed requests in a surviving pool that ends it at once.',
      why: 'where healing sees errors too',
    }),
  })
  .transform(({ site, timeZone, days, from, duration, abortErrors }): PracticePolicy => ({
    site,
    timeZone,
    days: inOrder(days),
    fromMinute: minutesOf(from),
    durationMs: duration,
    abortErrorShare: abortErrors,
  }))
  .nullable()
  .prefault(null)
  .meta({
    description:
      'A rehearsed failover at a time of the week, which ends by itself, and at once when its outcome alarm fires; null: none.',
    why: 'nobody knows your calendar',
  });
