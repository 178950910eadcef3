import { type FunctionCredentials } from './function-definition';

/** What the host tells an instance. `retryCount` is the index of an asynchronous try. */
export interface InstanceRequest {
  readonly kind: 'initialize' | 'invoke' | 'pre-stop';
  readonly requestId: string;
  readonly event: Uint8Array;
  readonly credentials: FunctionCredentials;
  readonly retryCount: number;
}

/** The error body that Function Compute sends for a function's own fault. */
export interface FunctionFault {
  readonly errorMessage: string;
  readonly errorType: string;
  readonly stackTrace: readonly string[];
}

/** What an instance tells the host. */
export type InstanceMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'done'; readonly requestId: string; readonly body: Uint8Array }
  | {
      readonly kind: 'failed';
      readonly requestId: string;
      readonly isHandled: boolean;
      readonly fault: FunctionFault;
    };

/** What does not change over an instance's life, passed as one environment variable. */
export interface InstanceSettings {
  readonly handler: string;
  readonly initializer: string | null;
  readonly preStop: string | null;
  readonly functionName: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly region: string;
  readonly accountId: string;
}

export const SETTINGS_VARIABLE = 'EVENKEEL_LOCAL_INSTANCE';
