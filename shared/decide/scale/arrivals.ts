import { compareText } from '../../domain/attachment';
import { encodeHealTag, healTag } from '../../domain/heal-tag';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot, type TargetSnapshot } from '../../domain/pool';
import { type Alert, type Evidence, type TagStep } from '../../domain/proposal';
import { freshValue } from '../../domain/reading';
import { type ReasonCode } from '../../domain/reasons';
import { type RegisterStep } from '../../domain/scale-steps';
import { DEFAULT_GROUP } from '../../domain/target';
import { type Entry } from './entry';
import { typicalWeight } from './typical-weight';

export interface Arrival {
  readonly steps: readonly (TagStep | RegisterStep)[];
  readonly alerts: readonly Alert[];
}

interface Place {
  readonly target: TargetSnapshot;
  readonly port: number;
}

/**
 * Puts an instance behind every target that lacks it (of its own load balancer, where the policy gives it one), at weight 0. Before that it is marked as held by heal, with the
 * weight that it is to have: heal then verifies it and ramps it up, also when the store is lost in between. Where somebody
 * else has taken it out it is not put back; while one target’s port is unknown it is added to none.
 */
export function register(
  entry: Entry,
  reason: ReasonCode,
  pool: PoolSnapshot,
  policy: PoolPolicy,
): Arrival {
  const open = targetsWithout(entry, pool).filter((target) => !wasIn(entry, target));
  const places = open.flatMap((target): readonly Place[] => {
    const port = portAt(target, pool);
    return port === null ? [] : [{ target, port }];
  });
  if (places.length < open.length) {
    const known = new Set(places.map(({ target }) => target));
    return {
      steps: [],
      alerts: open.filter((target) => !known.has(target)).map(unknownPort),
    };
  }
  const evidence = evidenceOf(entry);
  const registrations = places.map((place) => registration(entry, place, { reason, evidence }));
  const isNew = entry.backend === null && places.length > 0;
  return {
    steps: [
      ...(isNew ? [announcement(entry, { reason, evidence }, pool, policy)] : []),
      ...registrations,
    ],
    alerts: [],
  };
}

/** Targets out of which somebody else has taken an instance that stood in them. */
export const takenOutOf = (entry: Entry, pool: PoolSnapshot): readonly string[] =>
  targetsWithout(entry, pool)
    .filter((target) => wasIn(entry, target))
    .map(({ key }) => key);

const targetsOf = (
  { loadBalancerId }: Entry,
  { targets }: PoolSnapshot,
): readonly TargetSnapshot[] =>
  targets.filter(
    ({ target }) => (loadBalancerId ?? target.loadBalancerId) === target.loadBalancerId,
  );

const targetsWithout = (entry: Entry, pool: PoolSnapshot): readonly TargetSnapshot[] =>
  targetsOf(entry, pool).filter(
    ({ key }) => !(entry.backend?.attachments ?? []).some(({ targetKey }) => targetKey === key),
  );

const wasIn = ({ memory }: Entry, { key }: TargetSnapshot): boolean =>
  memory.placedIn?.includes(key) === true;

type Grounds = Pick<RegisterStep, 'reason' | 'evidence'>;

const registration = (
  { instanceId }: Entry,
  { target: { key }, port }: Place,
  grounds: Grounds,
): RegisterStep => ({
  kind: 'register',
  stepId: `${instanceId}/register/${key}:${port}`,
  instanceId,
  ...grounds,
  targetKey: key,
  port,
});

/** Weights in the order of the targets’ keys, as heal reads them back. */
function announcement(
  entry: Entry,
  grounds: Grounds,
  pool: PoolSnapshot,
  policy: PoolPolicy,
): TagStep {
  const { instanceId } = entry;
  const keys = targetsOf(entry, pool)
    .map(({ key }) => key)
    .sort(compareText);
  return {
    kind: 'tag',
    stepId: `${instanceId}/announce`,
    instanceId,
    ...grounds,
    tags: {
      [healTag(pool.poolName)]: encodeHealTag({
        state: 'ejected',
        cause: 'registered',
        since: pool.takenAt,
        until: pool.takenAt,
        offences: 0,
        rung: null,
        baseWeights: keys.map((key) => typicalWeight(entry, key, pool, policy)),
        operationId: null,
      }),
    },
    removeKeys: [],
  };
}

function evidenceOf({ owned }: Entry): readonly Evidence[] {
  const window = owned === null ? undefined : freshValue(owned.probe);
  if (window === undefined) return [];
  return [
    {
      signal: 'active-probe-errors',
      sampledAt: window.endedAt,
      strength: 'suspicion',
      detail: `${window.probes - window.failures} of ${window.probes} probes answered`,
    },
  ];
}

/** The policy’s port, else the one that all of the target’s members use; the default group has none of its own. */
function portAt({ key, target }: TargetSnapshot, pool: PoolSnapshot): number | null {
  if (target.serverGroupId === DEFAULT_GROUP) return 0;
  if (target.port !== undefined) return target.port;
  const ports = pool.backends.flatMap(({ attachments }) =>
    attachments.filter(({ targetKey }) => targetKey === key).map(({ port }) => port),
  );
  const [first = null, ...others] = new Set(ports);
  return others.length === 0 ? first : null;
}

const unknownPort = ({ key }: TargetSnapshot): Alert => ({
  key: `port-unknown/${key}`,
  severity: 'critical',
  reason: 'port-unknown',
  instanceId: null,
  message: `Nobody can be added to ${key}: its members use no port or several. Name the port in the policy’s target.`,
});
