import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../infra/local/clock';
import { readServerlessFile } from '../../infra/local/function-host/serverless-file';
import {
  startFunctionHost,
  type FunctionHost,
} from '../../infra/local/function-host/function-host';
import { type InvocationRecord } from '../../infra/local/function-host/invocation-runner';
import { AccessKeys } from '../../infra/local/openapi/access-keys';
import { repositoryRoot } from '../../infra/local/repository';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { memoryKey, poolLease } from '../../shared/domain/store-keys';
import { callSignature } from '../../shared/runtime/secret';
import { ensureBuilt } from '../support/build';

const SECRET = 'current-secret-0123456789';
const NEXT = 'next-secret-0123456789';
/** So long nobody else is sent while a mark stands: see `wake-gate.ts`. */
const COALESCE_MS = 5_000;
const FORM = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const ALARM = {
  alertName: 'unhealthy',
  alertState: 'ALERT',
  namespace: 'acs_slb_dashboard',
  metricName: 'UnhealthyServerCount',
  curValue: '1',
  dimensions: '{userId=1234567890123456, instanceId=lb-web, port=80}',
  timestamp: '1767225600',
  groupId: 'null',
  signature: 'x',
};

let folder: string;
let host: FunctionHost;
let store: FileStateStore;
const records: InvocationRecord[] = [];
const accessKeys = new AccessKeys();

/**
 * The functions of s.yaml from `dist/`, but for the timer, whose workers would be counted with those of alarms; the worker is replaced by
 * one that notes what it was sent.
 */
async function startHost(environment: Record<string, string> = {}): Promise<FunctionHost> {
  const worker = join(folder, 'worker');
  mkdirSync(worker, { recursive: true });
  writeFileSync(
    join(worker, 'index.js'),
    `exports.handler = async (event) => console.log('worker ' + event);`,
  );
  const declared = readServerlessFile(join(repositoryRoot(__dirname), 's.yaml'), {
    env: { EVENKEEL_ALARM_SECRET: SECRET, EVENKEEL_ALARM_SECRET_NEXT: NEXT },
    accountId: '1234567890123456',
  }).filter(({ functionName }) => functionName !== 'evenkeel-on-timer');
  return startFunctionHost({
    functions: declared.map((one) => ({
      ...one,
      timeoutMs: Math.max(one.timeoutMs, 30_000), // a cold start takes seconds on a busy machine
      ...(one.functionName === 'evenkeel-reconcile-pool' && { codeDirectory: worker }),
    })),
    clock: realClock(),
    region: 'cn-hangzhou',
    accountId: '1234567890123456',
    accessKeys,
    credentialsFor: () => accessKeys.issueTemporary('1234567890123456', Date.now(), 3_600_000),
    onInvocation: (record) => records.push(record),
    environment: (endpoint) => ({
      EVENKEEL_POLICY: join(folder, 'evenkeel.yaml'),
      EVENKEEL_STATE_PATH: join(folder, 'state'),
      EVENKEEL_ARCHIVE_PATH: join(folder, 'ticks'),
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_FC_ENDPOINT: endpoint,
      ...environment,
    }),
  });
}

beforeAll(async () => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-alarm-'));
  writeFileSync(
    join(folder, 'evenkeel.yaml'),
    `
version: 1
region: cn-hangzhou
alarmSecret: { current: "env:EVENKEEL_ALARM_SECRET", next: "env:EVENKEEL_ALARM_SECRET_NEXT" }
pools:
  - { name: web, targets: [{ loadBalancer: lb-web }] }
  - { name: api, targets: [{ loadBalancer: lb-api }] }
`,
  );
  store = new FileStateStore({ folder: join(folder, 'state'), clock: new SystemClock() });
  host = await startHost();
}, 60_000);
afterAll(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

const url = (): string => host.triggerUrls.get('evenkeel-on-alarm')!;
const ring = async (
  body: string | Buffer,
  { path = `/${SECRET}`, headers = {} }: { path?: string; headers?: Record<string, string> } = {},
) => {
  const reply = await fetch(url() + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', ...headers },
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
};
/** What the worker was sent since `before`. */
const workerEvents = async (before: number) => {
  await host.idle();
  return records
    .slice(before)
    .flatMap(({ lines }) =>
      lines.flatMap((line) =>
        line.includes('] worker ')
          ? [JSON.parse(line.slice(line.indexOf('] worker ') + 9)) as unknown]
          : [],
      ),
    );
};
/** Waits for what earlier tests enqueued, then takes the marks as a worker does first of all. */
const clearMarks = async () => {
  await host.idle();
  for (const pool of ['web', 'api']) await store.clearDirty(poolLease(pool));
};

describe('on-alarm over HTTP on the local Function host', () => {
  it('turns CloudMonitor’s form callback into a mark and one worker, answering in under a second once warm', async () => {
    await ring('nothing=here'); // the cold start
    const before = records.length;
    const startedAt = Date.now();
    const reply = await ring(FORM(ALARM));
    expect(Date.now() - startedAt).toBeLessThan(1000);
    expect(reply).toEqual({
      status: 202,
      body: { pools: ['web'], enqueued: ['web'], coalesced: [] },
    });
    expect(await workerEvents(before)).toMatchObject([
      { pools: ['web'], wake: { source: 'alarm', detail: 'alarm unhealthy ALERT' } },
    ]);
    expect(await store.clearDirty(poolLease('web'))).toMatchObject([
      { reason: 'alarm unhealthy ALERT' },
    ]);
  });

  it.each([
    ['the next secret in a header', { path: '/', headers: { 'X-Evenkeel-Secret': NEXT } }],
    ['the secret in the query', { path: `/?secret=${SECRET}` }],
  ])('lets %s in', async (_, options) => {
    await clearMarks();
    expect((await ring(FORM(ALARM), options)).status).toBe(202);
  });

  it.each([
    ['a wrong secret', { path: '/wrong-secret-0123456789' }],
    ['no secret', { path: '/' }],
    ['half a secret', { path: `/${SECRET.slice(0, 12)}` }],
  ])('refuses %s and does nothing', async (_, options) => {
    await clearMarks();
    const before = records.length;
    expect(await ring(FORM(ALARM), options)).toEqual({
      status: 401,
      body: { error: 'The secret is wrong.' },
    });
    expect(await workerEvents(before)).toEqual([]);
    expect(await store.isDirty(poolLease('web'))).toBe(false);
  });

  it('takes a signed generic call, and refuses one that was changed or is stale', async () => {
    await clearMarks();
    const body = '{"pools":["api"],"reason":"page"}';
    const signed = (at: number, text = body) => {
      const timestamp = String(Math.floor(at / 1000));
      return {
        path: '/',
        headers: {
          'content-type': 'application/json',
          'X-Evenkeel-Timestamp': timestamp,
          'X-Evenkeel-Signature': callSignature(timestamp, Buffer.from(text), SECRET),
        },
      };
    };
    expect(await ring(body, signed(Date.now()))).toMatchObject({
      status: 202,
      body: { pools: ['api'] },
    });
    expect(await ring(body, signed(Date.now(), '{"pools":["web"]}'))).toEqual({
      status: 401,
      body: { error: 'The signature is wrong.' },
    });
    expect(await ring(body, signed(Date.now() - 301_000))).toEqual({
      status: 401,
      body: { error: 'The timestamp is too far from now.' },
    });
  });

  it.each([
    [
      'a form cut off in its dimensions',
      FORM(ALARM).slice(0, FORM(ALARM).indexOf('instanceId') + 4),
      400,
      'The dimensions are cut off.',
    ],
    [
      'a form cut off in an escape',
      `${FORM(ALARM).slice(0, FORM(ALARM).indexOf('%7B'))}%7`,
      400,
      'The form is cut off in an escape.',
    ],
    ['JSON cut off', '{"product":"ECS","name":"Inst', 400, 'The body is not whole JSON.'],
    ['an empty body', '', 400, 'The body is empty.'],
    [
      'another form',
      'a=1&b=2',
      400,
      'The body is no alarm, system event or generic call that is known here.',
    ],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 400, 'The body is not UTF-8.'],
    [
      'an alarm of another load balancer',
      FORM({ ...ALARM, dimensions: '{instanceId=lb-other}' }),
      404,
      'The alarm concerns no pool of the policy.',
    ],
  ])('answers %s clearly and does nothing', async (_, body, status, error) => {
    await clearMarks();
    const before = records.length;
    const reply = await ring(body);
    expect([reply.status, reply.body['error']]).toEqual([status, error]);
    expect(await workerEvents(before)).toEqual([]);
    expect(await store.isDirty(poolLease('web'))).toBe(false);
  });

  it('answers 404 with the name of a pool that the policy does not have', async () => {
    expect(await ring('{"pools":["shop"]}')).toEqual({
      status: 404,
      body: { error: 'The alarm concerns no pool of the policy.', unknownPools: ['shop'] },
    });
  });

  it('wakes the pools that it knows, and names those that it does not', async () => {
    await clearMarks();
    expect(await ring(FORM(ALARM), { path: `/${SECRET}?pool=shop` })).toMatchObject({
      status: 202,
      body: { pools: ['web'], unknownPools: ['shop'] },
    });
    expect(await store.isDirty(poolLease('web'))).toBe(true);
  });

  it('answers 413 to a body of 2 MB', async () => {
    expect((await ring(Buffer.alloc(2_000_000, 'a'))).status).toBe(413);
  });

  it('finds the pool of a system event by its member, and enqueues a replay only once while the first is on its way', async () => {
    await clearMarks();
    await store.compareAndSet(memoryKey('api'), { backends: { 'i-api1': {} } }, null);
    const before = records.length;
    const event = JSON.stringify({
      product: 'ECS',
      name: 'Instance:SystemFailure.Reboot:Executing',
      resourceId: 'acs:ecs:cn-hangzhou:1:instance/i-api1',
      content: '{"instanceId":"i-api1"}',
    });
    const replies = [];
    for (let times = 0; times < 5; times += 1)
      replies.push(await ring(event, { headers: { 'content-type': 'application/json' } }));
    expect(
      replies.map((reply) => [reply.status, (reply.body['enqueued'] as string[]).length]),
    ).toEqual([
      [202, 1],
      [202, 0],
      [202, 0],
      [202, 0],
      [202, 0],
    ]);
    expect(await workerEvents(before)).toHaveLength(1);
  });

  it('turns 1,000 alarms into one worker, and another each five seconds that nobody has looked', async () => {
    await clearMarks();
    const before = records.length;
    const startedAt = Date.now();
    const statuses = [(await ring(FORM(ALARM))).status];
    const lane = async () => {
      for (let n = 0; n < 111; n += 1) statuses.push((await ring(FORM(ALARM))).status);
    };
    await Promise.all(Array.from({ length: 9 }, lane));
    const spanMs = Date.now() - startedAt;
    expect(statuses).toEqual(Array.from({ length: 1000 }, () => 202));
    const workers = (await workerEvents(before)).length;
    // A machine that is too busy to lock the store in time sends a worker without a mark, and says so.
    const unmarked = records
      .slice(before)
      .filter(({ lines }) => lines.some((line) => line.includes('enqueued without a mark'))).length;
    expect(workers).toBeGreaterThanOrEqual(1);
    expect(workers).toBeLessThanOrEqual(1 + Math.floor(spanMs / COALESCE_MS) + unmarked);
    expect(await store.isDirty(poolLease('web'))).toBe(true);
  }, 180_000);

  it('never shows a secret in a log line or reply', () => {
    const lines = JSON.stringify(records);
    expect(lines).not.toContain(SECRET);
    expect(lines).not.toContain(NEXT);
  });
});

describe('on-alarm when something it needs is down', () => {
  it('answers 503 when the worker cannot be enqueued, and enqueues at the next try', async () => {
    const broken = await startHost({ EVENKEEL_WORKER: 'evenkeel-nowhere' });
    try {
      const trigger = `${broken.triggerUrls.get('evenkeel-on-alarm')!}/${SECRET}`;
      await clearMarks();
      for (let times = 0; times < 2; times += 1)
        expect(
          (await fetch(trigger, { method: 'POST', body: new URLSearchParams(ALARM) })).status,
        ).toBe(503);
      expect(await store.isDirty(poolLease('web'))).toBe(true);
    } finally {
      await broken.stop();
    }
  });

  it('answers 500 without details when its configuration is wrong, and says what is wrong in its log', async () => {
    const broken = await startHost({ EVENKEEL_POLICY: join(folder, 'nowhere.yaml') });
    try {
      const reply = await fetch(`${broken.triggerUrls.get('evenkeel-on-alarm')!}/${SECRET}`, {
        method: 'POST',
        body: 'a=1',
      });
      expect([reply.status, await reply.json()]).toEqual([500, { error: 'Internal error.' }]);
      expect(JSON.stringify(records.at(-1))).toContain('nowhere.yaml cannot be read');
    } finally {
      await broken.stop();
    }
  });

  it('enqueues the worker though the state store is down', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const broken = await startHost({ EVENKEEL_STATE_PATH: join(folder, 'a-file', 'state') });
    try {
      const before = records.length;
      const reply = await fetch(`${broken.triggerUrls.get('evenkeel-on-alarm')!}/${SECRET}`, {
        method: 'POST',
        body: new URLSearchParams(ALARM),
      });
      expect(reply.status).toBe(202);
      await broken.idle();
      expect(JSON.stringify(records.slice(before))).toContain('worker {');
    } finally {
      await broken.stop();
    }
  });
});
