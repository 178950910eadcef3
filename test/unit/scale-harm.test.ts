import { afterEach, describe, expect, it } from '@jest/globals';
import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { instant, millis, permille } from '../../shared/domain/units';
import { type Ports } from '../../shared/ports/ports';
import {
  aWorldScalePolicy,
  createScaleWorld,
  type ScaleWorld,
  TEMPLATE,
} from '../support/scale-world';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Parameters<typeof createScaleWorld>[0] = {}): Promise<ScaleWorld> {
  const world = await createScaleWorld(options);
  worlds.push(world);
  return world;
}

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
      compute: Object.assign(Object.create(compute), {
        describeInstances: async (...args: Parameters<typeof compute.describeInstances>) =>
          new Map([...(await compute.describeInstances(...args))].filter(([id]) => !hidden.has(id))),
      }),
      fleet: Object.assign(Object.create(fleet), {
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

  it('stops launching a bad image, though a warm pool is filled with it as well', async () => {
    const world = await aWorld({
      demand: 4.4,
      scale: { min: 6, warmPool: { size: 2 } },
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
      fleet: Object.assign(Object.create(fleet), {
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
      clock: Object.assign(Object.create(clock), {
        now: () => instant(clock.now() + 86_400_000),
      }) as typeof clock,
    };
    await world.work({ ports: ahead, spanMs: 86_400_000 + 55_000 });
    world.demand = 7.2;
    await world.live(15);
    expect(world.serving()).toHaveLength(6);
  });
});
void [POOL_TAG, millis, permille, aWorldScalePolicy];
