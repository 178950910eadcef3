import { type Instant } from '../../domain/units';
import { type CallOptions } from '../../ports/load-balancer';
import { isReadAction } from './error-table';
import { type Rpc, type RpcRequest } from './rpc';

type Reply = Readonly<Record<string, unknown>>;

/**
 * One call for those who ask for the same at the same time: the shape of a load balancer and its members are one API. Only reads that are
 * on their way are shared, never replies, so that nobody gets an answer from before they asked for longer than a call takes; and never
 * with somebody whose deadline is sooner.
 */
export class SharedReadsRpc implements Rpc {
  private readonly rpc: Rpc;
  private readonly onTheirWay = new Map<
    string,
    { readonly reply: Promise<Reply>; readonly deadline: Instant }
  >();

  constructor(rpc: Rpc) {
    this.rpc = rpc;
  }

  call(request: RpcRequest, options: CallOptions): Promise<Reply> {
    if (!isReadAction(request.action)) return this.rpc.call(request, options);
    const key = JSON.stringify([request.product, request.action, request.query]);
    const known = this.onTheirWay.get(key);
    if (known !== undefined && known.deadline <= options.deadline) return known.reply;
    const reply = this.rpc.call(request, options);
    const entry = { reply, deadline: options.deadline };
    this.onTheirWay.set(key, entry);
    const end = (): void => {
      if (this.onTheirWay.get(key) === entry) this.onTheirWay.delete(key);
    };
    reply.then(end, end);
    return reply;
  }
}
