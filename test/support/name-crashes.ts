import { type NamePorts } from '../../shared/ports/name-ports';
import { type Around, Crash, type PortCall } from './watched-ports';

const WATCHED = ['dns', 'vantages', 'regionPools', 'store', 'archive', 'alerts'] as const;

/** The same ports with `around` in the way of every call: it may look, refuse, fail or let it through. */
export function watchNamePorts(ports: NamePorts, around: Around): NamePorts {
  const wrapped = WATCHED.map((portName) => {
    const port = ports[portName] as unknown as Record<
      string,
      (...parameters: unknown[]) => Promise<unknown>
    >;
    const proxy = new Proxy(port, {
      get: (target, method: string) => {
        const original = target[method];
        if (typeof original !== 'function') return original;
        return async (...parameters: unknown[]) =>
          around({ name: `${portName}.${method}`, arguments: parameters }, async () =>
            original.apply(target, parameters),
          );
      },
    });
    return [portName, proxy];
  });
  return { ...ports, ...(Object.fromEntries(wrapped) as Partial<NamePorts>) };
}

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
