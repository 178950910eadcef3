import { type CallCounts, type TakenCounts } from '../../ports/call-counts';

type Counts = Record<string, number>;

/** Calls of the cloud by API and outcome, and looks that saw nothing, until somebody takes the counts away. */
export class CallTally implements CallCounts {
  private calls: Counts = {};
  private blindLooks: Counts = {};

  /** Example: `add('DescribeHealthStatus', 'throttled')`. */
  add(api: string, outcome: string): void {
    count(this.calls, `${api}/${outcome}`);
  }

  addBlindLook(code: string): void {
    count(this.blindLooks, code);
  }

  take(): TakenCounts {
    const { calls, blindLooks } = this;
    this.calls = {};
    this.blindLooks = {};
    return { calls, blindLooks };
  }
}

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
