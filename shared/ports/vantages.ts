import { type SitePolicy } from '../domain/failover/name-policy';
import { type Vote } from '../domain/failover/name-snapshot';
import { type CallOptions } from './load-balancer';

/** A site to be looked at, as a vantage needs to know it. */
export interface SiteLook extends Pick<SitePolicy, 'name' | 'address' | 'check'> {
  /** Host header and TLS server name. */
  readonly host: string;
}

/** Looks at sites from regions that are not ours, through their `probe` functions. */
export interface Vantages {
  /**
   * At most one vote per site, in the order given: a vantage speaks once, however often it tried. A site that it did not or could not
   * look at has no vote, which is not the same as a vote of `unknown`: that one looked and learnt nothing. Throws `CloudError` when the
   * vantage itself cannot be reached: nobody voted then, and silence says nothing about any site.
   */
  look(
    regionId: string,
    looks: readonly SiteLook[],
    options: CallOptions,
  ): Promise<readonly Vote[]>;
}
