import { BUDGET_SPENT, CloudError } from '../../domain/cloud-error';
import { millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type CallOptions } from '../../ports/load-balancer';
import { type Random } from '../../ports/random';
import { type Rpc, type RpcRequest } from './rpc';

export interface RetrySettings {
  /** Calls in all, the first included. Default 4. */
  readonly attemptsMax?: number;
  /** Longest wait before the second attempt; doubles each time. Default 200 ms. */
  readonly backOffMs?: number;
}

export interface RetryingRpcOptions extends RetrySettings {
  readonly rpc: Rpc;
  readonly clock: Clock;
  readonly random: Random;
}

/** Many wait for the same next token of a budget, and one gets it: the others spread over so long, doubling each time. */
const QUEUE_MS = 1_000;

/**
 * Repeats calls that failed with reaction `retry`, inside the deadline, waiting a random share of a doubling back-off, or
 * as long as the vendor asked (`x-acs-retry-after`). A call that may have taken effect is never repeated here: its caller
 * reads again first. Reads are never ambiguous, so a lost reply to one is asked for again.
 */
export class RetryingRpc implements Rpc {
  private readonly options: RetryingRpcOptions;

  constructor(options: RetryingRpcOptions) {
    this.options = options;
  }

  async call(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.options.rpc.call(request, options);
      } catch (error) {
        const waitMs = this.waitBefore(error, attempt);
        if (waitMs === null || this.options.clock.now() + waitMs >= options.deadline) throw error;
        await this.options.clock.sleep(millis(waitMs));
      }
    }
  }

  private waitBefore(error: unknown, attempt: number): number | null {
    const { attemptsMax = 4, backOffMs = 200, random } = this.options;
    if (!(error instanceof CloudError)) return null;
    const { reaction, isAmbiguous, retryAfterMs, code } = error.details;
    if (reaction !== 'retry' || isAmbiguous || attempt >= attemptsMax) return null;
    if (code === BUDGET_SPENT && retryAfterMs !== undefined)
      return retryAfterMs + Math.ceil(random.next() * QUEUE_MS * 2 ** (attempt - 1));
    return retryAfterMs ?? Math.ceil(random.next() * backOffMs * 2 ** (attempt - 1));
  }
}
