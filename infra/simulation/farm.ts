import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { builtScript } from '../local/repository';
import { type FaultKind } from './fault-kinds';
import { simulate, type SimulationResult } from './simulate';

/** What one process is told to do next. */
export interface SeedOrder {
  readonly seed: number;
  readonly hours: number;
  readonly faults?: readonly FaultKind[];
  readonly stopsAtBreach?: boolean;
}

/** What a seed took: seconds from its begin to its end, and seconds of the processor. */
export interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface FarmWish {
  readonly orders: readonly SeedOrder[];
  /** Processes at once; one works in this process. Default: one for each core. */
  readonly processes?: number;
  /** Nothing is run in this process: all of it is the built worker’s doing. */
  readonly isApart?: boolean;
  readonly onResult?: (result: SimulationResult, spent: Spent) => void;
  /** Aborted: what runs ends where it is, nothing further is begun, and what was done is the result. */
  readonly signal?: AbortSignal;
}

/**
 * For much code that is each run a little: young objects are looked through late, as a run makes many and keeps few; machine code is made
 * simply and at once, and made well only where it is worth it. Measured: a quarter less of the processor in the first hours, a seventh later.
 */
const NODE_OPTIONS = [
  '--max-semi-space-size=64',
  '--always-sparkplug',
  '--interrupt-budget=500000',
  '--max-bytecode-size-for-early-opt=0',
  '--enable-source-maps',
];

/** Runs many seeds, a process for each core, and gives their results in the order of the orders. Rejects when one cannot be run. */
export async function runSeeds(wish: FarmWish): Promise<readonly SimulationResult[]> {
  const { orders, processes = availableParallelism() } = wish;
  const hands = Math.min(processes, orders.length);
  const results = new Map<SeedOrder, SimulationResult>();
  const waiting = [...orders];
  const take = (): SeedOrder | undefined =>
    wish.signal?.aborted === true ? undefined : waiting.shift();
  const keep = (order: SeedOrder, { result, spent }: SeedRun): void => {
    results.set(order, result);
    wish.onResult?.(result, spent);
  };
  await (hands <= 1 && wish.isApart !== true
    ? workHere(take, keep, wish)
    : Promise.all(Array.from({ length: hands }, async () => workThere(take, keep, wish))));
  return orders.flatMap((order) => results.get(order) ?? []);
}

type Take = () => SeedOrder | undefined;
type Keep = (order: SeedOrder, run: SeedRun) => void;

export interface SeedRun {
  readonly result: SimulationResult;
  readonly spent: Spent;
}

/** Runs one seed in this process, which does nothing else meanwhile. */
export async function runSeed(order: SeedOrder, isStopped: () => boolean): Promise<SeedRun> {
  const [startedAt, before] = [performance.now(), process.cpuUsage()];
  const result = await simulate({ ...order, isStopped });
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedAt) / 1000;
  return { result, spent: { seconds, cpuSeconds: (user + system) / 1e6 } };
}

async function workHere(take: Take, keep: Keep, { signal }: FarmWish): Promise<void> {
  const isStopped = (): boolean => signal?.aborted === true;
  for (let order = take(); order !== undefined; order = take())
    keep(order, await runSeed(order, isStopped));
}

async function workThere(take: Take, keep: Keep, { signal }: FarmWish): Promise<void> {
  const child = fork(builtScript('simulation/worker.js'), {
    execArgv: NODE_OPTIONS,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const stop = (): void => void child.send('stop');
  signal?.addEventListener('abort', stop);
  try {
    for (let order = take(); order !== undefined; order = take())
      keep(order, await askChild(child, order));
  } finally {
    signal?.removeEventListener('abort', stop);
    child.disconnect();
  }
}

async function askChild(child: ChildProcess, order: SeedOrder): Promise<SeedRun> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (reply: { run?: SeedRun; error?: string }): void => {
      end();
      if (reply.run === undefined)
        reject(new Error(`Seed ${order.seed} could not be run: ${reply.error ?? 'no reason'}`));
      else resolve(reply.run);
    };
    const onExit = (): void => {
      end();
      reject(new Error(`The process that ran seed ${order.seed} ended.`));
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(order);
  });
}
