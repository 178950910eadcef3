import { type PoolPolicy } from '../domain/policy';
import { type Attachment, type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { isReliableAt, mayServeAt } from '../domain/serving';
import { servingFloor } from '../domain/serving-floor';

/** One place where the pool must go on serving: a listener of a target, or the target itself when no listener runs. */
interface Place {
  readonly name: string;
  readonly targetKey: string;
  readonly listenerPort: number | null;
  readonly members: number;
}

/** Weights after the steps accepted so far, by instance and attachment; the only state that a guard has. */
export type Weights = Readonly<Record<string, number>>;

export const weightKey = (
  instanceId: string,
  place: { readonly targetKey: string; readonly port: number },
): string => `${instanceId}|${place.targetKey}|${place.port}`;

/** How many instances serve at each place, kept up to date as steps are accepted. */
export interface ServingCount {
  readonly places: readonly Place[];
  readonly counts: Readonly<Record<string, number>>;
}

export function countServing(pool: PoolSnapshot): ServingCount {
  const places = listPlaces(pool);
  const entries = places.map((place): [string, number] => [
    place.name,
    pool.backends.filter((backend) => serves(backend, place, {})).length,
  ]);
  return { places, counts: Object.fromEntries(entries) };
}

function listPlaces(pool: PoolSnapshot): readonly Place[] {
  return pool.targets.flatMap(({ key, listeners }): readonly Place[] => {
    const members = pool.backends.filter((backend) =>
      backend.attachments.some((attachment) => attachment.targetKey === key),
    ).length;
    const ports = listeners
      .filter((listener) => listener.isRunning)
      .map((listener) => listener.port);
    const named = ports.length === 0 ? [null] : [...new Set(ports)];
    return named.map((listenerPort) => ({
      name: listenerPort === null ? key : `${key} listener ${listenerPort}`,
      targetKey: key,
      listenerPort,
      members,
    }));
  });
}

/** The instance serves at the place, with some of its weights changed; `isServed` says how sure one has to be of that. */
export function serves(
  backend: BackendSnapshot,
  place: Place,
  weights: Weights,
  isServed: typeof isReliableAt = isReliableAt,
): boolean {
  const changed = (attachment: Attachment): Attachment => ({
    ...attachment,
    weight: weights[weightKey(backend.instanceId, attachment)] ?? attachment.weight,
  });
  return backend.attachments.some(
    (attachment) =>
      attachment.targetKey === place.targetKey &&
      isServed(backend, changed(attachment), place.listenerPort),
  );
}

/** Serving instances that must remain at a place. */
export const floorOf = (place: Place, policy: PoolPolicy): number =>
  servingFloor(place.members, policy);

export interface Loss {
  readonly place: string;
  readonly after: number;
  readonly floor: number;
}

/**
 * Places where `backend` would stop serving, with how many would be left and how many must be. Who may only perhaps be alive, as
 * the signals contradict each other or are missing, is lost like anybody, but not counted on when others are.
 */
export function losses(
  backend: BackendSnapshot,
  change: { readonly before: Weights; readonly after: Weights },
  count: ServingCount,
  policy: PoolPolicy,
): readonly Loss[] {
  return count.places
    .filter(
      (place) =>
        serves(backend, place, change.before, mayServeAt) &&
        !serves(backend, place, change.after, mayServeAt),
    )
    .map((place) => ({
      place: place.name,
      after: (count.counts[place.name] ?? 0) - Number(serves(backend, place, change.before)),
      floor: floorOf(place, policy),
    }));
}

/** The counts after the change was accepted. */
export function recount(
  backend: BackendSnapshot,
  change: { readonly before: Weights; readonly after: Weights },
  count: ServingCount,
): ServingCount {
  const entries = count.places.map((place): [string, number] => {
    const difference =
      Number(serves(backend, place, change.after)) - Number(serves(backend, place, change.before));
    return [place.name, (count.counts[place.name] ?? 0) + difference];
  });
  return { places: count.places, counts: Object.fromEntries(entries) };
}
