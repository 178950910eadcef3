import { describe, expect, it } from '@jest/globals';
import { ownLooks } from '../../../functions/probe/own-looks';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { nameLease, poolLease } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { lookAt } from '../../../shared/observe/failover/observe-votes';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { type SiteLook } from '../../../shared/ports/vantages';
import { poolsHere } from '../../../shared/wake/pools-here';
import { namesAtHome, wakeNames } from '../../../shared/wake/wake-names';
import { wakePools } from '../../../shared/wake/wake-pools';
import { aNamePolicy, aSite } from '../../support/name-builders';
import { TestClock } from '../../support/test-clock';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function scene() {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const sent: unknown[] = [];
  const invoker: FunctionInvoker = {
    enqueue: (functionName, payload) => Promise.resolve(void sent.push({ functionName, payload })),
    call: () => Promise.reject(new Error('nobody is called')),
  };
  const options = (over: StateStore = store) => ({
    wake: { source: 'alarm', detail: 'a', at: clock.now() } as const,
    ...{ store: over, invoker, log, deadline: instant(clock.now() + 5_000), worker: 'w' },
  });
  return { clock, store, sent, options };
}

describe('waking names', () => {
  it('sends for each name by itself, once for all who call meanwhile', async () => {
    const { sent, options, store } = scene();
    const names = ['shop', 'blog'];
    await Promise.all(Array.from({ length: 50 }, () => wakeNames({ names, ...options() })));
    expect(sent).toMatchObject([
      { payload: { names: ['shop'] } },
      { payload: { names: ['blog'] } },
    ]);
    expect(await wakeNames({ names, ...options() })).toEqual({ enqueued: [], coalesced: names });
    expect(await store.isDirty(nameLease('shop'))).toBe(true);
  });

  it('is not held up by a pool that is called the same', async () => {
    const { sent, options, store } = scene();
    await wakePools({ pools: ['shop'], ...options() });
    await wakeNames({ names: ['shop'], ...options() });
    expect(sent).toHaveLength(2);
    await store.clearDirty(poolLease('shop'));
    expect(await store.isDirty(nameLease('shop'))).toBe(true);
  });

  it('sends though the store is down', async () => {
    const { sent, options } = scene();
    const down = new Proxy({} as StateStore, {
      get: () => () => Promise.reject(new StoreUnavailable('down')),
    });
    await wakeNames({ names: ['shop'], ...options(down) });
    expect(sent).toHaveLength(1);
  });
});

describe('whose turn it is', () => {
  const pools = ['cn-a', 'cn-b'].map((regionId) => ({ name: `web-${regionId}`, regionId }));
  const fleet = (failover: unknown, regionId: string) =>
    ({ pools, failover, regionId, names: [aNamePolicy()] }) as unknown as FleetPolicy;

  it('names are looked after in their home region alone', () => {
    expect(namesAtHome(fleet({}, 'cn-hongkong'))).toEqual(['www']);
    expect(namesAtHome(fleet({}, 'cn-a'))).toEqual([]);
  });

  it('one deployment works on all pools, but where names fail over each region on its own', () => {
    const namesOf = (one: FleetPolicy) => poolsHere(one).map(({ name }) => name);
    expect(namesOf(fleet(null, 'cn-a'))).toEqual(['web-cn-a', 'web-cn-b']);
    expect(namesOf(fleet({}, 'cn-a'))).toEqual(['web-cn-a']);
    expect(namesOf(fleet({}, 'cn-hongkong'))).toEqual([]);
  });
});

describe('a probe looks where its own policy looks', () => {
  const policy = aNamePolicy();
  const own = lookAt(aSite('a'), policy);
  const sorted = (...looks: readonly SiteLook[]) => ownLooks(looks, { names: [policy] });
  const asking = (more: Partial<SiteLook['check']>): SiteLook => ({
    ...own,
    check: { ...own.check, ...more },
  });

  it('as patiently as it is asked to', () => {
    const patient = asking({ attempts: 1, statusMax: 499 });
    expect(sorted(own, patient)).toEqual({ own: [own, patient], refused: [] });
  });

  it.each<[string, SiteLook]>([
    ['another address', { ...own, address: '100.100.100.200' }],
    ['another host', { ...own, host: 'metadata.internal' }],
    ['another port', asking({ port: 22 })],
    ['another path', asking({ path: '/latest/meta-data' })],
    ['another protocol', asking({ protocol: 'tcp' })],
  ])('and not at %s', (_, look) => {
    expect(sorted(look, own)).toEqual({ own: [own], refused: ['a'] });
  });
});
