/** What Function Compute hands a Node.js handler beside the event. It has no call that tells the remaining time. */
export interface FcContext {
  readonly requestId: string;
  /** Of the function's role, for this invocation; absent when the function has none. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly accessKeySecret: string;
    readonly securityToken: string;
  };
  /** `timeout` in seconds, `memory` in MB. */
  readonly function: { readonly name: string; readonly timeout: number; readonly memory: number };
  readonly region: string;
  readonly accountId: string;
  readonly retryCount?: number;
  readonly logger: Readonly<Record<'info' | 'warn' | 'error', (line: string) => void>>;
}

/** A handler as Function Compute calls it: the event is always the payload's bytes. */
export type FcHandler = (event: Buffer, context: FcContext) => Promise<unknown>;
