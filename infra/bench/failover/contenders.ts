import { type DnsRule, GTM_STYLE, PAUSE_AT_ONCE } from './dns-rule';

/** One way of failing over; all of them suffer the same fault at the same moment. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** Looks after the name: a rule, Evenkeel, or nobody. */
  readonly by: DnsRule | 'evenkeel' | 'nobody';
}

export const CONTENDERS: readonly Contender[] = [
  { name: 'none', title: 'no failover', by: 'nobody' },
  { name: 'at-once', title: 'pause at once, no capacity rule', by: PAUSE_AT_ONCE },
  { name: 'gtm', title: 'GTM-style, 60 s × 3, no capacity rule', by: GTM_STYLE },
  { name: 'evenkeel', title: 'Evenkeel', by: 'evenkeel' },
];
