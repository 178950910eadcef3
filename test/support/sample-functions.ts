import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../infra/local/clock';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { type FunctionDefinition } from '../../infra/local/function-host/function-definition';
import {
  type FunctionHost,
  type FunctionHostOptions,
  startFunctionHost,
} from '../../infra/local/function-host/function-host';
import { type InvocationRecord } from '../../infra/local/function-host/invocation-runner';
import { ensureBuilt } from './build';

export const ACCOUNT_ID = '1234567890123456';
export const REGION_ID = 'cn-hangzhou';

/** A function whose bundle is the given source text, or already lies in `codeDirectory`. */
export interface Sample extends Partial<Omit<FunctionDefinition, 'functionName'>> {
  readonly source?: string;
}

export interface SampleHost {
  readonly host: FunctionHost;
  readonly accessKeys: AccessKeys;
  readonly key: { readonly accessKeyId: string; readonly accessKeySecret: string };
  readonly records: InvocationRecord[];
  stop(): Promise<void>;
}

const DEFAULTS: Omit<FunctionDefinition, 'functionName' | 'codeDirectory'> = {
  handler: 'index.handler',
  timeoutMs: 3000,
  memoryMegabytes: 128,
  environmentVariables: {},
  reservedConcurrency: null,
  initializer: null,
  preStop: null,
  asyncInvoke: { eventAgeMaxMs: 60_000, retryAttemptsMax: 1 },
  httpTrigger: null,
  timers: [],
  hasEventBridgeTrigger: false,
};

/** A Function Compute host on real sockets and processes, with these functions, named `evenkeel-<name>`. */
export async function startSampleHost(
  samples: Readonly<Record<string, Sample>>,
  options: Partial<FunctionHostOptions> = {},
): Promise<SampleHost> {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-functions-'));
  const functions = Object.entries(samples).map(([name, { source, ...settings }]) => {
    const codeDirectory = settings.codeDirectory ?? mkdtempSync(join(folder, `${name}-`));
    if (source !== undefined) writeFileSync(join(codeDirectory, 'index.js'), source);
    return { ...DEFAULTS, ...settings, functionName: `evenkeel-${name}`, codeDirectory };
  });
  const key = randomAccessKey(ACCOUNT_ID);
  const accessKeys = new AccessKeys([key]);
  const clock = realClock();
  const records: InvocationRecord[] = [];
  const host = await startFunctionHost({
    functions,
    clock,
    region: REGION_ID,
    accountId: ACCOUNT_ID,
    accessKeys,
    credentialsFor: () => accessKeys.issueTemporary(ACCOUNT_ID, clock.now(), 3_600_000),
    onInvocation: (record) => records.push(record),
    ...options,
  });
  return {
    host,
    accessKeys,
    key,
    records,
    stop: async () => {
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
