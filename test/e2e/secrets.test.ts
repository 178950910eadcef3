import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import { type ChannelServer, startChannelServer } from '../support/channel-server';
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
    startRedis({ more: ['--requirepass', STORE_PASSWORD] }),
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
    },
    environment: {
      EVENKEEL_STORE: `redis://127.0.0.1:${redis.port}?password=env:STORE_PASSWORD`,
      STORE_PASSWORD,
      OPS_URL: `${new URL(robot.url).origin}/robot/send?access_token=${CHANNEL_TOKEN}`,
      OPS_SECRET: CHANNEL_SECRET,
      MAIL_URL: `smtp://ops@localhost:${mail.port}`,
      MAIL_PASSWORD,
      METRICS_TOKEN,
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

const get = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
  (await fetch(`${side.consoleUrl ?? ''}${path}`, { headers })).text();

/** What callers of on-alarm are answered, with the right secret, a wrong one and nonsense. */
async function ring(): Promise<readonly string[]> {
  const call = async (path: string, body: string): Promise<string> =>
    (await fetch(`${side.triggerUrl ?? ''}${path}`, { method: 'POST', body })).text();
  return Promise.all([
    call(`/${side.alarmSecret ?? ''}`, '{"pools":["web"]}'),
    call(`/${side.alarmSecret ?? ''}x`, '{"pools":["web"]}'),
    call(`/${side.alarmSecret ?? ''}`, `{"pools":["${side.alarmSecret ?? ''}"`),
  ]);
}

it(
  'no secret of a run stands in a log, a tick, a reply, a page, a metric, a trace, a message or the store',
  async () => {
    await side.region.ecs.injectFaults(side.pool.instanceIds[0]!, { isCrashed: true });
    await until(() => weightOf(side, 0) === 0, PATIENCE_MS, 'the crashed backend is drained');
    const replies = await ring();
    const hasTold = () => robot.received.length > 0;
    await until(hasTold, PATIENCE_MS, 'people are told, in vain');
    const isTraced = () => collector.spans.some(({ name }) => name === 'apply');
    await until(isTraced, PATIENCE_MS, 'a turn is traced');
    const authorization = `Bearer ${METRICS_TOKEN}`;
    const metrics = await get('/metrics', { authorization });
    const pages = await Promise.all(
      [
        '/',
        '/app.js',
        '/healthz',
        '/metrics',
        '/api/overview',
        '/api/session',
        '/api/orders',
        '/api/pools/web',
        '/api/pools/web/ticks',
        '/nowhere',
      ].map(async (path) => get(path)),
    );
    const search = new SecretSearch({
      ...temporary,
      'access key': side.region.accessKeySecret,
      'alarm secret': side.alarmSecret ?? '',
      'console secret': side.consoleSecret ?? '',
      'store password': STORE_PASSWORD,
      'channel token': CHANNEL_TOKEN,
      'channel secret': CHANNEL_SECRET,
      'mail password': MAIL_PASSWORD,
      'collector token': TRACE_TOKEN,
      'metrics token': METRICS_TOKEN,
    });
    for (const { functionName, lines } of side.invocations) search.look(functionName, lines.join());
    expect(search.lookInFolder(side.archiveFolder)).toBeGreaterThan(0);
    for (const reply of replies) search.look('a reply of on-alarm', reply);
    for (const page of pages) search.look('a page of the console', page);
    search.look('metrics', metrics);
    for (const body of collector.bodies) search.look('a trace', body);
    for (const { text } of robot.received) search.look('a message', text);
    search.look('the store', await storeText());
    expect(search.findings).toEqual([]);
    expect(exposedValue(metrics, 'evenkeel_pool_members', { pool: 'web' })).toBe(4);
    expect(exposedValue(metrics, 'evenkeel_notices_total', { outcome: 'failed' })).toBeGreaterThan(
      0,
    );
    expect(side.invocations.flatMap(({ lines }) => lines).join()).toContain('"tickId":"');
    expect(search.looked).toBeGreaterThan(15);
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
