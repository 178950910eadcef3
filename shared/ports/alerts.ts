import { type NameAlert } from '../domain/failover/name-proposal';
import { type Alert } from '../domain/proposal';

/** Calls people. Never throws and never blocks a tick; deduplication by key is the caller's. */
export interface Alerts {
  /** `subject` is the name of a pool, or `name/` and the name of a public name. */
  raise(subject: string, alert: Alert | NameAlert): Promise<void>;
  /** Once at the end of each turn: tries again what nobody could be told. Left out where nothing is ever left over. */
  retry?(): Promise<void>;
}
