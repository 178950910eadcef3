/** A rule that looks at a site from several vantages and pauses its record after so many failed looks. It knows of no capacity. */
export interface DnsRule {
  /** Time from one look to the next. */
  readonly everyMs: number;
  /** Failed looks in a row after which a vantage calls the site dead. */
  readonly failures: number;
  /** Whose word counts: any vantage’s, or that of more than half of them. */
  readonly voters: 'any' | 'most';
}

/** The simplest rule that people write: the first failed look of any vantage pauses the record, the first good one of all brings it back. */
export const PAUSE_AT_ONCE: DnsRule = { everyMs: 10_000, failures: 1, voters: 'any' };

/** Defaults of the vendor’s Global Traffic Manager: a look a minute, three failures in a row, half of the nodes. */
export const GTM_STYLE: DnsRule = { everyMs: 60_000, failures: 3, voters: 'most' };

/** Failed looks in a row of each vantage. */
export type RuleState = readonly number[];

export interface RuleOutcome {
  readonly state: RuleState;
  readonly isDead: boolean;
}

/**
 * What the rule makes of the newest look of every vantage, in the same order each time; true: the site answered. One good look of a
 * vantage ends its row of failures, so a site comes back as soon as too few vantages call it dead.
 *
 * Example: GTM-style, three vantages, looks [no, no, yes] three times: dead at the third.
 */
export function applyRule(
  { failures, voters }: DnsRule,
  state: RuleState,
  answers: readonly boolean[],
): RuleOutcome {
  const next = answers.map((isAnswered, index) => (isAnswered ? 0 : (state[index] ?? 0) + 1));
  const dead = next.filter((inRow) => inRow >= failures).length;
  return { state: next, isDead: voters === 'any' ? dead > 0 : dead * 2 > answers.length };
}

/** A record as the rule sees it. */
export interface RuleRecord {
  readonly site: string;
  readonly isEnabled: boolean;
}

/**
 * Records to switch over, in order: first those that come back, then those that go. The last record that is on stays, whatever is
 * known about its site: a name without an address would be kept in caches as such.
 */
export function recordsToSwitch<T extends RuleRecord>(
  records: readonly T[],
  isDead: (site: string) => boolean,
): readonly T[] {
  const back = records.filter(({ site, isEnabled }) => !isEnabled && !isDead(site));
  const on = records.filter(({ isEnabled }) => isEnabled).length + back.length;
  const going = records.filter(({ site, isEnabled }) => isEnabled && isDead(site));
  return [...back, ...going.slice(0, Math.max(0, on - 1))];
}
