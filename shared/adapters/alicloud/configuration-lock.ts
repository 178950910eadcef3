import { CloudError, type CloudErrorDetails } from '../../domain/cloud-error';
import { type Instant, millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type Random } from '../../ports/random';

/** Waits for the load balancer's configuration lock: `firstMs` to three times that at random, doubling up to `maxMs`. */
export interface LockWait {
  /** Default 1,000 ms. */
  readonly firstMs: number;
  /** Default 30,000 ms. */
  readonly maxMs: number;
}

export interface LockOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly lockWait?: LockWait | undefined;
}

/** How often a read-back that differs is read again: the vendor shows a change a moment after it accepted it. */
const READ_BACKS = 4;

/** Time as a load balancer needs it: one change at a time, and to be seen a moment later. */
export class ConfigurationLock {
  private readonly options: LockOptions;

  constructor(options: LockOptions) {
    this.options = options;
  }

  /** Sends a change, again while an earlier one is being applied. What went wrong, or undefined when it was accepted. */
  async send(
    change: () => Promise<unknown>,
    deadline: Instant,
  ): Promise<CloudErrorDetails | undefined> {
    const { clock, random, lockWait = { firstMs: 1000, maxMs: 30_000 } } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await change();
        return undefined;
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        const isLocked = error.details.reaction === 'wait-for-lock';
        const firstMs = lockWait.firstMs * (1 + 2 * random.next());
        const waitMs = Math.min(lockWait.maxMs, Math.ceil(firstMs * 2 ** attempt));
        if (!isLocked || this.isPast(deadline, waitMs)) return error.details;
        await clock.sleep(millis(waitMs));
      }
    }
  }

  /** Reads until what was accepted is to be seen, a few times. Throws an ambiguous `CloudError` when it cannot be read. */
  async readBack<T>(
    read: () => Promise<T>,
    isSettled: (found: T) => boolean,
    deadline: Instant,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const found = await read().catch(notReadBack);
      const waitMs = 100 * 2 ** attempt;
      if (isSettled(found) || attempt === READ_BACKS || this.isPast(deadline, waitMs)) return found;
      await this.options.clock.sleep(millis(waitMs));
    }
  }

  private isPast(deadline: Instant, waitMs: number): boolean {
    return this.options.clock.now() + waitMs >= deadline;
  }
}

function notReadBack(error: unknown): never {
  if (!(error instanceof CloudError)) throw error;
  const message = `written but not read back: ${error.details.message}`;
  throw new CloudError({ ...error.details, isAmbiguous: true, message });
}
