/** What happened under one set of ports and no tick tells, for metrics. */
export interface CallCounts {
  /** A look that saw nothing, by the cloud’s code: no tick is left of it. */
  addBlindLook(code: string): void;
  /** What was counted since this was asked last. */
  take(): TakenCounts;
}

export interface TakenCounts {
  /** Calls by API and what became of them. Example: `{ 'DescribeHealthStatus/ok': 2 }`. */
  readonly calls: Readonly<Record<string, number>>;
  readonly blindLooks: Readonly<Record<string, number>>;
}
