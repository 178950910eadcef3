import { deadBandOf } from '../domain/dead-band';
import { type ScaleSignal, type TargetMetric } from '../domain/scale-policy';
import { remarkIf, type Remark } from './lint-rule';
import { isLayer4Only, scaleRules, signalsOf, type ScaledPool } from './lint-scale-rule';
import { formatDuration, formatShare } from './notation';
import { formatSignal } from './signal-notation';

/** Signals that nothing exceeds: a share of full use. */
const BOUNDED: readonly ScaleSignal[] = ['cpu', 'load-balancer-utilisation'];
/** Figures that CLB has for HTTP and HTTPS listeners only. */
const LAYER_7: readonly ScaleSignal[] = ['requests', 'latency'];

/** Example: `30.1% to 66% with 2, 48% to 66% with 10`. */
function bandsOf({ signal, target }: TargetMetric, { scale }: ScaledPool): string {
  const { min, max, tolerance } = scale;
  const sizes = [...new Set([min, Math.floor((min + max) / 2), max])];
  return sizes
    .map((size) => ({ size, band: deadBandOf(target, size, tolerance) }))
    .map(({ size, band: { from, to } }) => {
      const [low, high] = [formatSignal(signal, from), formatSignal(signal, to)];
      return `${low} to ${high} with ${size}`;
    })
    .join(', ');
}

/** One remark for every metric that a condition holds for. */
const ofMetrics = (
  { scale: { metrics } }: ScaledPool,
  holds: (metric: TargetMetric, index: number) => boolean,
  remark: (metric: TargetMetric) => Omit<Remark, 'at'>,
): readonly Remark[] =>
  metrics.flatMap((metric, index) =>
    remarkIf(holds(metric, index), () => ({ at: ['metrics', index], ...remark(metric) })),
  );

/** Whether targets can be reached, and what their tolerance means in instances. */
export const SCALE_METRIC_RULES = scaleRules([
  {
    code: 'scale-metric-repeated',
    severity: 'error',
    about: 'A signal has two targets, and only the first would count.',
    check: (subject) =>
      ofMetrics(
        subject,
        ({ signal }, index) =>
          subject.scale.metrics.findIndex((other) => other.signal === signal) < index,
        ({ signal }) => ({
          sentence: `${signal} has a target already.`,
          remedy: 'Keep one of them.',
        }),
      ),
  },
  {
    code: 'scale-target-out-of-reach',
    severity: 'error',
    about: 'The target with its tolerance lies above full use: nothing would ever be added.',
    check: (subject) => {
      const { tolerance, out } = subject.scale;
      return ofMetrics(
        subject,
        ({ signal, target }) =>
          out.enabled && BOUNDED.includes(signal) && target * (1000 + tolerance.out) >= 1_000_000,
        ({ signal, target }) => ({
          sentence: `${signal} would have to exceed ${formatSignal(signal, deadBandOf(target, 1, tolerance).to)}, and it ends at 100%: nothing would ever be added.`,
          remedy: 'Lower the target or tolerance.out.',
        }),
      );
    },
  },
  {
    code: 'scale-in-out-of-reach',
    severity: 'error',
    about: 'With a tolerance of 100% no load is low enough to take any away.',
    check: ({ scale: { tolerance, metrics, in: inwards } }) =>
      remarkIf(inwards.enabled && metrics.length > 0 && tolerance.in >= 1000, () => ({
        at: ['tolerance', 'in'],
        sentence:
          'With a tolerance of 100% no load is far enough below the target: nothing is ever taken away.',
        remedy: 'Lower it; to keep what was added, set in.enabled to false.',
      })),
  },
  {
    code: 'scale-dead-band-swallows-range',
    severity: 'warning',
    about: 'The tolerance is wider than all that lies between min and max.',
    check: ({ scale: { min, max, tolerance, metrics, in: inwards } }) => {
      if (metrics.length === 0 || min >= max || tolerance.in >= 1000) return [];
      const isInSwallowed = inwards.enabled && min * 1000 > max * (1000 - tolerance.in);
      const isOutSwallowed = max * 1000 <= min * (1000 + tolerance.out);
      return [
        ...remarkIf(isInSwallowed, () => ({
          at: ['tolerance', 'in'],
          sentence: `With ${max} instances a tolerance of ${formatShare(tolerance.in)} takes nothing away while there is work for ${min}, which is min: the dead band is the whole range.`,
          remedy: 'Lower tolerance.in or min.',
        })),
        ...remarkIf(isOutSwallowed, () => ({
          at: ['tolerance', 'out'],
          sentence: `With ${min} instances a tolerance of ${formatShare(tolerance.out)} adds nothing while there is work for ${max}, which is max: the dead band is the whole range.`,
          remedy: 'Lower tolerance.out or raise max.',
        })),
      ];
    },
  },
  {
    code: 'scale-dead-band',
    severity: 'info',
    about:
      'What the tolerance means: the values that change nothing at min, in the middle and at max.',
    check: (subject) =>
      ofMetrics(
        subject,
        () => subject.scale.min <= subject.scale.max,
        (metric) => ({
          sentence: `${metric.signal} at ${formatSignal(metric.signal, metric.target)} changes nothing from ${bandsOf(metric, subject)} instances.`,
          remedy: 'Nothing to do, if that is what you mean; else change tolerance.',
        }),
      ),
  },
  {
    code: 'scale-without-figures',
    severity: 'warning',
    about:
      'Layer-4 listeners have no requests, response times or status codes: such a metric is always missing.',
    check: (subject) => {
      const { metrics, in: inwards } = subject.scale;
      const blind = signalsOf(subject).filter((signal) => LAYER_7.includes(signal));
      const at = ['metrics', metrics.findIndex(({ signal }) => blind.includes(signal))];
      return remarkIf(isLayer4Only(subject) && blind.length > 0, () => ({
        at: at.includes(-1) ? ['steps'] : at,
        sentence: `All known listeners are TCP or UDP, and CLB counts no ${blind.join(' and no ')} for them: nothing is added for it${inwards.enabled ? ', and while it is missing nothing is taken away' : ''}.`,
        remedy: 'Use connections, instance-connections or cpu.',
      }));
    },
  },
  {
    code: 'scale-load-balancer-alone',
    severity: 'warning',
    about: 'The load balancer’s own utilisation does not fall when instances are added.',
    check: (subject) =>
      ofMetrics(
        subject,
        ({ signal }) => signal === 'load-balancer-utilisation',
        () => ({
          sentence:
            'load-balancer-utilisation is how full the load balancer itself is, and more instances do not empty it: above its target the pool grows to max and stays there.',
          remedy: 'Follow requests or connections; for a full load balancer, choose a larger one.',
        }),
      ),
  },
  {
    code: 'scale-warm-up-below-slow-start',
    severity: 'warning',
    about: 'The figures of newcomers are believed while slow start still holds their traffic back.',
    check: ({ scale: { warmUpMs }, pool: { heal } }) =>
      remarkIf(warmUpMs < heal.slowStart.durationMs, () => ({
        at: ['warmUp'],
        sentence: `Newcomers are believed after ${formatDuration(warmUpMs)}, and slow start holds their traffic back for ${formatDuration(heal.slowStart.durationMs)}: they look idle, and the pool looks too large.`,
        remedy: `Set warmUp to ${formatDuration(heal.slowStart.durationMs)} or more.`,
      })),
  },
]);
