import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { type Instant, plus } from '../../domain/units';
import { type CapacityDecision } from './capacity-decision';
import { type Entry } from './entry';

interface Sources {
  readonly decision: Pick<CapacityDecision, 'desired' | 'have' | 'limitedBy'>;
  readonly memory: ScaleMemory;
  readonly policy: ScalePolicy;
  readonly roster: readonly Entry[];
  readonly now: Instant;
}

/** The first of some instants; null when there is none. */
export const earliest = (times: readonly (Instant | null)[]): Instant | null =>
  times.reduce<Instant | null>(
    (first, at) => (at === null || (first !== null && first <= at) ? first : at),
    null,
  );

/**
 * The next instant at which something about capacity is due that no event will announce: the end of a back-off, of the breaker
 * or of a rate’s window while more or less is wanted; the time by which a launch must have shown itself; the end of settling.
 *
 * Example: 2 missing, one option backed off for 300 s, the breaker open for 120 s → in 120 s.
 */
export function capacityDueAt(sources: Sources): Instant | null {
  const { memory, policy, now } = sources;
  const settledAt = memory.knownSince === null ? [] : [afterVisibility(memory.knownSince, policy)];
  const times = [
    ...settledAt,
    ...launchesDue(sources),
    ...arrivalsDue(sources),
    ...limitsEnd(sources),
  ];
  return earliest(times.filter((at) => at > now));
}

const afterVisibility = (at: Instant, { launch }: ScalePolicy): Instant =>
  plus(at, launch.visibilityMs);

/** By when each launch must be answered, or its instances be listed. */
const launchesDue = ({ memory, policy }: Sources): readonly Instant[] =>
  memory.launches.flatMap(({ requestedAt, attempts, unaskableSince }) => [
    plus(requestedAt, policy.launch.provisionTimeoutMs),
    ...(attempts.some(({ state }) => state === 'open')
      ? [plus(requestedAt, policy.launch.tokenValidityMs)]
      : []),
    ...(unaskableSince === undefined ? [] : [afterVisibility(unaskableSince, policy)]),
  ]);

/** By when whoever is on its way must have come. */
const arrivalsDue = ({ roster, policy }: Sources): readonly Instant[] =>
  roster
    .filter(({ stage, isOurs, backend }) => isOurs && backend === null && COMING.includes(stage))
    .map(({ launchedAt }) => plus(launchedAt, policy.launch.registrationTimeoutMs));

const COMING: readonly Entry['stage'][] = ['asleep', 'starting', 'booting', 'ready'];

/** When what holds a wish back now lets go of it. */
function limitsEnd({ decision, memory, policy }: Sources): readonly Instant[] {
  const { desired, have, limitedBy } = decision;
  const ways = desired > have ? Object.values(memory.backOff).map(({ until }) => until) : [];
  const breaker = desired > have ? (memory.breakerOpenUntil ?? []) : [];
  const windowMs = policy[desired < have ? 'in' : 'out'].rate.windowMs;
  const rate = limitedBy.includes('rate') ? memory.changes.map(({ at }) => plus(at, windowMs)) : [];
  return [...ways, ...[breaker].flat(), ...rate];
}
