import {
  type NameFigures,
  nameFiguresIn,
  type StoredNameMemory,
} from '../../domain/failover/name-figures';
import { type NameMemory } from '../../domain/failover/name-memory';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { nameMemoryKey } from '../../domain/store-keys';
import { type NamePorts } from '../../ports/name-ports';

/** What the memory that is stored follows on. */
interface Predecessor {
  readonly generation: number;
  /** Counts the figures beside it further; left out: they are handed on as they are. */
  readonly figuresAfter?: (before: NameFigures) => NameFigures;
}

/**
 * Stores a name’s memory under the tick’s lease, if the one there has the generation that this tick knows of. False when a newer
 * worker has taken over: then its view counts and this one is dropped. Throws `StoreUnavailable`.
 */
export async function storeNameMemory(
  request: NameTickRequest,
  memory: NameMemory,
  { generation, figuresAfter = (before) => before }: Predecessor,
  { store, log }: Pick<NamePorts, 'store' | 'log'>,
): Promise<boolean> {
  const { name } = request.policy;
  const key = nameMemoryKey(name);
  const stored = await store.read(key);
  const figures = figuresAfter(nameFiguresIn(stored?.value));
  const document: StoredNameMemory = { ...memory, figures };
  const isKnown = generationIn(stored?.value) === generation;
  const result = isKnown
    ? await store.compareAndSet(key, document, stored?.version ?? null, request.lease)
    : 'conflict';
  if (result === 'stored') return true;
  log.warn('the memory of this tick was not stored', { name, result });
  return false;
}

/** 0 of no document, and of one that cannot be understood: it counts as lost. */
function generationIn(value: unknown): number {
  const { generation } = (value ?? {}) as { readonly generation?: unknown };
  return typeof generation === 'number' ? generation : 0;
}
