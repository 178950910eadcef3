import { WARM_TAG } from '../../domain/ownership-tags';
import { type InstanceMemory, type ScaleMemory } from '../../domain/scale-memory';
import { type Instant } from '../../domain/units';
import { type Entry, type Stage } from './entry';

/** What is remembered of each instance after this look; who is gone is forgotten. */
export const rememberInstances = (
  roster: readonly Entry[],
  now: Instant,
): ScaleMemory['instances'] =>
  Object.fromEntries(roster.map((entry) => [entry.instanceId, remember(entry, now)]));

function remember(entry: Entry, now: Instant): InstanceMemory {
  const { backend, memory, stage, retire } = entry;
  const came = isLeavingByUs(entry) ? NEVER_CAME : whereItCame(entry, now);
  if (backend === null)
    return {
      firstSeenAt: memory.firstSeenAt,
      weightZeroAt: null,
      putToUseAt: null,
      ...came,
      ...(retire === null ? {} : { outSince: memory.outSince ?? now }),
      ...whenItRested(entry, now),
    };
  const isIdle = backend.attachments.every(({ weight }) => weight === 0);
  return {
    firstSeenAt: memory.firstSeenAt,
    weightZeroAt: isIdle ? (memory.weightZeroAt ?? now) : null,
    putToUseAt: memory.putToUseAt ?? (stage === 'serving' ? inUseSince(entry, now) : null),
    ...came,
    ...whenItRested(entry, now),
    ...(AWAY.includes(stage) && { awaySince: memory.awaySince ?? now }),
  };
}

const AWAY: readonly Stage[] = ['held', 'absent'];

/** Kept for as long as it is marked for the warm pool. */
function whenItRested(
  { memory: { restedAt }, stage, facts }: Entry,
  now: Instant,
): Pick<InstanceMemory, 'restedAt'> {
  if (!(WARM_TAG in (facts?.tags ?? {}))) return {};
  if (restedAt !== undefined) return { restedAt };
  return stage === 'warm' ? { restedAt: now } : {};
}

/** Who serves when it is first seen was put to use before: no later than it was asked for, as far as anybody knows. */
const inUseSince = ({ memory, launchedAt }: Entry, now: Instant): Instant =>
  memory.firstSeenAt === now && launchedAt < now ? launchedAt : now;

type Coming = Pick<InstanceMemory, 'registeredAt' | 'placedIn'>;

const NEVER_CAME: Coming = { registeredAt: null, placedIn: [] };

function whereItCame({ backend, memory }: Entry, now: Instant): Coming {
  const before = memory.placedIn ?? [];
  if (backend === null) return { registeredAt: memory.registeredAt, placedIn: before };
  const places = backend.attachments.map(({ targetKey }) => targetKey);
  return {
    registeredAt: memory.registeredAt ?? now,
    placedIn: [...new Set([...before, ...places])].sort(),
  };
}

/** Who leaves because we say so was not taken out by somebody else. */
const isLeavingByUs = ({ retire, facts }: Entry): boolean =>
  retire !== null || WARM_TAG in (facts?.tags ?? {});
