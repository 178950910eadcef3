import { type Tick } from '../../../shared/domain/tick';
import { millis, plus } from '../../../shared/domain/units';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { wakePools, type WorkerPayload } from '../../../shared/wake/wake-pools';
import { workPool } from '../../../shared/work-pool';
import { createFleetWorld } from './fleet-world';

export interface StormFigure {
  readonly alarms: number;
  readonly seconds: number;
  readonly backends: number;
  /** Workers that were sent for. */
  readonly workers: number;
  readonly ticks: number;
  readonly calls: number;
}

/** From the queue's taking of a call to its start. */
const START_MS = 200;
/** The worker’s time-out; what it still does after the storm is counted too. */
const WORKER_MS = 60_000;

/** As many alarms in as many seconds for one pool: each is answered as `on-alarm` answers it, and each worker runs. */
export async function stormOf(
  alarms: number,
  seconds: number,
  backends: number,
): Promise<StormFigure> {
  const world = await createFleetWorld({ pools: 1, backends });
  const [policy] = world.policies;
  if (policy === undefined) throw new Error('The world has no pool.');
  const { clock, store } = world;
  const ticks: Tick[] = [];
  const workers: Promise<unknown>[] = [];
  const run = async ({ wake }: WorkerPayload, number: number): Promise<void> => {
    await clock.sleep(millis(START_MS));
    await workPool({
      ...{ policy, policyHash: 'bench', wake, mayWatch: true, ports: world.portsOf(policy) },
      deadline: plus(clock.now(), WORKER_MS),
      holder: `worker-${number}`,
      newTickId: () => `storm-${ticks.length}`,
      onTick: (tick) => void ticks.push(tick),
    });
  };
  const invoker: FunctionInvoker = {
    enqueue: (_, payload) =>
      Promise.resolve(void workers.push(run(payload as WorkerPayload, workers.length))),
    call: () => Promise.reject(new Error('Nobody is called.')),
  };
  const { log } = world.portsOf(policy);
  const before = sumOf(world.calls());
  const ring = async (index: number): Promise<void> => {
    await clock.sleep(millis(Math.floor((index * seconds * 1000) / alarms)));
    const wake = { source: 'alarm', detail: `alarm ${index}`, at: clock.now() } as const;
    const deadline = plus(clock.now(), 4_000);
    const pools = [policy.name];
    await wakePools({ ...{ pools, wake, store, invoker, log, deadline }, worker: 'worker' });
  };
  await world.during(Promise.all(Array.from({ length: alarms }, (_, index) => ring(index))));
  await world.during(Promise.all(workers));
  const calls = sumOf(world.calls()) - before;
  return { alarms, seconds, backends, workers: workers.length, ticks: ticks.length, calls };
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
