import { type NamePolicy } from '../../domain/failover/name-policy';
import { nameLease } from '../../domain/store-keys';
import { instant } from '../../domain/units';
import { observeNameStore } from '../../observe/failover/observe-name-store';
import { type ApprovalRefusal, type ApprovalWord, takeApproval } from '../take-approval';
import { type NameReply } from './name-reply';
import { type NameRequest } from './name-request';
import { type OperateNameContext } from './operate-name-context';

const MESSAGES: Readonly<Record<Exclude<ApprovalRefusal, 'unknown-move'>, string>> = {
  'wrong-signature': 'The approval is not signed with the approval secret.',
  'wrong-name': 'The approval is about another name.',
  'from-the-future': 'The approval was signed by a clock that is ahead.',
  expired: 'The approval has expired: sign a new one.',
  'valid-too-long': 'The approval would hold for longer than the policy lets it.',
  replayed: 'The approval was sent before: each is good for one move.',
  contention: 'The approvals kept changing; try again.',
};

/** Stores a person’s signed yes or no about a move that waits for it; its tick uses it once. Throws `StoreUnavailable`. */
export async function approveMove(
  policy: NamePolicy,
  { word: signed, signature }: Extract<NameRequest, { verb: 'approve' }>,
  context: OperateNameContext,
): Promise<NameReply> {
  const { store, clock, signatures, approvalSecrets: secrets } = context;
  if (secrets.length === 0)
    return {
      kind: 'refused',
      code: 'no-approval-secret',
      message: 'The policy names no approvalSecret: nothing can be approved.',
    };
  const word = wordOf(signed);
  const now = clock.now();
  const { memory } = await observeNameStore(policy, context);
  const refusal = await takeApproval(word, signature, {
    ...{ policy, memory, secrets, signatures, store, now },
  });
  if (refusal !== null)
    return {
      kind: 'refused',
      code: refusal,
      message:
        refusal === 'unknown-move'
          ? `${policy.name} has no move ${word.moveId} that waits for approval; waiting: ${memory.pending.map(({ moveId }) => moveId).join(', ') || 'none'}.`
          : MESSAGES[refusal],
    };
  const reason = `${word.moveId} ${word.isGranted ? 'approved' : 'refused'} by ${word.by}`;
  await store.markDirty(nameLease(policy.name), { reason, at: now });
  return { kind: 'approval-stored', name: policy.name, approval: word };
}

const wordOf = (signed: Extract<NameRequest, { verb: 'approve' }>['word']): ApprovalWord => ({
  ...signed,
  at: instant(signed.at),
  until: instant(signed.until),
});
