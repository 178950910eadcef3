import { describe, expect, it } from '@jest/globals';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { type ApprovalWord, takeApproval } from '../../../shared/operate/take-approval';
import { createConsole } from '../../support/console';
import { aNamePolicy } from '../../support/name-builders';

const APPROVAL_SECRET = 'an-approval-secret-of-the-tests';
const policy = aNamePolicy();

/** A console whose operator checks words as the real one does. */
function withMove(moveId = 'move-1') {
  const signed: { word: ApprovalWord; signature: string }[] = [];
  const it = createConsole({
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

  it('cannot be given where the policy names no secret, by a link alone, or by another origin', async () => {
    const unsigned = createConsole({ names: [policy] });
    expect((await unsigned.signedIn().order(word())).json.code).toBe('no-approval-secret');
    const { ask, signedIn, signed } = withMove();
    const query = { name: policy.name, move: 'move-1', answer: 'approve' };
    await ask('GET', '/', { query });
    const headers = { origin: 'https://chat.example' };
    const cross = await signedIn().send('POST', '/api/orders', { headers, body: word() });
    expect(cross.status).toBe(403);
    expect(signed).toEqual([]);
  });
});
