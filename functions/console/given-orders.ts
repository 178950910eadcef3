import { type StateStore } from '../../shared/ports/state-store';
import { updateDocument } from '../../shared/ports/update-document';
import { type GivenOrder } from './api';

const KEY = 'console/orders';
/** Kept in the store; the log has them all. */
const KEPT = 200;

const isOrder = (value: unknown): value is GivenOrder =>
  typeof value === 'object' &&
  value !== null &&
  ['id', 'by', 'verb', 'subject', 'result'].every(
    (field) => typeof (value as Record<string, unknown>)[field] === 'string',
  ) &&
  typeof (value as Record<string, unknown>)['at'] === 'number';

const ordersIn = (value: unknown): readonly GivenOrder[] =>
  Array.isArray(value) ? value.filter(isOrder) : [];

/** Who asked for what here, newest first. Throws `StoreUnavailable`. */
export const givenOrders = async (
  store: Pick<StateStore, 'read'>,
): Promise<readonly GivenOrder[]> => ordersIn((await store.read(KEY))?.value);

/** Writes an order down, or what became of it. Throws `StoreUnavailable`. */
export async function noteOrder(order: GivenOrder, store: StateStore): Promise<void> {
  await updateDocument(
    store,
    KEY,
    (value) => ({
      next: [order, ...ordersIn(value).filter(({ id }) => id !== order.id)].slice(0, KEPT),
      result: true,
    }),
    { attemptsMax: 20 },
  );
}
