import { type ScalePolicy, type ScaleSignal } from '../domain/scale-policy';
import { type LintRule, type PoolUnderLint, type Remark } from './lint-rule';

/** A pool that is scaled, under lint. */
export interface ScaledPool extends PoolUnderLint {
  readonly scale: ScalePolicy;
}

/** One rule over scaled pools; what its remarks say of places is relative to the `scale` section. */
interface ScaleRule extends Pick<LintRule, 'code' | 'severity' | 'about'> {
  check(subject: ScaledPool): readonly Remark[];
}

/** Rules that say nothing of pools without a `scale` section. */
export const scaleRules = (rules: readonly ScaleRule[]): readonly LintRule[] =>
  rules.map((rule) => ({
    ...rule,
    check: (subject) => {
      const { scale } = subject.pool;
      if (scale === undefined) return [];
      return rule
        .check({ ...subject, scale })
        .map((remark) => ({ ...remark, at: ['scale', ...remark.at] }));
    },
  }));

/** Every signal that a target or a step follows, once. */
export const signalsOf = ({
  scale: { metrics, steps },
}: Pick<ScaledPool, 'scale'>): readonly ScaleSignal[] => [
  ...new Set([...metrics, ...steps].map(({ signal }) => signal)),
];

/** Every listener that is known is layer 4: the load balancer counts no requests, response times or status codes. */
export const isLayer4Only = ({ listeners }: Pick<ScaledPool, 'listeners'>): boolean =>
  listeners.length > 0 &&
  listeners.every(({ protocol }) => protocol === 'tcp' || protocol === 'udp');
