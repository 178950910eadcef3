import { afterEach, describe, expect, it } from '@jest/globals';
import { applyPlan } from '../../../shared/apply/apply-plan';
import { type Outcome } from '../../../shared/domain/plan';
import {
  type RebootStep,
  type RestartStep,
  type SetWeightStep,
  type Step,
  type TagStep,
} from '../../../shared/domain/proposal';
import { healTag, PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import {
  instanceLock,
  operationKey,
  poolLease,
  writeSlot,
} from '../../../shared/domain/store-keys';
import { targetKey } from '../../../shared/domain/target';
import { type TickRequest } from '../../../shared/domain/tick';
import { millis, plus } from '../../../shared/domain/units';
import { type Ports } from '../../../shared/ports/ports';
import { createWorld, type World } from '../../support/in-process-world';
import { watchPorts } from '../../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(): Promise<World> {
  const world = await createWorld({ count: 4 });
  worlds.push(world);
  return world;
}

const base = (world: World, index: number, stepId: string) => ({
  stepId,
  instanceId: world.instanceIds[index]!,
  reason: 'outlier-errors' as const,
  evidence: [],
});
const weight = (
  world: World,
  index: number,
  to: number,
  more: Partial<SetWeightStep> = {},
): SetWeightStep => ({
  ...base(world, index, `weight-${index}`),
  ...{
    kind: 'set-weight',
    priority: to < 100 ? 'eject' : 'restore',
    targetKey: targetKey(world.policy.targets[0]!),
    port: 8080,
    from: 100,
    to,
    costsBudget: true,
  },
  ...more,
});
const tag = (world: World, index: number): TagStep => ({
  ...base(world, index, `tag-${index}`),
  kind: 'tag',
  tags: { [healTag('web')]: 'v1' },
  removeKeys: [],
});
const untag = (world: World, index: number): TagStep => ({
  ...base(world, index, `untag-${index}`),
  kind: 'tag',
  tags: {},
  removeKeys: [healTag('web')],
});
const restart = (world: World, index: number): RestartStep => ({
  ...base(world, index, `restart-${index}`),
  kind: 'restart-service',
  operationId: 'restart-1',
});
const reboot = (world: World, index: number): RebootStep => ({
  ...base(world, index, `reboot-${index}`),
  kind: 'reboot',
  operationId: 'reboot-1',
});

async function requestOf(world: World, spanMs = 30_000): Promise<TickRequest> {
  const lease = (await world.store.acquireLease(
    poolLease(world.policy.name),
    'worker',
    millis(spanMs),
  ))!;
  const now = world.clock.now();
  return {
    tickId: 't',
    policy: world.policy,
    policyHash: 'p',
    wake: { source: 'timer', detail: '', at: now },
    startedAt: now,
    deadline: plus(now, 60_000),
    lease,
  };
}

async function apply(
  world: World,
  steps: readonly Step[],
  more: { ports?: Ports; request?: TickRequest } = {},
): Promise<Record<string, string>> {
  const outcome: Outcome = await applyPlan(
    { steps, withheld: [] },
    more.request ?? (await requestOf(world)),
    more.ports ?? world.ports,
  );
  return Object.fromEntries(
    outcome.steps.map(({ stepId, result }) => [
      stepId,
      result.kind === 'failed'
        ? `failed ${result.code}${result.isAmbiguous ? ', may have landed' : ''}`
        : result.kind,
    ]),
  );
}

/** The last words of a step's result. */
async function detailOf(world: World, step: Step, ports = world.ports): Promise<string> {
  const { steps } = await applyPlan({ steps: [step], withheld: [] }, await requestOf(world), ports);
  return steps[0]!.result.detail;
}

describe('writing weights', () => {
  it('writes what is asked for, reads it back, and touches nobody else', async () => {
    const world = await aWorld();
    expect(await apply(world, [weight(world, 1, 0)])).toEqual({ 'weight-1': 'done' });
    expect(Object.values(world.weights())).toEqual([100, 0, 100, 100]);
  });

  it('A18: leaves a weight alone that somebody changed between the look and the write, and says so', async () => {
    const world = await aWorld();
    await world.setWeight(world.instanceIds[1]!, 40);
    const request = await requestOf(world);
    expect(await apply(world, [weight(world, 1, 0), weight(world, 2, 0)], { request })).toEqual({
      'weight-1': 'not-sent',
      'weight-2': 'done',
    });
    expect(Object.values(world.weights())).toEqual([100, 40, 0, 100]);
  });

  it('knows what is so already and what is no longer a member', async () => {
    const world = await aWorld();
    await world.setWeight(world.instanceIds[1]!, 0);
    const gone = weight(world, 2, 0, { instanceId: 'i-gone' });
    expect(await apply(world, [weight(world, 1, 0), gone])).toEqual({
      'weight-1': 'already-so',
      'weight-2': 'not-sent',
    });
    expect(world.writes()).toBe(0);
  });

  it('does not send what the lease might not outlive', async () => {
    const world = await aWorld();
    const request = await requestOf(world, 900);
    expect(
      await apply(world, [tag(world, 1), weight(world, 1, 0), restart(world, 1)], { request }),
    ).toEqual({ 'tag-1': 'not-sent', 'weight-1': 'not-sent', 'restart-1': 'not-sent' });
    expect(world.writes()).toBe(0);
  });

  it('A20: waits for another pool’s write slot on the load balancer, and gives up in time when it stays taken', async () => {
    const world = await aWorld();
    const slot = writeSlot(world.policy.targets[0]!.loadBalancerId);
    await world.store.acquireLease(slot, 'other', millis(3000));
    expect(await apply(world, [weight(world, 1, 0)])).toEqual({ 'weight-1': 'done' });
    await world.pass(31_000);
    await world.store.acquireLease(slot, 'other', millis(60_000));
    const startedAt = world.clock.now();
    expect(await detailOf(world, weight(world, 2, 0))).toContain('write slot');
    expect(world.clock.now() - startedAt).toBeLessThan(15_000);
    expect(world.weightOf(world.instanceIds[2]!)).toBe(100);
  });

  it('reports a write whose answer was lost as it reads back, and one that cannot be read back as uncertain', async () => {
    const world = await aWorld();
    world.region.faults.set('lost-reply', { action: 'SetBackendServers', times: 1 });
    expect(await apply(world, [weight(world, 1, 0)])).toEqual({ 'weight-1': 'done' });
    await world.pass(40_000);
    const blind = watchPorts(world.ports, async (call, proceed) => {
      if (call.name === 'loadBalancer.setWeights')
        world.region.faults.set('reset', { product: 'Slb' });
      return proceed();
    });
    expect(await apply(world, [weight(world, 2, 0)], { ports: blind })).toEqual({
      'weight-2': 'failed ConnectionFailed, may have landed',
    });
  });

  it('after a refusal sends nothing more to that group in this tick, and the rest elsewhere', async () => {
    const world = await createWorld({ count: 4, copies: 2 });
    worlds.push(world);
    const [one, two] = world.policy.targets.map(targetKey);
    const refused = watchPorts(world.ports, async (call, proceed) => {
      const isFirst = JSON.stringify(call.arguments[0]).includes(one!.split('/')[0]!);
      if (call.name === 'loadBalancer.setWeights' && isFirst)
        world.region.faults.set('forbidden', { action: 'SetBackendServers', times: 1 });
      return proceed();
    });
    const steps = [
      weight(world, 1, 100, { from: 50, stepId: 'raise' }),
      weight(world, 2, 0, { stepId: 'lower' }),
      weight(world, 3, 0, { stepId: 'elsewhere', targetKey: two! }),
    ];
    world.region.slb.provision(() =>
      world.region.slb.setBackends({ kind: 'default', loadBalancerId: one!.split('/')[0]! }, [
        { serverId: world.instanceIds[1]!, weight: 50 },
      ]),
    );
    expect(await apply(world, steps, { ports: refused })).toEqual({
      raise: 'failed Forbidden.RAM',
      lower: 'not-sent',
      elsewhere: 'done',
    });
  });
});

describe('the order in which one backend is healed', () => {
  it('A17: marks before it drains and drains before it restarts', async () => {
    const world = await aWorld();
    const order: string[] = [];
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (/^(compute\.(tag|runCommand)|loadBalancer\.set)/.test(call.name)) order.push(call.name);
      return proceed();
    });
    await apply(world, [restart(world, 1), weight(world, 1, 0), tag(world, 1)], { ports });
    expect(order).toEqual(['compute.tag', 'loadBalancer.setWeights', 'compute.runCommand']);
  });

  it('lowers and repairs nothing whose mark could not be written', async () => {
    const world = await aWorld();
    world.region.faults.set('forbidden', { action: 'TagResources' });
    expect(
      await apply(world, [
        tag(world, 1),
        weight(world, 1, 0),
        restart(world, 1),
        weight(world, 2, 0),
      ]),
    ).toEqual({
      'tag-1': 'failed Forbidden.RAM',
      'weight-1': 'not-sent',
      'restart-1': 'not-sent',
      'weight-2': 'done',
    });
    expect(world.calls('Ecs.RunCommand')).toBe(0);
  });

  it('repairs nothing that could not be drained', async () => {
    const world = await aWorld();
    world.region.faults.set('forbidden', { action: 'SetBackendServers' });
    expect(await apply(world, [weight(world, 1, 0), reboot(world, 1), reboot(world, 2)])).toEqual({
      'weight-1': 'failed Forbidden.RAM',
      'reboot-1': 'not-sent',
      'reboot-2': 'done',
    });
  });

  it('takes no mark off before the weight is back', async () => {
    const world = await aWorld();
    await world.setWeight(world.instanceIds[1]!, 0);
    world.region.faults.set('forbidden', { action: 'SetBackendServers' });
    expect(await apply(world, [untag(world, 1), weight(world, 1, 100, { from: 0 })])).toEqual({
      'weight-1': 'failed Forbidden.RAM',
      'untag-1': 'not-sent',
    });
  });
});

describe('repairs', () => {
  it('restarts once for one operation, however often it is sent', async () => {
    const world = await aWorld();
    const first = await detailOf(world, restart(world, 1));
    await world.pass(31_000);
    expect(await detailOf(world, restart(world, 1))).toBe(first);
    await world.pass(5000);
    expect([...world.region.runtime.restarts.values()]).toEqual([1]);
  });

  it('reboots never twice: what was noted before counts as started', async () => {
    const world = await aWorld();
    expect(await apply(world, [reboot(world, 1)])).toEqual({ 'reboot-1': 'done' });
    await world.pass(90_000);
    expect(await apply(world, [reboot(world, 1)])).toEqual({ 'reboot-1': 'already-so' });
    expect(world.calls('Ecs.RebootInstances')).toBe(1);
  });

  it('notes a reboot before it sends it', async () => {
    const world = await aWorld();
    let note: unknown = null;
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (call.name === 'compute.reboot')
        note = (await world.store.read(operationKey('reboot-1')))?.value;
      return proceed();
    });
    await apply(world, [reboot(world, 1)], { ports });
    expect(note).toMatchObject({
      kind: 'reboot',
      instanceId: world.instanceIds[1],
      poolName: 'web',
    });
  });

  it('takes the note back when the reboot was refused, and keeps it when its answer was lost', async () => {
    const world = await aWorld();
    world.region.faults.set('forbidden', { action: 'RebootInstances', times: 1 });
    expect(await apply(world, [reboot(world, 1)])).toEqual({ 'reboot-1': 'failed Forbidden.RAM' });
    expect(await world.store.read(operationKey('reboot-1'))).toBeNull();
    await world.pass(31_000);
    world.region.faults.set('lost-reply', { action: 'RebootInstances', times: 1 });
    expect(await apply(world, [reboot(world, 1)])).toEqual({
      'reboot-1': 'failed ConnectionFailed, may have landed',
    });
    await world.pass(31_000);
    expect(await apply(world, [reboot(world, 1)])).toEqual({ 'reboot-1': 'already-so' });
  });

  it('keeps off an instance that was protected since the tick looked', async () => {
    const world = await aWorld();
    await world.ports.compute.tag(
      world.instanceIds[1]!,
      { [PROTECTED_TAG]: '' },
      { deadline: plus(world.ports.clock.now(), 5000) },
    );
    expect(await detailOf(world, reboot(world, 1))).toContain('protected');
    await world.pass(31_000);
    expect(await detailOf(world, restart(world, 1))).toContain('protected');
    expect(world.calls('Ecs.RebootInstances')).toBe(0);
    expect(world.calls('Ecs.RunCommand')).toBe(0);
    expect(await world.store.read(operationKey('reboot-1'))).toBeNull();
  });

  it('keeps off one whose tags cannot be read', async () => {
    const world = await aWorld();
    world.region.faults.set('forbidden', { action: 'DescribeInstances', times: 1 });
    expect(await apply(world, [reboot(world, 1)])).toEqual({ 'reboot-1': 'not-sent' });
    expect(world.calls('Ecs.RebootInstances')).toBe(0);
  });

  it('keeps off an instance that another pool’s worker is repairing', async () => {
    const world = await aWorld();
    await world.store.acquireLease(instanceLock(world.instanceIds[1]!), 'other', millis(60_000));
    expect(await detailOf(world, restart(world, 1))).toContain('another worker');
    expect(world.calls('Ecs.RunCommand')).toBe(0);
  });

  it('sends nothing once a newer worker holds the pool', async () => {
    const world = await aWorld();
    const request = await requestOf(world, 20_000);
    const stale = { ...request, lease: { ...request.lease, token: request.lease.token - 1 } };
    expect(await apply(world, [reboot(world, 1)], { request: stale })).toEqual({
      'reboot-1': 'not-sent',
    });
    expect(world.calls('Ecs.RebootInstances')).toBe(0);
  });
});

describe('observe mode', () => {
  it('says what it would do and does none of it', async () => {
    const world = await createWorld({ count: 4, policy: { mode: 'observe' } });
    worlds.push(world);
    expect(
      await apply(world, [tag(world, 1), weight(world, 1, 0), restart(world, 1), reboot(world, 2)]),
    ).toEqual({
      'tag-1': 'would-do',
      'weight-1': 'would-do',
      'restart-1': 'would-do',
      'reboot-2': 'would-do',
    });
    expect(world.writes()).toBe(0);
    expect(await world.store.list('operations/')).toEqual([]);
  });
});
