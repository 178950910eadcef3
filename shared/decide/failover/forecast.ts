import { type CapacityForecast } from '../../domain/failover/name-proposal';
import { ceilDiv, clamp, floorDiv, type Permille, permille, roundDiv } from '../../domain/units';
import { loadOf } from './expected-load';
import { leftOf, partsOf } from './line-shares';
import { freshLoad, isDead, type NameScene, others, type SiteView } from './scene';

type Receiver = CapacityForecast['receivers'][number];

export interface Forecast extends CapacityForecast {
  /** How much of what moves the others can carry now; null when nobody knows. */
  readonly fit: Permille | null;
  /** Whether waiting may help: somebody is on the way, stands ready, or can be launched. */
  readonly canGrow: boolean;
}

/**
 * What the others would carry if this site lost all that it still gets. Its load is what it usually has, not what is left of it: the
 * clients of a dying site come back elsewhere. Load per line is known to nobody, so every line counts the same; within a line it
 * goes to the others by their shares. From a dead site they take on as much as they bear (`emergencyUse`), else what they carry well
 * (`fullUse`).
 *
 * Example: 4,000 move to two sites of equal weight that carry 3,000 with 4 and 5,000 with 5 instances; at 1,200 ‰ of full use 4,800
 * and 6,000 fit, so the second sheds 1,000 of its 2,000: 250 ‰ of what moves; half of it fits.
 */
export function forecastMove(view: SiteView, scene: NameScene): Forecast {
  const moving = movingLoad(view, scene);
  const parts = partsOf(view, scene);
  const receivers = others(view, scene)
    .map((other) => receive(other, { view, share: parts.get(other.site.name) ?? 0, moving }, scene))
    .filter(({ share }) => share > 0);
  const bearers = receivers.map(({ receiver }) => receiver);
  const isCounted = isDead(view, scene) ? countsForDead : () => true;
  const counted = receivers.filter(isCounted).map(({ receiver }) => receiver);
  const fit = moving === null ? null : fitOf(counted);
  return {
    siteName: view.site.name,
    moving: moving ?? 0,
    receivers: bearers,
    shed: fit === null ? null : shedOf(bearers, moving ?? 0),
    fit,
    canGrow: receivers.some(({ other }) => canGrow(other)),
    detail: bearers.map(describe).join('; '),
  };
}

function movingLoad(view: SiteView, scene: NameScene): number | null {
  const usual = view.memory.usual?.load ?? null;
  const whole = usual ?? freshLoad(view) ?? null;
  if (whole === null) return null;
  return roundDiv(whole * (usual === null ? 1000 : leftOf(view, scene)), 1000);
}

interface Receiving {
  readonly other: SiteView;
  readonly share: number;
  readonly receiver: Receiver;
}

interface Sending {
  readonly view: SiteView;
  /** Of what moves, in millionths. */
  readonly share: number;
  readonly moving: number | null;
}

function receive(other: SiteView, { view, share, moving }: Sending, scene: NameScene): Receiving {
  const added = ceilDiv((moving ?? 0) * share, 1_000_000);
  const load = loadOf(other, view, scene);
  const serving = other.capacity?.serving ?? null;
  const { verdict } = other.judgement;
  const mayBear = verdict === 'up' || (verdict === 'unknown' && isDead(view, scene));
  const needed = load === null ? serving : ceilDiv(load, 1000);
  const receiver = {
    siteName: other.site.name,
    load,
    added,
    needed: load === null ? plusLoad(needed, added) : ceilDiv(load + added, 1000),
    serving,
    limit: mayBear ? limitOf(other, view, scene) : 0,
  };
  return { other, share, receiver };
}

function limitOf({ capacity }: SiteView, leaving: SiteView, scene: NameScene): number | null {
  if (capacity === undefined) return null;
  const { fullUse, emergencyUse } = scene.policy.capacity;
  const use = isDead(leaving, scene) ? emergencyUse : fullUse;
  return floorDiv((capacity.bearing ?? capacity.serving * 1000) * use, 1000);
}

/** Clients that go from one dead site to another lose nothing; of one that nobody can judge, what is known of it counts. */
function countsForDead({ other, receiver: { load, limit } }: Receiving): boolean {
  const { verdict } = other.judgement;
  return verdict === 'up' || (verdict === 'unknown' && load !== null && limit !== null);
}

/** Where its load is not known, what it has is taken for busy. */
const plusLoad = (serving: number | null, added: number): number | null =>
  serving === null ? null : serving + ceilDiv(added, 1000);

/** The largest share of the whole of which every receiver can carry its part. */
function fitOf(receivers: readonly Receiver[]): Permille | null {
  const fits = receivers.map(({ load, added, limit }): number | null => {
    if (added === 0) return 1000;
    if (limit === 0) return 0;
    if (load === null || limit === null) return null;
    return clamp(floorDiv((limit - load) * 1000, added), 0, 1000);
  });
  if (fits.includes(null)) return null;
  return permille(Math.min(1000, ...fits.map((fit) => fit ?? 0)));
}

function shedOf(receivers: readonly Receiver[], moving: number): Permille {
  const shed = receivers.map(({ load, added, limit }) =>
    clamp((load ?? 0) + added - (limit ?? 0), 0, added),
  );
  const total = shed.reduce((a, b) => a + b, 0);
  return permille(moving === 0 ? 0 : Math.min(1000, roundDiv(total * 1000, moving)));
}

function canGrow({ capacity }: SiteView): boolean {
  if (capacity === undefined) return false;
  const { arriving, warm, canLaunch, members, max } = capacity;
  if (arriving > 0) return true;
  return max !== null && members < max && (canLaunch || warm > 0);
}

function describe({ siteName, load, added, serving, limit }: Receiver): string {
  const carried = load === null ? 'an unknown load' : `a load of ${load}`;
  const bearing = limit === null ? 'nobody knows how much it can carry' : `it can carry ${limit}`;
  return `${siteName} has ${carried} on ${serving ?? 'an unknown number of'} instances and gets ${added} more; ${bearing}`;
}
