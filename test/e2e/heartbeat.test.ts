import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { installHeartbeatAlarm } from '../../infra/rehearsal/install-heartbeat-alarm';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { SystemClock } from '../../shared/adapters/system/system-clock';
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
  });
}, 120_000);
afterAll(async () => {
  await side.stop();
  pager.close();
}, 60_000);

const heartbeats = () =>
  side.region.requestLog.find({ action: 'PutCustomMetric' }).filter(({ status }) => status === 200);

it(
  'the loop tells CloudMonitor that it is alive, and when its functions are gone the alarm calls people',
  async () => {
    const { regionId, endpoints, accessKeyId, accessKeySecret } = side.region;
    const clock = new SystemClock();
    const rpc = new SignedRpc({
      ...{ regionId, clock, endpoint: endpoints.openapi, protocol: 'HTTP' },
      credentials: givenCredentials({ accessKeyId, accessKeySecret }),
    });
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
