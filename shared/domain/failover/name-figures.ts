import { countTurn, tickMsOf } from '../count-turn';
import { isLike, type Tally, tallied } from '../tally';
import { NO_TURNS, type TakenTallies, type TurnCounters } from '../turn-counters';
import { type NameMemory } from './name-memory';
import { type NameTick } from './name-tick';

interface NameCounters extends TurnCounters {
  /** Moves of traffic that were begun, by kind. */
  readonly moves: Tally;
}

/** Figures of a name for metrics. Nothing is decided on them; they are lost with the store, and counting begins anew. */
export interface NameFigures {
  readonly counters: NameCounters;
  /** How long the last turn took. */
  readonly lastTickMs: number;
}

/** A name’s memory as it stands in the store, with the figures beside it that no decision sees. */
export type StoredNameMemory = NameMemory & { readonly figures?: NameFigures };

const NO_NAME_FIGURES: NameFigures = { counters: { ...NO_TURNS, moves: {} }, lastTickMs: 0 };

/** Figures that stand beside a memory in the store; what cannot be understood counts as none, and counting begins anew. */
export function nameFiguresIn(memory: unknown): NameFigures {
  const { figures } = (memory ?? {}) as { readonly figures?: Partial<NameFigures> | null };
  const isWhole =
    isLike(figures?.counters, NO_NAME_FIGURES.counters) && Number.isFinite(figures?.lastTickMs);
  return isWhole ? (figures as NameFigures) : NO_NAME_FIGURES;
}

/**
 * The figures after a tick, from those before it, the memory that the tick leaves and the calls it made.
 *
 * Example: a tick whose memory has a move of kind `failover` that the memory before it did not have: one failover more.
 */
export function nextNameFigures(
  { counters }: NameFigures,
  tick: NameTick,
  memory: NameMemory,
  taken: TakenTallies,
): NameFigures {
  const known = new Set(tick.name.memory.moves.map(({ moveId }) => moveId));
  const begun = memory.moves.filter(({ moveId }) => !known.has(moveId));
  return {
    counters: {
      ...countTurn(counters, tick, { ...taken, blindLooks: blindLooksOf(tick, taken) }),
      moves: tallied(
        counters.moves,
        begun.map(({ kind }) => kind),
      ),
    },
    lastTickMs: tickMsOf(tick),
  };
}

/** A look at records that could not be read ends in a tick as any other, and saw nothing all the same. */
const blindLooksOf = ({ name }: NameTick, { blindLooks }: TakenTallies): Tally =>
  name.records.kind === 'missing' ? tallied(blindLooks, [name.records.reason]) : blindLooks;
