import { type NamePorts } from '../../shared/ports/name-ports';
import { type Around, Crash, type PortCall, watchEach } from './watched-ports';

const WATCHED = ['dns', 'vantages', 'regionPools', 'store', 'archive', 'alerts'] as const;

/** As `watchPorts`, for those of a public name. */
export const watchNamePorts = (ports: NamePorts, around: Around): NamePorts =>
  watchEach(ports, WATCHED, around);

/** As `store.compareAndSet name-memory`. */
const called = ({ name, arguments: [key] }: PortCall): string =>
  name.startsWith('store.') && typeof key === 'string'
    ? `${name} ${key.split('/')[0] ?? ''}`
    : name;

const READS =
  /^(store\.(read|list|isDirty)|dns\.describe|vantages\.|regionPools\.describe|archive\.(list|read))/;

/**
 * Ports of a worker that dies right after its `count`-th call with an effect, of whatever port; `count` 0 dies before the first. Dying
 * before or after a reading leaves the world as dying after the effect ahead of it does.
 */
export function mortalNamePorts(
  ports: NamePorts,
  count: number,
): { readonly ports: NamePorts; readonly lastWords: () => string; readonly effects: () => number } {
  let effects = 0;
  let words = 'alive';
  const around: Around = async (call, proceed) => {
    if (words !== 'alive') throw new Crash(call.name);
    if (READS.test(call.name)) return proceed();
    if (effects === count) {
      words = `before ${called(call)}`;
      throw new Crash(words);
    }
    effects += 1;
    return proceed();
  };
  return { ports: watchNamePorts(ports, around), lastWords: () => words, effects: () => effects };
}
