import { classifyVendorError } from '../../shared/adapters/alicloud/error-table';
import { type Rpc, type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { type CallOptions } from '../../shared/ports/load-balancer';

type Body = Readonly<Record<string, unknown>>;
type Answer = (query: Body, options: CallOptions) => Body;

/** Refuses a call as the vendor would. */
export function refuse(
  action: string,
  status: number,
  code: string,
  more: { readonly retryAfterMs?: number } = {},
): never {
  throw classifyVendorError({
    action,
    status,
    code,
    message: `${code} for ${action}`,
    requestId: 'R-1',
    ...more,
  });
}

/** An Rpc that answers each action by a function of its parameters, and keeps what it was asked. */
export class ScriptedRpc implements Rpc {
  readonly calls: RpcRequest[] = [];
  private readonly answers: Readonly<Record<string, Answer>>;

  constructor(answers: Readonly<Record<string, Answer>>) {
    this.answers = answers;
  }

  async call(request: RpcRequest, options: CallOptions): Promise<Body> {
    this.calls.push(request);
    await Promise.resolve();
    const answer =
      this.answers[request.action] ?? refuse(request.action, 400, 'UnsupportedOperation');
    return answer(request.query, options);
  }

  count(action: string): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  queries(action: string): readonly Body[] {
    return this.calls.filter((call) => call.action === action).map(({ query }) => query);
  }
}
