/**
 * What a caller should do about a failed cloud call. The vendor's codes are mapped to it in one table
 * (`adapters/alicloud/error-table.ts`); nothing else looks at a code.
 *
 * - `retry`: throttled or briefly unavailable; try again later, with back-off, inside the deadline
 * - `wait-for-lock`: the load balancer or server group is still applying an earlier change
 * - `fall-back`: this option cannot be had (stock, zone, price); another one may
 * - `stop`: wrong request, permission or quota; repeating it cannot help, a person must act
 * - `already-so`: the world is already in the wanted state (not found on delete, duplicate on add)
 */
export type Reaction = 'retry' | 'wait-for-lock' | 'fall-back' | 'stop' | 'already-so';

/** A code of ours: the call was kept back, because the account’s calls are used up or kept for more urgent ones. */
export const BUDGET_SPENT = 'BudgetSpent';

export interface CloudErrorDetails {
  readonly reaction: Reaction;
  /** The vendor's code, or one of ours: `Timeout`, `ConnectionFailed`, `UnreadableReply`. */
  readonly code: string;
  readonly action: string;
  readonly requestId?: string;
  readonly status?: number;
  /** True when the call may have taken effect all the same (time-out, reset, unreadable reply): re-read before writing again. */
  readonly isAmbiguous: boolean;
  /** True when the caller lacks the permission, a valid key or credit: every call of this action would be refused. */
  readonly isDenied?: true;
  readonly retryAfterMs?: number;
  readonly message: string;
  readonly cause?: unknown;
}

/** The one error class that leaves an adapter. Messages never carry secrets, signatures or URLs. */
export class CloudError extends Error {
  readonly details: CloudErrorDetails;
  constructor(details: CloudErrorDetails) {
    super(`${details.action}: ${details.code}: ${details.message}`, { cause: details.cause });
    this.name = 'CloudError';
    this.details = details;
  }
}
