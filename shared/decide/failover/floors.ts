import { type FloorMemory } from '../../domain/failover/name-memory';
import { type RequestFloorStep } from '../../domain/failover/name-proposal';
import { CLOCK_SKEW_MS } from '../../domain/reading';
import { ceilDiv, plus, since } from '../../domain/units';
import { forecastMove } from './forecast';
import { hasHeld } from './runs';
import { type NameScene, others, type SiteView } from './scene';
import { type SiteDecision } from './site-decision';

interface Need {
  readonly view: SiteView;
  readonly poolName: string;
  readonly count: number;
}

/**
 * Instances that the pools of the others should have for what comes to them, asked for before anything moves: from the middle of the
 * hold, and for as long as a site is out. So should its own pool have what it usually needs before it comes back: it had nothing to do
 * and may have shrunk. A request expires by itself; it is renewed when half of its life is over, and it does not
 * fall while the reason stands.
 */
export function requestFloors(
  decisions: readonly SiteDecision[],
  scene: NameScene,
): readonly RequestFloorStep[] {
  const needs = new Map<string, Need>();
  const wanted = [
    ...decisions
      .filter((decision) => isThreatened(decision, scene))
      .flatMap(({ view }) => [...needsOf(view, scene), ...standingNeeds(view, scene)]),
    ...decisions
      .filter((decision) => isComingBack(decision, scene))
      .flatMap(({ view }) => ownNeed(view)),
  ];
  for (const need of wanted)
    if ((needs.get(need.poolName)?.count ?? 0) < need.count) needs.set(need.poolName, need);
  return [...needs.values()].flatMap((need) => renew(need, scene));
}

/** Out, on its way out or back, or down for half of the hold. */
function isThreatened({ view, next, move }: SiteDecision, { policy, now }: NameScene): boolean {
  const { downSince } = view.memory;
  const isOut = next.state !== 'serving' && next.state !== 'suspect' && next.state !== 'absent';
  return (
    isOut ||
    (move !== null && move.kind !== 'failback') ||
    hasHeld(downSince, now, Math.ceil(policy.holdDownMs / 2))
  );
}

/** Up, and in its return, in the second half of the hold before it, or out for a rehearsal only. */
function isComingBack({ view, next }: SiteDecision, { policy, now }: NameScene): boolean {
  const { upSince, move } = view.memory;
  if (view.judgement.verdict !== 'up') return false;
  if (next.state === 'returning') return true;
  if (next.state === 'paused') return move?.kind === 'practice';
  const { isAutomatic, holdMs } = policy.failback;
  return next.state === 'recovering' && isAutomatic && hasHeld(upSince, now, Math.ceil(holdMs / 2));
}

/** Instances for its usual load; nothing where that, or how many it may have, is not known. */
function ownNeed(view: SiteView): readonly Need[] {
  const { poolName } = view.site;
  const load = view.memory.usual?.load ?? null;
  const max = view.capacity?.max ?? null;
  if (poolName === null || load === null || max === null) return [];
  return [{ view, poolName, count: Math.min(ceilDiv(load, 1000), max) }];
}

function needsOf(view: SiteView, scene: NameScene): readonly Need[] {
  const receivers = new Map(
    forecastMove(view, scene).receivers.map((receiver) => [receiver.siteName, receiver]),
  );
  return scene.sites.flatMap((other): readonly Need[] => {
    const { poolName } = other.site;
    const needed = receivers.get(other.site.name)?.needed ?? null;
    const max = other.capacity?.max ?? null;
    if (poolName === null || needed === null || max === null) return [];
    return [{ view: other, poolName, count: Math.min(needed, max) }];
  });
}

/** What was asked for stays asked for: nothing moves any more from a site that is out, and its load is still with the others. */
const standingNeeds = (view: SiteView, scene: NameScene): readonly Need[] =>
  others(view, scene).flatMap((other): readonly Need[] => {
    const { poolName } = other.site;
    const standing = poolName && standingFloor(scene.name.memory.floors[poolName], scene);
    return poolName && standing ? [{ view: other, poolName, count: standing.count }] : [];
  });

function renew({ view, poolName, count }: Need, scene: NameScene): readonly RequestFloorStep[] {
  const { name, policy, now } = scene;
  const { floorMs } = policy.capacity;
  const standing = standingFloor(name.memory.floors[poolName], scene);
  const floor = Math.max(count, standing?.count ?? 0);
  const isFresh = standing !== null && since(now, standing.until) * 2 > floorMs;
  if (isFresh && floor === standing.count) return [];
  return [
    {
      kind: 'request-floor',
      stepId: `floor/${poolName}`,
      siteName: view.site.name,
      reason: 'floor-requested',
      evidence: [],
      poolName,
      regionId: view.site.regionId,
      count: floor,
      until: plus(now, floorMs),
    },
  ];
}

/** Null also where it ends later than any request of ours: a clock was wrong, and the pool did not take it. */
const standingFloor = (
  floor: FloorMemory | undefined,
  { now, policy }: NameScene,
): FloorMemory | null =>
  floor !== undefined &&
  floor.until > now &&
  floor.until <= plus(now, policy.capacity.floorMs + CLOCK_SKEW_MS)
    ? floor
    : null;
