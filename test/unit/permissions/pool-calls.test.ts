import { afterEach, describe, expect, it } from '@jest/globals';
import { FUNCTION_NEEDS, type FunctionName } from '../../../infra/permissions/function-needs';
import {
  policyOf,
  type PermissionScope,
  WIDEST_SCOPE,
} from '../../../infra/permissions/ram-policy';
import { POOL_TAG } from '../../../shared/domain/ownership-tags';
import { instant, millis } from '../../../shared/domain/units';
import { operate } from '../../../shared/operate/operate';
import { type OperatorRequest } from '../../../shared/operate/operator-request';
import { ACCOUNT, type Guard, guardRegion } from '../../support/guarded-region';
import { createWorld, type World, type WorldOptions } from '../../support/in-process-world';
import { createScaleWorld } from '../../support/scale-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

/** As narrow as `evenkeel permissions` makes it for the policy of such a world. */
const scopeOf = ({ policy, region }: World): PermissionScope => ({
  ...WIDEST_SCOPE,
  accountId: ACCOUNT,
  regionIds: [region.regionId],
  loadBalancerIds: policy.targets.map(({ loadBalancerId }) => loadBalancerId),
  poolNames: [policy.name],
});

interface Guarded<W extends World> {
  readonly world: W;
  readonly guard: Guard;
}

function underPolicyOf<W extends World>(name: FunctionName, world: W): Guarded<W> {
  worlds.push(world);
  return { world, guard: guardRegion(world.region, policyOf(name, scopeOf(world))) };
}

const GUARDED = ['reconcile-pool', 'operator'] as const;

const aWorld = async (name: FunctionName, options: Partial<WorldOptions> = {}) =>
  underPolicyOf(name, await createWorld({ count: 6, ...options }));
const aScaleWorld = async (
  name: FunctionName,
  options: Parameters<typeof createScaleWorld>[0] = {},
) => underPolicyOf(name, await createScaleWorld(options));

/** A turn a minute: by the worker itself, or as a person’s `reconcile` through the operator. */
async function live(name: FunctionName, world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    if (name === 'operator') await ask(world, { verb: 'reconcile' });
    else await world.work({ mayWatch: true, spanMs: 55_000 });
    await world.pass(60_000 - (world.clock.now() % 60_000));
  }
}

let ids = 0;
const ask = (world: World, request: OperatorRequest) =>
  operate(request, {
    fleet: { pools: [world.policy], names: [], regionId: world.policy.regionId } as never,
    policyHash: 'test',
    ports: world.ports,
    deadline: instant(world.clock.now() + 60_000),
    holder: 'a person',
    newTickId: () => `asked-${String((ids += 1))}`,
  });

type Story = (name: FunctionName) => Promise<readonly Guard[]>;

const LADDER = {
  settleMs: millis(10_000),
  reboot: { waitMs: millis(60_000), force: false },
  restart: { command: 'systemctl restart app', timeoutMs: millis(60_000), waitMs: millis(30_000) },
};

/** Somebody hangs, is restarted and comes back, in default groups and in VServer groups; another is rebooted. */
const healing: Story = async (name) => {
  const guards: Guard[] = [];
  for (const groups of ['default', 'vserver'] as const) {
    const { world, guard } = await aWorld(name, { groups, policy: { ladder: LADDER } });
    await live(name, world, 2);
    await world.region.ecs.injectFaults(world.instanceIds[2]!, { isHung: true }, 'restart');
    await live(name, world, 15);
    const deadline = instant(world.clock.now() + 60_000);
    await world.ports.compute.reboot(world.instanceIds[3]!, { force: false }, { deadline });
    guards.push(guard);
  }
  return guards;
};

/** Instances come, rest, are woken and go, in both kinds of groups. */
const scaling: Story = async (name) => {
  const guards: Guard[] = [];
  for (const groups of ['default', 'vserver'] as const) {
    const { world, guard } = await aScaleWorld(name, {
      ...{ groups, count: 6, demand: 3 },
      scale: { warmPool: { size: 1 } },
    });
    await live(name, world, 30);
    world.demand = 8;
    await live(name, world, 20);
    guards.push(guard);
  }
  return guards;
};

/** ECS leaves the vCPUs of instances out, as it does now and then. */
const withoutCpu: Story = async (name) => {
  const { world, guard } = await aWorld(name);
  const { rpc } = world.region;
  const send = rpc.call.bind(rpc);
  rpc.call = async (request, options) => {
    const text = JSON.stringify(await send(request, options)).replace(/"Cpu":\d+,/g, '');
    return JSON.parse(text) as Record<string, unknown>;
  };
  await live(name, world, 2);
  return [guard];
};

/** More instances than the filter of a list by tag gives. */
const manyInstances: Story = async (name) => {
  const { world, guard } = await aWorld(name, { count: 2 });
  for (let index = 0; index < 1001; index += 1)
    await world.region.ecs.createInstance({
      instanceType: 'ecs.c7.large',
      isBooted: true,
      tags: { [POOL_TAG]: 'web' },
    });
  await world.pass(30_000);
  await world.ports.fleet.describeOwned(POOL_TAG, 'web', {
    deadline: instant(world.clock.now() + 60_000),
  });
  return [guard];
};

const called = (guards: readonly Guard[]): readonly string[] =>
  [...new Set(guards.flatMap((guard) => [...guard.called]))].sort();
const refused = (guards: readonly Guard[]): readonly string[] =>
  guards.flatMap((guard) => [...guard.refused]);

describe.each(GUARDED)('the policy of %s', (name) => {
  it('allows every call that is made, and no other', async () => {
    const guards: Guard[] = [];
    for (const story of [healing, scaling, withoutCpu, manyInstances])
      guards.push(...(await story(name)));
    expect(refused(guards)).toEqual([]);
    const needed = FUNCTION_NEEDS[name].apis.filter((api) => !api.startsWith('Alidns.')).sort();
    expect(called(guards)).toEqual(needed);
  });
});
