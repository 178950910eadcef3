import { describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { CloudError } from '../../../shared/domain/cloud-error';
import { poolLease } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { resourceIds } from '../../../shared/wake/resource-ids';
import { wakePools, type WorkerPayload } from '../../../shared/wake/wake-pools';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
function scene() {
  const time = { now: 1_000_000 };
  const clock = { now: () => instant(time.now), sleep: () => Promise.resolve() };
  const store = new MemoryStateStore(clock);
  const sent: WorkerPayload[] = [];
  const state = { isBroken: false };
  const invoker: FunctionInvoker = {
    enqueue: async (_, payload) => {
      if (state.isBroken)
        throw new CloudError({
          action: 'InvokeFunction',
          code: 'Timeout',
          reaction: 'retry',
          isAmbiguous: true,
          message: 'm',
        });
      expect(await store.isDirty(poolLease((payload as WorkerPayload).pools[0]!))).toBe(true);
      sent.push(payload as WorkerPayload);
    },
    call: () => Promise.reject(new Error('not called')),
  };
  const wake = async (pools = ['web'], over: StateStore = store) =>
    wakePools({
      pools,
      wake: { source: 'alarm', detail: 'a', at: clock.now() },
      store: over,
      invoker,
      log,
      deadline: instant(2_000_000),
      worker: 'w',
    });
  return { time, store, sent, state, invoker, wake };
}

describe('waking pools', () => {
  it('marks before it enqueues, and not again while the worker it sent for has yet to look', async () => {
    const { wake, sent } = scene();
    expect(await wake()).toEqual({ enqueued: ['web'], coalesced: [] });
    expect(await wake()).toEqual({ enqueued: [], coalesced: ['web'] });
    expect(sent).toHaveLength(1);
  });

  it('enqueues again once the mark was taken, and when the worker has been away for too long', async () => {
    const { wake, sent, store, time } = scene();
    await wake();
    await store.clearDirty(poolLease('web'));
    await wake();
    time.now += 4999;
    await wake();
    expect(sent).toHaveLength(2);
    time.now += 1;
    await wake();
    expect(sent).toHaveLength(3);
  });

  it('enqueues at once after a clock that was ahead was set back', async () => {
    const { wake, sent, time } = scene();
    time.now += 3_600_000;
    await wake();
    time.now -= 3_600_000;
    await wake();
    expect(sent).toHaveLength(2);
  });

  it('lets one of many concurrent callers enqueue', async () => {
    const { wake, sent } = scene();
    await Promise.all(Array.from({ length: 50 }, () => wake()));
    expect(sent).toHaveLength(1);
  });

  it('throws when the enqueue fails, and the next caller tries again', async () => {
    const { wake, sent, state } = scene();
    state.isBroken = true;
    await expect(wake()).rejects.toThrow(CloudError);
    state.isBroken = false;
    expect(await wake()).toEqual({ enqueued: ['web'], coalesced: [] });
    expect(sent).toHaveLength(1);
  });

  it('enqueues although the store is down', async () => {
    const { invoker } = scene();
    const sent: unknown[] = [];
    const down = new Proxy(
      {},
      { get: () => () => Promise.reject(new StoreUnavailable('down')) },
    ) as StateStore;
    const noting = {
      ...invoker,
      enqueue: (_: string, payload: unknown) => Promise.resolve(void sent.push(payload)),
    };
    const at = instant(1);
    const result = await wakePools({
      pools: ['web'],
      wake: { source: 'alarm', detail: 'a', at },
      store: down,
      invoker: noting,
      log,
      deadline: at,
      worker: 'w',
    });
    expect([result.enqueued, sent.length]).toEqual([['web'], 1]);
  });

  it('sends 45 pools in chunks of 20', async () => {
    const { wake, sent } = scene();
    await wake(Array.from({ length: 45 }, (_, index) => `p${index}`));
    expect(sent.map((payload) => payload.pools.length)).toEqual([20, 20, 5]);
  });
});

describe('resource ids of an event', () => {
  it.each([
    [
      'a CloudEvent',
      {
        source: 'acs.ecs',
        subject: 'acs:ecs:cn-hangzhou:1:instance/i-1',
        data: { instanceId: 'i-2', action: 'delete' },
      },
      ['i-1', 'i-2'],
    ],
    ['a batch', [{ data: { resourceId: 'i-1' } }, { data: { resourceId: 'i-2' } }], ['i-1', 'i-2']],
    ['JSON inside text', { content: '{"instanceId":"i-3"}' }, ['i-3']],
    ['no id', { data: { state: 'Stopped' } }, []],
    ['an id that is none', { instanceId: 'a b<script>' }, []],
  ])('are found in %s', (_, value, ids) => {
    expect(resourceIds(value)).toEqual(ids);
  });

  it('stay few and the walk shallow, whatever is sent', () => {
    let deep: unknown = { instanceId: 'i-deep' };
    for (let depth = 0; depth < 1000; depth += 1) deep = { inner: deep };
    expect(resourceIds(deep)).toEqual([]);
    expect(
      resourceIds(Array.from({ length: 5000 }, (_, index) => ({ instanceId: `i-${index}` }))),
    ).toHaveLength(200);
  });
});
