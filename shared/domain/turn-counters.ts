import { type Tally } from './tally';

/** What grows with the turns of a pool or a name and never shrinks, until the store is lost. */
export interface TurnCounters {
  /** Turns by what woke them. */
  readonly ticks: Tally;
  readonly tickMs: number;
  /** From the wake-up to the beginning of the turn, over all turns. */
  readonly wakeLagMs: number;
  /** Proposed steps by reason. */
  readonly decisions: Tally;
  /** Withheld steps by the rule that withheld them. */
  readonly withheld: Tally;
  /** Planned steps by kind and result: `set-weight/done`. */
  readonly steps: Tally;
  /** Failed steps by the cloud’s code. */
  readonly errors: Tally;
  /** Calls of the cloud by API and what became of them: `DescribeHealthStatus/throttled`. */
  readonly calls: Tally;
  /** Looks that saw nothing, by the cloud’s code. */
  readonly blindLooks: Tally;
}

export const NO_TURNS: TurnCounters = {
  ...{ ticks: {}, decisions: {}, withheld: {}, steps: {}, errors: {}, calls: {}, blindLooks: {} },
  ...{ tickMs: 0, wakeLagMs: 0 },
};

/** What was counted since the last turn and stands in none. */
export interface TakenTallies {
  readonly calls: Tally;
  readonly blindLooks: Tally;
}
