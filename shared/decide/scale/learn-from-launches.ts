import { backOffKey, withoutBackOff, withRefusal } from '../../domain/launch-back-off';
import { afterFailedLaunches } from '../../domain/launch-breaker';
import { type BackOffMemory, type LaunchMemory, type ScaleMemory } from '../../domain/scale-memory';
import { type LaunchOption, type LaunchPolicy } from '../../domain/scale-policy';
import { type Instant } from '../../domain/units';
import { type LaunchedInstance, type LaunchReview } from './review-launches';

interface Lesson {
  readonly regionId: string;
  readonly launch: LaunchPolicy;
  readonly now: Instant;
}

/**
 * The memory with what the review found: who came into service clears its option and ends the row of failures; whose
 * instances were lost backs off, who gave no answer is asked last, and a launch of which nothing came counts for the breaker. It comes
 * before anything new is launched, so that a dead zone is not asked again in the tick that finds it dead.
 */
export function learnFromLaunches(
  memory: ScaleMemory,
  { open, arrived, lost, failed, abandoned }: LaunchReview,
  lesson: Lesson,
): ScaleMemory {
  const cleared = arrived.reduce((backOff, instance) => {
    const option = optionOf(instance, lesson);
    return option === undefined
      ? backOff
      : withoutBackOff(backOff, { regionId: lesson.regionId, option });
  }, memory.backOff);
  const failures = {
    failedLaunches: arrived.length > 0 ? 0 : memory.failedLaunches,
    breakerOpenUntil: memory.breakerOpenUntil,
  };
  return {
    ...memory,
    ...afterFailedLaunches(failures, failed, lesson.launch, lesson.now),
    backOff: abandoned.reduce(
      (backOff, launch) => withSilence(backOff, launch, lesson),
      lost.reduce((backOff, instance) => withLoss(backOff, instance, lesson), cleared),
    ),
    launches: open,
  };
}

const optionOf = (
  { option: name }: Pick<LaunchedInstance, 'option'>,
  { launch }: Lesson,
): LaunchOption | undefined => launch.options.find((each) => each.name === name);

/** What was launched before the last failure came to light is the same failure, not another one. */
function withLoss(
  backOff: ScaleMemory['backOff'],
  instance: LaunchedInstance,
  lesson: Lesson,
): ScaleMemory['backOff'] {
  const { regionId, launch, now } = lesson;
  const option = optionOf(instance, lesson);
  if (option === undefined) return backOff;
  const before = backOff[backOffKey(regionId, option)];
  if (before !== undefined && instance.requestedAt <= before.lastFailureAt) return backOff;
  const failure = { kind: 'late-failure', code: 'NeverCameUp', regionId, option } as const;
  return withRefusal(backOff, failure, launch, now);
}

/**
 * An option that gave no answer for as long as its token was good does not rest, as that says nothing about capacity; but the others are
 * asked before it, or one broken way would keep all the others from being tried for ever.
 */
function withSilence(
  backOff: ScaleMemory['backOff'],
  { attempts }: LaunchMemory,
  lesson: Lesson,
): ScaleMemory['backOff'] {
  const { regionId, now } = lesson;
  const asked = attempts.find(({ state }) => state === 'open');
  const option = asked === undefined ? undefined : optionOf(asked, lesson);
  if (option === undefined) return backOff;
  const key = backOffKey(regionId, option);
  const before = backOff[key];
  if (before !== undefined && before.until > now) return backOff;
  const failures = before?.failures ?? 0;
  const silence: BackOffMemory = {
    ...{ until: now, failures, lastFailureAt: now },
    ...{ kind: 'late-failure', code: 'NoAnswer' },
  };
  return { ...backOff, [key]: silence };
}
