import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type OrderReply, type TicksView } from '../../functions/console/api';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { RedisStateStore } from '../../shared/adapters/redis/redis-state-store';
import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { EMPTY_NAME_MEMORY, freshSite } from '../../shared/domain/failover/name-memory';
import { nameLease, nameMemoryKey } from '../../shared/domain/store-keys';
import { instant, millis } from '../../shared/domain/units';
import { ensureBuilt } from '../support/build';
import { type ChannelServer, startChannelServer } from '../support/channel-server';
import { loginLink, postTo, type SignedIn, signInAt, textsAt } from '../support/console-caller';
import { eventually } from '../support/eventually';
import { exposedValue } from '../support/exposition';
import { type RedisServer, startRedis } from '../support/redis-server';
import { SecretSearch } from '../support/secret-search';
import { weightOf } from '../support/side-reading';
import {
  type LocalCertificate,
  makeCertificate,
  type SmtpServer,
  startSmtpServer,
} from '../support/smtp-server';
import { startTraceCollector, type TraceCollector } from '../support/trace-collector';
import { until } from '../support/until';

const PATIENCE_MS = 90_000;
const STORE_PASSWORD = 'store-password-aB3/+x9Z';
const CHANNEL_SECRET = 'SEC-channel-secret-77f0';
const CHANNEL_TOKEN = 'channel-token-0d9f8e7c6b';
const MAIL_PASSWORD = 'mail-password-55aa55aa';
const TRACE_TOKEN = 'collector-token-31415926';
const METRICS_TOKEN = 'metrics-token-2718281828';
const APPROVAL_SECRET = 'approval-secret-1618033988';
const VOTER_SECRET = 'voter-secret-0577215664';
/** No secrets: they are given to the product to be shown, and must be found wherever secrets are looked for. */
const PERSON = 'planted-person-8493';
const REASON = 'planted-reason-5521';
/** Nobody listens there: what other regions would say is not what this is about. */
const NOWHERE = { openapi: '127.0.0.1:9', functions: '127.0.0.1:9' };

let side: Side;
let redis: RedisServer;
let robot: ChannelServer;
let mail: SmtpServer;
let collector: TraceCollector;
let certificate: LocalCertificate;
/** Of the functions' roles, as they were given out. */
const temporary: Record<string, string> = {};

beforeAll(async () => {
  ensureBuilt();
  certificate = makeCertificate();
  [redis, robot, mail, collector] = await Promise.all([
    // Compressed, a value would not be recognised in a dump.
    startRedis({ more: ['--requirepass', STORE_PASSWORD, '--rdbcompression', 'no'] }),
    // A service that repeats what it was sent, as some do.
    startChannelServer({ status: 403, body: `no such token ${CHANNEL_TOKEN} ${CHANNEL_SECRET}` }),
    startSmtpServer(certificate, { password: 'another-password-0' }),
    startTraceCollector(),
  ]);
  const channel = { from: 'info', secret: 'env:OPS_SECRET', url: 'env:OPS_URL' };
  const to = { sender: 'evenkeel@example.com', recipients: ['ops@example.com'] };
  side = await startSide({
    ...{ timeoutMsMin: 30_000, name: 'secrets', network: 96 },
    pool: { instanceTypes: Array.from({ length: 4 }, () => 'ecs.c7.large') },
    policy: {
      ...{ mode: 'enforce', watchInterval: '1s' },
      heal: { probe: { path: '/', window: '1s', timeout: '800ms' }, ladder: { rungs: ['drain'] } },
      guards: { ejectedShareMax: '25%' },
    },
    sections: {
      notifications: {
        channels: [
          { ...channel, name: 'robot', kind: 'dingtalk' },
          {
            ...{ name: 'mail', kind: 'email', from: 'info', url: 'env:MAIL_URL' },
            secret: 'env:MAIL_PASSWORD',
            mail: { ...to, authorities: certificate.certificateFile },
          },
        ],
      },
      console: {
        secret: { current: 'env:EVENKEEL_CONSOLE_SECRET' },
        ...{ reading: 'open', writes: true },
        metricsSecret: { current: 'env:METRICS_TOKEN' },
      },
      failover: {
        home: 'cn-local',
        approvalSecret: { current: 'env:APPROVAL_SECRET' },
        outsideVoters: [{ name: 'carrier', secret: { current: 'env:VOTER_SECRET' } }],
        names: [
          {
            ...{ name: 'shop', domain: 'example.com', host: 'www', mode: 'enforce' },
            sites: ['east', 'south'].map((name, index) => ({
              ...{ name, region: `cn-${name}`, address: `127.0.0.${index + 1}` },
              check: { protocol: 'http', port: 9, timeout: '1s', attempts: 1 },
            })),
            vantages: ['cn-local', 'cn-east', 'cn-south'],
          },
        ],
      },
    },
    environment: {
      EVENKEEL_STORE: `redis://127.0.0.1:${redis.port}?password=env:STORE_PASSWORD`,
      STORE_PASSWORD,
      OPS_URL: `${new URL(robot.url).origin}/robot/send?access_token=${CHANNEL_TOKEN}`,
      OPS_SECRET: CHANNEL_SECRET,
      MAIL_URL: `smtp://ops@localhost:${mail.port}`,
      MAIL_PASSWORD,
      METRICS_TOKEN,
      APPROVAL_SECRET,
      VOTER_SECRET,
      EVENKEEL_REGIONS: JSON.stringify({ 'cn-east': NOWHERE, 'cn-south': NOWHERE }),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${TRACE_TOKEN}`,
    },
  });
  const { accessKeys } = side.region;
  const issue = accessKeys.issueTemporary.bind(accessKeys);
  accessKeys.issueTemporary = (...words) => {
    const key = issue(...words);
    const index = Object.keys(temporary).length;
    temporary[`temporary access key ${index}`] = key.accessKeySecret;
    temporary[`security token ${index}`] = key.securityToken;
    return key;
  };
}, 120_000);
afterAll(async () => {
  await side.stop();
  await Promise.all([redis.stop(), robot.stop(), mail.stop(), collector.stop()]);
  certificate.remove();
}, 60_000);

/** What callers of on-alarm are answered: with the right secret, a wrong one and nonsense; voters with theirs, and with another. */
async function ring(): Promise<readonly (readonly [status: number, text: string])[]> {
  const call = async (path: string, body: string) => {
    const reply = await fetch(`${side.triggerUrl ?? ''}${path}`, { method: 'POST', body });
    return [reply.status, await reply.text()] as const;
  };
  const at = Date.now();
  const word = { name: 'shop', voter: 'carrier', siteName: 'east', answer: 'up', at };
  const vote = (nonce: string, secret: string): string => {
    const signature = HMAC_SIGNATURES.sign('verdict', { ...word, nonce }, secret);
    return JSON.stringify({ kind: 'verdict', ...word, nonce, signature });
  };
  return Promise.all([
    call(`/${side.alarmSecret ?? ''}`, '{"pools":["web"]}'),
    call(`/${side.alarmSecret ?? ''}x`, '{"pools":["web"]}'),
    call(`/${side.alarmSecret ?? ''}`, `{"pools":["${side.alarmSecret ?? ''}"`),
    call('/', vote('nonce-00001', VOTER_SECRET)),
    call('/', vote('nonce-00002', APPROVAL_SECRET)),
  ]);
}

/** Has a move wait for a person while `act` runs; the name’s own worker has to wait for its lease. */
async function whileAMoveWaits<T>(act: (moveId: string) => Promise<T>): Promise<T> {
  const settings = redis.settings({ passwords: [{ reveal: () => STORE_PASSWORD }] });
  const store = new RedisStateStore({ settings, clock: new SystemClock() });
  const lease = await eventually(
    () => store.acquireLease(nameLease('shop'), 'a-test', millis(60_000)),
    (found) => found !== null,
  );
  try {
    const now = instant(Date.now());
    const move = { moveId: 'move-1', siteName: 'east', reason: 'waiting-for-approval' as const };
    const memory = {
      ...{ ...EMPTY_NAME_MEMORY, updatedAt: now, sites: { east: freshSite(now) } },
      pending: [{ ...move, askedAt: now, until: instant(now + 600_000) }],
    };
    const before = await store.read(nameMemoryKey('shop'));
    const version = before?.version ?? null;
    expect(await store.compareAndSet(nameMemoryKey('shop'), memory, version)).toBe('stored');
    return await act('move-1');
  } finally {
    if (lease !== null) await store.releaseLease(lease);
    store.close();
  }
}

/** Everything that somebody who has signed in can ask the console for. */
async function pages(session: SignedIn): Promise<readonly string[]> {
  const newest = async (path: string): Promise<string> => {
    const [text = ''] = await textsAt(side, session, [[`${path}/ticks`, 200]]);
    const { ticks } = JSON.parse(text) as TicksView;
    return `${path}/ticks/${ticks.find(({ isWhole }) => isWhole)?.tickId ?? 'none'}`;
  };
  const pool = '/api/pools/web';
  const name = '/api/names/shop';
  const found = [
    ...['/', '/app.js', '/app.css', '/healthz', '/api/overview', '/api/orders'],
    ...[pool, `${pool}/ticks`, `${pool}/figures`, await newest(pool)],
    ...[name, `${name}/ticks`, await newest(name)],
  ];
  return textsAt(side, session, [
    ...found.map((path) => [path, 200] as const),
    ['/metrics', 401],
    ['/nowhere', 404],
  ]);
}

it(
  'no secret of a run stands in a log, a tick, a reply, a page, a metric, a trace, a message or the store',
  async () => {
    await side.region.ecs.injectFaults(side.pool.instanceIds[0]!, { isCrashed: true });
    await until(() => weightOf(side, 0) === 0, PATIENCE_MS, 'the crashed backend is drained');
    const rung = await ring();
    expect(rung.map(([status]) => status)).toEqual([202, 401, 400, 202, 401]);
    const replies = rung.map(([, text]) => text);
    const hasTold = () => robot.received.length > 0;
    await until(hasTold, PATIENCE_MS, 'people are told, in vain');
    const isTraced = () => collector.spans.some(({ name }) => name === 'apply');
    await until(isTraced, PATIENCE_MS, 'a turn is traced');

    const secret = side.consoleSecret ?? '';
    const refused = await postTo(side, '/api/session', { by: PERSON, secret: `${secret}x` });
    expect(refused.status).toBe(401);
    replies.push(await refused.text());
    const [, link = ''] = (await loginLink(side, PERSON)).split('#sign-in=');
    const bySecret = await signInAt(side, { by: PERSON, secret });
    const byLink = await signInAt(side, { link });
    const used = await postTo(side, '/api/session', { link });
    expect(used.status).toBe(401);
    replies.push(await used.text());
    const order = async (wanted: object, session: SignedIn): Promise<OrderReply> => {
      const reply = await postTo(side, '/api/orders', wanted, session);
      const text = await reply.text();
      replies.push(text);
      return JSON.parse(text) as OrderReply;
    };
    const drain = { verb: 'drain', pool: 'web', instanceId: side.pool.instanceIds[1] };
    expect(await order({ ...drain, reason: REASON }, byLink)).toMatchObject({ kind: 'done' });
    const approved = await whileAMoveWaits((moveId) =>
      order({ verb: 'approve', name: 'shop', moveId, isGranted: true }, bySecret),
    );
    expect(approved).toMatchObject({ kind: 'done', result: 'approval-stored' });
    expect(await order({ verb: 'plan', pool: 'web' }, bySecret)).toMatchObject({ kind: 'plan' });
    const isDrained = () => weightOf(side, 1) === 0;
    await until(isDrained, PATIENCE_MS, 'the backend is drained as ordered');

    const authorization = `Bearer ${METRICS_TOKEN}`;
    const scraped = await fetch(`${side.consoleUrl}/metrics`, { headers: { authorization } });
    const metrics = await scraped.text();
    const shown = await pages(bySecret);
    const places = [
      ...side.invocations.map(({ functionName, lines }) => [functionName, lines.join()] as const),
      ...replies.map((text) => ['a reply', text] as const),
      ...shown.map((text) => ['a page of the console', text] as const),
      ['metrics', metrics] as const,
      ...collector.bodies.map((text) => ['a trace', text] as const),
      ...robot.received.map(({ text }) => ['a message', text] as const),
      ['the store', await storeText()] as const,
    ];
    const look = (secrets: Readonly<Record<string, string>>): SecretSearch => {
      const search = new SecretSearch(secrets);
      for (const [place, text] of places) search.look(place, text);
      expect(search.lookInFolder(side.archiveFolder)).toBeGreaterThan(0);
      return search;
    };
    const planted = look({ person: PERSON, reason: REASON }).findings;
    const where = new Set(planted.map(({ place }) => place));
    expect([...where]).toEqual(
      expect.arrayContaining(['evenkeel-console', 'a page of the console', 'a reply', 'the store']),
    );
    expect([...where].filter((place) => place.endsWith('.json.gz'))).not.toEqual([]);
    const search = look({
      ...temporary,
      'session by secret': bySecret.cookie.split('=')[1] ?? '',
      'session by link': byLink.cookie.split('=')[1] ?? '',
      link,
      ...{ 'request token': bySecret.token, 'request token by link': byLink.token },
      'access key': side.region.accessKeySecret,
      'alarm secret': side.alarmSecret ?? '',
      'console secret': secret,
      'approval secret': APPROVAL_SECRET,
      'voter secret': VOTER_SECRET,
      'store password': STORE_PASSWORD,
      'channel token': CHANNEL_TOKEN,
      'channel secret': CHANNEL_SECRET,
      'mail password': MAIL_PASSWORD,
      'collector token': TRACE_TOKEN,
      'metrics token': METRICS_TOKEN,
    });
    expect(search.findings).toEqual([]);
    expect(exposedValue(metrics, 'evenkeel_pool_members', { pool: 'web' })).toBe(4);
    expect(exposedValue(metrics, 'evenkeel_notices_total', { outcome: 'failed' })).toBeGreaterThan(
      0,
    );
    expect(side.invocations.flatMap(({ lines }) => lines).join()).toContain('"tickId":"');
    expect(search.looked).toBeGreaterThan(30);
  },
  3 * PATIENCE_MS,
);

/** Every key of the store with its value, dumped. */
async function storeText(): Promise<string> {
  const { Redis } = await import('ioredis');
  const client = new Redis({ port: redis.port, host: '127.0.0.1', password: STORE_PASSWORD });
  try {
    const keys = await client.keys('*');
    const values = await Promise.all(keys.map(async (key) => client.dumpBuffer(key)));
    return [...keys, ...values.map((value) => value.toString('latin1'))].join('\n');
  } finally {
    client.disconnect();
  }
}
