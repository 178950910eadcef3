import { type Alert } from '../domain/proposal';

/** Calls people. Never throws and never blocks a tick; deduplication by key is the caller's. */
export interface Alerts {
  raise(poolName: string, alert: Alert): Promise<void>;
}
