import { type NamePolicy } from '../domain/failover/name-policy';
import { type Approval, type NameSnapshot } from '../domain/failover/name-snapshot';
import { CLOCK_SKEW_MS } from '../domain/reading';
import { approvalsKey } from '../domain/store-keys';
import { type Instant, since } from '../domain/units';
import { type Signatures } from '../ports/signatures';
import { type StateStore } from '../ports/state-store';
import { changeDocument } from './change-document';

/** What a person signs: a word on one move of one name. */
export type ApprovalWord = Approval & { readonly name: string };

export type ApprovalRefusal =
  | 'wrong-signature'
  | 'wrong-name'
  | 'from-the-future'
  | 'expired'
  | 'valid-too-long'
  | 'unknown-move'
  | 'replayed'
  | 'contention';

export interface ApprovalContext {
  readonly policy: NamePolicy;
  readonly memory: Pick<NameSnapshot['memory'], 'pending' | 'usedApprovals'>;
  /** Current and next secret; none where nothing can be approved. */
  readonly secrets: readonly string[];
  readonly signatures: Signatures;
  readonly store: StateStore;
  readonly now: Instant;
}

/**
 * Checks a person's signed word on a move that waits for one, and stores it for the next tick; null when it was taken. A word is good for one
 * move, at most `approval.validMs` long, and once: a copy is refused while it is kept and after it was used. Throws `StoreUnavailable`.
 */
export async function takeApproval(
  word: ApprovalWord,
  signature: string,
  context: ApprovalContext,
): Promise<ApprovalRefusal | null> {
  const { signatures, secrets, policy, store, now } = context;
  if (!signatures.isSigned('approval', word, signature, secrets)) return 'wrong-signature';
  const refusal = refusalOf(word, context);
  if (refusal !== null) return refusal;
  const { approvalId, moveId, by, isGranted, at, until } = word;
  const approval: Approval = { approvalId, moveId, by, isGranted, at, until };
  const found = { isCopy: false };
  const isStored = await changeDocument(approvalsKey(policy.name), store, (value) => {
    const stored = Array.isArray(value) ? (value as Approval[]) : [];
    const kept = stored.filter((one) => one.until > now);
    found.isCopy = kept.some((one) => one.approvalId === approvalId);
    return found.isCopy ? kept : [...kept, approval];
  });
  if (!isStored) return 'contention';
  return found.isCopy ? 'replayed' : null;
}

function refusalOf(
  { name, approvalId, moveId, at, until }: ApprovalWord,
  { policy, memory, now }: ApprovalContext,
): ApprovalRefusal | null {
  if (name !== policy.name) return 'wrong-name';
  if (since(now, at) > CLOCK_SKEW_MS) return 'from-the-future';
  if (until <= now) return 'expired';
  if (since(at, until) > policy.approval.validMs) return 'valid-too-long';
  if (memory.usedApprovals.includes(approvalId)) return 'replayed';
  return memory.pending.some((one) => one.moveId === moveId) ? null : 'unknown-move';
}
