import { checksum } from '../operation-id';
import { type Instant } from '../units';
import { type MoveMemory, type NameMemory } from './name-memory';
import { type NamePolicy, type SitePolicy } from './name-policy';
import { type NameReasonCode } from './name-reasons';
import { type Approval, type NameSnapshot } from './name-snapshot';

/**
 * The same move has the same id in every tick, so that a person’s word about it and its place in the window of velocity are found
 * again. `since` is when the outage, the order or the practice began.
 */
export const moveIdOf = (
  name: string,
  siteName: string,
  kind: MoveMemory['kind'],
  since: Instant,
): string => `${kind}-${checksum([name, siteName, kind, String(since)])}`;

export const hasBegun = (moveId: string, { moves }: Pick<NameMemory, 'moves'>): boolean =>
  moves.some((move) => move.moveId === moveId);

/**
 * Whether a person has to say yes first: a stateful site may lose data, and the first failover of a name shows whether all was set
 * up well. A person’s own order is that yes, and a move that has begun goes on.
 */
export function needsApproval(
  move: { readonly moveId: string; readonly reason: NameReasonCode },
  { isStateful }: Pick<SitePolicy, 'isStateful'>,
  memory: Pick<NameMemory, 'moves'>,
  { approval }: Pick<NamePolicy, 'approval'>,
): boolean {
  if (move.reason === 'failover-ordered' || hasBegun(move.moveId, memory)) return false;
  const isFirst = memory.moves.every(({ kind }) => kind !== 'failover');
  return isStateful || (approval.firstFailover && isFirst);
}

/** The last valid word of a person about a move: not expired, not used. */
export function wordOn(
  moveId: string,
  { approvals, memory, takenAt }: Pick<NameSnapshot, 'approvals' | 'memory' | 'takenAt'>,
): Approval | undefined {
  return approvals
    .filter((approval) => approval.moveId === moveId && approval.until > takenAt)
    .filter(({ approvalId }) => !memory.usedApprovals.includes(approvalId))
    .reduce<Approval | undefined>(
      (last, each) => (last === undefined || each.at >= last.at ? each : last),
      undefined,
    );
}
