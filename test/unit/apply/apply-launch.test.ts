import { afterEach, describe, expect, it } from '@jest/globals';
import { applyLaunch } from '../../../shared/apply/apply-launch';
import { CloudError } from '../../../shared/domain/cloud-error';
import { LAUNCH_TAG, POOL_TAG } from '../../../shared/domain/ownership-tags';
import { type RefusalKind } from '../../../shared/domain/scale-memory';
import { type LaunchStep } from '../../../shared/domain/scale-steps';
import { operationKey, poolLease } from '../../../shared/domain/store-keys';
import { type TickRequest } from '../../../shared/domain/tick';
import { millis, plus } from '../../../shared/domain/units';
import { type LaunchAnswer, type LaunchRequest } from '../../../shared/ports/fleet';
import { type Ports } from '../../../shared/ports/ports';
import { StoreUnavailable } from '../../../shared/ports/state-store';
import { createScaleWorld, type ScaleWorld, TEMPLATE } from '../../support/scale-world';
import { Crash, watchPorts, type Around } from '../../support/watched-ports';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

interface Stock {
  readonly a?: number;
  readonly b?: number;
}

async function aWorld(stock: Stock = {}): Promise<ScaleWorld> {
  const rows = Object.entries(stock as Readonly<Record<string, number>>).map(
    ([zone, available]) => ({
      zoneId: `cn-hangzhou-${zone}`,
      instanceType: 'ecs.c7.large',
      isSpot: false,
      available,
    }),
  );
  const world = await createScaleWorld({ ecsSettings: { stock: rows } });
  worlds.push(world);
  return world;
}

const OPERATION = 'launch-mfk3a2b0-0x4f2q91';

const aStep = (world: ScaleWorld, parts: Partial<LaunchStep> = {}): LaunchStep => ({
  kind: 'launch',
  stepId: `${OPERATION}/launch`,
  instanceId: OPERATION,
  reason: 'scale-out-metric',
  evidence: [],
  operationId: OPERATION,
  count: 2,
  attempts: world.policy.scale!.launch.options.map((option, index) => ({
    option,
    clientToken: `${OPERATION}-${index}`,
    count: 2,
  })),
  spotMax: 0,
  templateId: TEMPLATE.id,
  templateVersion: null,
  tags: { [POOL_TAG]: 'web', [LAUNCH_TAG]: OPERATION },
  ...parts,
});

async function requestOf(world: ScaleWorld, spanMs = 30_000): Promise<TickRequest> {
  const name = poolLease(world.policy.name);
  const lease = (await world.store.acquireLease(name, 'worker', millis(60_000)))!;
  const now = world.clock.now();
  return {
    tickId: 't',
    policy: world.policy,
    policyHash: 'p',
    wake: { source: 'timer', detail: '', at: now },
    startedAt: now,
    deadline: plus(now, spanMs),
    lease,
  };
}

/** Ports that write down every launch asked for; `meddle` may get in its way. */
function watched(world: ScaleWorld, meddle: Around = (_, proceed) => proceed()) {
  const asked: string[] = [];
  const ports = watchPorts(world.ports, (call, proceed) => {
    if (call.name === 'fleet.launch') {
      const { option, clientToken, count } = call.arguments[0] as LaunchRequest;
      asked.push(`${option.name} ${count} ${clientToken.replace(OPERATION, '')}`);
    }
    return meddle(call, proceed);
  });
  return { ports, asked };
}

/** The answer to the first launch is another one; whether it takes effect, `proceed` says. */
function answering(answer: (proceed: () => Promise<unknown>) => Promise<unknown>): Around {
  let calls = 0;
  return async (call, proceed) => {
    if (call.name !== 'fleet.launch') return proceed();
    calls += 1;
    return calls === 1 ? answer(proceed) : proceed();
  };
}

const refusal = (kind: RefusalKind, code: string): LaunchAnswer => ({
  kind: 'refused',
  refusal: { kind, code, message: code, requestId: null },
});

const statesOf = (result: Awaited<ReturnType<typeof applyLaunch>>) =>
  result.launch?.attempts.map(({ option, state, count, instanceIds }) => [
    option,
    state,
    count,
    instanceIds.length,
  ]);

/** Under a lease that is given back. */
async function launch(world: ScaleWorld, ports: Ports, step = aStep(world), spanMs?: number) {
  const request = await requestOf(world, spanMs);
  try {
    return await applyLaunch(step, request, ports);
  } finally {
    await world.store.releaseLease(request.lease);
  }
}

describe('a launch', () => {
  it('takes the first way, marks what comes with pool and operation, and needs no other', async () => {
    const world = await aWorld();
    const { ports, asked } = watched(world);
    const outcome = await launch(world, ports);
    expect(asked).toEqual(['a 2 -0']);
    expect(statesOf(outcome)).toEqual([
      ['a', 'accepted', 2, 2],
      ['b', 'skipped', 2, 0],
    ]);
    for (const id of outcome.launch!.attempts[0]!.instanceIds)
      expect([world.tagsOf(id).get(POOL_TAG), world.tagsOf(id).get(LAUNCH_TAG)]).toEqual([
        'web',
        OPERATION,
      ]);
  });

  it('goes on to the next way in the same tick, with a token of its own, for what is missing', async () => {
    const world = await aWorld({ a: 1 });
    const { ports, asked } = watched(world);
    const outcome = await launch(world, ports);
    expect(asked).toEqual(['a 2 -0', 'b 1 -1']);
    expect(outcome.result).toMatchObject({ kind: 'done' });
    expect(world.existing()).toHaveLength(6);
  });

  it('names every way and code when nobody has any', async () => {
    const world = await aWorld({ a: 0, b: 0 });
    const { result, launch: told } = await launch(world, watched(world).ports);
    expect(result).toEqual({
      kind: 'failed',
      code: 'OperationDenied.NoStock',
      isAmbiguous: false,
      detail: 'nothing launched; refused: a: OperationDenied.NoStock, b: OperationDenied.NoStock',
    });
    expect(told?.attempts.map(({ state }) => state)).toEqual(['refused', 'refused']);
  });

  it.each<[RefusalKind, string, number]>([
    ['throttled', 'Throttling.User', 1],
    ['transient', 'InternalError', 1],
    ['lost', 'Timeout', 1],
    ['account', 'InvalidAccountStatus.NotEnoughBalance', 1],
    ['stock', 'OperationDenied.NoStock', 2],
    ['quota', 'QuotaExceed.ElasticQuota', 2],
    ['network', 'QuotaExceeded.PrivateIpAddress', 2],
    ['spot-price', 'InvalidSpotPriceLimit.LowerThanPublicPrice', 2],
    ['configuration', 'InvalidImageId.NotFound', 2],
  ])('after %s (%s) it makes %d calls in this tick', async (kind, code, calls) => {
    const world = await aWorld();
    const { ports, asked } = watched(
      world,
      answering(() => Promise.resolve(refusal(kind, code))),
    );
    await launch(world, ports);
    expect(asked).toHaveLength(calls);
  });

  it('stops where the account may launch nothing: other ways are the same account’s', async () => {
    const world = await aWorld();
    const answer = refusal('account', 'InvalidAccountStatus.NotEnoughBalance');
    const { ports } = watched(
      world,
      answering(() => Promise.resolve(answer)),
    );
    expect(statesOf(await launch(world, ports))).toEqual([
      ['a', 'refused', 2, 0],
      ['b', 'skipped', 2, 0],
    ]);
  });
});

describe('a launch whose answer is not known', () => {
  const lost = new CloudError({
    action: 'RunInstances',
    code: 'Timeout',
    reaction: 'retry',
    isAmbiguous: true,
    message: 'no answer',
  });

  it('is sent again with the same token and the same size, and launches nothing twice', async () => {
    const world = await aWorld();
    const { ports, asked } = watched(
      world,
      answering(async (proceed) => {
        await proceed();
        throw lost;
      }),
    );
    const first = await launch(world, ports);
    expect(first.result).toMatchObject({ kind: 'failed', isAmbiguous: true });
    expect(statesOf(first)).toEqual([
      ['a', 'open', 2, 0],
      ['b', 'open', 2, 0],
    ]);
    const second = await launch(world, ports);
    expect(asked).toEqual(['a 2 -0', 'a 2 -0']);
    expect(second.launch?.attempts[0]?.instanceIds).toHaveLength(2);
    expect(world.existing()).toHaveLength(6);
  });

  it('keeps the size that a fallback was sent with', async () => {
    const world = await aWorld({ a: 1 });
    let calls = 0;
    const { ports, asked } = watched(world, async (call, proceed) => {
      const reply = await proceed();
      if (call.name === 'fleet.launch' && (calls += 1) === 2) throw lost;
      return reply;
    });
    await launch(world, ports);
    await launch(world, ports);
    expect(asked).toEqual(['a 2 -0', 'b 1 -1', 'b 1 -1']);
    expect(world.existing()).toHaveLength(6);
  });

  it('is asked for again even where an option of the same name was refused since', async () => {
    const world = await aWorld();
    const [a] = aStep(world).attempts;
    const step = aStep(world, {
      attempts: [a!, { ...a!, clientToken: `${OPERATION}-9` }],
    });
    const at = world.clock.now();
    const common = { option: 'a', code: null, instanceIds: [] };
    const attempts = [
      { ...common, clientToken: a!.clientToken, count: 1, state: 'open', isSent: true },
      { ...common, clientToken: `${OPERATION}-9`, count: 1, state: 'refused', isSent: true },
    ];
    const note = { kind: 'launch', poolName: 'web', at, attempts };
    await world.store.compareAndSet(operationKey(OPERATION), note, null);
    const { ports, asked } = watched(world);
    await launch(world, ports, step);
    expect(asked).toEqual(['a 1 -0']);
  });
});

describe('a call whose answer was lost, under a policy that has changed since', () => {
  /** The first call takes effect, and its answer does not come back. */
  const losing = answering(async (proceed) => {
    await proceed();
    return refusal('lost', 'Timeout');
  });

  it('is sent again as it was, whatever template the policy names by now', async () => {
    const world = await aWorld();
    const { ports } = watched(world, losing);
    await launch(world, ports);
    const changed = aStep(world, { templateId: 'lt-other', templateVersion: 3 });
    const outcome = await launch(world, world.ports, {
      ...changed,
      tags: { ...changed.tags, 'evenkeel:template': '3' },
    });
    expect(statesOf(outcome)?.[0]).toEqual(['a', 'accepted', 2, 2]);
    expect(world.existing()).toHaveLength(6);
  });

  it('is sent again as it was where the option of its name is another one by now', async () => {
    const world = await aWorld();
    const { ports } = watched(world, losing);
    await launch(world, ports);
    const [first, ...rest] = aStep(world).attempts;
    const option = { ...first!.option, zoneId: 'cn-hangzhou-b', vSwitchId: 'vsw-vpc-local-b' };
    const step = aStep(world, { attempts: [{ ...first!, option }, ...rest] });
    const outcome = await launch(world, world.ports, step);
    expect(statesOf(outcome)?.[0]).toEqual(['a', 'accepted', 2, 2]);
    expect(world.existing()).toHaveLength(6);
  });

  it('and cannot be sent any more counts as coming: no other way brings it twice', async () => {
    const world = await aWorld();
    const { ports, asked } = watched(world, losing);
    await launch(world, ports);
    const [, ...rest] = aStep(world).attempts;
    await launch(world, ports, aStep(world, { attempts: rest }));
    expect(asked).toEqual(['a 2 -0']);
    expect(world.existing()).toHaveLength(6);
  });

  it('is remembered with the code where its token stands for something else', async () => {
    const world = await aWorld();
    const { ports } = watched(
      world,
      answering(() => Promise.resolve(refusal('lost', 'IdempotentParameterMismatch'))),
    );
    const outcome = await launch(world, ports);
    expect(outcome.launch?.attempts[0]).toMatchObject({
      state: 'open',
      code: 'IdempotentParameterMismatch',
    });
  });

  it.each([
    ['no template', { templateId: 7 }],
    ['a version that is no number', { templateVersion: 'new' }],
    ['tags that are no texts', { tags: { a: 1 } }],
    ['no option', { option: null }],
    ['an option without a zone', { option: { name: 'a' } }],
  ])('is sent as the policy says where its note was damaged: %s', async (_, damage) => {
    const world = await aWorld();
    const { ports } = watched(world, losing);
    await launch(world, ports);
    const key = operationKey(OPERATION);
    const { value, version } = (await world.store.read(key))!;
    const note = value as { readonly attempts: readonly { readonly call?: object }[] };
    const attempts = note.attempts.map((each) => ({ ...each, call: { ...each.call, ...damage } }));
    await world.store.compareAndSet(key, { ...note, attempts }, version);
    const outcome = await launch(world, world.ports);
    expect(statesOf(outcome)?.[0]).toEqual(['a', 'accepted', 2, 2]);
    expect(world.existing()).toHaveLength(6);
  });
});

describe('a worker that ends on the way', () => {
  it.each([
    ['after the note, before the call', (): Promise<unknown> => Promise.reject(new Crash('x'))],
    [
      'after the call, before its answer is noted',
      async (proceed: () => Promise<unknown>): Promise<unknown> => {
        await proceed();
        throw new Crash('x');
      },
    ],
  ])('%s: the successor sends the same call', async (_, meddle) => {
    const world = await aWorld();
    const { ports, asked } = watched(world, answering(meddle));
    await expect(launch(world, ports)).rejects.toThrow(Crash);
    await launch(world, ports);
    expect(asked).toEqual(['a 2 -0', 'a 2 -0']);
    expect(world.existing()).toHaveLength(6);
  });

  it('sends nothing once a newer one has the lease, and promises nothing', async () => {
    const world = await aWorld();
    const old = await requestOf(world);
    await world.store.releaseLease(old.lease);
    await world.store.acquireLease(poolLease('web'), 'newer', millis(60_000));
    const { ports, asked } = watched(world);
    const outcome = await applyLaunch(aStep(world), old, ports);
    expect(asked).toEqual([]);
    expect(outcome).toEqual({
      result: { kind: 'not-sent', detail: 'the lease was lost to a newer worker' },
    });
  });

  it('sends nothing without the store', async () => {
    const world = await aWorld();
    const { ports, asked } = watched(world, (call, proceed) =>
      call.name === 'store.compareAndSet'
        ? Promise.reject(new StoreUnavailable('down'))
        : proceed(),
    );
    await expect(launch(world, ports)).rejects.toThrow(StoreUnavailable);
    expect(asked).toEqual([]);
  });

  it('reports no launch where the time was up before the first call', async () => {
    const world = await aWorld();
    const { ports, asked } = watched(world);
    const outcome = await launch(world, ports, aStep(world), 500);
    expect([asked, outcome.launch, outcome.result.kind]).toEqual([[], undefined, 'not-sent']);
  });

  it('leaves the second call to the next tick where the time is up after the first', async () => {
    const world = await aWorld({ a: 1 });
    const { ports, asked } = watched(world, async (call, proceed) => {
      const reply = await proceed();
      if (call.name === 'fleet.launch') await world.pass(9_500);
      return reply;
    });
    const first = await launch(world, ports, aStep(world), 10_000);
    expect(asked).toEqual(['a 2 -0']);
    expect(statesOf(first)).toEqual([
      ['a', 'accepted', 2, 1],
      ['b', 'open', 2, 0],
    ]);
    await launch(world, ports);
    expect(asked).toEqual(['a 2 -0', 'b 1 -1']);
  });
});

describe('bad input', () => {
  it.each([
    ['not a note at all', 'nonsense'],
    ['attempts that are no list', { attempts: 7 }],
    ['an attempt without its ids', { attempts: [{ clientToken: `${OPERATION}-0`, option: 'a' }] }],
    [
      'an attempt in a state that nobody knows',
      {
        attempts: [
          {
            clientToken: `${OPERATION}-0`,
            option: 'a',
            count: 1,
            code: null,
            instanceIds: [],
            isSent: true,
            state: 'perhaps',
          },
        ],
      },
    ],
  ])('a note that cannot be understood counts as none: %s', async (_, note) => {
    const world = await aWorld();
    await world.store.compareAndSet(operationKey(OPERATION), note, null);
    const { ports, asked } = watched(world);
    const outcome = await launch(world, ports);
    expect(outcome.result.kind).toBe('done');
    expect(asked).toEqual(['a 2 -0']);
  });

  it.each([
    ['the same id twice', ['i-9', 'i-9'], ['i-9'], 'RunInstances names i-9 more than once'],
    [
      'more ids than asked for',
      ['i-7', 'i-8', 'i-9'],
      ['i-7', 'i-8', 'i-9'],
      'RunInstances gave 3 instances for 2',
    ],
  ])(
    'an answer with %s ends the launch, and says so',
    async (_, given, believed, contradiction) => {
      const world = await aWorld();
      const answer = { kind: 'launched', instanceIds: [...new Set(given)], contradiction };
      const { ports, asked } = watched(
        world,
        answering(() => Promise.resolve(answer)),
      );
      const outcome = await launch(world, ports);
      expect(asked).toHaveLength(1);
      expect(outcome.launch?.attempts.map(({ state }) => state)).toEqual(['accepted', 'skipped']);
      expect(outcome.result).toEqual({
        kind: 'done',
        detail: `${believed.length} of 2 by a: ${believed.join(', ')}; the answer contradicts itself: ${contradiction}`,
      });
    },
  );
});
