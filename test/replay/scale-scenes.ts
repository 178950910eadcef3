import { type Tick } from '../../shared/domain/tick';
import { createScaleWorld, type ScaleWorld } from '../support/scale-world';

/** What has happened to a scaled pool up to the tick that is kept. */
export interface ScaleScene {
  readonly name: string;
  readonly isIt: (tick: Tick) => boolean;
  readonly begin: (world: ScaleWorld) => unknown;
}

const MINUTES = 60;
const hasStep = (kind: string) => (tick: Tick) =>
  tick.plan.steps.some((step) => step.kind === kind);

export const SCALE_SCENES: readonly ScaleScene[] = [
  { name: 'scale-out', isIt: hasStep('launch'), begin: (world) => (world.demand = 7) },
  { name: 'scale-registered', isIt: hasStep('register'), begin: (world) => (world.demand = 7) },
  { name: 'scale-in', isIt: hasStep('delete'), begin: (world) => (world.demand = 1) },
];

/** Plays a scene on virtual time and gives the tick that is kept: the first that fits. */
export async function playScaleScene(scene: ScaleScene): Promise<Tick> {
  const world = await createScaleWorld();
  try {
    await world.live(2);
    const seen = world.ticks.length;
    await scene.begin(world);
    for (let minute = 0; minute < MINUTES; minute += 1) {
      await world.live(1);
      const tick = world.ticks.slice(seen).find(scene.isIt);
      if (tick !== undefined) return tick;
    }
    throw new Error(`the scene ${scene.name} never came to its tick`);
  } finally {
    world.stop();
  }
}
