import { afterEach, describe, expect, it } from '@jest/globals';
import { applyMembership } from '../../../shared/apply/apply-membership';
import { CloudError } from '../../../shared/domain/cloud-error';
import { POOL_TAG } from '../../../shared/domain/ownership-tags';
import { type DeregisterStep, type RegisterStep } from '../../../shared/domain/scale-steps';
import { poolLease, writeSlot } from '../../../shared/domain/store-keys';
import { targetKey } from '../../../shared/domain/target';
import { millis, plus } from '../../../shared/domain/units';
import { type Ports } from '../../../shared/ports/ports';
import { createScaleWorld, type ScaleWorld } from '../../support/scale-world';
import { watchPorts } from '../../support/watched-ports';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

type Groups = 'default' | 'vserver';

/** Four backends, the first one at weight 0, and `spare` behind nobody. */
async function aWorld(groups: Groups = 'default', count = 4) {
  const world = await createScaleWorld({
    groups,
    count,
    weightOf: (index) => (index === 0 ? 0 : 100),
  });
  worlds.push(world);
  const spare = await world.region.ecs.createInstance({
    instanceType: 'ecs.c7.large',
    isBooted: true,
    tags: { [POOL_TAG]: 'web' },
  });
  await world.pass(30_000);
  return { world, spare, drained: world.instanceIds[0]! };
}

const place = (world: ScaleWorld, instanceId: string, port: number) => ({
  stepId: instanceId,
  instanceId,
  evidence: [],
  targetKey: targetKey(world.policy.targets[0]!),
  port,
});
const register = (world: ScaleWorld, instanceId: string, port = 0): RegisterStep => ({
  ...place(world, instanceId, port),
  kind: 'register',
  reason: 'registered',
});
const deregister = (
  world: ScaleWorld,
  instanceId: string,
  more: Partial<DeregisterStep> = {},
): DeregisterStep => ({
  ...place(world, instanceId, 8080),
  kind: 'deregister',
  reason: 'drain-idle',
  openConnections: 0,
  ...more,
});

async function apply(
  world: ScaleWorld,
  steps: readonly (RegisterStep | DeregisterStep)[],
  ports: Ports = world.ports,
) {
  const lease = (await world.store.acquireLease(poolLease('web'), 'worker', millis(60_000)))!;
  const now = world.clock.now();
  const request = {
    ...{ tickId: 't', policy: world.policy, policyHash: 'p', startedAt: now, lease },
    wake: { source: 'timer', detail: '', at: now },
    deadline: plus(now, 30_000),
  } as const;
  try {
    const results = await applyMembership(steps, request, { ports, deadline: plus(now, 10_000) });
    return steps.map(({ stepId }) => results.get(stepId));
  } finally {
    await world.store.releaseLease(lease);
  }
}

const members = (world: ScaleWorld): readonly string[] =>
  Object.keys(world.weights()).map((name) => name.split('/')[1]!);

describe.each<[Groups, number]>([
  ['default', 0],
  ['vserver', 8080],
])('in a %s group', (groups, port) => {
  it('somebody comes in at weight 0', async () => {
    const { world, spare } = await aWorld(groups);
    expect(await apply(world, [register(world, spare, port)])).toEqual([
      { kind: 'done', detail: 'registered at weight 0, read back' },
    ]);
    expect(world.weightOf(spare)).toBe(0);
  });

  it('somebody at weight 0 goes, and what was still open is told', async () => {
    const { world, drained } = await aWorld(groups);
    expect(await apply(world, [deregister(world, drained, { openConnections: 7 })])).toEqual([
      { kind: 'done', detail: 'out of the group, read back; 7 connections were open' },
    ]);
    expect(members(world)).not.toContain(drained);
  });

  it('nothing is written for who is there, or gone, already', async () => {
    const { world, spare, drained } = await aWorld(groups);
    const before = world.writes();
    expect(await apply(world, [register(world, drained, port)])).toMatchObject([
      { kind: 'already-so' },
    ]);
    expect(await apply(world, [deregister(world, spare)])).toMatchObject([{ kind: 'already-so' }]);
    expect(world.writes()).toBe(before);
  });

  it('who has got weight meanwhile stays, and does not keep the others', async () => {
    const { world, drained } = await aWorld(groups);
    const [, second] = world.instanceIds;
    await world.setWeight(second!, 0);
    await world.setWeight(drained, 60);
    expect(
      await apply(world, [deregister(world, drained), deregister(world, second!)]),
    ).toMatchObject([
      { kind: 'not-sent', detail: 'its weight is 60 again: somebody else changed it' },
      { kind: 'done' },
    ]);
    expect(members(world)).toContain(drained);
    expect(members(world)).not.toContain(second);
  });
});

describe('membership', () => {
  it('the entry of an instance that is gone goes, whatever weight it has', async () => {
    const { world } = await aWorld();
    const [, ghost] = world.instanceIds;
    const step = deregister(world, ghost!, { reason: 'ghost-member', openConnections: null });
    expect(await apply(world, [step])).toMatchObject([{ kind: 'done' }]);
    expect(members(world)).not.toContain(ghost);
  });

  it('a load balancer that is full says so, and keeps who is in it', async () => {
    const { world, spare } = await aWorld('default', 200);
    expect(await apply(world, [register(world, spare)])).toMatchObject([
      { kind: 'failed', isAmbiguous: false },
    ]);
    expect(members(world)).toHaveLength(200);
  });

  it('writes nothing while another worker keeps the write slot', async () => {
    const { world, spare } = await aWorld();
    const slot = writeSlot(world.policy.targets[0]!.loadBalancerId);
    await world.store.acquireLease(slot, 'other', millis(60_000));
    expect(await apply(world, [register(world, spare)])).toMatchObject([{ kind: 'not-sent' }]);
    expect(members(world)).not.toContain(spare);
  });

  it('gives the write slot back, also after a failure', async () => {
    const { world, spare } = await aWorld();
    const slot = writeSlot(world.policy.targets[0]!.loadBalancerId);
    const failing = watchPorts(world.ports, (call, proceed) =>
      call.name === 'loadBalancer.describeMembers' ? Promise.reject(outage) : proceed(),
    );
    await apply(world, [register(world, spare)], failing);
    expect(await world.store.acquireLease(slot, 'other', millis(1000))).not.toBeNull();
  });

  it('an answer that is lost leaves open what became of those written, and only of those', async () => {
    const { world, spare, drained } = await aWorld();
    const losing = watchPorts(world.ports, async (call, proceed) => {
      const reply = await proceed();
      if (call.name === 'loadBalancer.addMembers') throw outage;
      return reply;
    });
    expect(
      await apply(world, [register(world, spare), register(world, drained)], losing),
    ).toMatchObject([{ kind: 'failed', isAmbiguous: true }, { kind: 'already-so' }]);
    expect(await apply(world, [register(world, spare)])).toMatchObject([{ kind: 'already-so' }]);
  });

  it('believes only what is read back', async () => {
    const { world, spare } = await aWorld();
    const forgetful = watchPorts(world.ports, (call, proceed) =>
      call.name === 'loadBalancer.addMembers' ? Promise.resolve([]) : proceed(),
    );
    expect(await apply(world, [register(world, spare)], forgetful)).toMatchObject([
      { kind: 'failed', code: 'ReadBackDiffers', isAmbiguous: true },
    ]);
  });

  it('leaves alone a target that the policy does not name', async () => {
    const { world, spare } = await aWorld();
    const step = { ...register(world, spare), targetKey: 'lb-other/default' };
    expect(await apply(world, [step as RegisterStep])).toMatchObject([{ kind: 'not-sent' }]);
  });
});

const outage = new CloudError({
  action: 'AddBackendServers',
  code: 'Timeout',
  reaction: 'retry',
  isAmbiguous: true,
  message: 'no answer',
});
