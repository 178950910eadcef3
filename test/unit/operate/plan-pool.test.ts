import { afterEach, describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { instant } from '../../../shared/domain/units';
import { planPool } from '../../../shared/operate/plan-pool';
import { createWorld, type World } from '../../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

describe('a plan', () => {
  it.each([
    ['the store', 7, 7],
    ['a file', undefined, null],
  ])('names the policy that it goes by, from %s', async (_, policyVersion, told) => {
    const world = await createWorld({ count: 3 });
    worlds.push(world);
    const context = {
      ...{ fleet: { pools: [world.policy] } as unknown as FleetPolicy, ports: world.ports },
      ...{ policyHash: 'hash', policyVersion, holder: 'ann', newTickId: () => 'tick-1' },
      deadline: instant(world.clock.now() + 30_000),
    };
    const plan = await planPool(world.policy, context);
    expect(plan).toMatchObject({ policyHash: 'hash', policyVersion: told });
  });
});
