import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { loadPolicy } from '../../shared/config/load-policy';
import { type RegionWorld } from './region-world';
import { type NameWish, type Setting } from './setting';

export interface LoadedFleet {
  readonly fleet: FleetPolicy;
  readonly hash: string;
}

/** The name of every universe that has one. */
const PUBLIC_NAME = { name: 'shop', domain: 'example.com', host: 'www' } as const;

/** The policy file of one deployment, read as a user’s would be. Throws when it is not valid: the seed drew nonsense. */
export function fleetOf(
  regionId: string,
  worlds: readonly RegionWorld[],
  { name, seed, timerMs }: Pick<Setting, 'name' | 'seed' | 'timerMs'>,
): LoadedFleet {
  const file = {
    version: 1,
    region: regionId,
    deployment: { timerEvery: `${timerMs / 60_000}m` },
    alarmSecret: { current: 'env:EVENKEEL_ALARM_SECRET' },
    pools: worlds.flatMap((world) =>
      world.pools.map(({ wish, targets }) => ({
        name: wish.name,
        region: world.regionId,
        targets: targets.map(({ loadBalancerId, serverGroupId }) => ({
          loadBalancer: loadBalancerId,
          serverGroup: serverGroupId,
        })),
        ...wish.policy,
      })),
    ),
    ...(name !== null && { failover: failoverSection(name, worlds) }),
  };
  const reading = loadPolicy(JSON.stringify(file), `seed ${seed}`);
  if (reading.kind === 'ok') return { fleet: reading.policy, hash: reading.hash };
  const problems = reading.problems.map(({ path, message }) => `${path}: ${message}`);
  throw new Error(`Seed ${seed} drew a policy that is not valid: ${problems.join('; ')}`);
}

const failoverSection = (wish: NameWish, worlds: readonly RegionWorld[]): object => ({
  home: wish.homeRegionId,
  names: [
    {
      ...PUBLIC_NAME,
      ...wish.policy,
      vantages: wish.vantages,
      sites: worlds.flatMap((world) =>
        world.pools.map(({ wish: pool, address }) => ({
          name: world.regionId.slice(3),
          region: world.regionId,
          address,
          pool: pool.name,
          check: { protocol: 'http', port: 80 },
        })),
      ),
    },
  ],
});
