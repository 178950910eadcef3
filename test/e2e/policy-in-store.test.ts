import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../infra/local/clock';
import {
  type FunctionHost,
  startFunctionHost,
} from '../../infra/local/function-host/function-host';
import { readServerlessFile } from '../../infra/local/function-host/serverless-file';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { repositoryRoot } from '../../infra/local/repository';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { CloudError } from '../../shared/domain/cloud-error';
import { instant } from '../../shared/domain/units';
import { operatePolicy } from '../../shared/operate/policy/operate-policy';
import { policyRequest } from '../../shared/operate/policy/policy-request';
import { ensureBuilt } from '../support/build';
import { policyText } from '../support/policy-texts';

const ACCOUNT = '1234567890123456';
const key = randomAccessKey(ACCOUNT);
const accessKeys = new AccessKeys([key]);
const logged: string[] = [];
let folder: string;
let host: FunctionHost;

beforeAll(async () => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-policy-functions-'));
  // No pools: the file says where the store is, and nothing else.
  const place = 'version: 1\nregion: cn-hangzhou\nstore: { kind: file, path: state }\n';
  writeFileSync(join(folder, 'evenkeel.yaml'), place);
  host = await startFunctionHost({
    functions: readServerlessFile(join(repositoryRoot(__dirname), 's.yaml'), {
      env: { EVENKEEL_POLICY_FROM: 'store' },
      accountId: ACCOUNT,
    }).map((one) => ({ ...one, timers: [], timeoutMs: 60_000 })),
    clock: realClock(),
    region: 'cn-hangzhou',
    accountId: ACCOUNT,
    accessKeys,
    credentialsFor: () => accessKeys.issueTemporary(ACCOUNT, Date.now(), 3_600_000),
    onInvocation: ({ lines }) => void logged.push(...lines),
    environment: (endpoint) => ({
      EVENKEEL_POLICY: join(folder, 'evenkeel.yaml'),
      EVENKEEL_OPENAPI_ENDPOINT: '127.0.0.1:1',
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_FC_ENDPOINT: endpoint,
    }),
  });
}, 60_000);
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

const call = async (name: string, payload: unknown): Promise<unknown> =>
  new NativeFunctionInvoker({
    endpoint: new URL(host.url).host,
    protocol: 'HTTP',
    accountId: ACCOUNT,
    regionId: 'cn-hangzhou',
    credentials: givenCredentials(key),
    clock: new SystemClock(),
  }).call(`evenkeel-${name}`, payload, { deadline: instant(Date.now() + 40_000) });
const TIMER = { triggerTime: '2026-01-01T00:00:00Z', triggerName: 'every-minute', payload: '{}' };
const status = async () => call('operator', { verb: 'status' });
const push = (text: string, note = 'n') =>
  policyRequest.parse({ verb: 'policy-push', text, by: 'ann', note });

describe('functions whose policy is in the store', () => {
  it('say what to do while there is none, and take the first by their operator', async () => {
    await expect(call('on-timer', TIMER)).rejects.toThrow(CloudError);
    expect(logged.join('\n')).toContain('push one with `evenkeel policy push`');
    expect(await call('operator', push(policyText()))).toMatchObject({
      replies: [{ kind: 'policy-stored', stored: { version: 1 } }],
    });
    expect(await call('on-timer', TIMER)).toMatchObject({ kind: 'accepted', pools: 1 });
    expect(await status()).toMatchObject({ replies: [{ pools: [{ poolName: 'web' }] }] });
  });

  it('go by the next push with their next invocation, whoever pushed, and refuse a spoilt one', async () => {
    const store = new FileStateStore({ folder: join(folder, 'state'), clock: new SystemClock() });
    const two = `${policyText()}  - { name: api, targets: [{ loadBalancer: lb-2 }] }\n`;
    await operatePolicy(push(two), { store, clock: new SystemClock(), newId: () => 'elsewhere' });
    expect(await call('on-timer', TIMER)).toMatchObject({ kind: 'accepted', pools: 2 });
    expect(await status()).toMatchObject({
      replies: [{ pools: [{ poolName: 'web' }] }, { pools: [{ poolName: 'api' }] }],
    });
    expect(await call('operator', push(policyText('mode: obsrve')))).toMatchObject({
      replies: [{ kind: 'refused', code: 'invalid', problems: [{ path: 'pools[0].mode' }] }],
    });
    expect(await call('on-timer', TIMER)).toMatchObject({ pools: 2 });
  });
});
