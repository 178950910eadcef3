import { describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { type NamePolicy } from '../../../shared/domain/failover/name-policy';
import { approvalsKey } from '../../../shared/domain/store-keys';
import { instant, millis } from '../../../shared/domain/units';
import { type ApprovalWord, takeApproval } from '../../../shared/operate/take-approval';
import { TestClock } from '../../support/test-clock';

const VALID_MS = 600_000;
const POLICY = { name: 'shop', approval: { validMs: millis(VALID_MS) } } as NamePolicy;
const PENDING = { moveId: 'failover-1', siteName: 'hz', reason: 'waiting-for-approval' } as const;

function scene() {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const memory = {
    pending: [{ ...PENDING, askedAt: clock.now(), until: instant(clock.now() + VALID_MS) }],
    usedApprovals: ['used-before'],
  };
  const word = (more: Partial<ApprovalWord> = {}): ApprovalWord => ({
    ...{ name: 'shop', approvalId: 'approval-1', moveId: 'failover-1', by: 'mei' },
    ...{ isGranted: true, at: clock.now(), until: instant(clock.now() + VALID_MS) },
    ...more,
  });
  const take = (one: ApprovalWord, secret = 'now') =>
    takeApproval(one, HMAC_SIGNATURES.sign('approval', one, secret), {
      ...{ policy: POLICY, memory, store, now: clock.now() },
      ...{ secrets: ['now', 'next'], signatures: HMAC_SIGNATURES },
    });
  const stored = async () => (await store.read(approvalsKey('shop')))?.value ?? [];
  return { clock, word, take, stored };
}

describe('a person’s signed word on a move', () => {
  it('is kept for the next tick, under the current and the next secret', async () => {
    const { word, take, stored } = scene();
    const { approvalId, moveId, by, isGranted, at, until } = word();
    const approval = { approvalId, moveId, by, isGranted, at, until };
    expect(await take(word())).toBeNull();
    expect(await take(word({ approvalId: 'approval-2', isGranted: false }), 'next')).toBeNull();
    expect(await stored()).toEqual([
      approval,
      { ...approval, approvalId: 'approval-2', isGranted: false },
    ]);
  });

  it.each<[string, Partial<Record<keyof ApprovalWord, unknown>>, string]>([
    ['about another name', { name: 'blog' }, 'wrong-name'],
    ['about a move that nobody waits for', { moveId: 'failover-2' }, 'unknown-move'],
    ['that was used', { approvalId: 'used-before' }, 'replayed'],
  ])('%s is refused', async (_what, more, code) => {
    const { word, take, stored } = scene();
    expect(await take(word(more as Partial<ApprovalWord>))).toBe(code);
    expect(await stored()).toEqual([]);
  });

  it.each([
    [0, 0, 'expired'],
    [5_001, 10_000, 'from-the-future'],
    [5_000, 10_000, null],
    [0, VALID_MS + 1, 'valid-too-long'],
    [-VALID_MS, 1, 'valid-too-long'],
  ])('from %d to %d ms from now: %s', async (from, to, code) => {
    const { clock, word, take } = scene();
    const at = instant(clock.now() + from);
    expect(await take(word({ at, until: instant(clock.now() + to) }))).toBe(code);
  });

  it('that is forged is refused, before anything else is told', async () => {
    const { word, take, stored } = scene();
    expect(await take(word({ name: 'blog' }), 'guessed')).toBe('wrong-signature');
    expect(await stored()).toEqual([]);
  });

  it('is taken once, and dropped when its time is over', async () => {
    const { clock, word, take, stored } = scene();
    expect(await take(word())).toBeNull();
    expect(await take(word())).toBe('replayed');
    expect(await stored()).toHaveLength(1);
    clock.advance(VALID_MS);
    expect(await take(word({ approvalId: 'approval-2' }))).toBeNull();
    expect(await stored()).toMatchObject([{ approvalId: 'approval-2' }]);
  });
});
