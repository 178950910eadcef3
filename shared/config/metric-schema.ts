import { z } from 'zod';
import { type ScaleSignal } from '../domain/scale-policy';
import { type Permille } from '../domain/units';
import { shareText, wholeNumber } from './notation';
import { SCALE_SIGNALS, signalValue } from './signal-notation';

const IN_ITS_UNIT =
  'CPU and utilisation are shares (60%), requests a rate (120/s), connections a number, latency a duration (250ms).';
const NO_SIGNAL = { error: `must be one of ${SCALE_SIGNALS.join(', ')}` };

const nameOf = <Signal extends ScaleSignal>(signal: Signal) =>
  z.literal(signal).meta({
    description:
      'What is followed: `cpu` and `instance-connections` of each instance, `requests` and `connections` of each backend, `latency` of responses, or `load-balancer-utilisation`.',
  });

const metricOf = <Signal extends ScaleSignal>(signal: Signal) =>
  z.strictObject({
    signal: nameOf(signal),
    target: signalValue(signal).meta({
      description: `Value that the pool is sized for. ${IN_ITS_UNIT}`,
    }),
  });

const change = z
  .union(
    [
      wholeNumber({ min: 1, max: 2000 }).transform((count) => ({ kind: 'count' as const, count })),
      shareText({ min: 1, max: 1000 }).transform((share: Permille) => ({
        kind: 'share' as const,
        share,
      })),
    ],
    { error: 'must be a number of instances such as 2, or a share of them such as 20%' },
  )
  .meta({ description: 'Instances to add or take away, or a share of them; at least one.' });

const stepOf = <Signal extends ScaleSignal>(signal: Signal) =>
  z.strictObject({
    signal: nameOf(signal),
    direction: z
      .enum(['out', 'in'], { error: 'must be out or in' })
      .meta({ description: 'Whether instances are added or taken away.' }),
    threshold: signalValue(signal).meta({
      description: `From this value on (out), or down to it (in), the step applies. ${IN_ITS_UNIT}`,
    }),
    change,
  });

const metric = z.discriminatedUnion(
  'signal',
  [
    metricOf('cpu'),
    metricOf('instance-connections'),
    metricOf('requests'),
    metricOf('connections'),
    metricOf('latency'),
    metricOf('load-balancer-utilisation'),
  ],
  NO_SIGNAL,
);

const step = z.discriminatedUnion(
  'signal',
  [
    stepOf('cpu'),
    stepOf('instance-connections'),
    stepOf('requests'),
    stepOf('connections'),
    stepOf('latency'),
    stepOf('load-balancer-utilisation'),
  ],
  NO_SIGNAL,
);

/** The `metrics` list: targets to track. */
export const metricsSchema = z
  .array(metric, { error: 'must be a list of metrics' })
  .max(10, { error: 'must have at most 10 metrics' })
  .prefault([])
  .meta({
    description:
      'Targets to track. Any of them may add instances; all of them must agree before any is taken away.',
    why: 'only you know what one instance can bear',
  });

/** The `steps` list: fixed changes at thresholds. */
export const stepsSchema = z
  .array(step, { error: 'must be a list of steps' })
  .max(20, { error: 'must have at most 20 steps' })
  .prefault([])
  .meta({
    description: 'Fixed changes at thresholds; the largest that applies counts.',
    why: 'a target alone suffices for most services',
  });
