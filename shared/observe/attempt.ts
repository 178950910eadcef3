import { CloudError } from '../domain/cloud-error';
import { type Log } from '../ports/log';

/**
 * A read that may fail without failing the tick: the caller turns `undefined` into a missing signal.
 * Only cloud errors are expected; anything else is a programmer's error and goes up.
 */
export async function attempt<T>(
  what: string,
  log: Log,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    log.warn(`could not read ${what}`, {
      code: error.details.code,
      action: error.details.action,
      requestId: error.details.requestId,
    });
    return undefined;
  }
}
