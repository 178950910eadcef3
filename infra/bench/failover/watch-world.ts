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
  let before = standing(world);
  const timer = setInterval(() => {
    const at = Date.now();
    const now = standing(world);
    for (const [site, weight] of now) {
      const kind = changeOf(before.get(site) ?? weight, weight);
      if (kind !== null) moves.push({ at, site, kind });
    }
    before = now;
    if (bears(weightsInService(world), SITE)) bearing.push(at);
  }, LOOK_MS);
  return {
    moves: () => moves,
    bearsAllAt: (from) => bearing.find((at) => at >= from) ?? null,
    stop: () => clearInterval(timer),
  };
}

/** The weight of each site’s record, 0 while it is off. */
const standing = (world: TwoSites): ReadonlyMap<string, number> =>
  new Map(
    world
      .records()
      .map(({ value, isEnabled, weight }) => [
        value === world.a.pool.host ? 'a' : 'b',
        isEnabled ? weight : 0,
      ]),
  );

/** What became of a record’s weight, 0 being off; null where nothing did. */
export function changeOf(before: number, now: number): Move['kind'] | null {
  if (before === now) return null;
  if (now === 0) return 'off';
  if (before === 0) return 'on';
  return now < before ? 'lighter' : 'heavier';
}

/** Weights of b’s members that its load balancer calls normal. */
function weightsInService({ b: { region, pool } }: TwoSites): readonly number[] {
  const { slb, health } = region.region;
  const listener = slb.listener(pool.loadBalancerId, pool.listenerPort);
  return slb
    .route(listener)
    .filter((member) => health.verdict(listener, member) === 'normal')
    .map(({ weight }) => weight);
}
