import { decide } from '../../shared/decide/decide';
import { decideName } from '../../shared/decide/failover/decide-name';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type Tick } from '../../shared/domain/tick';
import { guardName } from '../../shared/guard/failover/guard-name';
import { guard } from '../../shared/guard/guard';

/** A recorded turn of the loop, about a pool or about a public name. */
export type RecordedTick = Tick | NameTick;

/** What is decided in a turn: all that is a function of what was seen and of the policy. */
export type Decision = Pick<Tick, 'proposal' | 'plan'> | Pick<NameTick, 'proposal' | 'plan'>;

/** One place where a value is not what was recorded; `undefined` where it is absent. */
export interface Difference {
  readonly path: string;
  readonly recorded: unknown;
  readonly now: unknown;
}

export interface Replay {
  readonly isSame: boolean;
  readonly differences: readonly Difference[];
  readonly recorded: Decision;
  readonly now: Decision;
  /** The tick with what would be decided now. */
  readonly tick: RecordedTick;
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

export const isNameTick = (tick: RecordedTick): tick is NameTick => 'kind' in tick;

/**
 * Decides a recorded tick again: same snapshot, same policy. The same code gives the same bytes, so `isSame` compares text;
 * other code shows where it decides differently.
 */
export function replayTick(tick: RecordedTick): Replay {
  const recorded = { proposal: tick.proposal, plan: tick.plan } as Decision;
  const decided = decideAgain(tick);
  const [was, is] = [JSON.stringify(recorded), JSON.stringify(decided)];
  // As a file would give it back: what is absent or undefined is the same there.
  const now = JSON.parse(is) as Decision;
  return {
    isSame: was === is,
    differences: was === is ? [] : differencesOf(recorded, now),
    recorded,
    now,
    tick: { ...tick, ...now } as RecordedTick,
  };
}

function decideAgain(tick: RecordedTick): Decision {
  if (isNameTick(tick)) {
    const proposal = decideName(tick.name, tick.request.policy);
    return { proposal, plan: guardName(proposal, tick.name, tick.request.policy) };
  }
  const proposal = decide(tick.pool, tick.request.policy);
  return { proposal, plan: guard(proposal, tick.pool, tick.request.policy) };
}
