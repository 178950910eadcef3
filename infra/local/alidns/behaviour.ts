/**
 * What the vendor's documents leave open, as switches. Each default is what most public sources share, or the reading that is more
 * demanding for whoever fails over.
 */
export interface AlidnsBehaviour {
  /** Weight 0: refused (API reference, 1 to 100), or taken and never answered (console guide, 0 to 100). */
  readonly weightZero: 'refuse' | 'accept';
  /** Weights of CNAME records: the guide has them, the API reference lists A and AAAA alone. */
  readonly weightedCname: 'accept' | 'refuse';
  /** A record that has the wanted status already: done again, or `DomainRecordDuplicate`. */
  readonly sameStatus: 'accept' | 'refuse';
  /** Whether a paused record still conflicts; where not, enabling it may. */
  readonly pausedInConflicts: 'count' | 'ignore';
  /** TTL and Line that an update leaves out: 600 and `default` as documented, or as they were. */
  readonly leftOutOfUpdate: 'documented-default' | 'keep';
  /** A line whose records are all paused: its clients get the broader line's answer, or none. */
  readonly pausedLine: 'broader-line' | 'no-answer';
  /** Code of a refusal because of a locked record. */
  readonly lockedCode: 'DomainRecordLocked' | 'Forbidden.RecordLocked';
}

export const DEFAULT_ALIDNS_BEHAVIOUR: AlidnsBehaviour = {
  weightZero: 'refuse',
  weightedCname: 'accept',
  sameStatus: 'accept',
  pausedInConflicts: 'count',
  leftOutOfUpdate: 'documented-default',
  pausedLine: 'broader-line',
  lockedCode: 'DomainRecordLocked',
};
