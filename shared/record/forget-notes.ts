import { type PoolMemory } from '../domain/memory';
import { operationKey, OPERATIONS } from '../domain/store-keys';
import { type Tick } from '../domain/tick';
import { type Instant, since } from '../domain/units';
import { type Ports } from '../ports/ports';
import { type StateStore } from '../ports/state-store';

/** Older than any token or wait of a ladder: what a worker that died left behind is swept up after so long. */
const KEPT_MS = 86_400_000;

/**
 * Removes the notes of operations that have ended: those that memory relied on before this tick, and launches of this tick, on
 * which the memory stored after it relies no more. Only after it was stored: until then a successor may still have to send the same
 * call again, and a note that is gone would let it be sent in another size. A repair whose answer was lost is in no memory and keeps
 * its note, which keeps it from being done twice. What a worker leaves behind that dies in between is swept up by `sweepNotes`.
 * Throws `StoreUnavailable`.
 */
export async function forgetNotes(
  { pool, plan }: Pick<Tick, 'pool' | 'plan'>,
  stored: PoolMemory,
  { store }: Pick<Ports, 'store'>,
): Promise<void> {
  const begun = plan.steps.flatMap((step) => (step.kind === 'launch' ? [step.operationId] : []));
  const needed = operationsIn(stored);
  const ended = [...new Set([...operationsIn(pool.memory), ...begun])].filter(
    (id) => !needed.has(id),
  );
  for (const id of ended) await store.delete(operationKey(id));
}

/** Removes what dead workers of this pool have left behind; what is not understood, or another pool’s, stays. */
export async function sweepNotes(
  { poolName }: Pick<Tick['pool'], 'poolName'>,
  stored: PoolMemory,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
): Promise<void> {
  const needed = new Set([...operationsIn(stored)].map(operationKey));
  const now = clock.now();
  for (const key of await store.list(OPERATIONS)) {
    if (needed.has(key)) continue;
    if (await isLeftBehind(key, poolName, store, now)) await store.delete(key);
  }
}

async function isLeftBehind(
  key: string,
  poolName: string,
  store: StateStore,
  now: Instant,
): Promise<boolean> {
  const note = (await store.read(key))?.value as Readonly<Record<string, unknown>> | null;
  const at = note?.['at'];
  return (
    note?.['poolName'] === poolName && typeof at === 'number' && since(at as Instant, now) > KEPT_MS
  );
}

/** Launches with a call that is not answered, and repairs that a ladder stands on. */
function operationsIn({ scale, backends }: PoolMemory): ReadonlySet<string> {
  const launches = (scale?.launches ?? []).filter(({ attempts }) =>
    attempts.some(({ state }) => state === 'open'),
  );
  const repairs = Object.values(backends).flatMap(({ ladder }) => ladder?.operationId ?? []);
  return new Set([...launches.map(({ operationId }) => operationId), ...repairs].filter(Boolean));
}
