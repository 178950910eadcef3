import { type NameMemory } from '../../shared/domain/failover/name-memory';

/** Of what the clients ask for, in permille: what is remembered of both sites, and of each of them at least. */
const TOGETHER = 800;
const EACH = 250;

/**
 * Whether two sites serve, are up, and are remembered to carry their clients, who ask for so many requests a second. A first figure from before the
 * clients came would let a loss look as if it concerned nobody.
 */
export function knowsWhatIsUsual(memory: NameMemory | null, requestsPerSecond: number): boolean {
  const sites = Object.values(memory?.sites ?? {});
  const traffic = sites.map(({ usual }) => (usual?.load == null ? 0 : (usual.traffic ?? 0)));
  const total = traffic.reduce((sum, each) => sum + each, 0);
  return (
    sites.length === 2 &&
    sites.every(({ state, upSince }) => state === 'serving' && upSince !== null) &&
    total >= requestsPerSecond * TOGETHER &&
    traffic.every((each) => each >= requestsPerSecond * EACH)
  );
}
