import { afterEach, describe, expect, it } from '@jest/globals';
import { instant } from '../../shared/domain/units';
import { type Ports } from '../../shared/ports/ports';
import { createScaleWorld, type ScaleWorld, TEMPLATE } from '../support/scale-world';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Parameters<typeof createScaleWorld>[0] = {}): Promise<ScaleWorld> {
  const world = await createScaleWorld(options);
  worlds.push(world);
  return world;
}

/** A port that answers some calls otherwise. */
const portWith = <T extends object>(port: T, answers: Partial<T>): T =>
  Object.assign(Object.create(port) as T, answers);

/** One wake-up a minute with other ports. */
async function liveWith(world: ScaleWorld, ports: Ports, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    const endAt = world.clock.now() + 60_000;
    await world.work({ mayWatch: true, spanMs: 55_000, ports });
    await world.pass(Math.max(0, endAt - world.clock.now()));
  }
}

const BAD_IMAGE = {
  images: [{ imageId: 'bad_image', isBad: true }],
  launchTemplates: [{ ...TEMPLATE, parameters: { ...TEMPLATE.parameters, ImageId: 'bad_image' } }],
};

describe('scaling does no harm', () => {
  it('takes nobody out of its groups whom ECS does not show and who serves all the same', async () => {
    const world = await aWorld({ demand: 4.4, isOwned: () => false });
    await world.live(2);
    const hidden = new Set(world.instanceIds.slice(0, 2));
    const { compute, fleet } = world.ports;
    const ports: Ports = {
      ...world.ports,
      compute: portWith(compute, {
        describeInstances: async (...args: Parameters<typeof compute.describeInstances>) =>
          new Map(
            [...(await compute.describeInstances(...args))].filter(([id]) => !hidden.has(id)),
          ),
      }),
      fleet: portWith(fleet, {
        describeOwned: async (...args: Parameters<typeof fleet.describeOwned>) =>
          (await fleet.describeOwned(...args)).filter(({ instanceId }) => !hidden.has(instanceId)),
      }),
    };
    await liveWith(world, ports, 20);
    expect(Object.keys(world.weights())).toEqual(
      expect.arrayContaining([...hidden].map((id) => `0/${id}`)),
    );
  });

  it('stops launching what comes up and never passes the health check', async () => {
    const world = await aWorld({
      demand: 4.4,
      scale: { min: 6 },
      policy: { heal: { probe: null } },
      ecsSettings: BAD_IMAGE,
    });
    await world.live(180);
    expect(world.alerts.map(({ reason }) => reason)).toContain('launch-breaker');
  });

  it('asks the next option when the first gives no answer for as long as its token is good', async () => {
    const world = await aWorld({ demand: 4.4, scale: { min: 6 } });
    const { fleet } = world.ports;
    const ports: Ports = {
      ...world.ports,
      fleet: portWith(fleet, {
        launch: async (...args: Parameters<typeof fleet.launch>) =>
          args[0].option.name === 'a'
            ? {
                kind: 'refused',
                refusal: { kind: 'transient', code: 'InternalError', message: '', requestId: null },
              }
            : fleet.launch(...args),
      }),
    };
    await liveWith(world, ports, 40);
    expect(world.serving()).toHaveLength(6);
  });

  it('scales out as before after a tick whose clock was a day ahead', async () => {
    const world = await aWorld({ demand: 4.4 });
    await world.live(3);
    const { clock } = world.ports;
    const ahead = {
      ...world.ports,
      clock: portWith(clock, {
        now: () => instant(clock.now() + 86_400_000),
      }),
    };
    await world.work({ ports: ahead, spanMs: 86_400_000 + 55_000 });
    world.demand = 7.2;
    await world.live(15);
    expect(world.serving()).toHaveLength(6);
  });
});
