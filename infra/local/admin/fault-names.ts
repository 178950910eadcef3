import { type InstanceFaults } from '../contracts';

export const FAULT_NAMES = ['gray', 'crash', 'hang', 'reclaim', 'clear'] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** What each named fault adds to an instance; `clear` ends them all. A restart of the service heals each. A reclaim is for good. */
export const FAULTS: Readonly<
  Record<Exclude<FaultName, 'clear' | 'reclaim'>, Partial<InstanceFaults>>
> = {
  gray: { errorShare: 200, latencyFactor: 5000, sparesHealthChecks: true },
  crash: { isCrashed: true },
  hang: { isHung: true },
};

/** The same in words, for help texts. */
export const FAULT_MEANINGS: Readonly<Record<FaultName, string>> = {
  gray: 'one request in five fails and all take five times as long, health checks excepted',
  crash: 'its service dies',
  hang: 'its service accepts connections and never answers',
  reclaim: 'a spot instance is announced to go, and goes five minutes later',
  clear: 'all its faults end, a reclaim excepted',
};
