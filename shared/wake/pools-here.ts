import { type FleetPolicy } from '../config/fleet-policy';
import { type PoolPolicy } from '../domain/policy';

/**
 * Pools that this deployment works on. Where names fail over, every region has functions and a store of its own, so that none is
 * needed to save another: each works on its own pools then, and two never on the same one. Otherwise one deployment works on all.
 */
export const poolsHere = ({
  pools,
  failover,
  regionId,
}: Pick<FleetPolicy, 'pools' | 'failover' | 'regionId'>): readonly PoolPolicy[] =>
  failover === null ? pools : pools.filter((pool) => pool.regionId === regionId);
