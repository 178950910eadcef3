import { evacuationAt, standsIn } from '../domain/evacuation';
import { type InstanceFacts } from '../domain/instance';
import { hasInventoryDropped } from '../domain/inventory';
import { MEMBER_TAG, POOL_TAG, RETIRE_TAG, retirementIn, WARM_TAG } from '../domain/ownership-tags';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type Step, type TagStep } from '../domain/proposal';
import { freshValue } from '../domain/reading';
import { type DeregisterStep, type LaunchStep, type ScaleStep } from '../domain/scale-steps';
import { isKnownDead } from '../domain/serving';
import { type Bench, type Refusal } from './bench';
import { type Ledger } from './ledger';
import { factsOf, protectedRule } from './protection';

const SCALE_KINDS: readonly Step['kind'][] = [
  'launch',
  'start',
  'register',
  'deregister',
  'stop',
  'delete',
];

export const isScaleStep = (step: Step): step is ScaleStep => SCALE_KINDS.includes(step.kind);

/** The step says that an instance is on its way out. */
export const retires = (step: Step): step is TagStep =>
  step.kind === 'tag' && RETIRE_TAG in step.tags;

/** The first rule that speaks against a step on somebody who is no backend; null when none does. */
export function judgeOutside(step: Step, ledger: Ledger, bench: Bench): Refusal | null {
  if (step.kind === 'launch') return launchRule(step, ledger, bench);
  const [facts] = factsOf(step.instanceId, undefined, bench.pool);
  if (facts === undefined || !(isScaleStep(step) || step.kind === 'tag'))
    return refuse('guard-incomplete', 'the instance is not a member of the pool');
  return protectedRule(step, undefined, bench) ?? judgeScaling(step, undefined, ledger, bench);
}

/** The first rule of scaling that speaks against a step; whether the instance is protected was asked before. */
export function judgeScaling(
  step: Step,
  backend: BackendSnapshot | undefined,
  ledger: Ledger,
  bench: Bench,
): Refusal | null {
  const [facts] = factsOf(step.instanceId, backend, bench.pool);
  if (retires(step)) return oursRule(facts, bench) ?? panicRule(bench);
  if (step.kind === 'deregister') return deregisterRule(step, facts, backend, bench);
  if (step.kind === 'start') return ownedRule(facts, bench) ?? maximumRule(1, ledger, bench);
  if (step.kind !== 'stop' && step.kind !== 'delete') return null;
  const common = ownedRule(facts, bench) ?? removalRule(backend, bench);
  if (common !== null) return common;
  return step.kind === 'stop'
    ? restingRule(facts)
    : (retiredRule(facts) ?? deletionRule(step.instanceId, bench));
}

const refuse = (rule: Refusal['rule'], detail: string): Refusal => ({ rule, detail });

function ownedRule(facts: InstanceFacts | undefined, { pool }: Bench): Refusal | null {
  const owner = facts?.tags[POOL_TAG];
  if (owner === pool.poolName) return null;
  return refuse(
    'guard-not-owned',
    owner === undefined ? `it has no tag ${POOL_TAG}` : `it belongs to pool ${owner}`,
  );
}

/** Owned by this pool, or added by its membership policy and owned by nobody: of two pools that know it, its owner decides. */
function oursRule(facts: InstanceFacts | undefined, bench: Bench): Refusal | null {
  const tags = facts?.tags ?? {};
  const isAdded = tags[MEMBER_TAG] === bench.pool.poolName && !(POOL_TAG in tags);
  return isAdded ? null : ownedRule(facts, bench);
}

/**
 * Only what is on its way out leaves a group, and only once nothing is sent there. It may be another pool’s: its owner takes
 * it away, and nobody else may keep it. The entry of an instance that is gone and answers nobody harms nobody.
 */
function deregisterRule(
  step: DeregisterStep,
  facts: InstanceFacts | undefined,
  backend: BackendSnapshot | undefined,
  bench: Bench,
): Refusal | null {
  if (backend !== undefined && isGone(backend)) return null;
  const tags = facts?.tags ?? {};
  if (!(POOL_TAG in tags)) {
    const foreign = oursRule(facts, bench);
    if (foreign !== null) return foreign;
  }
  const attachment = backend?.attachments.find(
    ({ targetKey, port }) => targetKey === step.targetKey && port === step.port,
  );
  if (attachment !== undefined && attachment.weight > 0)
    return refuse('guard-still-serving', `its weight in ${step.targetKey} is ${attachment.weight}`);
  return retiredRule(facts) ?? panicRule(bench);
}

/** ECS does not know it, and nothing shows that it lives. */
const isGone = (backend: BackendSnapshot): boolean =>
  freshValue(backend.instance)?.status === 'Missing' && isKnownDead(backend);

/** Nothing is stopped or deleted that a group still lists, in panic, or while members are missing without a reason. */
function removalRule(backend: BackendSnapshot | undefined, bench: Bench): Refusal | null {
  if (backend !== undefined)
    return refuse(
      'guard-still-serving',
      `it still stands in ${backend.attachments.map(({ targetKey }) => targetKey).join(', ')}`,
    );
  return hasInventoryDropped(bench.pool, bench.policy)
    ? refuse('guard-inventory-drop', 'too many members have vanished since the last tick')
    : panicRule(bench);
}

const panicRule = ({ proposal }: Bench): Refusal | null =>
  proposal.isPanic ? refuse('guard-panic', 'the pool is in panic: nothing is taken away') : null;

const isRetired = (facts: InstanceFacts | undefined): boolean =>
  retirementIn(facts?.tags ?? {}) !== null;

const retiredRule = (facts: InstanceFacts | undefined): Refusal | null =>
  isRetired(facts) ? null : refuse('guard-evidence', 'no tag on it says that it is on its way out');

const restingRule = (facts: InstanceFacts | undefined): Refusal | null =>
  WARM_TAG in (facts?.tags ?? {}) ? null : retiredRule(facts);

function deletionRule(instanceId: string, { pool }: Bench): Refusal | null {
  const owned = ownedBy(pool).find((each) => each.instanceId === instanceId);
  return owned?.facts.isDeletionProtected === true
    ? refuse('guard-protected', 'deletion protection is switched on')
    : null;
}

const ownedBy = ({ capacity }: PoolSnapshot) =>
  (capacity === undefined ? undefined : freshValue(capacity.owned)) ?? [];

function launchRule(step: LaunchStep, ledger: Ledger, bench: Bench): Refusal | null {
  if (ledger.launches > 0) return refuse('guard-duplicate', 'one launch in a tick');
  return maximumRule(step.reason === 'launch-resumed' ? 0 : step.count, ledger, bench);
}

/**
 * After the step there may be no more than the maximum, the surge for replacements and the warm pool. Accepted launches
 * that are not on the list yet count; what is asked for again does so already. Whoever stands in a zone that is left does not.
 */
function maximumRule(count: number, { added }: Ledger, { pool, policy }: Bench): Refusal | null {
  const { scale } = policy;
  if (scale === undefined) return refuse('guard-maximum', 'the policy does not scale this pool');
  const launches = pool.memory.scale?.launches ?? [];
  const ids = new Set([
    ...ownedBy(pool).map(({ instanceId }) => instanceId),
    ...pool.backends.map(({ instanceId }) => instanceId),
    ...launches.flatMap(({ attempts }) => attempts.flatMap(({ instanceIds }) => instanceIds)),
  ]);
  const leftZone = evacuationAt(pool.evacuation, pool.takenAt)?.zoneId;
  for (const { instanceId, facts } of ownedBy(pool))
    if (isOff(facts) || facts.zoneId === leftZone) ids.delete(instanceId);
  for (const backend of pool.backends)
    if (leftZone !== undefined && standsIn(leftZone, backend)) ids.delete(backend.instanceId);
  const limit = scale.max + scale.launch.replaceSurge + scale.warmPool.size;
  const after = ids.size + added + count;
  return after > limit
    ? refuse('guard-maximum', `${after} instances would run, ${limit} may`)
    : null;
}

const isOff = ({ status }: InstanceFacts): boolean => status === 'Stopped' || status === 'Stopping';
