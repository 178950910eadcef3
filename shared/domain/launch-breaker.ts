import { type ScaleMemory } from './scale-memory';
import { type LaunchPolicy } from './scale-policy';
import { type Instant, plus } from './units';

type Breaker = Pick<ScaleMemory, 'failedLaunches' | 'breakerOpenUntil'>;

/**
 * The breaker after launches that came to nothing: it opens at the policy’s number in a row. When it closes again the count
 * stands, so that the first launch is a trial: if that fails too, it opens at once. The count ends when an instance comes
 * into service, not when a launch is accepted: machines from a broken image are accepted every time.
 *
 * Example: 5 in a row open it; 4 before and 1 now → open for `openMs`.
 */
export function afterFailedLaunches(
  { failedLaunches, breakerOpenUntil }: Breaker,
  count: number,
  { breaker }: Pick<LaunchPolicy, 'breaker'>,
  now: Instant,
): Breaker {
  const failed = failedLaunches + count;
  const isOpening = count > 0 && failed >= breaker.failures;
  return {
    failedLaunches: failed,
    breakerOpenUntil: isOpening ? plus(now, breaker.openMs) : breakerOpenUntil,
  };
}
