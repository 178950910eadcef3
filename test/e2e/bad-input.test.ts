import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { POOL_NAME, startSide, type Side } from '../../infra/rehearsal/start-side';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { poolLease } from '../../shared/domain/store-keys';
import { ensureBuilt } from '../support/build';
import { looksAt, weightsOf, writesOf } from '../support/side-reading';

const CASE_MS = 60_000;
const replies: string[] = [];
let side: Side;
let store: FileStateStore;

/** Alarms alone wake this side, and nothing in it is sick: every look is on account of a call made here. */
beforeAll(async () => {
  ensureBuilt();
  side = await startSide({
    timeoutMsMin: 30_000,
    name: 'bad-input',
    network: 82,
    wakes: 'alarm',
    pool: { instanceTypes: ['ecs.c7.large', 'ecs.c7.large', 'ecs.c7.large'] },
    policy: { mode: 'enforce', watch: 'never', watchInterval: '1s' },
  });
  store = new FileStateStore({ folder: side.stateFolder, clock: new SystemClock() });
  expect((await ring(alarm())).status).toBe(202);
  await side.host!.idle();
}, 120_000);
afterAll(async () => side.stop(), 60_000);

/** CloudMonitor's callback as it is seen to arrive. */
function alarm(changes: Readonly<Record<string, string>> = {}): string {
  const { loadBalancerId } = side.pool;
  return new URLSearchParams({
    lastTime: '0 minutes',
    metricName: 'Unhealthy server count',
    rawMetricName: 'UnhealthyServerCount',
    instanceName: 'null',
    groupId: 'null',
    productGroupName: 'null',
    preTriggerLevel: 'null',
    curValue: '1',
    alertName: 'forged',
    alertState: 'ALERT',
    namespace: 'acs_slb_dashboard',
    metricProject: 'acs_slb',
    dimensions: `{userId=1234567890123456, instanceId=${loadBalancerId}, port=80}`,
    timestamp: String(Date.now()),
    ...changes,
  }).toString();
}

interface Call {
  readonly path?: string;
  readonly type?: string;
}

async function ring(
  body: string | Buffer,
  { path = `/${side.alarmSecret!}`, type = 'application/x-www-form-urlencoded' }: Call = {},
): Promise<{ readonly status: number; readonly text: string; readonly ms: number }> {
  const startedAt = performance.now();
  const reply = await fetch(side.triggerUrl! + path, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
    signal: AbortSignal.timeout(30_000),
  });
  const text = await reply.text();
  replies.push(text, JSON.stringify([...reply.headers]));
  return { status: reply.status, text, ms: performance.now() - startedAt };
}

/** What the functions have done so far, once nothing is under way. */
async function doings() {
  await side.host!.idle();
  return {
    workers: side.invocations.filter(({ functionName }) => functionName.endsWith('reconcile-pool'))
      .length,
    looks: looksAt(side),
    writes: writesOf(side).length,
    calls: side.region.requestLog.find().length,
    isMarked: await store.isDirty(poolLease(POOL_NAME)),
  };
}

describe('a call that on-alarm cannot take', () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  it.each<[string, number, () => string | Buffer, Call?]>([
    ['a wrong secret', 401, () => alarm(), { path: '/wrong-secret-wrong-secret' }],
    ['no secret', 401, () => alarm(), { path: '/' }],
    ['a secret cut off in an escape', 401, () => alarm(), { path: '/%E0%A4' }],
    ['2 MB', 413, () => Buffer.alloc(2_000_000, 'a')],
    ['2 MB and a wrong secret', 413, () => Buffer.alloc(2_000_000, 'a'), { path: '/wrong' }],
    ['a form cut off in its dimensions', 400, () => cutAfter(alarm(), 'instanceId')],
    ['a form cut off in an escape', 400, () => `${cutAfter(alarm(), 'dimensions=')}%7`],
    ['a form with a malformed escape', 400, () => `${alarm()}&note=%ZZ`],
    ['a form without values', 400, () => 'alertState'],
    ['JSON garbage', 400, () => '{"alertState": "ALERT",,}', { type: 'application/json' }],
    ['JSON cut off', 400, () => '{"pools": ["web"', { type: 'application/json' }],
    ['JSON nested 50,000 deep', 400, () => deep, { type: 'application/json' }],
    ['JSON of another kind', 400, () => '{"pools": "web"}', { type: 'application/json' }],
    ['bytes that are no text', 400, () => Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ['nothing', 400, () => ''],
    ['a pool that is not in the policy', 404, () => '{"pools": ["shop"]}'],
    ['another load balancer', 404, () => alarm({ dimensions: '{instanceId=lb-other}' })],
  ])(
    '%s is answered %i, and nothing is marked, looked at or written',
    async (...row) => {
      const [, status, body, call] = row;
      const before = await doings();
      const reply = await ring(body(), call);
      expect(reply).toMatchObject({ status });
      expect(Object.keys(JSON.parse(reply.text) as object)).toContain('error');
      expect(await doings()).toEqual({ ...before, isMarked: false });
    },
    CASE_MS,
  );
});

describe('an alarm for a pool that is fine', () => {
  const weights = [100, 100, 100];

  it(
    'costs one look and writes nothing, forged as it may be',
    async () => {
      const before = await doings();
      expect((await ring(alarm())).status).toBe(202);
      const after = await doings();
      expect([after.workers - before.workers, after.looks - before.looks]).toEqual([1, 1]);
      expect([after.writes, after.isMarked]).toEqual([before.writes, false]);
      expect(weightsOf(side)).toEqual(weights);
    },
    CASE_MS,
  );

  it(
    'costs no more than a look each time it is replayed',
    async () => {
      const replayed = alarm({ timestamp: '1600000000' });
      const before = await doings();
      for (let times = 0; times < 3; times += 1) {
        expect((await ring(replayed)).status).toBe(202);
        await side.host!.idle();
      }
      const after = await doings();
      expect(after.looks - before.looks).toBeLessThanOrEqual(3);
      expect([after.writes, after.isMarked]).toEqual([before.writes, false]);
      expect(weightsOf(side)).toEqual(weights);
    },
    CASE_MS,
  );

  it.each<[string, Readonly<Record<string, string>>]>([
    ['seconds', { timestamp: '1767225600' }],
    ['milliseconds', { timestamp: '1767225600000' }],
    ['no time', { timestamp: 'null' }],
    ['the long namespace', { namespace: 'acs_slb_dashboard', metricProject: 'null' }],
    ['the short namespace', { namespace: 'acs_slb' }],
    ['`null` for all it does not know', { curValue: 'null', alertName: 'null', namespace: 'null' }],
    ['the state OK', { alertState: 'OK' }],
    ['no data', { alertState: 'INSUFFICIENT_DATA' }],
  ])(
    'is understood with %s',
    async (_, changes) => {
      const before = await doings();
      const reply = await ring(alarm(changes));
      expect(JSON.parse(reply.text)).toMatchObject({ pools: [POOL_NAME] });
      expect(reply.status).toBe(202);
      const after = await doings();
      expect([after.looks - before.looks, after.writes]).toEqual([1, before.writes]);
    },
    CASE_MS,
  );
});

describe('1,000 alarms in 10 s', () => {
  const LANES = 10;
  const PER_LANE = 100;
  const SPAN_MS = 10_000;

  it('are all accepted, and come to a few looks', async () => {
    const before = await doings();
    const startedAt = performance.now();
    const lane = async (_: unknown, first: number) => {
      const answers = [];
      for (let n = 0; n < PER_LANE; n += 1) {
        const dueAt = startedAt + ((n * LANES + first) / (LANES * PER_LANE)) * SPAN_MS;
        await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
        answers.push(await ring(alarm()));
      }
      return answers;
    };
    const answers = (await Promise.all(Array.from({ length: LANES }, lane))).flat();
    const spanMs = Math.round(performance.now() - startedAt);
    const after = await doings();
    const looks = after.looks - before.looks;
    const calls = after.calls - before.calls;
    const slowestMs = Math.round(Math.max(...answers.map(({ ms }) => ms)));
    const workers = after.workers - before.workers;
    process.stdout.write(
      `1,000 alarms in ${spanMs} ms: ${workers} workers, ${looks} looks, ${calls} API calls, slowest answer ${slowestMs} ms\n`,
    );
    expect(answers.filter(({ status }) => status < 200 || status > 299)).toEqual([]);
    expect(looks).toBeGreaterThan(0);
    expect(looks).toBeLessThanOrEqual(Math.ceil(spanMs / 1000) + 2);
    expect(calls).toBeLessThanOrEqual(looks * 20);
    expect([after.writes, after.isMarked]).toEqual([before.writes, false]);
  }, 120_000);
});

describe('a secret', () => {
  it('appears in no log line, no document, no tick and no reply', async () => {
    await side.host!.idle();
    const { region, alarmSecret } = side;
    const keys = new Set(region.requestLog.find().map(({ accessKeyId }) => accessKeyId ?? ''));
    const temporary = [...keys].flatMap((id) => {
      const key = region.accessKeys.find(id);
      return key === undefined ? [] : [key.accessKeySecret, key.securityToken ?? ''];
    });
    const secrets = [alarmSecret!, region.accessKeySecret, ...temporary].filter(Boolean);
    expect(secrets.length).toBeGreaterThan(4);
    const texts = [
      ...side.invocations.flatMap(({ lines }) => lines),
      ...replies,
      ...filesIn(side.stateFolder),
      ...filesIn(side.archiveFolder),
    ];
    expect(filesIn(side.archiveFolder).join('')).toContain(POOL_NAME);
    const leaks = texts.filter((text) => secrets.some((secret) => text.includes(secret)));
    expect(leaks.map((text) => text.slice(0, 200))).toEqual([]);
  });
});

const cutAfter = (text: string, mark: string): string =>
  text.slice(0, text.indexOf(mark) + mark.length);

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      return (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    });
}
