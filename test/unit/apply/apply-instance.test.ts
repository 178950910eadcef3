import { afterEach, describe, expect, it } from '@jest/globals';
import { applyInstance } from '../../../shared/apply/apply-instance';
import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import {
  encodeRetireTag,
  encodeWarmTag,
  POOL_TAG,
  RETIRE_TAG,
  type RetireReason,
  WARM_TAG,
} from '../../../shared/domain/ownership-tags';
import { type StepResult } from '../../../shared/domain/plan';
import { type DeleteStep, type StartStep, type StopStep } from '../../../shared/domain/scale-steps';
import { instanceLock, poolLease } from '../../../shared/domain/store-keys';
import { millis, plus } from '../../../shared/domain/units';
import { type InstanceAnswer, type InstanceRefusalKind } from '../../../shared/ports/fleet';
import { type Ports } from '../../../shared/ports/ports';
import { createScaleWorld, type ScaleWorld } from '../../support/scale-world';
import { type Around, watchPorts } from '../../support/watched-ports';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

type Kind = (DeleteStep | StartStep | StopStep)['kind'];

/** Four backends, and the pool’s `spare` that stands behind nobody; retired as told. */
async function aWorld(reason: RetireReason | null = 'scale-in') {
  const world = await createScaleWorld();
  worlds.push(world);
  const retirement = encodeRetireTag({ reason: reason ?? 'scale-in', since: world.clock.now() });
  const spare = await world.region.ecs.createInstance({
    instanceType: 'ecs.c7.large',
    isBooted: true,
    tags: { [POOL_TAG]: 'web', ...(reason !== null && { [RETIRE_TAG]: retirement }) },
  });
  await world.pass(30_000);
  return { world, spare };
}

async function apply(
  world: ScaleWorld,
  kind: Kind,
  instanceId: string,
  ports: Ports = world.ports,
): Promise<StepResult> {
  const lease = await world.store.acquireLease(poolLease('web'), 'worker', millis(60_000));
  const now = world.clock.now();
  const request = {
    ...{ tickId: 't', policy: world.policy, policyHash: 'p', startedAt: now },
    wake: { source: 'timer', detail: '', at: now },
    deadline: plus(now, 30_000),
    lease: lease!,
  } as const;
  const step = { kind, stepId: kind, instanceId, reason: 'scale-in', evidence: [] } as const;
  try {
    return await applyInstance(step, request, { ports, deadline: plus(now, 10_000) });
  } finally {
    await world.store.releaseLease(lease!);
  }
}

/** Deletions asked for, with or without force. */
function watched(world: ScaleWorld, meddle: Around = (_, proceed) => proceed()) {
  const sent: string[] = [];
  const ports = watchPorts(world.ports, (call, proceed) => {
    if (/^fleet\.(start|stopEconomically|remove)$/u.test(call.name)) {
      const { force } = (call.arguments[1] ?? {}) as { readonly force?: boolean };
      sent.push(`${call.name}${force === undefined ? '' : force ? ' by force' : ' in order'}`);
    }
    return meddle(call, proceed);
  });
  return { ports, sent };
}

describe('an instance that leaves', () => {
  it.each<[RetireReason, string]>([
    ['scale-in', 'in order'],
    ['departed', 'in order'],
    ['replaced', 'by force'],
    ['never-registered', 'by force'],
    ['orphan', 'by force'],
  ])('for %s is deleted %s', async (reason, manner) => {
    const { world, spare } = await aWorld(reason);
    const { ports, sent } = watched(world);
    expect(await apply(world, 'delete', spare, ports)).toMatchObject({ kind: 'done' });
    expect(sent).toEqual([`fleet.remove ${manner}`]);
    await world.pass(300_000);
    expect(world.existing()).not.toContain(spare);
  });

  it('stays while any load balancer holds it, its own pool’s or another’s', async () => {
    const { world, spare } = await aWorld();
    const { slb } = world.region;
    const { loadBalancerId } = slb.provision(() => slb.createLoadBalancer());
    slb.provision(() =>
      slb.addBackends({ kind: 'default', loadBalancerId }, [{ serverId: spare, weight: 0 }]),
    );
    const { ports, sent } = watched(world);
    for (const kind of ['stop', 'delete'] as const)
      expect(await apply(world, kind, spare, ports)).toEqual({
        kind: 'not-sent',
        detail: `it still stands behind ${loadBalancerId}`,
      });
    expect(sent).toEqual([]);
  });

  it.each<[string, (world: ScaleWorld, spare: string) => unknown, string]>([
    [
      'is protected since the tick looked',
      (world, spare) => world.setTag(spare, PROTECTED_TAG, 'ann'),
      'it is protected by now',
    ],
    [
      'belongs to another pool since',
      (world, spare) => world.setTag(spare, POOL_TAG, 'api'),
      'its tag evenkeel:pool names api',
    ],
    [
      'is owned by nobody any more',
      (world, spare) => world.region.ecs.demand(spare).tags.delete(POOL_TAG),
      'its tag evenkeel:pool names nobody',
    ],
    [
      'is to stay after all',
      (world, spare) => world.region.ecs.demand(spare).tags.delete(RETIRE_TAG),
      'no tag says any more that it leaves',
    ],
  ])('stays when it %s', async (_, change, detail) => {
    const { world, spare } = await aWorld();
    change(world, spare);
    const { ports, sent } = watched(world);
    expect(await apply(world, 'delete', spare, ports)).toEqual({ kind: 'not-sent', detail });
    expect(sent).toEqual([]);
  });

  it('is gone already: so it is', async () => {
    const { world, spare } = await aWorld();
    await apply(world, 'delete', spare);
    await world.pass(300_000);
    const { ports, sent } = watched(world);
    expect(await apply(world, 'delete', spare, ports)).toEqual({
      kind: 'already-so',
      detail: 'it is gone',
    });
    expect(await apply(world, 'start', spare, ports)).toMatchObject({ kind: 'not-sent' });
    expect(sent).toEqual([]);
  });

  it('waits while another worker is at work on it', async () => {
    const { world, spare } = await aWorld();
    await world.store.acquireLease(instanceLock(spare), 'other', millis(60_000));
    const { ports, sent } = watched(world);
    expect(await apply(world, 'delete', spare, ports)).toMatchObject({ kind: 'not-sent' });
    expect(sent).toEqual([]);
  });
});

describe('an instance of the warm pool', () => {
  it('rests, not billed for computing, and wakes', async () => {
    const { world, spare } = await aWorld(null);
    world.setTag(spare, WARM_TAG, encodeWarmTag(world.clock.now()));
    expect(await apply(world, 'stop', spare)).toMatchObject({ kind: 'done' });
    await world.pass(300_000);
    expect(world.existing('Stopped')).toEqual([spare]);
    expect(await apply(world, 'start', spare)).toMatchObject({ kind: 'done' });
    await world.pass(300_000);
    expect(world.existing('Running')).toContain(spare);
  });

  it('is not stopped without its tag', async () => {
    const { world, spare } = await aWorld(null);
    expect(await apply(world, 'stop', spare)).toMatchObject({ kind: 'not-sent' });
  });
});

describe('what the cloud answers', () => {
  const answering =
    (answer: unknown): Around =>
    (call, proceed) =>
      call.name === 'fleet.remove' ? Promise.resolve(answer) : proceed();
  const refused = (instanceId: string, kind: InstanceRefusalKind): InstanceAnswer => ({
    instanceId,
    kind: 'refused',
    refusal: { kind, code: `Code.${kind}`, message: 'why', requestId: null },
  });

  it.each<[InstanceRefusalKind, object]>([
    ['gone', { kind: 'already-so' }],
    ['lost', { kind: 'failed', code: 'Code.lost', isAmbiguous: true }],
    ['in-use', { kind: 'failed', code: 'Code.in-use', isAmbiguous: false }],
    ['wrong-status', { kind: 'failed', code: 'Code.wrong-status', isAmbiguous: false }],
    ['protected', { kind: 'failed', code: 'Code.protected', isAmbiguous: false }],
    ['throttled', { kind: 'failed', code: 'Code.throttled', isAmbiguous: false }],
  ])('refused as %s', async (kind, expected) => {
    const { world, spare } = await aWorld();
    const { ports } = watched(world, answering([refused(spare, kind)]));
    expect(await apply(world, 'delete', spare, ports)).toMatchObject(expected);
  });

  it.each<[InstanceRefusalKind, boolean]>([
    ['stock', true],
    ['quota', true],
    ['account', true],
    ['throttled', false],
    ['lost', false],
    ['wrong-status', false],
  ])('a start refused as %s says what the machine lacks: %s', async (kind, isLack) => {
    const { world, spare } = await aWorld();
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'fleet.start' ? Promise.resolve([refused(spare, kind)]) : proceed(),
    );
    const result = await apply(world, 'start', spare, ports);
    expect(result.kind === 'failed' ? result.lack : null).toBe(isLack ? kind : undefined);
  });

  it.each([
    ['nothing', []],
    ['something about another one', [{ instanceId: 'i-other', kind: 'accepted' }]],
  ])('%s: then nobody knows', async (_, answer) => {
    const { world, spare } = await aWorld();
    const { ports } = watched(world, answering(answer));
    expect(await apply(world, 'delete', spare, ports)).toMatchObject({
      kind: 'failed',
      isAmbiguous: true,
    });
  });
});
