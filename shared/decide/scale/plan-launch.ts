import { checksum } from '../../domain/operation-id';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  POOL_TAG,
  TEMPLATE_TAG,
  WARM_TAG,
} from '../../domain/ownership-tags';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type Evidence } from '../../domain/proposal';
import { type ReasonCode } from '../../domain/reasons';
import { type LaunchMemory, type ScaleMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { type LaunchStep } from '../../domain/scale-steps';
import { ceilDiv, type Instant, since } from '../../domain/units';
import { chooseOptions, spread, type UsableOption } from './launch-options';
import { leftZoneOf } from './left-zone';
import { mayAskAgain } from './review-launches';
import { type Entry } from './roster';

export interface LaunchPlan {
  readonly step: LaunchStep | null;
  /** Why nothing, or not every way, is tried. */
  readonly notes: readonly string[];
}

export interface LaunchCircumstances {
  readonly pool: PoolSnapshot;
  readonly policy: PoolPolicy;
  readonly scale: ScalePolicy;
  readonly memory: ScaleMemory;
  readonly roster: readonly Entry[];
}

/**
 * One launch of up to `count` instances: first as the policy’s order or weights say, then whatever else is usable as a
 * fallback for what the first could not bring, all in the same tick (karpenter#2275).
 *
 * Example: 6 wanted, `h` and `i` by weights 2 and 1, `j` doubtful → h 4, i 2, h 6, i 6, j 6, each as far as still missing.
 */
export function planLaunch(
  wanted: number,
  reason: ReasonCode,
  evidence: readonly Evidence[],
  circumstances: LaunchCircumstances,
): LaunchPlan {
  const { pool, policy, scale, memory, roster } = circumstances;
  const { launch } = scale;
  const now = pool.takenAt;
  const openUntil = memory.breakerOpenUntil ?? now;
  if (openUntil > now) return { step: null, notes: [stopped(openUntil, now)] };
  const count = Math.min(wanted, launch.batchMax);
  const leftZone = leftZoneOf(pool);
  const sources = { regionId: policy.regionId, launch, memory, roster, count, now, leftZone };
  const { usable, doubtful, spotMax, skipped } = chooseOptions(sources);
  const preferred = usable.length > 0 ? usable : doubtful;
  if (preferred.length === 0) return { step: null, notes: skipped };
  const first = spread(preferred, spotMax, sources);
  const order = [...first, ...fallbacks(first, [...usable, ...doubtful])];
  const operationId = launchId(pool, count);
  const attempts = order.map(({ option, countMax }, index) => ({
    option,
    clientToken: `${operationId}-${index}`,
    count: countMax,
  }));
  const parts = { operationId, count, reason, requestedAt: now, evidence, attempts, spotMax };
  return { notes: skipped, step: composeLaunch(parts, reason, circumstances) };
}

/** An option that was asked for all it may bring has brought all there was: it is no fallback for itself. */
const fallbacks = (
  first: readonly UsableOption[],
  all: readonly UsableOption[],
): readonly UsableOption[] =>
  all.filter(
    ({ option, countMax }) =>
      !first.some((each) => each.option === option && each.countMax >= countMax),
  );

const stopped = (until: Instant, now: Instant): string =>
  `launching is stopped for another ${ceilDiv(since(now, until), 1000)} s after launches that came to nothing`;

/**
 * The same launch again, with the tokens that it had and of the size that it had: a repetition that differs is no repetition.
 * Which of its calls are still to be sent, and how they were, the note of the launch in the store tells. Calls that cannot be
 * sent again are left out (see `mayAskAgain`); null when no open call is left.
 */
export function resumeLaunch(
  { operationId, count, attempts: calls, reason, requestedAt }: LaunchMemory,
  circumstances: Pick<LaunchCircumstances, 'pool' | 'scale'>,
): LaunchStep | null {
  const { launch } = circumstances.scale;
  const leftZone = leftZoneOf(circumstances.pool);
  const known = calls.flatMap((call) => {
    const option = launch.options.find(({ name }) => name === call.option);
    return option === undefined || !mayAskAgain(call, { launch, leftZone })
      ? []
      : [{ ...call, option }];
  });
  if (!known.some(({ state }) => state === 'open')) return null;
  const attempts = known.map(({ option, clientToken, count: asked }) => ({
    option,
    clientToken,
    count: asked,
  }));
  const spot = attempts.filter(({ option }) => option.chargeType === 'spot');
  const spotMax = Math.max(0, ...spot.map((each) => each.count));
  const again = { operationId, count, requestedAt, attempts, spotMax };
  return composeLaunch({ ...again, reason: 'launch-resumed', evidence: [] }, reason, circumstances);
}

interface LaunchParts extends Pick<
  LaunchStep,
  'operationId' | 'count' | 'reason' | 'evidence' | 'attempts' | 'spotMax'
> {
  readonly requestedAt: Instant;
}

/** What for decides the tags, also when the launch is resumed: one for the warm pool is marked as such from its birth. */
function composeLaunch(
  { requestedAt, ...parts }: LaunchParts,
  purpose: ReasonCode,
  { pool, scale }: Pick<LaunchCircumstances, 'pool' | 'scale'>,
): LaunchStep {
  const { operationId } = parts;
  const { templateId, templateVersion } = scale.launch;
  return {
    ...parts,
    kind: 'launch',
    stepId: `${operationId}/launch`,
    instanceId: operationId,
    templateId,
    templateVersion,
    tags: {
      [POOL_TAG]: pool.poolName,
      [LAUNCH_TAG]: operationId,
      ...(templateVersion !== null && { [TEMPLATE_TAG]: String(templateVersion) }),
      ...(purpose === 'warm-filled' && { [WARM_TAG]: encodeWarmTag(requestedAt) }),
    },
  };
}

/** Says when it was asked for; the same tick gives the same id, and another tick another one. */
const launchId = ({ poolName, takenAt }: PoolSnapshot, count: number): string =>
  `launch-${takenAt.toString(36)}-${checksum([poolName, String(takenAt), String(count)])}`;
