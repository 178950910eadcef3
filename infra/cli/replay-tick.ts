import { decide } from '../../shared/decide/decide';
import { type Tick } from '../../shared/domain/tick';
import { guard } from '../../shared/guard/guard';

/** One place where a value is not what was recorded; `undefined` where it is absent. */
export interface Difference {
  readonly path: string;
  readonly recorded: unknown;
  readonly now: unknown;
}

export interface Replay {
  readonly isSame: boolean;
  readonly differences: readonly Difference[];
  /** The tick with what would be decided now. */
  readonly tick: Tick;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Leaves in which two JSON values differ, with their paths. */
export function differencesOf(recorded: unknown, now: unknown, path = ''): readonly Difference[] {
  if (!isRecord(recorded) || !isRecord(now) || Array.isArray(recorded) !== Array.isArray(now))
    return Object.is(recorded, now) ? [] : [{ path, recorded, now }];
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(now)])];
  return keys.flatMap((key) =>
    differencesOf(recorded[key], now[key], path === '' ? key : `${path}.${key}`),
  );
}

/**
 * Decides a recorded tick again: same snapshot, same policy. The same code gives the same bytes; other code shows where it
 * decides differently.
 */
export function replayTick(tick: Tick): Replay {
  const proposal = decide(tick.pool, tick.request.policy);
  const plan = guard(proposal, tick.pool, tick.request.policy);
  const recorded = JSON.stringify({ proposal: tick.proposal, plan: tick.plan });
  const now = JSON.stringify({ proposal, plan });
  return {
    isSame: recorded === now,
    differences: recorded === now ? [] : differencesOf(JSON.parse(recorded), JSON.parse(now)),
    tick: { ...tick, proposal, plan },
  };
}
