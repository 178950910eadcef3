import { backOffKey, keyOfRefusal, withoutBackOff, withRefusal } from './launch-back-off';
import { afterFailedLaunches } from './launch-breaker';
import { decodeRetireTag, RETIRE_TAG, WARM_TAG } from './ownership-tags';
import { type LaunchOutcome, type Outcome, type Plan, type StepOutcome } from './plan';
import { type PoolPolicy } from './policy';
import { type PoolSnapshot } from './pool';
import { type Proposal, type Step } from './proposal';
import { knownValue } from './reading';
import { type LaunchAttempt, type LaunchMemory, type ScaleMemory } from './scale-memory';
import { type LaunchPolicy } from './scale-policy';
import { type LaunchStep } from './scale-steps';
import { type Instant, plus, since } from './units';

/**
 * What is remembered of capacity after a tick: what the decision remembers if nothing is done, and what was done on top.
 * A step without a result may have been done: so the same function tells what to write down before anything is sent, and
 * whoever finds that note after a crash knows of every call that may have been made.
 *
 * - Launches are remembered while an answer or an instance of theirs is awaited.
 * - Each refusal that is the option’s fault backs it off, of a start out of the warm pool as well; whoever launched is rid of it, unless what came never came up.
 * - A launch that is over and brought nothing counts for the breaker, if a refusal was the reason. An account that may not
 *   launch opens it at once.
 * - Capacity that was, or may have been, added or taken away counts for the rates, each instance once.
 *
 * Undefined where the pool is not scaled. Never throws.
 */
// eslint-disable-next-line max-params -- the nouns of one turn, its policy and the time
export function nextScaleMemory(
  pool: PoolSnapshot,
  proposal: Proposal,
  plan: Plan,
  outcome: Outcome,
  policy: PoolPolicy,
  at: Instant,
): ScaleMemory | undefined {
  if (proposal.scale === undefined) return pool.memory.scale;
  const { memory } = proposal.scale;
  const launch = policy.scale?.launch;
  if (launch === undefined) return memory;
  const results = new Map(outcome.steps.map((each) => [each.stepId, each]));
  const launches = plan.steps.flatMap((step) =>
    step.kind === 'launch' ? followUp(step, results.get(step.stepId), { memory, pool }) : [],
  );
  const landed = plan.steps.filter(({ stepId }) => mayHaveLanded(results.get(stepId)));
  const context = { regionId: policy.regionId, launch, at };
  return {
    ...memory,
    launches: rememberedLaunches(memory, launches),
    backOff: rememberedBackOff(
      afterStarts(memory.backOff, refusedStarts(pool, plan, results), context),
      launches,
      context,
    ),
    ...rememberedBreaker(memory, launches, context),
    changes: [...changesOf(launches, landed, at), ...memory.changes],
    instances: withRested(memory.instances, stopsDone(plan, results), at),
  };
}

/** One launch step and what is known of it by now. */
interface FollowedLaunch {
  readonly step: LaunchStep;
  readonly entry: LaunchMemory;
  readonly refusals: LaunchOutcome['refusals'];
  /** Asked for again: the rates have counted it. */
  readonly isResumed: boolean;
}

const mayHaveLanded = (outcome: StepOutcome | undefined): boolean => {
  if (outcome === undefined) return true;
  const { result } = outcome;
  return (
    result.kind === 'done' ||
    result.kind === 'already-so' ||
    (result.kind === 'failed' && result.isAmbiguous)
  );
};

/** Nothing for a launch that certainly was not sent: written down only, or held up before its first call. */
function followUp(
  step: LaunchStep,
  outcome: StepOutcome | undefined,
  { memory, pool }: { readonly memory: ScaleMemory; readonly pool: PoolSnapshot },
): readonly FollowedLaunch[] {
  if (!wasTried(outcome)) return [];
  const before = memory.launches.find(({ operationId }) => operationId === step.operationId);
  const told = outcome?.launch;
  const attempts = told?.attempts ?? before?.attempts ?? unanswered(step);
  const entry = { ...(before ?? begun(step, pool.takenAt)), attempts };
  return [{ step, entry, refusals: told?.refusals ?? [], isResumed: before !== undefined }];
}

const wasTried = (outcome: StepOutcome | undefined): boolean =>
  outcome?.result.kind !== 'would-do' && (outcome?.launch !== undefined || mayHaveLanded(outcome));

const begun = (
  { operationId, count, reason }: LaunchStep,
  requestedAt: Instant,
): Omit<LaunchMemory, 'attempts'> => ({
  operationId,
  count,
  reason,
  requestedAt,
  arrived: [],
  lost: [],
});

const unanswered = ({ attempts }: LaunchStep): readonly LaunchAttempt[] =>
  attempts.map(({ option, clientToken, count }) => ({
    option: option.name,
    clientToken,
    count,
    state: 'open',
    code: null,
    instanceIds: [],
  }));

const isOpen = ({ attempts }: LaunchMemory): boolean =>
  attempts.some(({ state }) => state === 'open');

const acceptedOf = ({ attempts }: LaunchMemory): number =>
  attempts.reduce((sum, { instanceIds }) => sum + instanceIds.length, 0);

/** Of a launch that is answered, with nothing accepted, nothing is expected. */
function rememberedLaunches(
  { launches }: ScaleMemory,
  followed: readonly FollowedLaunch[],
): readonly LaunchMemory[] {
  const ids = new Set(followed.map(({ entry }) => entry.operationId));
  const others = launches.filter(({ operationId }) => !ids.has(operationId));
  const expected = followed.filter(({ entry }) => isOpen(entry) || acceptedOf(entry) > 0);
  return [...others, ...expected.map(({ entry }) => entry)];
}

interface Context {
  readonly regionId: string;
  readonly launch: LaunchPolicy;
  readonly at: Instant;
}

type LackAt = Parameters<typeof withRefusal>[1];

/** Starts out of the warm pool that found no machine. */
const refusedStarts = (
  { capacity }: PoolSnapshot,
  { steps }: Plan,
  results: ReadonlyMap<string, StepOutcome>,
): readonly Omit<LackAt, 'regionId'>[] =>
  steps.flatMap(({ kind, stepId, instanceId }) => {
    const result = results.get(stepId)?.result;
    const facts = (capacity === undefined ? undefined : knownValue(capacity.owned))?.find(
      (each) => each.instanceId === instanceId,
    )?.facts;
    if (kind !== 'start' || result?.kind !== 'failed' || facts === undefined) return [];
    return result.lack === undefined
      ? []
      : [{ kind: result.lack, code: result.code, option: facts }];
  });

/** Several refusals of the same way are one. */
function afterStarts(
  before: ScaleMemory['backOff'],
  refused: ReturnType<typeof refusedStarts>,
  { regionId, launch, at }: Context,
): ScaleMemory['backOff'] {
  const distinct = new Map(refused.map((each) => [backOffKey(regionId, each.option), each]));
  return [...distinct.values()].reduce(
    (backOff, each) => withRefusal(backOff, { ...each, regionId }, launch, at),
    before,
  );
}

/** Whoever launched is rid of its back-off, but not of a late failure: that is over when an instance comes into service. */
function rememberedBackOff(
  before: ScaleMemory['backOff'],
  followed: readonly FollowedLaunch[],
  context: Context,
): ScaleMemory['backOff'] {
  const { launch, at } = context;
  const after = followed.reduce((backOff, each) => judged(backOff, each, context), before);
  return Object.fromEntries(
    Object.entries(after).filter(
      ([, { until, lastFailureAt }]) =>
        until > at || since(lastFailureAt, at) < launch.backOff.resetMs,
    ),
  );
}

/** Several refusals of the same way within one launch are one. */
function judged(
  before: ScaleMemory['backOff'],
  { step, entry, refusals }: FollowedLaunch,
  { regionId, launch, at }: Context,
): ScaleMemory['backOff'] {
  const optionNamed = (name: string) =>
    step.attempts.find(({ option }) => option.name === name)?.option;
  const cleared = entry.attempts
    .filter(({ instanceIds }) => instanceIds.length > 0)
    .flatMap(({ option }) => optionNamed(option) ?? [])
    .reduce(
      (backOff, option) =>
        withoutBackOff(backOff, { regionId, option }, ({ kind }) => kind !== 'late-failure'),
      before,
    );
  const faults = refusals.flatMap(({ option: name, kind, code }) => {
    const option = optionNamed(name);
    return option === undefined ? [] : [{ regionId, option, kind, code }];
  });
  const distinct = new Map(
    faults.map((each) => [keyOfRefusal(regionId, each.option, each.kind), each]),
  );
  return [...distinct.values()].reduce(
    (backOff, refusal) => withRefusal(backOff, refusal, launch, at),
    cleared,
  );
}

function rememberedBreaker(
  memory: ScaleMemory,
  followed: readonly FollowedLaunch[],
  { launch, at }: Context,
): Pick<ScaleMemory, 'failedLaunches' | 'breakerOpenUntil'> {
  const empty = followed.filter(({ entry }) => !isOpen(entry) && acceptedOf(entry) === 0);
  const failed = empty.filter(({ entry }) =>
    entry.attempts.some(({ state }) => state === 'refused'),
  );
  const breaker = afterFailedLaunches(memory, failed.length, launch, at);
  const isBarred = empty.some(({ refusals }) => refusals.some(({ kind }) => kind === 'account'));
  return isBarred ? { ...breaker, breakerOpenUntil: plus(at, launch.breaker.openMs) } : breaker;
}

/** Of a stop that may have been done the next look tells. */
const stopsDone = (
  { steps }: Plan,
  results: ReadonlyMap<string, StepOutcome>,
): ReadonlySet<string> =>
  new Set(
    steps
      .filter(({ kind, stepId }) => {
        const result = results.get(stepId)?.result.kind;
        return kind === 'stop' && (result === 'done' || result === 'already-so');
      })
      .map(({ instanceId }) => instanceId),
  );

/** Who was stopped and runs again was started by somebody. */
const withRested = (
  instances: ScaleMemory['instances'],
  stopped: ReadonlySet<string>,
  at: Instant,
): ScaleMemory['instances'] =>
  stopped.size === 0
    ? instances
    : Object.fromEntries(
        Object.entries(instances).map(([id, known]) => [
          id,
          stopped.has(id) ? { ...known, restedAt: known.restedAt ?? at } : known,
        ]),
      );

/** Newest first; what comes and what goes apart, because each has a rate of its own. */
function changesOf(
  followed: readonly FollowedLaunch[],
  landed: readonly Step[],
  at: Instant,
): ScaleMemory['changes'] {
  const launched = followed.reduce((sum, each) => sum + addedBy(each), 0);
  const added = launched + landed.filter((step) => isWoken(step) || isKept(step)).length;
  const removed = landed.filter(isRetired).length;
  return [
    ...(added > 0 ? [{ at, count: added }] : []),
    ...(removed > 0 ? [{ at, count: -removed }] : []),
  ];
}

/** Everything that may come counts until it is known not to. The warm pool is no capacity. */
function addedBy({ entry, isResumed }: FollowedLaunch): number {
  if (isResumed || entry.reason === 'warm-filled') return 0;
  return isOpen(entry) ? entry.count : acceptedOf(entry);
}

/** By its mark, which comes off once; its start may take several tries. */
const isWoken = (step: Step): boolean =>
  step.kind === 'tag' && step.reason === 'warm-started' && step.removeKeys.includes(WARM_TAG);

const isKept = (step: Step): boolean => step.kind === 'tag' && step.reason === 'drain-cancelled';

const isRetired = (step: Step): boolean =>
  step.kind === 'tag' && decodeRetireTag(step.tags[RETIRE_TAG])?.reason === 'scale-in';
