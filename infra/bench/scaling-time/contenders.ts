/** One way of adding capacity; all of them meet the same load at the same moment. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** `rule`: no Evenkeel, an ESS-style rule on the same CloudMonitor. */
  readonly by: 'evenkeel' | 'rule';
  /** Stopped instances that are ready from the start. */
  readonly warm: number;
}

export const CONTENDERS: readonly Contender[] = [
  { name: 'cold', title: 'Evenkeel, cold launch', by: 'evenkeel', warm: 0 },
  { name: 'warm', title: 'Evenkeel, warm pool', by: 'evenkeel', warm: 2 },
  { name: 'ess', title: 'ESS-style rule, cold launch', by: 'rule', warm: 0 },
];
