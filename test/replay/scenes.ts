import { drainsKey } from '../../shared/domain/store-keys';
import { type Tick } from '../../shared/domain/tick';
import { createWorld, type World } from '../support/in-process-world';

/** Looks taken until the story has been told. */
const LOOKS = 14;
const LOOK_EVERY_MS = 6_000;

export interface Scene {
  readonly name: string;
  /** The tick that is kept: the first that fits. */
  readonly isIt: (tick: Tick) => boolean;
  readonly begin: (world: World) => unknown;
}

const victim = (world: World, index = 2): string => world.instanceIds[index]!;
const hasReason = (reason: string) => (tick: Tick) =>
  tick.proposal.steps.some((step) => step.reason === reason) ||
  tick.proposal.verdicts.some((verdict) => verdict.reason === reason);

const makeGray = (world: World): Promise<void> =>
  world.region.ecs.injectFaults(victim(world), { errorShare: 300, latencyFactor: 6000 }, 'reboot');

/** One tick of each kind of story that an operator asks about. */
export const SCENES: readonly Scene[] = [
  { name: 'quiet', isIt: () => true, begin: () => undefined },
  {
    name: 'gray-ejected',
    isIt: (tick) =>
      tick.plan.steps.some(
        (step) => step.kind === 'set-weight' && step.reason.startsWith('outlier-'),
      ),
    begin: makeGray,
  },
  { name: 'gray-still-out', isIt: hasReason('still-ejected'), begin: makeGray },
  {
    name: 'crashed',
    isIt: hasReason('abnormal-in-load-balancer'),
    begin: (world) => world.region.ecs.injectFaults(victim(world), { isCrashed: true }),
  },
  {
    name: 'panic',
    isIt: (tick) => tick.proposal.isPanic,
    begin: (world) =>
      Promise.all(
        world.instanceIds.map((id) => world.region.ecs.injectFaults(id, { isCrashed: true })),
      ),
  },
  {
    name: 'maintenance-ahead',
    isIt: hasReason('scheduled-maintenance'),
    begin: (world) => world.region.ecs.scheduleReboot(victim(world), world.clock.now() + 60_000),
  },
  {
    name: 'person-set-weight',
    isIt: hasReason('person-set-weight'),
    begin: async (world) => {
      await world.tick();
      await world.setWeight(victim(world), 40);
    },
  },
  {
    name: 'drained-by-order',
    isIt: hasReason('operator-drain'),
    begin: async (world) => {
      const order = {
        instanceId: victim(world),
        by: 'operator',
        reason: 'kernel update',
        at: world.clock.now(),
        until: null,
      };
      await world.store.compareAndSet(drainsKey(world.policy.name), [order], null);
    },
  },
  {
    name: 'seen-again-after-store-loss',
    isIt: (tick) => tick.pool.memorySource === 'tags',
    begin: async (world) => {
      await makeGray(world);
      for (let look = 0; look < 6; look += 1) {
        await world.tick();
        await world.pass(LOOK_EVERY_MS);
      }
      world.loseStore();
    },
  },
];

/** Plays a scene on virtual time and gives the tick that is kept. */
export async function playScene(scene: Scene): Promise<Tick> {
  const world = await createWorld({ count: 6, seed: 20 });
  try {
    await world.tick();
    await scene.begin(world);
    for (let look = 0; look < LOOKS; look += 1) {
      const tick = await world.tick();
      if (scene.isIt(tick)) return tick;
      await world.pass(LOOK_EVERY_MS);
    }
    throw new Error(`the scene ${scene.name} never came to its tick`);
  } finally {
    world.stop();
  }
}
