import { boundsAt } from '../decide/scale/bounds';
import { type CapacityFloor, FLOOR_LIMITS, withFloor } from '../domain/capacity-floor';
import { type PoolPolicy } from '../domain/policy';
import { CLOCK_SKEW_MS } from '../domain/reading';
import { floorsKey, poolLease } from '../domain/store-keys';
import { since } from '../domain/units';
import { readableFloors } from '../observe/observe-floors';
import { type Ports } from '../ports/ports';
import { type StateStore } from '../ports/state-store';
import { changeDocument } from './change-document';
import { type OperatorReply } from './operator-reply';

type Refused = Extract<OperatorReply, { kind: 'refused' }>;

/**
 * Writes down what a public name asks a pool for, ahead of traffic that comes from another region. The pool is marked; its worker
 * grows to the highest floor within the policy’s maximum, and shrinks below none of them until it expires. A repeated request
 * changes nothing, so that it may be sent again when its answer was lost. Throws `StoreUnavailable`.
 */
export async function requestFloor(
  { name: poolName, scale }: PoolPolicy,
  floor: CapacityFloor,
  { store }: Pick<Ports, 'store'>,
): Promise<OperatorReply> {
  if (scale === undefined)
    return refuse('not-scaled', `The policy does not scale ${poolName}: it cannot grow.`);
  const refusal = whyRefused(floor);
  if (refusal !== null) return refusal;
  const kept = await storeFloor(poolName, floor, store);
  if ('code' in kept) return kept;
  const reason = `at least ${floor.count} requested by ${floor.by}`;
  await store.markDirty(poolLease(poolName), { reason, at: floor.at });
  const { max } = boundsAt(scale, floor.at);
  return { kind: 'floor-requested', poolName, floor: kept, max };
}

function whyRefused({ at, until }: CapacityFloor): Refused | null {
  if (until <= at) return refuse('past-time', 'The floor would be over before it began.');
  return since(at, until) > FLOOR_LIMITS.spanMs + CLOCK_SKEW_MS
    ? refuse('out-of-bounds', 'A floor lasts a day at most; whoever still needs it asks again.')
    : null;
}

/** What holds for the asker now; floors that are over are forgotten on the way. */
async function storeFloor(
  poolName: string,
  floor: CapacityFloor,
  store: StateStore,
): Promise<CapacityFloor | Refused> {
  let floors: readonly CapacityFloor[] = [];
  const isStored = await changeDocument(floorsKey(poolName), store, (value) => {
    floors = withFloor(readableFloors(value), floor);
    return floors.length > FLOOR_LIMITS.perPool ? value : floors;
  });
  if (floors.length > FLOOR_LIMITS.perPool)
    return refuse(
      'too-many-floors',
      `${FLOOR_LIMITS.perPool} names ask ${poolName} for instances already; one more is not taken.`,
    );
  if (!isStored) return refuse('contention', `The floors of ${poolName} kept changing; try again.`);
  return floors.find(({ by }) => by === floor.by) ?? floor;
}

const refuse = (code: Refused['code'], message: string): Refused => ({
  kind: 'refused',
  code,
  message,
});
