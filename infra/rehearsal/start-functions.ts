import { join } from 'node:path';
import { realClock } from '../local/clock';
import { startFunctionHost, type FunctionHost } from '../local/function-host/function-host';
import { type InvocationRecord } from '../local/function-host/invocation-runner';
import { readServerlessFile } from '../local/function-host/serverless-file';
import { type LocalRegion } from '../local/region';
import { repositoryRoot } from '../local/repository';

export interface FunctionsOptions {
  readonly policyFile: string;
  /** Whether timer triggers fire. */
  readonly hasTimers: boolean;
  readonly onInvocation: (record: InvocationRecord) => void;
  /** Least time that any function has, whatever `s.yaml` says: on a machine that does much else a cold start takes seconds. */
  readonly timeoutMsMin?: number;
  /** Port of the host; a free one by default. */
  readonly port?: number;
  /** Added to every function’s environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Evenkeel's functions as `s.yaml` declares them, on a Function host beside a region. */
export interface Functions {
  readonly host: FunctionHost;
  /** What alarms must present to on-alarm. */
  readonly alarmSecret: string;
  /** Where alarms call: on-alarm with its secret. */
  readonly alarmCallback: string;
  /** Where on-alarm listens. */
  readonly triggerUrl: string;
  /** Where the console is, and with what people sign in there. */
  readonly consoleUrl: string;
  readonly consoleSecret: string;
}

const CREDENTIALS_LAST_MS = 36 * 3_600_000;

/** Starts the built functions on a Function host. Rejects when `s.yaml` cannot be read or a port not be opened. */
export async function startFunctions(
  region: LocalRegion,
  options: FunctionsOptions,
): Promise<Functions> {
  const { regionId, accountId, accessKeys, endpoints, times } = region;
  const alarmSecret = `rehearsal-${region.accessKeySecret}`;
  const consoleSecret = `console-${region.accessKeySecret}`;
  const { timeoutMsMin = 0 } = options;
  const declared = readServerlessFile(join(repositoryRoot(), 's.yaml'), { env: {}, accountId }).map(
    (one) => ({ ...one, timeoutMs: Math.max(one.timeoutMs, timeoutMsMin) }),
  );
  const host = await startFunctionHost({
    functions: options.hasTimers ? declared : declared.map((one) => ({ ...one, timers: [] })),
    clock: realClock(),
    region: regionId,
    accountId,
    accessKeys,
    ...(options.port === undefined ? {} : { port: options.port }),
    credentialsFor: () => accessKeys.issueTemporary(accountId, Date.now(), CREDENTIALS_LAST_MS),
    environment: (endpoint) => ({
      EVENKEEL_POLICY: options.policyFile,
      EVENKEEL_OPENAPI_ENDPOINT: endpoints.openapi,
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_FC_ENDPOINT: endpoint,
      EVENKEEL_ALARM_SECRET: alarmSecret,
      EVENKEEL_CONSOLE_SECRET: consoleSecret,
      EVENKEEL_METRIC_PERIOD: `${times.metricPeriodMs}ms`,
      ...options.environment,
    }),
    timerMinuteMs: times.timerPeriodMs,
    onInvocation: options.onInvocation,
  });
  const triggerUrl = host.triggerUrls.get('evenkeel-on-alarm');
  const consoleUrl = host.triggerUrls.get('evenkeel-console');
  if (triggerUrl === undefined || consoleUrl === undefined)
    throw new Error('s.yaml declares no HTTP trigger for on-alarm or console.');
  const alarmCallback = `${triggerUrl}/${alarmSecret}`;
  return { host, alarmSecret, alarmCallback, triggerUrl, consoleUrl, consoleSecret };
}
