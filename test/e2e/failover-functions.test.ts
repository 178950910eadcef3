import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../infra/local/clock';
import {
  startFunctionHost,
  type FunctionHost,
} from '../../infra/local/function-host/function-host';
import { type InvocationRecord } from '../../infra/local/function-host/invocation-runner';
import { readServerlessFile } from '../../infra/local/function-host/serverless-file';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { repositoryRoot } from '../../infra/local/repository';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { nameLease, outsideVotesKey } from '../../shared/domain/store-keys';
import { instant } from '../../shared/domain/units';
import { ensureBuilt } from '../support/build';

const ACCOUNT_ID = '1234567890123456';
const HOME = 'cn-beijing';
const ALARM_SECRET = 'alarm-secret-0123456789';
const VOTER_SECRET = 'voter-secret-0123456789';
const SECRETS = { EVENKEEL_ALARM_SECRET: ALARM_SECRET, EVENKEEL_VOTER_SECRET: VOTER_SECRET };
const WORKERS = ['evenkeel-reconcile-pool', 'evenkeel-reconcile-failover'];

let folder = '';
let site: Server;
let port = 0;
let asked: string[] = [];
const hosts: FunctionHost[] = [];
const records: InvocationRecord[] = [];
const key = randomAccessKey(ACCOUNT_ID);
const accessKeys = new AccessKeys([key]);

const policyOf = (regionId: string): string => `
version: 1
region: ${regionId}
alarmSecret: { current: 'env:EVENKEEL_ALARM_SECRET' }
pools:
  - { name: east, region: cn-hangzhou, targets: [{ loadBalancer: lb-east }] }
  - { name: south, region: cn-shenzhen, targets: [{ loadBalancer: lb-south }] }
failover:
  home: ${HOME}
  approvalSecret: { current: 'env:EVENKEEL_APPROVAL_SECRET' }
  outsideVoters: [{ name: carrier, secret: { current: 'env:EVENKEEL_VOTER_SECRET' } }]
  names:
    - name: shop
      domain: example.com
      host: www
      sites:
        - { name: east, region: cn-hangzhou, address: 127.0.0.1, pool: east, check: { protocol: http, port: ${port}, path: /deep } }
        - { name: south, region: cn-shenzhen, address: 127.0.0.2, pool: south, check: { protocol: http, port: ${port}, path: /deep } }
      vantages: [cn-beijing, cn-zhangjiakou, cn-hangzhou, cn-shenzhen]
`;

interface HostWish {
  /** Functions that only note what they were sent. */
  readonly noted?: readonly string[];
  /** Variables that `s.yaml` is deployed with. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The functions of one region as s.yaml declares them, from `dist/`. */
async function startHost(
  regionId: string,
  { noted = [], env = SECRETS }: HostWish = {},
): Promise<FunctionHost> {
  const notes = join(folder, 'notes');
  mkdirSync(notes, { recursive: true });
  writeFileSync(
    join(notes, 'index.js'),
    `exports.handler = async (event) => console.log('noted ' + event);`,
  );
  const policyFile = join(folder, `${regionId}.yaml`);
  writeFileSync(policyFile, policyOf(regionId));
  const declared = readServerlessFile(join(repositoryRoot(__dirname), 's.yaml'), {
    env,
    accountId: ACCOUNT_ID,
  });
  const host = await startFunctionHost({
    functions: declared.map((one) => ({
      ...one,
      timers: [],
      ...(noted.includes(one.functionName) && { codeDirectory: notes }),
    })),
    clock: realClock(),
    region: regionId,
    accountId: ACCOUNT_ID,
    accessKeys,
    credentialsFor: () => accessKeys.issueTemporary(ACCOUNT_ID, Date.now(), 3_600_000),
    onInvocation: (record) => records.push(record),
    environment: (endpoint) => ({
      EVENKEEL_POLICY: policyFile,
      EVENKEEL_STATE_PATH: join(folder, `${regionId}-state`),
      EVENKEEL_ARCHIVE_PATH: join(folder, `${regionId}-ticks`),
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_FC_ENDPOINT: endpoint,
    }),
  });
  hosts.push(host);
  return host;
}

beforeAll(async () => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-failover-functions-'));
  site = createServer((request, response) => {
    asked.push(`${request.headers.host ?? ''} ${request.url ?? ''}`);
    response.end('ok');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  port = (site.address() as AddressInfo).port;
}, 60_000);
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});
afterAll(async () => {
  await new Promise((resolve) => site.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const storeOf = (regionId: string) =>
  new FileStateStore({ folder: join(folder, `${regionId}-state`), clock: new SystemClock() });
const call = async (host: FunctionHost, name: string, payload: object): Promise<unknown> =>
  new NativeFunctionInvoker({
    endpoint: new URL(host.url).host,
    protocol: 'HTTP',
    accountId: ACCOUNT_ID,
    regionId: HOME,
    credentials: givenCredentials(key),
    clock: new SystemClock(),
  }).call(`evenkeel-${name}`, payload, { deadline: instant(Date.now() + 30_000) });
/** Who was sent for since `before`, with what. */
const notedSince = async (host: FunctionHost, before: number) => {
  await host.idle();
  return records.slice(before).flatMap(({ functionName, lines }) =>
    lines.flatMap((line) => {
      const at = line.indexOf('] noted ');
      return at < 0 ? [] : [{ functionName, event: JSON.parse(line.slice(at + 8)) as unknown }];
    }),
  );
};

describe('signed verdicts over HTTP', () => {
  let nonces = 0;
  const verdict = (more: object = {}) => {
    nonces += 1;
    return {
      ...{ name: 'shop', voter: 'carrier', siteName: 'east', answer: 'down', at: Date.now() },
      nonce: `nonce-${String(nonces).padStart(5, '0')}`,
      ...more,
    };
  };
  const post = async (host: FunctionHost, body: string) => {
    const url = host.triggerUrls.get('evenkeel-on-alarm')!;
    const reply = await fetch(url, { method: 'POST', body });
    return { status: reply.status, ...((await reply.json()) as { code?: string; error?: string }) };
  };
  const deliver = (host: FunctionHost, word: object, secret = VOTER_SECRET) =>
    post(
      host,
      JSON.stringify({
        kind: 'verdict',
        ...word,
        signature: HMAC_SIGNATURES.sign('verdict', word, secret),
      }),
    );

  it('are taken once from who may vote, and everything else is refused by name and leaves nothing', async () => {
    const host = await startHost(HOME, { noted: WORKERS });
    const store = storeOf(HOME);
    const before = records.length;
    const refusals: readonly (readonly [object, number, string, string?])[] = [
      [verdict(), 401, 'wrong-signature', ALARM_SECRET],
      [verdict({ voter: 'stranger' }), 401, 'unknown-voter'],
      [verdict({ name: 'toys' }), 404, 'unknown-name'],
      [verdict({ siteName: 'north' }), 404, 'unknown-site'],
      [verdict({ at: Date.now() - 3_600_000 }), 401, 'expired'],
      [verdict({ at: Date.now() + 60_000 }), 401, 'from-the-future'],
    ];
    for (const [word, status, code, secret] of refusals)
      expect(await deliver(host, word, secret)).toMatchObject({ status, code });
    expect((await deliver(host, verdict({ answer: 'dead' }))).status).toBe(400);
    expect((await post(host, 'x'.repeat(2_000_000))).status).toBe(413);
    expect((await deliver(host, verdict({ nonce: 'n'.repeat(5_000) }))).status).toBe(401);
    expect(await store.read(outsideVotesKey('shop'))).toBeNull();
    expect(await notedSince(host, before)).toEqual([]);
    const word = verdict();
    expect(await deliver(host, word)).toEqual({
      ...{ status: 202, name: 'shop', siteName: 'east', answer: 'down' },
    });
    expect(await deliver(host, word)).toMatchObject({ status: 409, code: 'replayed' });
    expect(await notedSince(host, before)).toMatchObject([
      { functionName: 'evenkeel-reconcile-failover', event: { names: ['shop'] } },
    ]);
    expect((await store.read(outsideVotesKey('shop')))?.value).toHaveLength(1);
    expect(JSON.stringify(records.slice(before))).not.toContain(VOTER_SECRET);
  }, 60_000);

  it('become a few looks, however many come', async () => {
    const host = await startHost(HOME, { noted: WORKERS });
    await storeOf(HOME).clearDirty(nameLease('shop'));
    await storeOf(HOME).delete(outsideVotesKey('shop'));
    const before = records.length;
    const statuses = new Map<number, number>();
    const startedAt = Date.now();
    const lane = async () => {
      for (let sent = 0; sent < 60; sent += 1) {
        const { status } = await deliver(host, verdict());
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 3 }, lane));
    const seconds = (Date.now() - startedAt) / 1000;
    // A lane may be overtaken by another: its older look is superseded. Nothing is answered by an error.
    expect([...statuses.keys()].filter((status) => status !== 202 && status !== 409)).toEqual([]);
    const looks = await notedSince(host, before);
    expect(looks.length).toBeGreaterThan(0);
    expect(looks.length).toBeLessThanOrEqual(2 + seconds / 5);
    expect((await storeOf(HOME).read(outsideVotesKey('shop')))?.value).toHaveLength(1);
  }, 120_000);

  it('cannot be checked without the voter’s secret: the log names it, and alarms go on', async () => {
    const host = await startHost(HOME, {
      noted: WORKERS,
      env: { EVENKEEL_ALARM_SECRET: ALARM_SECRET },
    });
    const before = records.length;
    expect(await deliver(host, verdict())).toEqual({ status: 500, error: 'Internal error.' });
    expect(JSON.stringify(records.slice(before))).toContain(
      'env:EVENKEEL_VOTER_SECRET: the variable is not set',
    );
    const url = `${host.triggerUrls.get('evenkeel-on-alarm')!}/${ALARM_SECRET}`;
    const alarm = await fetch(url, { method: 'POST', body: '{"pools":["east"]}' });
    expect(await alarm.json()).toMatchObject({ unknownPools: ['east'] });
  }, 60_000);
});

describe('the timer', () => {
  it('has names looked after in their home region, and every region on its own pools', async () => {
    const event = { triggerTime: '2026-01-01T00:00:00Z', triggerName: 'every-minute', payload: '' };
    const sentIn = async (regionId: string) => {
      const host = await startHost(regionId, { noted: WORKERS, env: {} });
      const before = records.length;
      const reply = await call(host, 'on-timer', event);
      const sent = await notedSince(host, before);
      return { reply, sent: sent.map(({ event: payload }) => payload) };
    };
    expect(await sentIn(HOME)).toMatchObject({
      reply: { pools: 0, names: 1 },
      sent: [{ names: ['shop'] }],
    });
    expect(await sentIn('cn-hangzhou')).toMatchObject({
      reply: { pools: 1, names: 0 },
      sent: [{ pools: ['east'] }],
    });
  }, 60_000);
});

describe('reconcile-failover', () => {
  const wake = { source: 'timer', detail: 'test', at: 0 };

  it('works at home alone, on names that it knows, and only records what is malformed', async () => {
    const host = await startHost('cn-hangzhou', { env: {} });
    expect(await call(host, 'reconcile-failover', { names: ['shop', 'toys'], wake })).toEqual({
      kind: 'worked',
      names: [
        { name: 'shop', result: { kind: 'not-at-home' } },
        { name: 'toys', result: { kind: 'unknown-name' } },
      ],
    });
    for (const wrong of [
      {},
      { names: [], wake },
      { names: Array.from({ length: 21 }, () => 'shop'), wake },
      { names: ['shop'], wake: { ...wake, source: 'rumour' } },
      { names: ['shop'], wake, force: true },
    ])
      expect(await call(host, 'reconcile-failover', wrong)).toMatchObject({ kind: 'malformed' });
    expect(await call(host, 'reconcile-pool', { pools: ['east', 'south'], wake })).toMatchObject({
      pools: [{ poolName: 'east' }, { poolName: 'south', result: { kind: 'unknown-pool' } }],
    });
  }, 60_000);
});

describe('operator', () => {
  const until = Date.now() + 3_600_000;
  const by = { by: 'ann', reason: 'audit' };

  it('has a frozen name looked at, and once more when the freeze is taken back', async () => {
    const host = await startHost(HOME, { noted: WORKERS, env: {} });
    for (const request of [
      { verb: 'freeze', name: 'shop', ...by, until },
      { verb: 'unfreeze', name: 'shop', by: 'ann' },
    ]) {
      const before = records.length;
      expect(await call(host, 'operator', request)).toMatchObject({
        replies: [{ kind: 'freeze-changed', scope: 'name/shop' }],
      });
      expect(await notedSince(host, before)).toMatchObject([
        { functionName: 'evenkeel-reconcile-failover', event: { names: ['shop'] } },
      ]);
    }
  }, 60_000);

  it('needs the approval secret to check an approval, and for nothing else', async () => {
    const host = await startHost(HOME, { noted: WORKERS, env: {} });
    expect(await call(host, 'operator', { verb: 'name-status' })).toMatchObject({
      replies: [{ kind: 'name-statuses' }],
    });
    const word = {
      ...{ name: 'shop', approvalId: 'approval-1', moveId: 'failover-1', by: 'ann' },
      ...{ isGranted: true, at: Date.now(), until },
    };
    const before = records.length;
    const request = { verb: 'approve', word, signature: '0'.repeat(64) };
    await expect(call(host, 'operator', request)).rejects.toThrow();
    expect(JSON.stringify(records.slice(before))).toContain(
      'env:EVENKEEL_APPROVAL_SECRET: the variable is not set',
    );
  }, 60_000);
});

describe('probe', () => {
  const look = (more: object = {}, check: object = {}) => ({
    ...{ name: 'east', address: '127.0.0.1', host: 'www.example.com' },
    check: {
      ...{ protocol: 'http', port, path: '/deep', host: null, statusMin: 200, statusMax: 499 },
      ...{ timeoutMs: 1000, attempts: 3, ...check },
    },
    ...more,
  });

  it('looks at the sites of its own policy and at nothing else', async () => {
    const host = await startHost('cn-zhangjiakou', { env: {} });
    asked = [];
    const looks = [
      look(),
      look({ name: 'inside', address: '100.100.100.200' }),
      look({ name: 'deeper' }, { path: '/latest/meta-data' }),
      look({ name: 'other' }, { port: port + 1 }),
    ];
    expect(await call(host, 'probe', { looks })).toMatchObject({
      votes: [{ voter: 'cn-zhangjiakou', siteName: 'east', answer: 'up', attempts: 3, failed: 0 }],
      refused: ['inside', 'deeper', 'other'],
    });
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'www.example.com /deep'));
  }, 60_000);

  it('refuses too many looks, too many attempts, and what it does not understand', async () => {
    const host = await startHost('cn-zhangjiakou', { env: {} });
    asked = [];
    for (const wrong of [
      {},
      { looks: [] },
      { looks: Array.from({ length: 51 }, () => look()) },
      { looks: [look({}, { attempts: 21 })] },
      { looks: [look({}, { timeoutMs: 60_000 })] },
      { looks: [look({}, { protocol: 'file' })] },
      { looks: [look({ shell: 'sh' })] },
    ])
      expect(await call(host, 'probe', wrong)).toMatchObject({ kind: 'malformed' });
    expect(asked).toEqual([]);
  }, 60_000);
});
