import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore } from '../../../shared/adapters/file/file-state-store';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { loadPolicy } from '../../../shared/config/load-policy';
import { POLICY_BYTES_MAX, POLICY_VERSIONS_KEPT } from '../../../shared/domain/policy-version';
import { POLICY_HEAD_KEY, POLICY_TEXTS, policyTextKey } from '../../../shared/domain/store-keys';
import { operatePolicy } from '../../../shared/operate/policy/operate-policy';
import { policyRequest } from '../../../shared/operate/policy/policy-request';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { policyText } from '../../support/policy-texts';
import { TestClock } from '../../support/test-clock';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-policy-'));
  folders.push(folder);
  return folder;
};

const STORES: readonly [string, (clock: TestClock) => StateStore][] = [
  ['in memory', (clock) => new MemoryStateStore(clock)],
  ['of files', (clock) => new FileStateStore({ folder: newFolder(), clock })],
];

function aStore(open = STORES[0]![1]) {
  const clock = new TestClock();
  const store = open(clock);
  let ids = 0;
  const askIn = async (where: StateStore, request: object) => {
    clock.advance(1000);
    const context = { store: where, clock, newId: () => `id-${String((ids += 1))}` };
    return operatePolicy(policyRequest.parse(request), context);
  };
  const ask = async (request: object) => askIn(store, request);
  const push = async (text: string, more: object = {}) =>
    ask({ verb: 'policy-push', text, by: 'ann', note: 'first', ...more });
  const versions = async () => {
    const reply = await ask({ verb: 'policy-history' });
    return reply.kind === 'policy-history' ? reply.versions : [];
  };
  return { clock, store, ask, askIn, push, versions };
}

describe.each(STORES)('the policy in a store %s', (_, open) => {
  it('is pushed, listed with who, when, why and hash, and shown as it was written', async () => {
    const { ask, push, versions, clock } = aStore(open);
    expect(await push(policyText())).toMatchObject({
      kind: 'policy-stored',
      stored: { version: 1 },
    });
    await push(policyText('mode: enforce'), { by: 'bob', note: 'for real', fileName: 'e.yaml' });
    const loaded = loadPolicy(policyText('mode: enforce'), 'e.yaml');
    expect(await versions()).toMatchObject([
      {
        version: 2,
        by: 'bob',
        note: 'for real',
        at: clock.now() - 1000,
        restores: null,
        hash: loaded.kind === 'ok' && loaded.hash,
        bytes: policyText('mode: enforce').length,
      },
      { version: 1, by: 'ann', note: 'first' },
    ]);
    expect(await ask({ verb: 'policy-show' })).toMatchObject({ text: policyText('mode: enforce') });
    expect(await ask({ verb: 'policy-show', version: 1 })).toMatchObject({ text: policyText() });
  });

  it('goes back by a new version with the old text: history is never rewritten', async () => {
    const { ask, push, versions } = aStore(open);
    for (const mode of ['observe', 'enforce', 'observe, watch: never'])
      await push(policyText(`mode: ${mode}`));
    const back = { verb: 'policy-rollback', by: 'eve', note: 'it flapped' };
    expect(await ask(back)).toMatchObject({
      kind: 'policy-stored',
      stored: { version: 4, restores: 2, by: 'eve', note: 'it flapped' },
    });
    expect(await ask({ verb: 'policy-show' })).toMatchObject({ text: policyText('mode: enforce') });
    expect(await ask({ ...back, to: 1 })).toMatchObject({ stored: { version: 5, restores: 1 } });
    expect((await versions()).map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
    expect(await ask({ ...back, to: 9 })).toMatchObject({ code: 'unknown-version' });
  });

  it('is pushed by one of two at once; the other is refused, and both texts can still be told apart', async () => {
    const { push, versions, store } = aStore(open);
    await push(policyText());
    const replies = await Promise.all(
      ['enforce', 'observe, watch: never', 'observe, watch: always'].map(async (mode, index) =>
        push(policyText(`mode: ${mode}`), { by: `p${index}` }),
      ),
    );
    const won = replies.flatMap((reply) => (reply.kind === 'policy-stored' ? [reply.stored] : []));
    expect(won).toHaveLength(1);
    expect(await versions()).toMatchObject([{ version: 2, by: won[0]!.by }, { version: 1 }]);
    for (const reply of replies.filter(({ kind }) => kind !== 'policy-stored'))
      expect(reply).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(`version 2 by ${won[0]!.by}`),
      });
    expect(await store.list(POLICY_TEXTS)).toHaveLength(2);
  });

  it('keeps a bounded number of versions, and no text that none of them names', async () => {
    const { push, versions, store, clock, ask } = aStore(open);
    await store.compareAndSet(policyTextKey(clock.now(), 'crashed'), { text: 'x' }, null);
    for (let round = 0; round < POLICY_VERSIONS_KEPT + 3; round += 1)
      await push(policyText(`mode: ${round % 2 === 0 ? 'observe' : 'enforce'}`));
    clock.advance(3_600_000);
    await push(policyText('watch: never'));
    const kept = await versions();
    expect(kept).toHaveLength(POLICY_VERSIONS_KEPT);
    expect(kept[0]?.version).toBe(POLICY_VERSIONS_KEPT + 4);
    expect([...(await store.list(POLICY_TEXTS))].sort()).toEqual(
      kept.map(({ textKey }) => textKey).sort(),
    );
    expect(await ask({ verb: 'policy-show', version: 1 })).toMatchObject({ kind: 'refused' });
  });
});

describe('a push', () => {
  it('whose answer was lost finds itself as the newest when it is repeated', async () => {
    const { push, versions } = aStore();
    await push(policyText());
    expect(await push(policyText(), { onto: 1 })).toMatchObject({
      kind: 'policy-unchanged',
      newest: { version: 1 },
    });
    expect(await versions()).toHaveLength(1);
  });

  it.each([0, 7])('onto version %d, which is not the newest, is refused', async (onto) => {
    const { push, versions } = aStore();
    await push(policyText(), { onto: 0 });
    expect(await push(policyText('mode: enforce'), { onto })).toMatchObject({ code: 'conflict' });
    expect(await versions()).toHaveLength(1);
  });

  it.each([
    ['that is not valid', policyText('mode: obsrve'), 'invalid'],
    ['that lint refuses', policyText('guards: { floor: 0 }'), 'invalid'],
    ['that is no YAML', 'a: [', 'invalid'],
    ['that is too large', `${policyText()}# ${'x'.repeat(POLICY_BYTES_MAX)}`, 'too-large'],
    ['for another region', policyText('mode: observe', 'cn-beijing'), 'another-region'],
  ])('of a policy %s is refused, and nothing is written', async (_, text, code) => {
    const { push, store } = aStore();
    await push(policyText());
    const reply = await push(text, { fileName: 'e.yaml' });
    expect(reply).toMatchObject({ kind: 'refused', code });
    expect(reply.kind === 'refused' && reply.message).toContain('e.yaml');
    expect(await store.list('policy/')).toHaveLength(2);
    if (code === 'invalid')
      expect(reply).toMatchObject({ problems: [expect.objectContaining({ file: 'e.yaml' })] });
  });

  it('that the store fails in at any step leaves the old policy, or the new one, and never half of it', async () => {
    for (let failing = 0; failing < 6; failing += 1) {
      const { push, askIn, ask, store } = aStore();
      await push(policyText());
      let calls = 0;
      const frail = new Proxy(store, {
        get: (target, name) => {
          const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) =>
            (calls += 1) > failing
              ? Promise.reject(new StoreUnavailable('gone'))
              : method.apply(target, args);
        },
      });
      const next = policyText('mode: enforce');
      const request = { verb: 'policy-push', text: next, by: 'ann', note: 'n' };
      const outcome = await askIn(frail, request).catch((error: unknown) => error);
      const shown = await ask({ verb: 'policy-show' });
      const isStored = (outcome as { kind?: string }).kind === 'policy-stored';
      expect(shown).toMatchObject({ text: isStored ? next : policyText() });
      expect(await ask(request)).toMatchObject({
        kind: isStored ? 'policy-unchanged' : 'policy-stored',
      });
    }
  });
});

describe('a store', () => {
  it.each([{ verb: 'policy-show' }, { verb: 'policy-rollback', by: 'ann', note: 'n' }])(
    'without a policy says what to do to %j',
    async (request) => {
      const { ask, versions } = aStore();
      expect(await ask(request)).toMatchObject({
        code: 'empty',
        message: expect.stringContaining('evenkeel policy push'),
      });
      expect(await versions()).toEqual([]);
    },
  );

  it('whose list another program wrote is not written over', async () => {
    const { ask, push, store } = aStore();
    await store.compareAndSet(POLICY_HEAD_KEY, { schema: 9 }, null);
    expect(await push(policyText())).toMatchObject({ code: 'unreadable' });
    expect(await ask({ verb: 'policy-history' })).toMatchObject({ code: 'unreadable' });
    expect((await store.read(POLICY_HEAD_KEY))?.value).toEqual({ schema: 9 });
  });

  it('that lost the text of a version says so, and brings back no other', async () => {
    const { ask, push, store, versions } = aStore();
    await push(policyText());
    await push(policyText('mode: enforce'));
    await store.delete((await versions())[1]!.textKey);
    expect(await ask({ verb: 'policy-rollback', by: 'ann', note: 'n' })).toMatchObject({
      code: 'unknown-version',
      message: 'The text of version 1 is not in the store any more.',
    });
  });

  it('with one version has nothing to go back to', async () => {
    const { ask, push } = aStore();
    await push(policyText());
    expect(await ask({ verb: 'policy-rollback', by: 'ann', note: 'n' })).toMatchObject({
      code: 'unknown-version',
    });
  });
});
