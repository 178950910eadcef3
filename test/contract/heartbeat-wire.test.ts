import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { PutCustomMetricRequest, PutCustomMetricRequestMetricList } from '@alicloud/cms20190101';
import { afterEach, describe, expect, it } from '@jest/globals';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import {
  CustomMetricHeartbeat,
  HEARTBEAT_METRIC,
} from '../../shared/adapters/alicloud/custom-metric-heartbeat';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { instant, millis } from '../../shared/domain/units';
import { officialCms } from '../support/openapi-clients';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0))
    await new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    });
});

/** What is the same in each call of the same client, as it stands on the wire. */
interface Wire {
  readonly method: string | undefined;
  readonly path: string;
  readonly parameters: readonly (readonly [string, string])[];
  readonly action: unknown;
  readonly version: unknown;
  readonly type: unknown;
}

/** CloudMonitor’s address: keeps what arrives, and is content with everything. */
async function startRecorder(): Promise<{ readonly endpoint: string; readonly calls: Wire[] }> {
  const calls: Wire[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const body = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const parameters = [...url.searchParams, ...body].sort(([one], [other]) =>
        one < other ? -1 : 1,
      );
      const { headers, method } = request;
      calls.push({
        ...{ method, path: url.pathname, parameters },
        ...{ action: headers['x-acs-action'], version: headers['x-acs-version'] },
        type: body.size === 0 ? null : headers['content-type'],
      });
      response.setHeader('content-type', 'application/json');
      response.end('{"Code":"200","Message":"success","RequestId":"r-1"}');
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

const AT = instant(1_767_225_600_000);
const KEY = { accessKeyId: 'key', accessKeySecret: 'secret' };

describe('the heartbeat’s call', () => {
  it('is that of the vendor’s own client, parameter for parameter', async () => {
    const { endpoint, calls } = await startRecorder();
    const rpc = new SignedRpc({
      ...{ endpoint, regionId: 'cn-local', protocol: 'HTTP' },
      credentials: givenCredentials(KEY),
      clock: { now: () => instant(Date.now()), sleep: () => Promise.resolve() },
    });
    const clock = { now: () => AT, sleep: () => Promise.resolve() };
    const ours = new CustomMetricHeartbeat({ rpc, regionId: 'cn-local', clock });
    await ours.beat(millis(42_400), { deadline: instant(Date.now() + 5_000) });
    await officialCms({ endpoint, ...KEY }).putCustomMetric(
      new PutCustomMetricRequest({
        regionId: 'cn-local',
        metricList: [
          new PutCustomMetricRequestMetricList({
            ...{ groupId: '0', metricName: HEARTBEAT_METRIC, type: '0', time: String(AT) },
            ...{ dimensions: '{"region":"cn-local"}', values: '{"value":42}' },
          }),
        ],
      }),
    );
    const [sent, official] = calls;
    expect(sent).toEqual(official);
    expect(sent).toMatchObject({ action: 'PutCustomMetric', version: '2019-01-01' });
    expect(sent?.parameters).toContainEqual(['MetricList.1.MetricName', 'evenkeel_heartbeat']);
  });
});
