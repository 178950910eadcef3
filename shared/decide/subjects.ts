import { windowReach } from '../domain/freshness';
import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { knownValue } from '../domain/reading';
import { isAvoided, isInstanceDown } from '../domain/serving';
import { type Instant, millis } from '../domain/units';
import { decideBaseWeights } from './base-weights';
import { followPlaces } from './follow-places';
import { decideOutliers, type OutlierVerdict } from './outliers';
import { freshMemory, memoryFromTag, takeIn, withinReach } from './remember';
import { type PersonWeight, type Subject } from './scene';
import { type Vantage } from './vantage';

interface Known {
  readonly backend: BackendSnapshot;
  readonly memory: BackendMemory;
  readonly personWeights: readonly PersonWeight[];
  readonly isNewcomer: boolean;
}

const NO_OUTLIER: OutlierVerdict = {
  isOutlier: false,
  confirmedWindows: 0,
  byErrors: false,
  byLatency: false,
  signals: [],
  detail: 'not compared',
};

/** Every backend with its memory, this tick's observations taken in, and what the comparison with its peers says. */
export function gatherSubjects(
  pool: PoolSnapshot,
  policy: PoolPolicy,
  vantage: Vantage,
): Readonly<Record<string, Subject>> {
  const strangers = pool.backends.filter(
    (backend) => pool.memory.backends[backend.instanceId] === undefined,
  ).length;
  const isAdopting = pool.memorySource !== 'store' || strangers * 2 > pool.backends.length;
  const known = pool.backends.map((backend) =>
    recall(backend, { pool, policy, vantage, isAdopting }),
  );
  const outliers = compare(known, policy, vantage);
  const windowMs = windowReach(policy.heal, pool.backends.length);
  const statisticsMs = millis(policy.heal.freshness.metricMs * 2);
  const subjects = known.map((entry): [string, Subject] => [
    entry.backend.instanceId,
    {
      ...entry,
      windows: vantage.isBroken ? [] : withinReach(entry.memory.windows, pool.takenAt, windowMs),
      statistics: withinReach(entry.memory.statistics, pool.takenAt, statisticsMs),
      outlier: outliers[entry.backend.instanceId] ?? NO_OUTLIER,
    },
  ]);
  return Object.fromEntries(subjects);
}

/**
 * A backend without memory is rebuilt from its own tag, else adopted as it is when most of the pool is new to us (a ramp for
 * so many would only shrink the pool), else a newcomer that passes probation.
 */
function recall(
  backend: BackendSnapshot,
  scope: { pool: PoolSnapshot; policy: PoolPolicy; vantage: Vantage; isAdopting: boolean },
): Known {
  const { pool, policy, vantage, isAdopting } = scope;
  const remembered = rememberedOf(backend, pool, policy);
  const placed =
    remembered === null ? freshMemory(backend, pool) : followPlaces(remembered, backend, pool);
  const past = withoutFuture(placed, pool.takenAt);
  const memory = takeIn(past, backend, vantage.isBroken);
  const { baseWeights, personWeights } = decideBaseWeights(backend, memory, policy, pool.takenAt);
  return {
    backend,
    memory: { ...memory, baseWeights },
    personWeights,
    isNewcomer: remembered === null && !isAdopting,
  };
}

/**
 * Memory that began while the tags could not be read knows nothing of an ejection that only they tell: it took weights of ours for base
 * weights. The first tag that can be read stands in its place.
 */
function rememberedOf(
  backend: BackendSnapshot,
  pool: PoolSnapshot,
  policy: PoolPolicy,
): BackendMemory | null {
  const stored = pool.memory.backends[backend.instanceId];
  const hasReadTags = stored?.isProtected !== undefined;
  return hasReadTags ? stored : (memoryFromTag(backend, pool, policy) ?? stored ?? null);
}

/** What was seen while the clock was ahead would outlive, and keep out, everything that is seen now. */
const withoutFuture = (memory: BackendMemory, now: Instant): BackendMemory => ({
  ...memory,
  windows: withinReach(memory.windows, now, Infinity),
  statistics: withinReach(memory.statistics, now, Infinity),
});

/** Dead backends are nobody's peers: their windows are left out. `abnormal` at weight 0 may come from the weight alone. */
function compare(
  known: readonly Known[],
  policy: PoolPolicy,
  vantage: Vantage,
): Readonly<Record<string, OutlierVerdict>> {
  const backends = known.map(({ backend, memory }) => {
    const isDead =
      isInstanceDown(backend) ||
      backend.attachments.every(
        (attachment) => isAvoided(attachment, null) && attachment.weight > 0,
      );
    return {
      instanceId: backend.instanceId,
      windows: isDead || vantage.isBroken ? [] : memory.windows,
      statistics: isDead ? [] : memory.statistics,
      zoneId: knownValue(backend.instance)?.zoneId ?? null,
    };
  });
  return decideOutliers({ backends, policy: policy.heal.outlier });
}
