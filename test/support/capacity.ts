import { type CapacityInput } from '../../shared/decide/scale/situation';
import { type CapacitySnapshot, type MetricFigure } from '../../shared/domain/capacity';
import { missing, type Reading } from '../../shared/domain/reading';
import {
  DEFAULT_INVENTORY,
  DEFAULT_LAUNCH,
  DEFAULT_RETIRE,
  DEFAULT_SCALING,
  DEFAULT_WARM_POOL,
} from '../../shared/domain/scale-defaults';
import { EMPTY_SCALE_MEMORY, type ScaleMemory } from '../../shared/domain/scale-memory';
import { type ScalePolicy, type ScaleSignal } from '../../shared/domain/scale-policy';
import { millis, permille } from '../../shared/domain/units';
import { NOW, ok, secondsAgo } from './builders';

/** CPU at 60 %, 2 to 100 instances, no stabilisation, no rate that matters, no vetoes; cases name only what they are about. */
export function aScalePolicy(parts: Partial<ScalePolicy> = {}): ScalePolicy {
  const quick = {
    enabled: true,
    stabilisationMs: millis(0),
    rate: { windowMs: millis(60_000), share: permille(1000), count: 1000 },
  };
  return {
    ...DEFAULT_SCALING,
    min: 2,
    max: 100,
    metrics: [{ signal: 'cpu', target: 600 }],
    steps: [],
    schedules: [],
    out: quick,
    in: quick,
    vetoes: { errorShare: null, latencyMs: null, unhealthyShare: null, lastWeekPeak: false },
    launch: { ...DEFAULT_LAUNCH, templateId: 'lt-1', templateVersion: null, options: [] },
    retire: DEFAULT_RETIRE,
    warmPool: DEFAULT_WARM_POOL,
    inventory: DEFAULT_INVENTORY,
    ...parts,
  };
}

/** A figure of a minute ago, reported by everybody. */
export function aFigure(
  signal: ScaleSignal,
  total: number,
  parts: Partial<Pick<MetricFigure, 'reported' | 'expected' | 'saturated'>> = {},
  sampledAt = secondsAgo(60),
): Reading<MetricFigure> {
  const expected = parts.expected ?? 1;
  const value = { signal, total, ...parts, reported: parts.reported ?? expected, expected };
  return { kind: 'ok', value, sampledAt };
}

/** Everybody at the same CPU, in permille. */
export const aCpuFigure = (instances: number, each: number): Reading<MetricFigure> =>
  aFigure('cpu', instances * each, { expected: instances });

export const aCapacity = (parts: Partial<CapacitySnapshot> = {}): CapacitySnapshot => ({
  owned: ok([]),
  contradictions: [],
  figures: [],
  errorShare: missing('not-configured'),
  latencyMs: missing('not-configured'),
  failedLaunches: [],
  tagged: null,
  order: null,
  takenAt: NOW,
  ...parts,
});

export interface CapacityParts {
  readonly policy?: Partial<ScalePolicy>;
  readonly capacity?: Partial<CapacitySnapshot>;
  readonly memory?: Partial<ScaleMemory>;
  readonly counts?: Partial<CapacityInput['counts']>;
}

/** Ten serving for long, known for long. */
export function aCapacityInput({
  policy,
  capacity,
  memory,
  counts,
}: CapacityParts = {}): CapacityInput {
  return {
    now: NOW,
    policy: aScalePolicy(policy),
    capacity: aCapacity(capacity),
    memory: { ...EMPTY_SCALE_MEMORY, knownSince: secondsAgo(86_400), ...memory },
    counts: {
      serving: 10,
      held: 0,
      arriving: 0,
      leaving: 0,
      warm: 0,
      unhealthy: 0,
      ...counts,
    },
  };
}
