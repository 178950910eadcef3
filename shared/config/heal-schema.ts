import { z } from 'zod';
import { DEFAULT_OUTLIER } from '../domain/heal-defaults';
import { type HealPolicy, type WeightPolicy } from '../domain/policy';
import {
  countField,
  durationField,
  factorField,
  formatDuration,
  formatShare,
  shareField,
} from './notation';
import { ladderSchema } from './ladder-schema';
import { probeSchema } from './probe-schema';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const confirm = z
  .strictObject({
    fall: countField({ min: 1, max: 10 }, 3, {
      description: 'Consecutive bad observations before a backend counts as bad.',
      why: 'proxies use 3: one lost packet is not a failure',
    }),
    rise: countField({ min: 1, max: 10 }, 2, {
      description: 'Consecutive good observations before a backend counts as good again.',
      why: 'proxies use 2, and probation follows anyway',
    }),
  })
  .prefault({})
  .meta({ description: 'Rise and fall hysteresis, in observations.' });

const freshness = z
  .strictObject({
    health: durationField({ min: SECOND, max: HOUR }, '30s', {
      description: 'Age up to which the load balancer’s health verdict is evidence.',
      why: 'it is read by the tick itself; half a minute covers a slow call',
    }),
    probe: durationField({ min: SECOND, max: HOUR }, '30s', {
      description: 'Age up to which a probe window is evidence.',
      why: 'probes are made by the tick itself',
    }),
    metric: durationField({ min: MINUTE, max: HOUR }, '3m', {
      description: 'Age up to which a CloudMonitor point is evidence.',
      why: 'points stand for 60 s and come late: three periods',
    }),
    instance: durationField({ min: SECOND, max: HOUR }, '2m', {
      description: 'Age up to which ECS state and system events are evidence.',
      why: 'ECS times have minute precision',
    }),
  })
  .transform((age) => ({
    healthMs: age.health,
    probeMs: age.probe,
    metricMs: age.metric,
    instanceMs: age.instance,
  }))
  .prefault({})
  .meta({
    description: 'How old a signal may be and still count; older ones are stale and prove nothing.',
  });

const outlier = z
  .strictObject({
    enabled: z.boolean({ error: 'must be true or false' }).default(DEFAULT_OUTLIER.enabled).meta({
      description: 'Compare backends with their peers to find gray failures.',
      why: 'the load balancer’s own checks do not see them',
    }),
    hostsMin: countField({ min: 3, max: 2000 }, DEFAULT_OUTLIER.hostsMin, {
      description: 'Backends needed for a comparison.',
      why: 'the smallest pool with two peers to compare with',
    }),
    probesMin: countField({ min: 5, max: 10_000 }, DEFAULT_OUTLIER.probesMin, {
      description: 'Probes of one backend needed for a verdict.',
      why: 'two default windows; what small numbers cannot prove is left to an exact test',
    }),
    confirmations: countField({ min: 2, max: 10 }, DEFAULT_OUTLIER.confirmations, {
      description: 'Disjoint windows that must agree.',
      why: 'a pause that fills one window is not a fault',
    }),
    deviations: factorField({ min: 1, max: 20 }, DEFAULT_OUTLIER.madMultiple / 1000, {
      description: 'Distance from the peers’ median, in median absolute deviations.',
      why: 'ordinary latencies exceed it in some windows of a thousand, two in a row almost never',
    }),
    errorFloor: shareField(formatShare(DEFAULT_OUTLIER.errorFloor), {
      description: 'Error share below which nobody is an outlier.',
      why: 'less is no reason to take capacity out',
    }),
    latencyRatioFloor: factorField({ min: 1, max: 100 }, DEFAULT_OUTLIER.latencyRatioFloor / 1000, {
      description: 'Latency, as a multiple of the peers’ median, below which nobody is an outlier.',
      why: 'less than twice is ordinary variance',
    }),
    latencyFloor: durationField(
      { min: 1, max: MINUTE },
      formatDuration(DEFAULT_OUTLIER.latencyFloorMs),
      {
        description: 'Latency below which nobody is an outlier, whatever the ratio.',
        why: 'nobody notices 40 ms',
      },
    ),
    falseEjectionsPerWeek: factorField(
      { min: 0.001, max: 100 },
      DEFAULT_OUTLIER.falseEjectionsPerWeekMax / 1000,
      {
        description:
          'False ejections of the whole pool in a week that thresholds are computed for.',
        why: 'one in ten weeks',
      },
    ),
    brokenVantage: shareField(formatShare(DEFAULT_OUTLIER.brokenVantage), {
      description:
        'Share of backends that the load balancer calls normal and whose probes fail, from which on our own view is taken for broken.',
      why: 'half a pool does not turn gray at once; a route does',
    }),
  })
  .transform(({ deviations, latencyFloor, falseEjectionsPerWeek, ...rest }) => ({
    ...rest,
    madMultiple: deviations,
    latencyFloorMs: latencyFloor,
    falseEjectionsPerWeekMax: falseEjectionsPerWeek,
  }))
  .prefault({})
  .meta({ description: 'Gray failure: worse than the peers and worse than an absolute floor.' });

const ejection = z
  .strictObject({
    base: durationField({ min: SECOND, max: DAY }, '30s', {
      description: 'How long a first ejection lasts; each further offence adds as much.',
      why: 'the customary base of proxies',
    }),
    max: durationField({ min: SECOND, max: DAY }, '5m', {
      description: 'Longest ejection.',
      why: 'ten offences at the default base; later the ladder repairs',
    }),
    decay: durationField({ min: SECOND, max: 7 * DAY }, '10m', {
      description: 'Quiet time that forgives one offence.',
      why: 'twice the longest ejection',
    }),
  })
  .transform((time) => ({ baseMs: time.base, maxMs: time.max, decayMs: time.decay }))
  .prefault({})
  .meta({ description: 'How long an ejected backend stays out.' });

const slowStart = z
  .strictObject({
    steps: countField({ min: 1, max: 20 }, 5, {
      description: 'Weights between the first share and the full weight.',
      why: 'each step costs one write per 20 backends',
    }),
    over: durationField({ min: 0, max: HOUR }, '3m', {
      description: 'Time from the first step to the full weight.',
      why: 'caches and compilers warm within minutes',
    }),
    firstShare: shareField('10%', {
      description: 'Share of the base weight at the first step; never rounded down to 0.',
      why: 'the smallest share that proxies start with',
    }),
  })
  .transform((ramp) => ({ steps: ramp.steps, durationMs: ramp.over, firstShare: ramp.firstShare }))
  .prefault({})
  .meta({ description: 'Ramp of returning backends and newcomers, in whole weights.' });

const feedback = z
  .strictObject({
    errorPenalty: shareField('100%', {
      description:
        'Weight of the error share against utilisation in qps ÷ (utilisation + penalty × errors).',
      why: 'an erring backend is as costly as a busy one',
    }),
    deadBand: countField({ min: 1, max: 50 }, 5, {
      description: 'Weight differences below this are not written.',
      why: 'spares calls and connections',
    }),
    slew: shareField('20%', {
      description: 'Largest change per tick, share of the base weight.',
      why: 'the load balancer’s API is slower than the load',
    }),
    expiry: durationField({ min: MINUTE, max: HOUR }, '3m', {
      description: 'Age at which feedback is forgotten and the base weight returns.',
      why: 'three CloudMonitor periods',
    }),
  })
  .transform(({ expiry, ...rest }) => ({ ...rest, expiryMs: expiry }));

const weights = z
  .discriminatedUnion(
    'kind',
    [
      z
        .strictObject({ kind: z.literal('preserve').meta({ description: 'Who decides.' }) })
        .meta({ description: 'Base weights are what people set; they are never raised.' }),
      z
        .strictObject({
          kind: z.literal('managed').meta({ description: 'Who decides.' }),
          perVcpu: factorField({ min: 0.1, max: 100 }, 12.5, {
            description: 'Weight per vCPU; the base weight is clamped to 1 … 100.',
            why: '8 vCPU reach 100',
          }),
          feedback: feedback.nullable().prefault(null).meta({
            description: 'Correct the base weight by observed load; null leaves it alone.',
            why: 'capacity explains most of a mixed pool',
          }),
        })
        .meta({ description: 'Base weights follow from the vCPU count.' }),
    ],
    {
      error: 'must be preserve or managed',
    },
  )
  .transform((chosen): WeightPolicy =>
    chosen.kind === 'preserve'
      ? chosen
      : { kind: 'managed', factor: chosen.perVcpu, feedback: chosen.feedback },
  )
  .prefault({ kind: 'preserve' })
  .meta({
    description: 'Who decides on base weights.',
    why: 'a weight that someone set has a reason',
  });

const panic = z
  .strictObject({
    enter: shareField('50%', {
      description:
        'Healthy share below which healing stops, last known weights return and people are called.',
      why: 'with half a pool sick the cause is elsewhere',
    }),
    leave: shareField('65%', {
      description: 'Healthy share above which healing resumes.',
      why: 'a gap, so that one backend does not toggle it',
    }),
  })
  .prefault({})
  .meta({ description: 'When healing would do harm.' });

/** The `heal` section of a pool. */
export const healSchema = z
  .strictObject({
    confirm,
    freshness,
    probe: probeSchema,
    outlier,
    ejection,
    slowStart,
    weights,
    ladder: ladderSchema,
    panic,
  })
  .transform((heal): HealPolicy => heal)
  .prefault({})
  .meta({ description: 'How sick backends are found, taken out, repaired and brought back.' });
