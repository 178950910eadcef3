import { type TwoSites } from '../../rehearsal/two-sites';
import { bears, type Move } from './measurement';
import { SITE } from './world';

const LOOK_MS = 250;

/** Notes what happens to the records and to the surviving site’s capacity, from the world itself. */
export interface Watched {
  readonly moves: () => readonly Move[];
  /** The first moment from then on at which b bears the whole load. */
  readonly bearsAllAt: (from: number) => number | null;
  readonly stop: () => void;
}

export function watchWorld(world: TwoSites): Watched {
  const moves: Move[] = [];
  const bearing: number[] = [];
  let before = enabledSites(world);
  const timer = setInterval(() => {
    const at = Date.now();
    const now = enabledSites(world);
    for (const [site, isEnabled] of now)
      if (before.get(site) !== isEnabled) moves.push({ at, site, isEnabled });
    before = now;
    if (bears(weightsInService(world), SITE)) bearing.push(at);
  }, LOOK_MS);
  return {
    moves: () => moves,
    bearsAllAt: (from) => bearing.find((at) => at >= from) ?? null,
    stop: () => clearInterval(timer),
  };
}

const enabledSites = (world: TwoSites): ReadonlyMap<string, boolean> =>
  new Map(
    world
      .records()
      .map(({ value, isEnabled }) => [value === world.a.pool.host ? 'a' : 'b', isEnabled]),
  );

/** Weights of b’s members that its load balancer calls normal. */
function weightsInService({ b: { region, pool } }: TwoSites): readonly number[] {
  const { slb, health } = region.region;
  const listener = slb.listener(pool.loadBalancerId, pool.listenerPort);
  return slb
    .route(listener)
    .filter((member) => health.verdict(listener, member) === 'normal')
    .map(({ weight }) => weight);
}
