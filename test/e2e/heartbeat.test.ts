import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { installHeartbeatAlarm } from '../../infra/rehearsal/install-heartbeat-alarm';
import { POOL_NAME, startSide, type Side } from '../../infra/rehearsal/start-side';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { FileTickArchive } from '../../shared/adapters/file/file-tick-archive';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { instant } from '../../shared/domain/units';
import { ensureBuilt } from '../support/build';
import { until } from '../support/until';

const PATIENCE_MS = 120_000;
const TIMER = 'evenkeel-on-timer';

let side: Side;
let pager: Server;
const calls: string[] = [];

beforeAll(async () => {
  ensureBuilt();
  pager = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      calls.push(new URLSearchParams(body).get('alertState') ?? body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => pager.listen(0, '127.0.0.1', resolve));
  side = await startSide({
    timeoutMsMin: 30_000,
    name: 'heartbeat',
    network: 92,
    wakes: 'timer',
    pool: { instanceTypes: ['ecs.c7.large', 'ecs.c7.large'] },
    policy: { mode: 'observe' },
    sections: { customMetrics: {} },
  });
}, 120_000);
afterAll(async () => {
  await side.stop();
  pager.close();
}, 60_000);

const clock = new SystemClock();
const cloudMonitor = (): SignedRpc => {
  const { regionId, endpoints, accessKeyId, accessKeySecret } = side.region;
  return new SignedRpc({
    ...{ regionId, clock, endpoint: endpoints.openapi, protocol: 'HTTP' },
    credentials: givenCredentials({ accessKeyId, accessKeySecret }),
  });
};

/** The last value of a custom metric of the pool, as whoever draws it in CloudMonitor reads it. */
async function figureOf(metricName: string): Promise<number | undefined> {
  const query = {
    Namespace: `acs_customMetric_${side.region.cms.accountId}`,
    MetricName: metricName,
    Dimensions: JSON.stringify([{ region: side.region.regionId, pool: POOL_NAME }]),
  };
  const reply = await cloudMonitor().call(
    { product: 'Cms', version: '2019-01-01', action: 'DescribeMetricLast', query },
    { deadline: instant(clock.now() + 10_000) },
  );
  const points = JSON.parse((reply['Datapoints'] as string | undefined) ?? '[]') as readonly {
    Value?: number;
  }[];
  return points.at(-1)?.Value;
}

it('figures of a pool are written to CloudMonitor each minute, and can be read there', async () => {
  const isRead = async (name: string, value: number): Promise<boolean> =>
    (await figureOf(name)) === value;
  await until(
    async () =>
      (await isRead('evenkeel_pool_members', 2)) && (await isRead('evenkeel_pool_healthy', 2)),
    PATIENCE_MS,
    'both backends are healthy in CloudMonitor',
  );
  expect(await figureOf('evenkeel_pool_unhealthy_seconds')).toBe(0);
}, 150_000);

it('a webhook of Alertmanager becomes a tick', async () => {
  const archive = new FileTickArchive({ folder: side.archiveFolder, clock });
  const postedAt = Date.now();
  const alert = { status: 'firing', labels: { alertname: 'Slow', pool: POOL_NAME } };
  const reply = await fetch(side.triggerUrl!, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${side.alarmSecret!}`,
    },
    body: JSON.stringify({
      ...{ version: '4', groupKey: '{}', status: 'firing', receiver: 'evenkeel' },
      ...{ commonLabels: { alertname: 'Slow' }, alerts: [alert] },
    }),
  });
  expect([reply.status, await reply.json()]).toMatchObject([202, { pools: [POOL_NAME] }]);
  // `dirty`: the timer’s worker was at it, saw the mark and looked again.
  const wakes = async () =>
    (await archive.list(POOL_NAME, { limit: 50 }))
      .filter(({ at }) => at >= postedAt)
      .map(({ wake }) => wake);
  await until(
    async () => (await wakes()).some((wake) => wake === 'alarm' || wake === 'dirty'),
    PATIENCE_MS,
    'the alert has become a tick',
    () => JSON.stringify(side.invocations.slice(-4)),
  );
  const lines = side.invocations.flatMap((invocation) => invocation.lines).join();
  expect(lines).toContain('alerts Slow firing: 1 firing, 0 resolved');
}, 150_000);

const heartbeats = () =>
  side.region.requestLog.find({ action: 'PutCustomMetric' }).filter(({ status }) => status === 200);

it(
  'the loop tells CloudMonitor that it is alive, and when its functions are gone the alarm calls people',
  async () => {
    const rpc = cloudMonitor();
    const { regionId } = side.region;
    const webhook = `http://127.0.0.1:${(pager.address() as AddressInfo).port}/`;
    const { accountId } = side.region.cms;
    await installHeartbeatAlarm({ rpc, clock, regionId, accountId, webhook, periodSeconds: 120 });
    await until(() => heartbeats().length >= 2, PATIENCE_MS, 'two heartbeats came');
    expect(calls).not.toContain('ALERT');
    await side.host!.stop();
    const heard = heartbeats().length;
    const before = calls.length;
    await until(
      () => calls.slice(before).includes('INSUFFICIENT_DATA'),
      PATIENCE_MS,
      'the pager was called',
    );
    expect(heartbeats()).toHaveLength(heard);
    expect(
      side.invocations.filter(({ functionName }) => functionName === TIMER).length,
    ).toBeGreaterThan(0);
  },
  2 * PATIENCE_MS,
);
