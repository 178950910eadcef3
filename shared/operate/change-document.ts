import { type StateStore } from '../ports/state-store';
import { updateDocument } from '../ports/update-document';

/** Compare-and-set until it holds; false when others kept winning. `change` gets undefined where there is no document. */
export async function changeDocument(
  key: string,
  store: Pick<StateStore, 'read' | 'compareAndSet'>,
  change: (value: unknown) => unknown,
): Promise<boolean> {
  const isStored = await updateDocument(store, key, (value) => ({
    next: change(value),
    result: true,
  }));
  return isStored ?? false;
}
