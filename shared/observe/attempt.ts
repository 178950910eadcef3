import { BUDGET_SPENT, CloudError } from '../domain/cloud-error';
import { missing, type MissingReason, type Reading } from '../domain/reading';
import { type Clock } from '../ports/clock';
import { type Log } from '../ports/log';

/** Why a read came to nothing, in place of what it would have given. */
export interface NotRead {
  readonly missing: MissingReason;
}

/**
 * A read that may fail without failing the tick: the caller turns `undefined` into a missing signal.
 * Only cloud errors are expected; anything else is a programmer's error and goes up.
 */
export async function attempt<T>(
  what: string,
  log: Log,
  read: () => Promise<T>,
): Promise<T | undefined> {
  const found = await attemptOr(what, log, async () => ({ value: await read() }));
  return 'missing' in found ? undefined : found.value;
}

/** The same, where the tick tells why there is nothing: it could not be read, or the account's calls are used up. */
export async function attemptOr<T extends object>(
  what: string,
  log: Log,
  read: () => Promise<T>,
): Promise<T | NotRead> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { code, action, requestId } = error.details;
    log.warn(`could not read ${what}`, { code, action, requestId });
    return { missing: code === BUDGET_SPENT ? 'budget-spent' : 'read-failed' };
  }
}

/** A read that may fail, as a reading. An answer is as old as its question: however late it comes, it says nothing newer. */
export async function readOnce<T>(
  what: string,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  read: () => Promise<T>,
): Promise<Reading<T>> {
  const sampledAt = clock.now();
  const value = await attempt(what, log, read);
  if (value === undefined) return missing('read-failed');
  return { kind: 'ok', value, sampledAt };
}
