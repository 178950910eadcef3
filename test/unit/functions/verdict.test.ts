import { describe, expect, it } from '@jest/globals';
import { answerVerdict } from '../../../functions/on-alarm/answer-verdict';
import { readVerdictCall } from '../../../functions/on-alarm/verdict-call';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type NamePolicy } from '../../../shared/domain/failover/name-policy';
import { nameLease, outsideVotesKey } from '../../../shared/domain/store-keys';
import { instant, millis } from '../../../shared/domain/units';
import { type StateStore } from '../../../shared/ports/state-store';
import { type HttpRequest } from '../../../shared/runtime/http-event';
import { type OutsideVerdict } from '../../../shared/wake/take-verdict';
import { TestClock } from '../../support/test-clock';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const FRESH_MS = 60_000;
const POLICY = {
  name: 'shop',
  homeRegionId: 'cn-home',
  outsideVoters: ['office', 'partner'],
  sites: [{ name: 'hz' }, { name: 'bj' }],
  verdict: { quorum: 2, freshMs: millis(FRESH_MS) },
} as unknown as NamePolicy;
const OTHER = { ...POLICY, name: 'blog', outsideVoters: ['partner'] };
const AWAY = { ...POLICY, name: 'away', homeRegionId: 'cn-else' };
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  office: ['office-now', 'office-next'],
  partner: ['partner-now'],
};

function scene() {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const enqueued: unknown[] = [];
  const state = { isWorkerBroken: false };
  let nonces = 0;
  const verdict = (more: Partial<Record<keyof OutsideVerdict, unknown>> = {}): OutsideVerdict =>
    ({
      ...{ name: 'shop', voter: 'office', siteName: 'hz', answer: 'down', at: clock.now() },
      nonce: `nonce-${String((nonces += 1)).padStart(4, '0')}`,
      ...more,
    }) as OutsideVerdict;
  const deliver = async (word: OutsideVerdict, secret: string, over: StateStore = store) => {
    const signature = HMAC_SIGNATURES.sign('verdict', word, secret);
    const reply = await answerVerdict(
      { verdict: word, signature },
      {
        fleet: { regionId: 'cn-home', names: [POLICY, OTHER, AWAY] },
        voterSecrets: SECRETS[word.voter] ?? [],
        signatures: HMAC_SIGNATURES,
        store: over,
        now: clock.now(),
        worker: 'reconcile-failover',
        invoker: {
          call: () => Promise.reject(new Error('not called')),
          enqueue: async (functionName, payload) => {
            if (state.isWorkerBroken)
              throw new CloudError({
                ...{ action: 'InvokeFunction', code: 'Timeout', reaction: 'retry' as const },
                ...{ isAmbiguous: true, message: 'm' },
              });
            expect(await store.isDirty(nameLease('shop'))).toBe(true);
            enqueued.push({ functionName, payload });
          },
        },
      },
      { log, deadline: instant(clock.now() + 5_000) },
    );
    return { status: reply.statusCode, ...(JSON.parse(reply.body) as { code?: string }) };
  };
  const votes = async () => ((await store.read(outsideVotesKey('shop')))?.value ?? []) as unknown[];
  return { clock, store, enqueued, state, verdict, deliver, votes };
}

describe('a signed verdict from outside', () => {
  it('becomes a vote on the name, and somebody looks', async () => {
    const { verdict, deliver, votes, enqueued, clock } = scene();
    const word = verdict();
    expect(await deliver(word, 'office-now')).toMatchObject({ status: 202 });
    expect(await votes()).toMatchObject([
      { voter: 'office', kind: 'outside', siteName: 'hz', answer: 'down', at: word.at },
    ]);
    expect(enqueued).toEqual([
      {
        functionName: 'reconcile-failover',
        payload: {
          names: ['shop'],
          wake: { source: 'alarm', detail: 'office says that hz is down', at: clock.now() },
        },
      },
    ]);
    clock.advance(1);
    expect(await deliver(verdict({ answer: 'up' }), 'office-next')).toMatchObject({ status: 202 });
    expect(await deliver(verdict({ voter: 'partner' }), 'partner-now')).toMatchObject({
      status: 202,
    });
    expect(await votes()).toMatchObject([
      { voter: 'office', answer: 'up' },
      { voter: 'partner', answer: 'down' },
    ]);
  });

  it.each<[string, Partial<Record<keyof OutsideVerdict, unknown>>, string, object]>([
    ['a forged signature', {}, 'guessed', { status: 401, code: 'wrong-signature' }],
    ['another voter’s secret', {}, 'partner-now', { status: 401, code: 'wrong-signature' }],
    [
      'a voter whom nobody knows',
      { voter: 'stranger' },
      'office-now',
      { status: 401, code: 'unknown-voter' },
    ],
    [
      'a voter of other names',
      { name: 'blog' },
      'office-now',
      { status: 403, code: 'not-a-voter' },
    ],
    [
      'a name that nobody knows',
      { name: 'nobody' },
      'office-now',
      { status: 404, code: 'unknown-name' },
    ],
    [
      'a site that nobody knows',
      { siteName: 'sh' },
      'office-now',
      { status: 404, code: 'unknown-site' },
    ],
    [
      'a name that is at home elsewhere',
      { name: 'away' },
      'office-now',
      { status: 421, code: 'not-at-home' },
    ],
  ])('with %s is refused', async (_what, more, secret, refusal) => {
    const { verdict, deliver, votes, enqueued, store } = scene();
    expect(await deliver(verdict(more), secret)).toMatchObject(refusal);
    expect(await votes()).toEqual([]);
    expect(enqueued).toEqual([]);
    expect(await store.isDirty(nameLease('shop'))).toBe(false);
  });

  it.each([
    [-FRESH_MS - 1, 401, 'expired'],
    [-FRESH_MS, 202, undefined],
    [5_000, 202, undefined],
    [5_001, 401, 'from-the-future'],
  ])('of %d ms from now is answered %d %s', async (offset, status, code) => {
    const { verdict, deliver, clock } = scene();
    const reply = await deliver(verdict({ at: clock.now() + offset }), 'office-now');
    expect(reply.status).toBe(status);
    expect(reply.code).toBe(code);
  });

  it('counts once, however often it is sent, and never after its time', async () => {
    const { verdict, deliver, votes, clock } = scene();
    const word = verdict();
    await deliver(word, 'office-now');
    expect(await deliver(word, 'office-now')).toMatchObject({ status: 409, code: 'replayed' });
    clock.advance(FRESH_MS);
    await deliver(verdict(), 'office-now');
    expect(await deliver(word, 'office-now')).toMatchObject({ status: 409, code: 'superseded' });
    clock.advance(1);
    expect(await deliver(word, 'office-now')).toMatchObject({ status: 401, code: 'expired' });
    expect(await votes()).toHaveLength(1);
  });

  it('does not undo a later one', async () => {
    const { verdict, deliver, clock } = scene();
    await deliver(verdict(), 'office-now');
    const late = verdict({ at: clock.now() - 1, answer: 'up' });
    expect(await deliver(late, 'office-now')).toMatchObject({ status: 409, code: 'superseded' });
    const ofAnotherSite = verdict({ at: clock.now() - 1, siteName: 'bj' });
    expect(await deliver(ofAnotherSite, 'office-now')).toMatchObject({ status: 202 });
  });

  it('of the same moment as one before is not taken: nobody could say which came later', async () => {
    const { verdict, deliver } = scene();
    await deliver(verdict(), 'office-now');
    expect(await deliver(verdict({ answer: 'up' }), 'office-now')).toMatchObject({
      ...{ status: 409, code: 'superseded' },
    });
  });

  it('comes 1,000 times in ten seconds with a changing answer: that is one vote, and a few looks', async () => {
    const { verdict, deliver, votes, enqueued, clock } = scene();
    for (let sent = 0; sent < 1000; sent += 1) {
      clock.advance(10);
      const word = verdict({ answer: sent % 2 === 0 ? 'down' : 'up' });
      expect(await deliver(word, 'office-now')).toMatchObject({ status: 202 });
    }
    expect(await votes()).toHaveLength(1);
    expect(enqueued.length).toBeLessThanOrEqual(3);
  });

  it('sends for somebody again once the mark was taken', async () => {
    const { verdict, deliver, enqueued, clock, store } = scene();
    for (let sent = 0; sent < 3; sent += 1) {
      clock.advance(10);
      await deliver(verdict({ answer: sent % 2 === 0 ? 'down' : 'up' }), 'office-now');
      await store.clearDirty(nameLease('shop'));
    }
    expect(enqueued).toHaveLength(3);
  });

  it('is stored anew once a tenth of its time is over, so that a voter who goes on is always heard', async () => {
    const { verdict, deliver, votes, clock } = scene();
    const first = verdict();
    await deliver(first, 'office-now');
    clock.advance(FRESH_MS / 10 - 1);
    await deliver(verdict(), 'office-now');
    expect(await votes()).toMatchObject([{ at: first.at }]);
    clock.advance(1);
    await deliver(verdict(), 'office-now');
    expect(await votes()).toMatchObject([{ at: clock.now() }]);
  });

  it('replaces votes in the store that cannot be understood', async () => {
    const { verdict, deliver, store, votes } = scene();
    await store.compareAndSet(outsideVotesKey('shop'), [null, 'x', { at: '1' }], null);
    expect(await deliver(verdict(), 'office-now')).toMatchObject({ status: 202 });
    expect(await votes()).toHaveLength(1);
  });

  it('loses no vote to others who vote at the same time', async () => {
    const { verdict, deliver, votes, store, clock } = scene();
    const replies = await Promise.all([
      deliver(verdict(), 'office-now'),
      deliver(verdict({ voter: 'partner' }), 'partner-now'),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([202, 202]);
    expect(await votes()).toHaveLength(2);
    const contended = Object.assign(Object.create(store) as StateStore, {
      read: (key: string) => store.read(key),
      compareAndSet: () => Promise.resolve('conflict' as const),
    });
    clock.advance(FRESH_MS / 10);
    expect(await deliver(verdict(), 'office-now', contended)).toMatchObject({
      ...{ status: 503, code: 'contention' },
    });
  });

  it('is taken though nobody can be sent for, and the next one sends again', async () => {
    const { verdict, deliver, votes, state, clock, enqueued } = scene();
    state.isWorkerBroken = true;
    expect(await deliver(verdict(), 'office-now')).toMatchObject({ status: 202 });
    expect(await votes()).toHaveLength(1);
    state.isWorkerBroken = false;
    clock.advance(FRESH_MS / 10);
    await deliver(verdict(), 'office-now');
    expect(enqueued).toHaveLength(1);
  });
});

describe('reading a verdict', () => {
  const request = (body: unknown): HttpRequest => ({
    ...{ method: 'POST', path: '/', headers: {}, query: {} },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const BODY = {
    ...{ kind: 'verdict', name: 'shop', voter: 'office', siteName: 'hz', answer: 'down' },
    ...{ at: 1_000, nonce: 'nonce-0001', signature: 'a'.repeat(64) },
  };

  it('keeps apart what is signed and the signature', () => {
    const { signature, name, voter, siteName, answer, at, nonce } = BODY;
    const verdict = { name, voter, siteName, answer, at, nonce };
    expect(readVerdictCall(request(BODY))).toEqual({ verdict, signature });
  });

  it.each([
    ['text', 'alertName=cpu'],
    ['another call', { pools: ['web'] }],
    ['null', 'null'],
    ['a body that is too long to be one', { ...BODY, name: 'x'.repeat(5_000) }],
  ])('leaves %s to others', (_what, body) => {
    expect(readVerdictCall(request(body))).toBeNull();
  });

  it.each([
    ['an answer that is none', { answer: 'dead' }],
    ['a time that is none', { at: '1000' }],
    ['no nonce', { nonce: undefined }],
    ['a short signature', { signature: 'ab' }],
    ['a field more', { isAdmin: true }],
  ])('refuses one with %s', (_what, more) => {
    expect(() => readVerdictCall(request({ ...BODY, ...more }))).toThrow(/malformed/);
  });
});
