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
  /** One vote per site, in the order given. Throws `CloudError` when the vantage itself cannot be reached: nobody voted then. */
  look(
    regionId: string,
    looks: readonly SiteLook[],
    options: CallOptions,
  ): Promise<readonly Vote[]>;
}
