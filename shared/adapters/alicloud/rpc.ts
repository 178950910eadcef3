import { type CallOptions } from '../../ports/load-balancer';

/** One RPC call of the vendor's OpenAPI. `query` holds nested values; the caller flattens them (`Tag.1.Key`). */
export interface RpcRequest {
  readonly product: 'Slb' | 'Ecs' | 'Cms' | 'Alidns';
  readonly version: string;
  readonly action: string;
  readonly query: Readonly<Record<string, unknown>>;
}

/**
 * Sends one RPC call and returns the reply body. Throws `CloudError`, classified by the error table.
 * Two implementations: the signed HTTP client, and the local region's models called in process.
 */
export interface Rpc {
  call(request: RpcRequest, options: CallOptions): Promise<Readonly<Record<string, unknown>>>;
}
