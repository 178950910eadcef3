import { type StateStore } from '../ports/state-store';

const ATTEMPTS_MAX = 5;

/** Compare-and-set until it holds; false when others kept winning. `change` gets undefined where there is no document. */
export async function changeDocument(
  key: string,
  store: Pick<StateStore, 'read' | 'compareAndSet'>,
  change: (value: unknown) => unknown,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const document = await store.read(key);
    const result = await store.compareAndSet(
      key,
      change(document?.value),
      document?.version ?? null,
    );
    if (result === 'stored') return true;
  }
  return false;
}
