import { startLoad, type Load } from '../local/traffic/load-generator';
import { type LoadOptions } from '../local/traffic/load-options';
import { startSide, type Side, type SideOptions } from '../rehearsal/start-side';
import { type ActContext } from './act';

/** Two vCPU, four and eight, two of each: equal weights do not suit them. */
export const MIXED_POOL = [
  'ecs.c7.large',
  'ecs.c7.large',
  'ecs.c7.xlarge',
  'ecs.c7.xlarge',
  'ecs.c7.2xlarge',
  'ecs.c7.2xlarge',
] as const;

/** 50 ms of one vCPU a request: the pool serves 560 requests a second, a pair of small ones 80. */
export const SERVICE = { serviceTimeMs: 50 } as const;

/** The policy of the tour: the defaults, with waits that fit a rehearsal. */
export const TOUR_POLICY = {
  watch: 'unsteady',
  heal: {
    probe: { path: '/' },
    ladder: { rungs: ['lower-weight', 'drain'], settle: '5s' },
    ejection: { base: '8s' },
    slowStart: { steps: 4, over: '8s' },
  },
  guards: { ejectedShareMax: '20%', budget: { share: '100%' } },
} as const;

export type SideWish = Omit<SideOptions, 'name' | 'network'>;

/** The two sides of an act: identical regions, identical load; only the mode differs. */
export async function startPair(
  wish: SideWish,
  context: ActContext,
): Promise<readonly [observe: Side, enforce: Side]> {
  context.say('starting two regions: one CLB and its instances in each');
  const sides = await Promise.all([
    startOne('observe', 70, { ...wish, policy: { ...wish.policy, mode: 'observe' } }, context),
    startOne('enforce', 74, { ...wish, policy: { ...wish.policy, mode: 'enforce' } }, context),
  ]);
  return sides;
}

export async function startOne(
  name: string,
  network: number,
  wish: SideWish,
  context: ActContext,
): Promise<Side> {
  context.signal.throwIfAborted();
  const side = await startSide({ service: SERVICE, ...wish, name, network });
  context.ending(() => side.stop());
  const { policyFile, stateFolder, archiveFolder } = side;
  context.show?.({ label: name, policyFile, stateFolder, archiveFolder });
  return side;
}

/** Steady load on a side's listener from a process of its own. */
export async function loadOn(
  side: Side,
  options: Partial<LoadOptions> & { readonly requestsPerSecond: number },
  context: ActContext,
): Promise<Load> {
  context.signal.throwIfAborted();
  const load = await startLoad({
    kind: 'http',
    host: side.pool.host,
    port: side.pool.port,
    timeoutMs: 3000,
    durationMs: 300_000,
    ...options,
  });
  context.ending(() => load.stop());
  return load;
}

/** Waits in an act; ends at once when the tour is interrupted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(new Error('interrupted'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });

/** Waits until a condition holds; false when it does not within the patience. */
export async function within(
  patienceMs: number,
  condition: () => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(200, signal);
  }
  return true;
}
