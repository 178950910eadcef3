import { type PoolPolicy } from '../domain/policy';
import { type Reversal, reversalAt } from '../domain/reversal';
import { poolLease, reversalKey } from '../domain/store-keys';
import { instant } from '../domain/units';
import { isReadableReversal } from '../observe/readable-memory';
import { updateDocument } from '../ports/update-document';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';
import { type OperatorRequest } from './operator-request';
import { planPool } from './plan-pool';

type RevertRequest = Extract<OperatorRequest, { verb: 'revert' | 'end-revert' }>;

/**
 * Orders that what healing did to a pool be taken back: every weight that it lowered returns to its base weight with the next tick,
 * under the guards, and healing changes and repairs nothing until the order ends or is taken back. Who comes and who goes is no
 * part of it. With `isPlan` nothing is written, and the reply is what the next tick would do. A repeated order replaces the earlier
 * one; taking back what nobody ordered is no error. Throws `StoreUnavailable`, and planning `CloudError`.
 */
export async function orderReversal(
  policy: PoolPolicy,
  request: RevertRequest,
  context: OperateContext,
): Promise<OperatorReply> {
  const { ports } = context;
  const now = ports.clock.now();
  const reversal = wishOf(request, now);
  if (reversal !== null && reversal.until <= now)
    return refuse('past-time', 'The order would be over before it began.');
  if (request.verb === 'revert' && request.isPlan && reversal !== null)
    return { kind: 'plans', plans: [await planPool(policy, context, { reversal })] };
  const before = await updateDocument<Reversal | null>(
    ports.store,
    reversalKey(policy.name),
    (value) => ({
      next: reversal,
      result: (isReadableReversal(value) ? reversalAt(value, now) : undefined) ?? null,
    }),
  );
  if (before === undefined)
    return refuse('contention', `The orders of ${policy.name} kept changing; try again.`);
  const reason = `${request.verb} ordered by ${request.by}`;
  await ports.store.markDirty(poolLease(policy.name), { reason, at: now });
  return { kind: 'reversal-changed', poolName: policy.name, reversal, before };
}

const wishOf = (request: RevertRequest, at: Reversal['at']): Reversal | null =>
  request.verb === 'end-revert'
    ? null
    : { by: request.by, reason: request.reason, at, until: instant(request.until) };

const refuse = (code: 'past-time' | 'contention', message: string): OperatorReply => ({
  kind: 'refused',
  code,
  message,
});
