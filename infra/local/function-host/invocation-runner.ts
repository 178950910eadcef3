import { type LocalClock } from '../contracts';
import { type FunctionCredentials, type FunctionDefinition } from './function-definition';
import { type FunctionInstance, type InstanceAnswer } from './function-instance';
import { type InstancePool } from './instance-pool';

type FunctionErrorType =
  'UnhandledInvocationError' | 'HandledInvocationError' | 'InitializationError';

/** How an invocation ended once an instance took it: the function's reply, or the function's own fault. */
export interface InvocationReply {
  readonly requestId: string;
  readonly instanceId: string;
  readonly errorType: FunctionErrorType | null;
  readonly body: Buffer;
  readonly lines: readonly string[];
}

export interface Invocation {
  readonly definition: FunctionDefinition;
  readonly requestId: string;
  readonly event: Buffer;
  readonly retryCount: number;
}

/** One finished invocation, as the function's log shows it. */
export interface InvocationRecord {
  readonly functionName: string;
  readonly requestId: string;
  readonly at: number;
  readonly durationMs: number;
  readonly errorType: FunctionErrorType | null;
  readonly lines: readonly string[];
}

export interface RunnerOptions {
  readonly clock: LocalClock;
  readonly pool: InstancePool;
  readonly credentialsFor: (functionName: string) => FunctionCredentials;
  readonly onInvocation: (record: InvocationRecord) => void;
}

/** Runs invocations on instances, with the initializer before the first one of each. */
export class InvocationRunner {
  private readonly options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.options = options;
  }

  /** Throws `PlatformError` when no instance may take it; a function's own fault is part of the reply. */
  async run(invocation: Invocation): Promise<InvocationReply> {
    const { clock, pool } = this.options;
    const at = clock.now();
    const instance = pool.acquire(invocation.definition);
    try {
      const reply = await this.runOn(instance, invocation);
      const { requestId, errorType, lines } = reply;
      const functionName = invocation.definition.functionName;
      const durationMs = clock.now() - at;
      this.options.onInvocation({ functionName, requestId, at, durationMs, errorType, lines });
      return reply;
    } finally {
      pool.release(instance);
    }
  }

  private async runOn(
    instance: FunctionInstance,
    invocation: Invocation,
  ): Promise<InvocationReply> {
    const { requestId, definition } = invocation;
    const initialized = await this.initialize(instance, invocation);
    const answer =
      initialized ??
      (await instance.request(this.requestOf('invoke', invocation), definition.timeoutMs));
    const errorType = initialized === null ? errorTypeOf(answer) : 'InitializationError';
    const lines = [
      `FC Invoke Start RequestId: ${requestId}`,
      ...instance.takeLines(),
      `FC Invoke End RequestId: ${requestId}${errorType === null ? '' : `, Error: ${errorType}`}`,
    ];
    return { requestId, instanceId: instance.instanceId, errorType, body: answer.body, lines };
  }

  /** Null when there is nothing to do or it went well. */
  private async initialize(
    instance: FunctionInstance,
    invocation: Invocation,
  ): Promise<InstanceAnswer | null> {
    const { initializer } = invocation.definition;
    if (initializer === null || instance.isInitialized) return null;
    const answer = await instance.request(
      this.requestOf('initialize', invocation),
      initializer.timeoutMs,
    );
    if (answer.kind !== 'done') {
      instance.kill(); // the next call gets a fresh instance
      await instance.exited;
      return answer;
    }
    instance.isInitialized = true;
    return null;
  }

  private requestOf(kind: 'invoke' | 'initialize', invocation: Invocation) {
    const { requestId, event, retryCount, definition } = invocation;
    const credentials = this.options.credentialsFor(definition.functionName);
    return { kind, requestId, event, retryCount, credentials };
  }
}

function errorTypeOf(answer: InstanceAnswer): FunctionErrorType | null {
  if (answer.kind === 'done') return null;
  return answer.kind === 'failed' && answer.isHandled
    ? 'HandledInvocationError'
    : 'UnhandledInvocationError';
}
