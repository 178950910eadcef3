/** One deployed function, as `s.yaml` declares it, in our own units. */
export interface FunctionDefinition {
  readonly functionName: string;
  /** `<file>.<export>`, looked up in `codeDirectory`. */
  readonly handler: string;
  readonly codeDirectory: string;
  readonly timeoutMs: number;
  readonly memoryMegabytes: number;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** Most instances at once; null: only the region's quota limits it. */
  readonly reservedConcurrency: number | null;
  readonly initializer: LifecycleHook | null;
  readonly preStop: LifecycleHook | null;
  readonly asyncInvoke: AsyncInvokeSettings;
  readonly httpTrigger: HttpTriggerSettings | null;
  readonly timers: readonly TimerSettings[];
  readonly hasEventBridgeTrigger: boolean;
}

interface LifecycleHook {
  readonly handler: string;
  readonly timeoutMs: number;
}

interface AsyncInvokeSettings {
  readonly eventAgeMaxMs: number;
  /** Tries after the first one. */
  readonly retryAttemptsMax: number;
}

interface HttpTriggerSettings {
  readonly triggerName: string;
  readonly methods: readonly string[];
}

export interface TimerSettings {
  readonly triggerName: string;
  readonly everyMinutes: number;
  readonly payload: string;
}

/** Credentials of the function's role, renewed for each invocation. */
export interface FunctionCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
}
