import { describe, expect, it } from '@jest/globals';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { type ApprovalWord, takeApproval } from '../../../shared/operate/take-approval';
import { createConsole } from '../../support/console';
import { aNamePolicy } from '../../support/name-builders';

const APPROVAL_SECRET = 'an-approval-secret-of-the-tests';
const policy = aNamePolicy();

/** A console whose operator checks words as the real one does. */
function withMove(moveId = 'move-1', parts: Parameters<typeof createConsole>[0] = {}) {
  const signed: { word: ApprovalWord; signature: string }[] = [];
  const it = createConsole({
    ...parts,
    names: [policy],
    approvalSecrets: () => [APPROVAL_SECRET],
    operate: async (request) => {
      const { word, signature } = request as unknown as (typeof signed)[number];
      signed.push({ word, signature });
      return { kind: 'operated', replies: [await take(word, signature)] };
    },
  });
  const take = async (word: ApprovalWord, signature: string) => {
    const pending = [{ moveId, siteName: 'a', reason: 'site-down' as const }];
    const refusal = await takeApproval(word, signature, {
      ...{ policy, secrets: [APPROVAL_SECRET], signatures: HMAC_SIGNATURES },
      memory: { pending: pending as never, usedApprovals: [] },
      ...{ store: it.store, now: it.clock.now() },
    });
    return refusal === null
      ? { kind: 'approval-stored', name: policy.name }
      : { kind: 'refused', code: refusal, message: refusal };
  };
  return { ...it, take, signed };
}

const word = (more: object = {}) => ({
  ...{ verb: 'approve', name: policy.name, moveId: 'move-1', isGranted: true },
  ...more,
});

describe('a word given in the console', () => {
  it('is signed in the name of whoever gave it, for one move and as long as the policy lets it', async () => {
    const { signedIn, signed, clock } = withMove();
    const reply = await signedIn('ann').order(word());
    expect(reply).toMatchObject({ status: 200, json: { result: 'approval-stored' } });
    expect(signed[0]?.word).toMatchObject({
      ...{ by: 'ann', moveId: 'move-1', isGranted: true, at: clock.now() },
      until: clock.now() + policy.approval.validMs,
    });
  });

  it('may be no', async () => {
    const { signedIn, signed } = withMove();
    const ann = signedIn();
    await ann.order(word({ isGranted: false }));
    expect(signed[0]?.word.isGranted).toBe(false);
    const { json } = await ann.send('GET', '/api/orders');
    expect(json['orders']).toMatchObject([{ verb: 'reject', subject: `move-1 · ${policy.name}` }]);
  });

  it('is refused for a move that does not wait', async () => {
    const { signedIn } = withMove('another');
    const reply = await signedIn().order(word());
    expect(reply).toMatchObject({ status: 409, json: { code: 'unknown-move' } });
  });

  it('is worth nothing a second time, for another move or changed', async () => {
    const { signedIn, signed, take } = withMove();
    await signedIn().order(word());
    const [first] = signed;
    expect(await take(first!.word, first!.signature)).toMatchObject({ code: 'replayed' });
    const changed = { ...first!.word, isGranted: false };
    expect(await take(changed, first!.signature)).toMatchObject({ code: 'wrong-signature' });
  });

  it('is no longer good once it has expired', async () => {
    const { signedIn, signed, take, clock } = withMove();
    await signedIn().order(word());
    clock.advance(policy.approval.validMs);
    const [first] = signed;
    expect(await take(first!.word, first!.signature)).toMatchObject({ code: 'expired' });
  });

  it('cannot be given where the policy names no secret', async () => {
    const asked: object[] = [];
    const operate = async (request: object) => Promise.resolve(void asked.push(request));
    const unsigned = createConsole({ names: [policy], operate });
    const reply = await unsigned.signedIn().order(word());
    expect(reply).toMatchObject({ status: 409, json: { code: 'no-approval-secret' } });
    expect(asked).toEqual([]);
  });

  it('cannot be given by opening a link, however it is opened, though whoever opens it may give it', async () => {
    const page = { contentType: 'text/html', body: Buffer.from('<p>') };
    const { signedIn, signed, store } = withMove('move-1', { pageFile: () => page });
    const ann = signedIn();
    const query = { move: 'move-1', answer: 'approve', ...word() };
    const links = [
      ...['/', '/api/orders', '/api/overview', `/api/names/${policy.name}`].flatMap((path) =>
        ['GET', 'HEAD'].map((method) => [method, path] as const),
      ),
      ['POST', '/'] as const,
      ['POST', `/api/names/${policy.name}`] as const,
    ];
    for (const [method, path] of links)
      await ann.send(method, path, { query: query as unknown as Record<string, string> });
    expect(signed).toEqual([]);
    expect(await store.read('console/orders')).toBeNull();
    expect((await ann.order(word())).status).toBe(200);
  });

  it.each([
    ['of another origin', { origin: 'https://chat.example' }, 'wrong-origin'],
    ['of a sibling site', { 'sec-fetch-site': 'same-site' }, 'wrong-origin'],
    ['without the session’s token', { 'x-evenkeel-request': 'x' }, 'wrong-token'],
  ])('cannot be given by a page %s', async (_, headers, code) => {
    const { signedIn, signed } = withMove();
    const ann = signedIn();
    const reply = await ann.send('POST', '/api/orders', { headers, body: word() });
    expect(reply).toMatchObject({ status: 403, json: { code } });
    expect(signed).toEqual([]);
    expect((await ann.order(word())).status).toBe(200);
  });
});
