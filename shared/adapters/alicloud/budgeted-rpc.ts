import { callBudget, callsKept, type CallQuotas } from '../../domain/call-budget';
import { BUDGET_SPENT, CloudError } from '../../domain/cloud-error';
import { type CallOptions } from '../../ports/load-balancer';
import { type StateStore, StoreUnavailable } from '../../ports/state-store';
import { isReadAction } from './error-table';
import { type Rpc, type RpcRequest } from './rpc';

export interface BudgetedRpcOptions {
  readonly rpc: Rpc;
  readonly store: Pick<StateStore, 'takeTokens'>;
  readonly quotas: CallQuotas;
  /** Tells accounts that share a store apart. */
  readonly accountId: string;
  readonly regionId: string;
}

/**
 * Takes a token for each call, tries again included, from a bucket that all workers share: one for each account, region and API, as the
 * vendor counts. Whoever waits for a token is told how long, and whoever wraps this waits inside the deadline. Urgent writes find what
 * less urgent ones had to leave; reads of all pools are alike. Without the store nothing is written, as nobody could count it, and
 * `StoreUnavailable` is thrown; reading goes on, which people need most of all then.
 */
export class BudgetedRpc implements Rpc {
  private readonly options: BudgetedRpcOptions;

  constructor(options: BudgetedRpcOptions) {
    this.options = options;
  }

  async call(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    await this.takeToken(request, options);
    return this.options.rpc.call(request, options);
  }

  private async takeToken(request: RpcRequest, { priority }: CallOptions): Promise<void> {
    const { store, quotas } = this.options;
    const isRead = isReadAction(request.action);
    const { capacity, refillPerMinute } = callBudget(quotas[kindOf(request, isRead)]);
    const reserve = isRead ? 0 : callsKept(capacity, priority);
    try {
      const { isGranted, waitMs } = await store.takeTokens(this.bucketOf(request), {
        ...{ count: 1, capacity, refillPerMinute, reserve },
      });
      if (!isGranted) throw budgetSpent(request.action, waitMs);
    } catch (error) {
      if (!isRead || !(error instanceof StoreUnavailable)) throw error;
    }
  }

  private bucketOf({ product, action }: RpcRequest): string {
    const { accountId, regionId } = this.options;
    return `calls/${accountId}/${product === 'Alidns' ? 'all-regions' : regionId}/${product}/${action}`;
  }
}

function kindOf({ product }: RpcRequest, isRead: boolean): keyof CallQuotas {
  switch (product) {
    case 'Slb':
      return isRead ? 'loadBalancerReads' : 'loadBalancerWrites';
    case 'Ecs':
      return isRead ? 'instanceReads' : 'instanceWrites';
    case 'Alidns':
      return isRead ? 'dnsReads' : 'dnsWrites';
    case 'Cms':
      return 'metricReads';
  }
}

/** Told as a refusal that passes: `retryAfterMs` is when a token will be there. */
export const budgetSpent = (action: string, waitMs: number): CloudError =>
  new CloudError({
    ...{ action, code: BUDGET_SPENT, reaction: 'retry', isAmbiguous: false, retryAfterMs: waitMs },
    message: `the calls that the account may make are used up, or kept for more urgent ones, for ${waitMs} ms`,
  });
