import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../infra/local/clock';
import {
  type FunctionHost,
  startFunctionHost,
} from '../../infra/local/function-host/function-host';
import { type InvocationRecord } from '../../infra/local/function-host/invocation-runner';
import { readServerlessFile } from '../../infra/local/function-host/serverless-file';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { repositoryRoot } from '../../infra/local/repository';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { FunctionRegionPools } from '../../shared/adapters/function-compute/region-pools';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { floorsKey, memoryKey, poolLease } from '../../shared/domain/store-keys';
import { instant } from '../../shared/domain/units';
import { ensureBuilt } from '../support/build';

const ACCOUNT = '1234567890123456';
const clock = new ManualClock(Math.ceil(Date.now() / 60_000) * 60_000 - 60_000 + 30_000);
const key = randomAccessKey(ACCOUNT);
const accessKeys = new AccessKeys([key]);
const records: InvocationRecord[] = [];
const requests: string[] = [];
let folder: string;
let openApi: Server;
let host: FunctionHost;
let store: FileStateStore;

const SCALE = {
  min: 2,
  max: 12,
  metrics: [{ signal: 'cpu', target: '60%' }],
  launch: {
    template: 'lt-1',
    options: [{ zone: 'cn-hangzhou-h', instanceType: 'ecs.c7.large' }],
  },
};

const since = (before: number, name: string) =>
  records.slice(before).filter((record) => record.functionName === `evenkeel-${name}`);
/** Lets queued work start on the standing clock, until nothing is left of it. */
const settle = async () => {
  const state = { isIdle: false };
  void host.idle().then(() => (state.isIdle = true));
  while (!state.isIdle) {
    await clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

beforeAll(async () => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-functions-'));
  openApi = createServer((request, response) => {
    requests.push(String(request.headers['x-acs-action']));
    request
      .resume()
      .on('end', () =>
        response
          .writeHead(403, { 'content-type': 'application/json' })
          .end('{"Code":"Forbidden.RAM","Message":"no","RequestId":"r"}'),
      );
  });
  await new Promise<void>((resolve) => openApi.listen(0, '127.0.0.1', resolve));
  const pools = Array.from({ length: 45 }, (_, index) => ({
    name: `p${index}`,
    mode: 'enforce',
    targets: [{ loadBalancer: `lb-${index}` }],
    ...(index === 4 && { scale: SCALE }),
  }));
  const policy = {
    version: 1,
    region: 'cn-hangzhou',
    store: { kind: 'file', path: join(folder, 'state') },
    archive: { path: join(folder, 'ticks') },
    pools,
  };
  writeFileSync(join(folder, 'evenkeel.yaml'), JSON.stringify(policy));
  store = new FileStateStore({ folder: join(folder, 'state'), clock: new SystemClock() });
  host = await startFunctionHost({
    functions: readServerlessFile(join(repositoryRoot(__dirname), 's.yaml'), {
      env: {},
      accountId: ACCOUNT,
    }),
    clock,
    region: 'cn-hangzhou',
    accountId: ACCOUNT,
    accessKeys,
    credentialsFor: () => accessKeys.issueTemporary(ACCOUNT, Date.now(), 3_600_000),
    onInvocation: (record) => records.push(record),
    environment: (endpoint) => ({
      EVENKEEL_POLICY: join(folder, 'evenkeel.yaml'),
      EVENKEEL_OPENAPI_ENDPOINT: `127.0.0.1:${(openApi.address() as AddressInfo).port}`,
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_FC_ENDPOINT: endpoint,
    }),
  });
}, 60_000);
afterAll(async () => {
  await host.stop();
  openApi.close();
  rmSync(folder, { recursive: true, force: true });
});

const invokerFor = (regionId: string) =>
  new NativeFunctionInvoker({
    endpoint: new URL(host.url).host,
    protocol: 'HTTP' as const,
    accountId: ACCOUNT,
    regionId,
    credentials: givenCredentials(key),
    clock: new SystemClock(),
  });
const soon = () => ({ deadline: instant(Date.now() + 20_000) });
const call = async (name: string, payload: unknown) =>
  invokerFor('cn-hangzhou').call(`evenkeel-${name}`, payload, soon());

describe('the functions from dist/ on the local Function host', () => {
  it('on-event rings once for the pool of an instance, for one event, a batch and a repetition', async () => {
    await store.compareAndSet(memoryKey('p7'), { backends: { 'i-7': {} } }, null);
    const event = {
      specversion: '1.0',
      id: 'e',
      source: 'acs.ecs',
      type: 'ecs:Instance:StateChange',
      subject: 'acs:ecs:cn-hangzhou:1:instance/i-7',
      data: { state: 'Stopped' },
    };
    expect(await call('on-event', event)).toEqual({ kind: 'accepted', events: 1, pools: ['p7'] });
    expect(
      await call('on-event', [
        event,
        { ...event, subject: 'acs:ecs:cn-hangzhou:1:instance/i-none' },
      ]),
    ).toEqual({ kind: 'accepted', events: 2, pools: ['p7'] });
    const foreign = { ...event, subject: 'acs:ecs:cn-hangzhou:1:instance/i-none' };
    expect(await call('on-event', foreign)).toEqual({ kind: 'accepted', events: 1, pools: [] });
    expect(await store.isDirty(poolLease('p7'))).toBe(true);
  });

  it.each([
    ['on-event', { specversion: '0.3' }],
    ['on-timer', { trigger: 'x' }],
    ['reconcile-pool', { pools: [], wake: { source: 'alarm', detail: '', at: 1 } }],
    ['reconcile-pool', { pools: ['p1'], wake: { source: 'alarm', detail: '', at: 1 }, weight: 0 }],
    ['operator', { verb: 'destroy' }],
  ])('%s acknowledges a malformed event and does nothing', async (name, event) => {
    const before = requests.length;
    expect(await call(name, event)).toMatchObject({ kind: 'malformed' });
    expect(requests.length).toBe(before);
  });

  it('reconcile-pool, refused by the cloud, changes nothing, says so and goes on with the other pools', async () => {
    const before = requests.length;
    const reply = await call('reconcile-pool', {
      pools: ['p1', 'p2', 'p1', 'nowhere'],
      wake: { source: 'alarm', detail: 'a', at: 1 },
    });
    expect(reply).toMatchObject({
      kind: 'worked',
      pools: [
        { poolName: 'p1', result: { kind: 'blind', code: 'Forbidden.RAM' } },
        { poolName: 'p2', result: { kind: 'blind', code: 'Forbidden.RAM' } },
        { poolName: 'nowhere', result: { kind: 'unknown-pool' } },
      ],
    });
    expect(requests.slice(before).every((action) => action.startsWith('Describe'))).toBe(true);
  });

  it('operator answers by pool, and a wrong one by naming it', async () => {
    expect(await call('operator', { verb: 'status', pool: 'p3' })).toMatchObject({
      kind: 'operated',
      replies: [{ kind: 'statuses', pools: [{ poolName: 'p3', mode: 'enforce' }] }],
    });
    expect(await call('operator', { verb: 'status', pool: 'x' })).toMatchObject({
      replies: [{ kind: 'refused', code: 'unknown-pool' }],
    });
    await expect(call('operator', { verb: 'plan', pool: 'p3' })).rejects.toThrow('Forbidden.RAM');
  });

  it('operator takes a floor from another region and sends for the worker; refusals arrive as such', async () => {
    const functionName = 'evenkeel-operator';
    const pools = new FunctionRegionPools({ invokerFor, clock: new SystemClock(), functionName });
    const poolOf = (poolName: string) => ({ regionId: 'cn-hangzhou', poolName });
    const floor = {
      ...{ count: 6, by: 'shop', reason: 'bj is down' },
      until: instant(Date.now() + 600_000),
    };
    await settle();
    const before = records.length;
    await pools.requestFloor(poolOf('p4'), floor, soon());
    await settle();
    expect((await store.read(floorsKey('p4')))?.value).toMatchObject([floor]);
    expect(since(before, 'reconcile-pool')).toHaveLength(1);
    await expect(pools.requestFloor(poolOf('p3'), floor, soon())).rejects.toMatchObject({
      details: { code: 'not-scaled', reaction: 'stop' },
    });
    await expect(
      pools.requestFloor(poolOf('p4'), { ...floor, count: 0 }, soon()),
    ).rejects.toMatchObject({ details: { code: 'malformed' } });
    await expect(pools.describeCapacity(poolOf('p4'), soon())).rejects.toThrow('Forbidden.RAM');
  });

  it('on-timer sends all 45 pools to the worker each minute, 20 at a time', async () => {
    await settle();
    const before = records.length;
    await clock.advance(60_000);
    await settle();
    expect(since(before, 'on-timer')).toHaveLength(1);
    expect(since(before, 'reconcile-pool')).toHaveLength(3);
    expect(since(before, 'reconcile-pool').every((record) => record.errorType === null)).toBe(true);
  }, 60_000);
});
