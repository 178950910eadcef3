import { CLOCK_SKEW_MS } from '../../domain/reading';
import {
  type Attended,
  type InstanceMemory,
  type LaunchMemory,
  type ScaleMemory,
} from '../../domain/scale-memory';
import { type LaunchPolicy } from '../../domain/scale-policy';
import { type Instant, instant, plus } from '../../domain/units';

/**
 * The memory without what a clock that was ahead has left in it: it would use up rates, hold back wishes and keep instances waiting
 * until that time is reached. Wishes, changes and back-offs of then are forgotten; whatever has lasted since then lasts since now.
 *
 * Example: 4 added “tomorrow” use up no rate of today; a drain that reached weight 0 “tomorrow” settles from now on.
 */
export function withoutFuture(
  memory: ScaleMemory,
  launch: Pick<LaunchPolicy, 'breaker'> | undefined,
  now: Instant,
): ScaleMemory {
  const isPast = (at: Instant): boolean => at <= now + CLOCK_SKEW_MS;
  const past = (at: Instant): Instant => (isPast(at) ? at : now);
  const known = <T extends { readonly at: Instant }>(entries: readonly T[]): readonly T[] =>
    entries.filter(({ at }) => isPast(at));
  const lastsTo = plus(now, launch?.breaker.openMs ?? 0);
  return {
    ...memory,
    recommendations: known(memory.recommendations),
    changes: known(memory.changes),
    serving: known(memory.serving),
    launches: memory.launches.map((each) => launchSince(each, past)),
    backOff: Object.fromEntries(
      Object.entries(memory.backOff).filter(([, { lastFailureAt }]) => isPast(lastFailureAt)),
    ),
    breakerOpenUntil:
      memory.breakerOpenUntil === null
        ? null
        : instant(Math.min(memory.breakerOpenUntil, lastsTo + CLOCK_SKEW_MS)),
    instances: mapValues(memory.instances, (each) => instanceSince(each, past)),
    sightings: mapValues(memory.sightings, (each) => ({ ...each, firstAt: past(each.firstAt) })),
    knownSince: memory.knownSince === null ? null : past(memory.knownSince),
    ...(memory.attended !== undefined && { attended: attendedInPast(memory.attended, past) }),
  };
}

type Past = (at: Instant) => Instant;

const mapValues = <T>(
  values: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));

const attendedInPast = ({ from, to, afterBreaks }: Attended, past: Past): Attended => ({
  from: past(from),
  to: past(to),
  ...(afterBreaks !== undefined && { afterBreaks: afterBreaks.map(past) }),
});

const launchSince = (launch: LaunchMemory, past: Past): LaunchMemory => ({
  ...launch,
  requestedAt: past(launch.requestedAt),
  ...(launch.unaskableSince !== undefined && { unaskableSince: past(launch.unaskableSince) }),
});

function instanceSince(known: InstanceMemory, past: Past): InstanceMemory {
  const orNull = (at: Instant | null): Instant | null => (at === null ? null : past(at));
  return {
    ...known,
    firstSeenAt: past(known.firstSeenAt),
    weightZeroAt: orNull(known.weightZeroAt),
    registeredAt: orNull(known.registeredAt),
    putToUseAt: orNull(known.putToUseAt),
    ...(known.outSince !== undefined && { outSince: past(known.outSince) }),
    ...(known.restedAt !== undefined && { restedAt: past(known.restedAt) }),
    ...(known.awaySince !== undefined && { awaySince: past(known.awaySince) }),
  };
}
