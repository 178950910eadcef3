import { type SiteCapacity } from '../domain/failover/name-snapshot';
import { type Instant } from '../domain/units';
import { type CallOptions } from './load-balancer';

export interface RegionPool {
  readonly regionId: string;
  readonly poolName: string;
}

/** An expiring wish for instances. The pool’s own worker obeys it within its bounds and guards. */
export interface FloorRequest {
  readonly count: number;
  /** Who asks: the name. Of its requests the higher count and the later end hold, so that one may be sent again. */
  readonly by: string;
  readonly reason: string;
  readonly until: Instant;
}

/** Pools of other regions, through the `operator` function there. Throws `CloudError`. */
export interface RegionPools {
  describeCapacity(pool: RegionPool, options: CallOptions): Promise<SiteCapacity>;
  requestFloor(pool: RegionPool, request: FloorRequest, options: CallOptions): Promise<void>;
}
