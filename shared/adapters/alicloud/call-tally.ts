import { type CallCounts, type TakenCounts } from '../../ports/call-counts';

/** A map, as names are put together anew for each call: as those of a record they would all have to be looked up in a table first. */
type Counts = Map<string, number>;

/** Calls of the cloud by API and outcome, and looks that saw nothing, until somebody takes the counts away. */
export class CallTally implements CallCounts {
  private calls: Counts = new Map();
  private blindLooks: Counts = new Map();

  /** Example: `add('DescribeHealthStatus', 'throttled')`. */
  add(api: string, outcome: string): void {
    count(this.calls, `${api}/${outcome}`);
  }

  addBlindLook(code: string): void {
    count(this.blindLooks, code);
  }

  take(): TakenCounts {
    const { calls, blindLooks } = this;
    this.calls = new Map();
    this.blindLooks = new Map();
    return { calls: Object.fromEntries(calls), blindLooks: Object.fromEntries(blindLooks) };
  }
}

function count(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
