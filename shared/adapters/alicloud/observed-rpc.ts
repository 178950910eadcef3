import { BUDGET_SPENT, CloudError } from '../../domain/cloud-error';
import { type CallOptions } from '../../ports/load-balancer';
import { type Trace, UNTRACED } from '../../ports/trace';
import { type CallTally } from './call-tally';
import { type Rpc, type RpcRequest } from './rpc';

export interface ObservedRpcOptions {
  readonly rpc: Rpc;
  readonly tally: CallTally;
  readonly trace?: Trace | undefined;
  readonly regionId: string;
}

/** What became of a call, as metrics and traces name it. */
type CallOutcome = 'ok' | 'throttled' | 'budget' | 'refused' | 'failed';

const THROTTLED = /throttl|TooManyRequests|ResourceExhausted|LimitExceeded\.Frequency/i;

/**
 * What became of a call that failed: `throttled` by the vendor, kept back by our own `budget`, `refused` where repeating cannot help,
 * else `failed`.
 */
export function outcomeOf(error: unknown): CallOutcome {
  if (!(error instanceof CloudError)) return 'failed';
  const { code, reaction, status } = error.details;
  if (code === BUDGET_SPENT) return 'budget';
  if (status === 429 || THROTTLED.test(code)) return 'throttled';
  return reaction === 'stop' ? 'refused' : 'failed';
}

/** Counts every call, tries again included, and makes a span of each. Parameters are nobody’s business. */
export class ObservedRpc implements Rpc {
  private readonly options: ObservedRpcOptions;

  constructor(options: ObservedRpcOptions) {
    this.options = options;
  }

  async call(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { trace = UNTRACED, regionId } = this.options;
    const { product, action } = request;
    return trace.call(
      `${product}.${action}`,
      async () => this.counted(request, options),
      () => ({
        ...{ 'evenkeel.api': action, 'evenkeel.product': product, 'cloud.region': regionId },
      }),
    );
  }

  private async counted(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { rpc, tally } = this.options;
    try {
      const reply = await rpc.call(request, options);
      tally.add(request.action, 'ok');
      return reply;
    } catch (error) {
      tally.add(request.action, outcomeOf(error));
      throw error;
    }
  }
}
