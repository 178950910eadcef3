import { afterEach, describe, expect, it } from '@jest/globals';
import { type WorkContext, workPools } from '../../../functions/reconcile-pool/work-pools';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { type Mode, type PoolPolicy } from '../../../shared/domain/policy';
import { instant } from '../../../shared/domain/units';
import { type Invocation } from '../../../shared/runtime/invocation';
import { indexedPools } from '../../../shared/wake/member-index';
import { createWorld, type World } from '../../support/in-process-world';
import { watchPorts } from '../../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

/** A warm worker beside a policy file that a person may change at any time. */
async function aWorker(others = 0) {
  const world = await createWorld({ count: 6, policy: { watch: 'always' } });
  worlds.push(world);
  const file: { mode: Mode } = { mode: 'enforce' };
  const successors: unknown[] = [];
  let ids = 0;
  const run = async (onTick: (ticks: number) => void) => {
    const { mode } = file;
    let ticks = 0;
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (call.name === 'archive.append') onTick((ticks += 1));
      return proceed();
    });
    const context: WorkContext = {
      fleet: {
        pools: [
          { ...world.policy, mode } satisfies PoolPolicy,
          ...Array.from({ length: others }, (_, index) => ({
            ...world.policy,
            name: `other-${index}`,
          })),
        ],
        failover: null,
      } as Partial<FleetPolicy> as FleetPolicy,
      policyHash: mode,
      policyVersion: 7,
      isPolicyCurrent: () => file.mode === mode,
      portsFor: () => ports,
      newTickId: () => `tick-${String((ids += 1)).padStart(5, '0')}`,
      clock: world.clock,
      invoker: {
        enqueue: (_name, payload) => Promise.resolve(void successors.push(payload)),
        call: () => Promise.reject(new Error('nobody is called')),
      },
      worker: 'worker',
    };
    const { clock } = world;
    const invocation = {
      deadline: instant(clock.now() + 300_000),
      requestId: 'request-1',
      log: world.ports.log,
    } as Invocation;
    const wake = { source: 'timer', detail: 'test', at: clock.now() } as const;
    return workPools({ pools: ['web'], wake }, context, invocation);
  };
  return { world, file, successors, run };
}

describe('a worker whose policy is in the store', () => {
  it('writes its version into every tick, beside the hash', async () => {
    const { world, run } = await aWorker();
    await run(() => undefined);
    const tick = await world.ports.archive.read('web', 'tick-00001');
    expect(tick?.request).toMatchObject({ policyHash: 'enforce', policyVersion: 7 });
  });
});

describe('a worker of one pool among many', () => {
  it('keeps the index by which an event finds the pool of an instance; among a few nobody needs it', async () => {
    for (const [others, found] of [
      [200, ['web']],
      [199, []],
    ] as const) {
      const { world, run } = await aWorker(others);
      await run(() => undefined);
      expect(await indexedPools([world.instanceIds[3]!], world.store)).toEqual(found);
    }
  });
});

describe('a worker whose policy is changed while it watches', () => {
  it('takes no further turn, and sends a successor that reads the new one', async () => {
    const { file, successors, run } = await aWorker();
    const { pools } = await run((ticks) => {
      if (ticks === 3) file.mode = 'observe';
    });
    expect(pools).toMatchObject([{ result: { kind: 'worked', ticks: 3, isHandedOver: true } }]);
    expect(successors).toMatchObject([{ pools: ['web'] }]);
  });

  it('writes nothing any more, whatever comes up after the change', async () => {
    const { world, file, run } = await aWorker();
    let sickened: Promise<unknown> = Promise.resolve();
    await run((ticks) => {
      if (ticks !== 2) return;
      file.mode = 'observe';
      sickened = world.region.ecs.injectFaults(world.instanceIds[1]!, { isCrashed: true });
    });
    await sickened;
    expect(world.writes()).toBe(0);
  });

  it('goes on for as long as nobody changes it', async () => {
    const { successors, run } = await aWorker();
    const { pools } = await run(() => undefined);
    expect(pools).toMatchObject([{ result: { isHandedOver: true } }]);
    expect((pools[0]!.result as { ticks: number }).ticks).toBeGreaterThan(10);
    expect(successors).toHaveLength(1);
  });
});
