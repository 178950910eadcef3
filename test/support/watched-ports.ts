import { type Ports } from '../../shared/ports/ports';

/** One call of a port. */
export interface PortCall {
  /** As `store.compareAndSet`. */
  readonly name: string;
  readonly arguments: readonly unknown[];
}

export type Around = (call: PortCall, proceed: () => Promise<unknown>) => Promise<unknown>;

const WATCHED = [
  'loadBalancer',
  'compute',
  'fleet',
  'metrics',
  'prober',
  'store',
  'archive',
  'alerts',
] as const;

/** The same ports with `around` in the way of every asynchronous call: it may look, refuse, fail or let it through. */
export const watchPorts = (ports: Ports, around: Around): Ports =>
  watchEach(ports, WATCHED, around);

/** As `watchPorts`, for any record of ports and those named. */
export function watchEach<All extends object>(
  ports: All,
  names: readonly (keyof All & string)[],
  around: Around,
): All {
  const wrapped = names.map((portName) => {
    const port = ports[portName] as Record<string, (...parameters: unknown[]) => Promise<unknown>>;
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
  return { ...ports, ...(Object.fromEntries(wrapped) as Partial<All>) };
}

/** The process is gone: nothing it still tries has any effect. */
export class Crash extends Error {}

const WRITES =
  /^(store\.(?!read|list|is)|loadBalancer\.(setWeights|addMembers|removeMembers)|compute\.(tag|untag|runCommand|reboot)|fleet\.(launch|start|stopEconomically|remove)|archive\.append|alerts\.)/;
/** Shared readings of CloudMonitor: a cache that anybody may lose. */
const isCache = ({ name, arguments: [key] }: PortCall): boolean =>
  name === 'store.compareAndSet' && String(key).startsWith('metrics/');

export const isWrite = (call: PortCall): boolean => WRITES.test(call.name) && !isCache(call);

/** Name of the call, for documents with their kind. Example: `store.compareAndSet memory`. */
const called = ({ name, arguments: [key] }: PortCall): string =>
  name === 'store.compareAndSet' ? `${name} ${String(key).split('/')[0] ?? ''}` : name;

/** Ports of a worker that dies right after its `count`-th write took effect; `count` 0 dies before the first. */
export function mortalPorts(
  ports: Ports,
  count: number,
): { readonly ports: Ports; readonly lastWords: () => string; readonly writes: () => number } {
  let writes = 0;
  let words = 'alive';
  let isDead = false;
  const around: Around = async (call, proceed) => {
    if (isDead) throw new Crash(call.name);
    if (!isWrite(call)) return proceed();
    if (count === 0) {
      isDead = true;
      words = `before ${called(call)}`;
      throw new Crash(words);
    }
    const reply = await proceed();
    writes += 1;
    if (writes === count) {
      isDead = true;
      words = `after ${called(call)}`;
      throw new Crash(words);
    }
    return reply;
  };
  return { ports: watchPorts(ports, around), lastWords: () => words, writes: () => writes };
}
