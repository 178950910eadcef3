import { type CallOptions } from './load-balancer';

/** Calls one of our own functions. `service` is set for FC 2.0 deployments only. Throws `CloudError`. */
export interface FunctionInvoker {
  /** Queued, at least once. Resolves when the platform accepted it. */
  enqueue(functionName: string, payload: unknown, options: CallOptions): Promise<void>;
  /** Waits for the reply. A function error is thrown, though the platform says 200. */
  call(functionName: string, payload: unknown, options: CallOptions): Promise<unknown>;
}
