import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type Vote } from '../../shared/domain/failover/name-snapshot';
import { millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type SiteLook } from '../../shared/ports/vantages';
import { type Cosmos } from './cosmos';

const ANSWER_MS = 20;

/** Whether anybody answers at a site: a backend with weight that its load balancer sends to and that is up. */
export function isSiteUp(
  { regions, view }: Pick<Cosmos, 'regions' | 'view'>,
  address: string,
): boolean {
  for (const world of regions.values())
    for (const pool of world.pools)
      if (pool.address === address) {
        if (world.isDark) return false;
        const [first] = pool.targets;
        const members = first === undefined ? [] : world.groupTruth(first).members;
        return members.some(({ instanceId, weight, health }) => {
          if (weight === 0 || Object.values(health).includes('abnormal')) return false;
          const truth = view.instance(world.regionId, instanceId);
          return truth !== null && !truth.ills.some((ill) => DEAF.includes(ill));
        });
      }
  return false;
}

const DEAF: readonly string[] = ['not-running', 'service-down', 'hung'];

export const deadSitesOf = (
  cosmos: Pick<Cosmos, 'regions' | 'view'>,
  { sites }: NamePolicy,
): readonly string[] =>
  sites.filter(({ address }) => !isSiteUp(cosmos, address)).map(({ name }) => name);

/** What a vantage in a region sees of the sites: a vantage that is cut off reaches none. */
export async function lookFrom(
  cosmos: Cosmos,
  regionId: string,
  looks: readonly SiteLook[],
  clock: Clock,
): Promise<readonly Vote[]> {
  await clock.sleep(millis(ANSWER_MS));
  const isCut = cosmos.cutVantages.has(regionId);
  if (looks.some(({ address }) => !isSiteUp(cosmos, address))) tellOfDeath(cosmos);
  return looks.map(({ name, address, check }): Vote => {
    const isUp = !isCut && isSiteUp(cosmos, address);
    return {
      ...{ voter: regionId, kind: 'vantage', siteName: name, at: clock.now() },
      answer: isUp ? 'up' : 'down',
      attempts: check.attempts,
      failed: isUp ? 0 : check.attempts,
      latencyMs: isUp ? ANSWER_MS : null,
      detail: isUp ? '' : 'connect timeout',
    };
  });
}

/** What a vantage finds dead is for the checkers to see as well, however soon it is up again. */
function tellOfDeath({ chronicle, clock, view }: Cosmos): void {
  chronicle.tell({ kind: 'world', at: clock.now(), world: view });
}
