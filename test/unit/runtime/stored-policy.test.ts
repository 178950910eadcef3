import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { type NotifiedFleet, openAlerts } from '../../../shared/adapters/notify/open-alerts';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { POLICY_HEAD_KEY } from '../../../shared/domain/store-keys';
import { observePolicies } from '../../../shared/observe/observe-policy';
import { operatePolicy } from '../../../shared/operate/policy/operate-policy';
import { policyRequest } from '../../../shared/operate/policy/policy-request';
import { StoreUnavailable } from '../../../shared/ports/state-store';
import { type StoredPolicy, takeStoredPolicy } from '../../../shared/runtime/stored-policy';
import { startChannelServer } from '../../support/channel-server';
import { policyText } from '../../support/policy-texts';
import { TestClock } from '../../support/test-clock';

function aDeployment() {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const state = { ids: 0, isDown: false, reads: [] as string[] };
  const alerts: string[] = [];
  const ports = {
    clock,
    store: new Proxy(store, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          if (state.isDown) return Promise.reject(new StoreUnavailable('down'));
          if (name === 'read') state.reads.push(String(args[0]));
          return method.apply(target, args);
        };
      },
    }),
    alertsFor: ({ regionId }: { readonly regionId: string }) => ({
      raise: (subject: string, { reason, message }: { reason: string; message: string }) =>
        Promise.resolve(void alerts.push(`${regionId}: ${subject}: ${reason}: ${message}`)),
    }),
  };
  const push = async (text: string) =>
    operatePolicy(policyRequest.parse({ verb: 'policy-push', text, by: 'ann', note: 'n' }), {
      store,
      clock,
      newId: () => `id-${String((state.ids += 1))}`,
    });
  /** What a program of another version stored: nobody here would have let it in. */
  const spoil = async (version: number, text: string) => {
    const policies = await observePolicies(store);
    const one =
      policies.kind === 'versions' && policies.versions.find((each) => each.version === version);
    if (one === false || one === undefined) throw new Error('no such version');
    const document = await store.read(one.textKey);
    await store.compareAndSet(one.textKey, { text }, document!.version);
  };
  const take = async (known: StoredPolicy | null = null) =>
    takeStoredPolicy(known, 'cn-hangzhou', ports);
  return { clock, store, state, alerts, push, spoil, take };
}

describe('the policy that a function takes from the store', () => {
  it('is the newest, with its version and hash, and follows a push and a rollback', async () => {
    const { push, take, store, clock } = aDeployment();
    await push(policyText());
    const first = await take();
    expect(first).toMatchObject({ version: 1, problem: null, policy: { regionId: 'cn-hangzhou' } });
    await push(policyText('mode: enforce'));
    const second = await take(first);
    expect(second).toMatchObject({ version: 2, policy: { pools: [{ mode: 'enforce' }] } });
    expect(second.hash).not.toBe(first.hash);
    const request = policyRequest.parse({ verb: 'policy-rollback', by: 'ann', note: 'n' });
    await operatePolicy(request, { store, clock, newId: () => 'back' });
    expect(await take(second)).toMatchObject({ version: 3, hash: first.hash });
  });

  it('costs one read while nobody pushed', async () => {
    const { push, take, state } = aDeployment();
    await push(policyText());
    const known = await take();
    state.reads.length = 0;
    expect(await take(known)).toBe(known);
    expect(state.reads).toEqual([POLICY_HEAD_KEY]);
  });

  it('is the one known while the store is down; without one nothing can be done', async () => {
    const { push, take, state, alerts } = aDeployment();
    await push(policyText());
    const known = await take();
    state.isDown = true;
    expect(await take(known)).toBe(known);
    expect(alerts).toEqual([]);
    await expect(take()).rejects.toThrow(StoreUnavailable);
  });

  it('says what to do when there is none, and nothing else', async () => {
    const { take, alerts } = aDeployment();
    await expect(take()).rejects.toThrow(
      'the store has no policy: push one with `evenkeel policy push`',
    );
    expect(alerts).toEqual([]);
  });

  it('is the one known when the store was lost, and people are called once a quarter of an hour', async () => {
    const { push, take, store, alerts, clock } = aDeployment();
    await push(policyText());
    const known = await take();
    await store.delete(POLICY_HEAD_KEY);
    const kept = await take(await take(known));
    expect(kept).toMatchObject({ version: 1, hash: known.hash });
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toContain('cn-hangzhou: policy: policy-unusable: ');
    clock.advance(16 * 60_000);
    await take(kept);
    expect(alerts).toHaveLength(2);
  });

  describe('where this program does not understand the newest', () => {
    it('is the one known, or for a cold program the newest that it does, and people are told why', async () => {
      const { push, spoil, take, alerts } = aDeployment();
      for (const mode of ['observe', 'enforce', 'observe, watch: never'])
        await push(policyText(`mode: ${mode}`));
      const known = await take();
      await push(policyText('watch: always'));
      await spoil(4, policyText('brandNewField: 1'));
      expect(await take(known)).toMatchObject({ version: 3, hash: known.hash });
      expect(alerts.join()).toMatch(/version 4:5:\d+: pools\[0\]\.brandNewField: unknown key/u);
      expect(alerts.join()).toContain('Version 3 stays in force');
      await spoil(3, 'gone: bad');
      expect(await take()).toMatchObject({ version: 2, policy: { pools: [{ mode: 'enforce' }] } });
    });

    it('is not read again and again', async () => {
      const { push, spoil, take, state } = aDeployment();
      await push(policyText());
      const known = await take();
      await push(policyText('mode: enforce'));
      await spoil(2, 'a: [');
      const kept = await take(known);
      state.reads.length = 0;
      expect(await take(kept)).toBe(kept);
      expect(state.reads.filter((key) => key.startsWith('policy/'))).toEqual([POLICY_HEAD_KEY]);
    });

    it('comes back with the next push that it does', async () => {
      const { push, spoil, take, alerts } = aDeployment();
      await push(policyText());
      await push(policyText('mode: enforce'));
      await spoil(2, 'a: [');
      const kept = await take();
      await push(policyText('watch: never'));
      expect(await take(kept)).toMatchObject({ version: 3, problem: null });
      expect(alerts).toHaveLength(1);
    });

    it('is none when it understands not one', async () => {
      const { push, spoil, take } = aDeployment();
      await push(policyText());
      await spoil(1, 'a: [');
      await expect(take()).rejects.toThrow('none of its 1 policies can be used');
    });
  });

  it('is never that of another region', async () => {
    const { push, spoil, take, alerts } = aDeployment();
    await push(policyText());
    await push(policyText('mode: enforce'));
    await spoil(2, policyText('mode: enforce', 'cn-beijing'));
    expect(await take()).toMatchObject({ version: 1 });
    expect(alerts.join()).toContain('version 2 is for cn-beijing');
  });

  it('is the one known when another program wrote the list', async () => {
    const { push, take, store, alerts } = aDeployment();
    await push(policyText());
    const known = await take();
    const head = await store.read(POLICY_HEAD_KEY);
    await store.compareAndSet(POLICY_HEAD_KEY, { versions: [{ v: 2 }] }, head!.version);
    expect(await take(known)).toMatchObject({ version: 1, hash: known.hash });
    expect(alerts).toHaveLength(1);
    await expect(take()).rejects.toThrow('a form that this program does not know');
  });
});

describe('people whose policy in the store cannot be used any more', () => {
  afterEach(() => {
    delete process.env['URL_OF_OPS'];
  });

  it('are told through the channels of the policy that stays in force, once', async () => {
    const server = await startChannelServer();
    process.env['URL_OF_OPS'] = server.url;
    const { push, spoil, store } = aDeployment();
    const channels =
      'notifications: { channels: [{ name: ops, kind: slack, url: env:URL_OF_OPS }] }';
    await push(`${policyText()}${channels}\n`);
    await push(policyText('mode: enforce'));
    await spoil(2, policyText('brandNewField: 1'));
    const clock = new SystemClock();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const alertsFor = (policy: NotifiedFleet) => openAlerts(policy, { store, clock, log });
    for (let cold = 0; cold < 3; cold += 1)
      await takeStoredPolicy(null, 'cn-hangzhou', { store, clock, alertsFor });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.text).toContain('brandNewField');
    expect(server.received[0]?.text).toContain('Version 1 stays in force');
    await server.stop();
  });
});
