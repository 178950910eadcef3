import { describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { loadPolicy } from '../../../shared/config/load-policy';
import { CloudError } from '../../../shared/domain/cloud-error';
import {
  DRAIN_TAG,
  drainsKey,
  liftedKey,
  memoryKey,
  poolLease,
} from '../../../shared/domain/store-keys';
import { operate } from '../../../shared/operate/operate';
import { type OperateContext } from '../../../shared/operate/operate-context';
import { operatorRequest, type OperatorRequest } from '../../../shared/operate/operator-request';
import { type Ports } from '../../../shared/ports/ports';
import { TestClock } from '../../support/test-clock';

const POLICY = `
version: 1
region: cn-hangzhou
pools:
  - { name: web, targets: [{ loadBalancer: lb-web }] }
  - { name: api, targets: [{ loadBalancer: lb-api }] }
`;

function scene({ tagFails = false } = {}) {
  const reading = loadPolicy(POLICY, 'evenkeel.yaml');
  if (reading.kind !== 'ok') throw new Error(JSON.stringify(reading.problems));
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const archive = new MemoryTickArchive();
  const tags: unknown[] = [];
  const refuse = new CloudError({
    action: 'TagResources',
    code: 'Forbidden.RAM',
    reaction: 'stop',
    isAmbiguous: false,
    message: 'm',
  });
  const note = (entry: unknown) =>
    tagFails ? Promise.reject(refuse) : Promise.resolve(void tags.push(entry));
  // Only what the verbs under test may touch: anything else is a TypeError.
  const ports = {
    clock,
    store,
    archive,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    loadBalancer: {
      describeMembers: () =>
        Promise.resolve(
          ['i-1', 'i-2'].map((serverId) => ({ serverId, port: 80, weight: 100, type: 'ecs' })),
        ),
    },
    compute: {
      tag: (instanceId: string, values: object) => note({ tag: instanceId, values }),
      untag: (instanceId: string, keys: readonly string[]) => note({ untag: instanceId, keys }),
    },
  } as unknown as Ports;
  const context: OperateContext = {
    fleet: reading.policy,
    policyHash: reading.hash,
    ports,
    deadline: clock.in(60_000).deadline,
    holder: 'h',
    newTickId: () => 't',
  };
  const ask = async (request: object) => operate(operatorRequest.parse(request), context);
  return { clock, store, archive, tags, ask };
}
const DRAIN = { verb: 'drain', pool: 'web', instanceId: 'i-1', by: 'ann', reason: 'kernel' };

describe('a person’s verbs', () => {
  it('drain writes the order down, tags the instance and marks the pool', async () => {
    const { ask, store, tags, clock } = scene();
    const until = clock.now() + 60_000;
    expect(await ask({ ...DRAIN, until })).toMatchObject({ kind: 'drain-ordered', isTagged: true });
    expect((await store.read(drainsKey('web')))?.value).toEqual([
      { instanceId: 'i-1', by: 'ann', reason: 'kernel', at: clock.now(), until },
    ]);
    expect(tags).toEqual([
      { tag: 'i-1', values: { [DRAIN_TAG]: `${until}@${clock.now().toString(36)};ann;kernel` } },
    ]);
    expect(await store.isDirty(poolLease('web'))).toBe(true);
  });

  it('a second drain replaces the first, and drops orders that are over', async () => {
    const { ask, store, clock } = scene();
    const at = clock.now();
    await store.compareAndSet(
      drainsKey('web'),
      [{ instanceId: 'i-9', by: 'x', reason: 'old', at, until: at + 1000 }],
      null,
    );
    await ask(DRAIN);
    clock.advance(1000);
    await ask({ ...DRAIN, by: 'bob' });
    expect((await store.read(drainsKey('web')))?.value).toMatchObject([
      { instanceId: 'i-1', by: 'bob' },
    ]);
  });

  it('two people draining at once both get their order in', async () => {
    const { ask, store } = scene();
    await Promise.all([ask(DRAIN), ask({ ...DRAIN, instanceId: 'i-2', by: 'bob' })]);
    const orders = (await store.read(drainsKey('web')))?.value as readonly { by: string }[];
    expect(orders.map(({ by }) => by).sort()).toEqual(['ann', 'bob']);
  });

  it.each([
    ['an instance that is no member', { instanceId: 'i-3' }, 'unknown-instance'],
    ['a time that is past', { until: 1 }, 'past-time'],
    ['a pool that is not in the policy', { pool: 'shop' }, 'unknown-pool'],
  ])('drain refuses %s and writes nothing', async (_, change, code) => {
    const { ask, store, tags } = scene();
    expect(await ask({ ...DRAIN, ...change })).toMatchObject({ kind: 'refused', code });
    expect([tags, await store.read(drainsKey('web'))]).toEqual([[], null]);
  });

  it('drain stands though the tag cannot be written, and says so', async () => {
    const { ask, store } = scene({ tagFails: true });
    expect(await ask(DRAIN)).toMatchObject({ kind: 'drain-ordered', isTagged: false });
    expect((await store.read(drainsKey('web')))?.value).toHaveLength(1);
  });

  it('undrain takes order and tag away, twice without harm', async () => {
    const { ask, store, tags, clock } = scene();
    await ask(DRAIN);
    const undrain = { verb: 'undrain', pool: 'web', instanceId: 'i-1', by: 'ann' };
    expect(await ask(undrain)).toMatchObject({
      kind: 'drain-lifted',
      wasOrdered: true,
      isUntagged: true,
    });
    expect(await ask(undrain)).toMatchObject({ kind: 'drain-lifted', wasOrdered: false });
    expect((await store.read(drainsKey('web')))?.value).toEqual([]);
    expect((await store.read(liftedKey('web')))?.value).toEqual({ 'i-1': clock.now() });
    expect(tags.slice(1)).toEqual([
      { untag: 'i-1', keys: [DRAIN_TAG] },
      { untag: 'i-1', keys: [DRAIN_TAG] },
    ]);
  });

  const digest = (tickId: string, at: number, isWhole = true) => ({
    tickId,
    poolName: 'web',
    at,
    wake: 'alarm',
    isWhole,
    healthy: 1,
    members: 1,
    steps: 0,
    withheld: 0,
    summary: 's',
  });
  it('explain finds a tick by id, by time and the latest', async () => {
    const { ask, archive } = scene();
    const tick = (tickId: string, at: number) => ({
      request: { tickId, policy: { name: 'web' }, startedAt: at },
      pool: { poolName: 'web' },
    });
    for (const [tickId, at] of [
      ['a', 1000],
      ['b', 2000],
      ['c', 3000],
    ] as const)
      await archive.append(
        digest(tickId, at, tickId !== 'c') as never,
        (tickId === 'c' ? null : tick(tickId, at)) as never,
      );
    const idOf = async (request: object) =>
      (await ask({ verb: 'explain', pool: 'web', ...request })) as {
        digest?: { tickId: string };
        tick?: unknown;
        code?: string;
      };
    expect((await idOf({ tickId: 'a' })).digest?.tickId).toBe('a');
    expect((await idOf({ at: 2500 })).digest?.tickId).toBe('b');
    expect(await idOf({})).toMatchObject({ digest: { tickId: 'c' }, tick: null });
    expect(await idOf({ tickId: 'z' })).toMatchObject({ kind: 'refused', code: 'unknown-tick' });
    expect(await idOf({ at: 500 })).toMatchObject({ kind: 'refused', code: 'unknown-tick' });
    expect(await ask({ verb: 'history', pool: 'web', from: 1500, limit: 1 })).toMatchObject({
      kind: 'history',
      ticks: [{ tickId: 'c' }],
    });
  });

  it('status tells every pool by its memory, orders and mark', async () => {
    const { ask, store } = scene();
    await store.compareAndSet(
      memoryKey('web'),
      {
        panicSince: 5,
        backends: {
          'i-1': {
            state: 'ejected',
            since: 4,
            cause: 'probes-failing',
            ejectedUntil: 9,
            goodStreak: 1,
          },
        },
      },
      null,
    );
    await ask(DRAIN);
    expect(await ask({ verb: 'status' })).toMatchObject({
      kind: 'statuses',
      pools: [
        {
          poolName: 'web',
          mode: 'observe',
          panicSince: 5,
          isDirty: true,
          lastTick: null,
          drainOrders: [{ instanceId: 'i-1' }],
          backends: [
            {
              instanceId: 'i-1',
              state: 'ejected',
              since: 4,
              cause: 'probes-failing',
              ejectedUntil: 9,
            },
          ],
        },
        { poolName: 'api', backends: [], drainOrders: [], isDirty: false },
      ],
    });
  });

  it.each<[string, object]>([
    ['an unknown verb', { verb: 'reboot' }],
    ['an unknown key', { verb: 'plan', force: true }],
    ['a drain without a reason', { verb: 'drain', pool: 'web', instanceId: 'i-1', by: 'ann' }],
    ['an explain with id and time', { verb: 'explain', pool: 'web', tickId: 'a', at: 1 }],
  ])('a request with %s is refused', (_, request) => {
    expect(operatorRequest.safeParse(request as OperatorRequest).success).toBe(false);
  });
});
