import { CloudError } from '../../domain/cloud-error';
import { millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type FunctionInvoker } from '../../ports/function-invoker';
import { type CallOptions } from '../../ports/load-balancer';
import { type Random } from '../../ports/random';

export interface RetryingInvokerOptions {
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly random: Random;
  /** Tries in all, the first included. Default 4. */
  readonly attemptsMax?: number;
  /** Longest wait before the second try; doubles each time. Default 200 ms. */
  readonly backOffMs?: number;
}

/** What Function Compute queues at most (its limits page: 128 KB for an asynchronous call). */
export const PAYLOAD_BYTES_MAX = 128 * 1024;

/**
 * Enqueues again what Function Compute did not take: throttled (429), briefly out of order, or without an answer. A few tries inside the
 * deadline, after a random share of a doubling wait, so that many callers who were refused at once do not come back at once. Two
 * wake-ups for one are a look more, so that a lost answer is no reason to stop. Calls that wait for a reply are sent once.
 */
export class RetryingInvoker implements FunctionInvoker {
  private readonly options: RetryingInvokerOptions;

  constructor(options: RetryingInvokerOptions) {
    this.options = options;
  }

  async enqueue(functionName: string, payload: unknown, options: CallOptions): Promise<void> {
    checkSize(functionName, payload);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.options.invoker.enqueue(functionName, payload, options);
        return;
      } catch (error) {
        const waitMs = this.waitBefore(error, attempt);
        if (waitMs === null || this.options.clock.now() + waitMs >= options.deadline) throw error;
        await this.options.clock.sleep(millis(waitMs));
      }
    }
  }

  call(functionName: string, payload: unknown, options: CallOptions): Promise<unknown> {
    return this.options.invoker.call(functionName, payload, options);
  }

  private waitBefore(error: unknown, attempt: number): number | null {
    const { attemptsMax = 4, backOffMs = 200, random } = this.options;
    if (!(error instanceof CloudError) || error.details.reaction !== 'retry') return null;
    if (attempt >= attemptsMax) return null;
    return error.details.retryAfterMs ?? Math.ceil(random.next() * backOffMs * 2 ** (attempt - 1));
  }
}

/** The platform would refuse it each time; said before anything is sent. */
function checkSize(functionName: string, payload: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(payload), 'utf8');
  if (bytes <= PAYLOAD_BYTES_MAX) return;
  throw new CloudError({
    action: 'InvokeFunction',
    code: 'PayloadTooLarge',
    reaction: 'stop',
    isAmbiguous: false,
    message: `${functionName} would be sent ${bytes} bytes; a queued call holds ${PAYLOAD_BYTES_MAX}`,
  });
}
