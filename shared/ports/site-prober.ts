import { type Vote } from '../domain/failover/name-snapshot';
import { type CallOptions } from './load-balancer';
import { type SiteLook } from './vantages';

/** Looks at sites as their clients reach them, from where it runs. */
export interface SiteProber {
  /**
   * One vote per site, in the order given: `down` when every attempt failed, `up` when more than half were answered, else `unknown`.
   * Never throws, and never outlives the deadline.
   */
  look(looks: readonly SiteLook[], options: CallOptions): Promise<readonly Vote[]>;
}
