import { z } from 'zod';
import { DEFAULT_SCALING } from '../domain/scale-defaults';
import { type DirectionPolicy, type ScaleInVetoes, type ScalePolicy } from '../domain/scale-policy';
import { launchSchema } from './launch-schema';
import { metricsSchema, stepsSchema } from './metric-schema';
import {
  countField,
  durationField,
  durationText,
  formatDuration,
  formatShare,
  shareField,
  shareText,
  wholeNumber,
} from './notation';
import { inventorySchema, retireSchema, warmPoolSchema } from './retire-schema';
import { schedulesSchema } from './schedule-schema';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const tolerance = z
  .strictObject({
    out: shareField(formatShare(DEFAULT_SCALING.tolerance.out), {
      description: 'Load above the target that adds nothing, as a share of the target.',
      why: 'what the Kubernetes autoscaler has used for years',
    }),
    in: shareField(formatShare(DEFAULT_SCALING.tolerance.in), {
      description:
        'Load below the target that takes nothing away, as a share of the target; never less than one instance’s worth.',
      why: 'taking away too early costs requests, too late only money',
    }),
  })
  .prefault({})
  .meta({ description: 'The dead band around a target, per direction.' });

interface DirectionNotes {
  readonly section: string;
  readonly enabled: string;
  readonly stabilisation: string;
  readonly whyStabilisation: string;
  readonly whyRate: string;
}

const direction = (preset: DirectionPolicy, notes: DirectionNotes) =>
  z
    .strictObject({
      enabled: z
        .boolean({ error: 'must be true or false' })
        .default(preset.enabled)
        .meta({ description: notes.enabled, why: 'both directions are what scaling means' }),
      stabilisation: durationField({ min: 0, max: HOUR }, formatDuration(preset.stabilisationMs), {
        description: notes.stabilisation,
        why: notes.whyStabilisation,
      }),
      rate: z
        .strictObject({
          window: durationField({ min: MINUTE, max: HOUR }, formatDuration(preset.rate.windowMs), {
            description: 'The time over which changes are counted.',
            why: notes.whyRate,
          }),
          share: shareField(formatShare(preset.rate.share), {
            description: 'Largest change in that time, as a share of the pool; at least one.',
            why: notes.whyRate,
          }),
          count: countField({ min: 1, max: 2000 }, preset.rate.count, {
            description: 'The same as a number; the larger of the two holds.',
            why: 'small pools must be able to move as well',
          }),
        })
        .transform(({ window, ...rest }) => ({ ...rest, windowMs: window }))
        .prefault({})
        .meta({ description: 'How much may change in a while.' }),
    })
    .transform(({ stabilisation, ...rest }): DirectionPolicy => ({
      ...rest,
      stabilisationMs: stabilisation,
    }))
    .prefault({})
    .meta({ description: notes.section });

const out = direction(DEFAULT_SCALING.out, {
  section: 'How instances are added.',
  enabled: 'Add instances at all.',
  stabilisation: 'Only what was wanted throughout this time is added.',
  whyStabilisation: 'overload is paid for at once',
  whyRate: 'figures stand for a minute: one wrong figure at most doubles the pool',
});

const inwards = direction(DEFAULT_SCALING.in, {
  section: 'How instances are taken away.',
  enabled: 'Take instances away at all.',
  stabilisation: 'The highest number wanted within this time stays.',
  whyStabilisation: 'the peak of the last ten minutes may return',
  whyRate: 'a wrong conclusion costs a tenth before anybody can look',
});

const preset = DEFAULT_SCALING.vetoes;
const shareOrNull = (share: number | null): string | null =>
  share === null ? null : formatShare(share);

const vetoes = z
  .strictObject({
    errorShare: shareText().nullable().prefault(shareOrNull(preset.errorShare)).meta({
      description:
        'Nothing is taken away while more requests than this fail, or nobody knows; null switches it off.',
      why: 'an outage makes CPU idle; below this healing does not act either',
    }),
    latency: durationText({ min: 1, max: 300_000 })
      .nullable()
      .prefault(preset.latencyMs === null ? null : formatDuration(preset.latencyMs))
      .meta({
        description:
          'Nothing is taken away while responses take longer than this, or nobody knows; null switches it off. From 1ms to 5m.',
        why: 'nobody can guess it; name one wherever CPU is the only metric',
      }),
    unhealthyShare: shareText().nullable().prefault(shareOrNull(preset.unhealthyShare)).meta({
      description:
        'Nothing is taken away while more of the instances than this are unhealthy; null switches it off.',
      why: 'so many sick at once is an incident, not idleness',
    }),
    lastWeekPeak: z.boolean({ error: 'must be true or false' }).default(preset.lastWeekPeak).meta({
      description:
        'Keep what the same hour of the same weekday needed a week ago; without such history it is off, and the tick says so.',
      why: 'it is the one thing that knows about Monday morning',
    }),
  })
  .transform(({ latency, ...rest }): ScaleInVetoes => ({ ...rest, latencyMs: latency }))
  .prefault({})
  .meta({ description: 'What forbids taking instances away though every metric agrees.' });

/** The `scale` section: null while the pool is only healed. */
export const scaleSchema = z
  .strictObject({
    min: wholeNumber({ min: 1, max: 2000 }).meta({
      description: 'Fewest instances, whatever the metrics say.',
    }),
    max: wholeNumber({ min: 1, max: 2000 }).meta({
      description: 'Most instances, whatever the metrics say.',
    }),
    metrics: metricsSchema,
    steps: stepsSchema,
    schedules: schedulesSchema,
    tolerance,
    out,
    in: inwards,
    warmUp: durationField({ min: 0, max: HOUR }, formatDuration(DEFAULT_SCALING.warmUpMs), {
      description:
        'How long a new instance counts as capacity while its own figures are not believed yet.',
      why: 'as long as slow start: until then they are those of its ramp',
    }),
    expectedBack: durationField(
      { min: MINUTE, max: 24 * HOUR },
      formatDuration(DEFAULT_SCALING.expectedBackMs),
      {
        description:
          'How long an instance that heal or a person holds out of service counts as capacity; afterwards others are launched where the metrics want them.',
        why: 'a restart and a reboot with their waits fit in; those who serve must not wait for it for ever',
      },
    ),
    quorum: shareField(formatShare(DEFAULT_SCALING.quorum), {
      description:
        'Share of the instances that must report a metric before it may agree to take any away; the silent ones count as fully busy. Who reports the top of its CPU does not tell how much work it has.',
      why: 'one silent instance of many must not freeze the pool for hours',
    }),
    vetoes,
    launch: launchSchema,
    retire: retireSchema,
    warmPool: warmPoolSchema,
    inventory: inventorySchema,
  })
  .transform(({ warmUp, expectedBack, ...rest }): ScalePolicy => ({
    ...rest,
    warmUpMs: warmUp,
    expectedBackMs: expectedBack,
  }))
  .nullable()
  .prefault(null)
  .meta({
    description: 'How many instances the pool has, and how they come and go; null only heals it.',
    why: 'instances cost money: adding and removing them is asked for',
  });
