import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { realClock } from '../../infra/local/clock';
import { cmsService } from '../../infra/local/cms/actions';
import { CmsModel } from '../../infra/local/cms/cms-model';
import { httpPoster } from '../../infra/local/cms/http-poster';
import { REHEARSAL_TIMES, type TimeProfile } from '../../infra/local/contracts';
import { detectAddressMode, loopbackAddresses } from '../../infra/local/ecs/address-plan';
import { ecsMetricSource } from '../../infra/local/ecs/ecs-metric-source';
import { EcsModel } from '../../infra/local/ecs/ecs-model';
import { ProcessRuntime } from '../../infra/local/ecs/process-runtime';
import { ensureBuilt } from '../support/build';
import { eventually } from '../support/eventually';
import { callAction } from '../support/wire';

interface Call {
  readonly contentType: string | undefined;
  readonly form: Readonly<Record<string, string>>;
  readonly at: number;
}

interface Receiver {
  readonly url: string;
  readonly calls: Call[];
  /** Statuses of the next answers; 200 when it is empty. */
  readonly statuses: number[];
  readonly server: Server;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const startReceiver = async (): Promise<Receiver> => {
  const calls: Call[] = [];
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    calls.push({ contentType: request.headers['content-type'], form, at: performance.now() });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alarm?secret=s`,
    calls,
    statuses,
    server,
  };
};

/** Periods of 200 ms, so that an alarm takes a second. */
const QUICK: TimeProfile = { ...REHEARSAL_TIMES, metricPeriodMs: 200, metricDelayMs: 20 };

describe('an alarm on what a real process does', () => {
  const stops: (() => Promise<void> | void)[] = [];
  beforeAll(() => ensureBuilt());
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  const region = async () => {
    const runtime = new ProcessRuntime({ service: { serviceTimeMs: 40 } });
    const clock = realClock();
    const addresses = await loopbackAddresses({ mode: await detectAddressMode(), network: 73 });
    const ecs = new EcsModel({ regionId: 'cn-hangzhou', clock, times: QUICK, runtime, addresses });
    const cms = new CmsModel({
      regionId: 'cn-hangzhou',
      clock,
      times: QUICK,
      sources: [ecsMetricSource(ecs)],
      post: httpPoster,
    });
    const receiver = await startReceiver();
    stops.push(
      () => runtime.stopAll(),
      () => void receiver.server.close(),
      cms.start(),
    );
    const instanceId = await ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true });
    return { ecs, service: cmsService(cms), receiver, instance: ecs.find(instanceId)! };
  };

  const rule = (url: string, instanceId: string) => ({
    ...{
      RuleId: 'busy',
      RuleName: 'busy',
      Namespace: 'acs_ecs_dashboard',
      MetricName: 'CPUUtilization',
      ContactGroups: 'people',
      Webhook: url,
    },
    ...{
      Resources: JSON.stringify([{ instanceId }]),
      'Escalations.Warn.Statistics': 'Average',
      'Escalations.Warn.Threshold': '60',
    },
    ...{
      'Escalations.Warn.ComparisonOperator': 'GreaterThanOrEqualToThreshold',
      'Escalations.Warn.Times': '2',
    },
  });

  /** Keeps both vCPUs busy until it is stopped. */
  const load = (place: { readonly address: string; readonly servicePort: number }) => {
    const stopping = new AbortController();
    const client = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        await fetch(`http://${place.address}:${place.servicePort}/`).then(async (response) =>
          response.text(),
        );
      }
    };
    const clients = Promise.all(Array.from({ length: 4 }, client));
    return async (): Promise<void> => {
      stopping.abort();
      await clients;
    };
  };

  it('posts a form when real load makes it busy, three times where it is refused, and an OK when the load is gone', async () => {
    const { service, receiver, instance } = await region();
    receiver.statuses.push(500, 500, 500);
    await callAction(service, 'PutResourceMetricRule', rule(receiver.url, instance.instanceId));
    const unload = load(instance);
    try {
      await eventually(
        () => receiver.calls.length,
        (count) => count >= 3,
      );
    } finally {
      await unload();
    }
    const tries = receiver.calls.slice(0, 3);
    expect(tries.map(({ form }) => form['transId'])).toEqual(
      Array.from({ length: 3 }, () => tries[0]?.form['transId']),
    );
    expect(tries[0]?.contentType).toBe('application/x-www-form-urlencoded; charset=UTF-8');
    expect(tries[0]?.form).toMatchObject({
      alertState: 'ALERT',
      triggerLevel: 'WARN',
      rawMetricName: 'CPUUtilization',
      unit: '%',
    });
    expect(Number(tries[0]?.form['curValue'])).toBeGreaterThanOrEqual(60);

    const recovery = await eventually(
      () => receiver.calls.find(({ form }) => form['alertState'] === 'OK'),
      (call) => call !== undefined,
    );
    expect(recovery?.form).toMatchObject({
      triggerLevel: 'OK',
      preTriggerLevel: 'WARN',
      transId: tries[0]?.form['transId'],
    });
    const log = async () =>
      (await callAction(service, 'DescribeAlertLogList', { RuleId: 'busy' })).rows('AlertLogList');
    const rows = await eventually(
      log,
      (found) =>
        found.length >= 2 &&
        found.every(({ WebhookList }) => (WebhookList as object[]).length === 1),
    );
    expect(rows.at(-1)).toMatchObject({
      Level: 'WARN',
      SendStatus: '1',
      WebhookList: [{ code: '500', url: receiver.url }],
    });
    expect(rows[0]).toMatchObject({ Level: 'OK', SendStatus: '0', WebhookList: [{ code: '200' }] });
  });

  it('writes down that nobody listened', async () => {
    const { service, receiver, instance } = await region();
    receiver.server.close();
    const parameters = {
      ...rule(receiver.url, instance.instanceId),
      'Escalations.Warn.Threshold': '0',
    };
    await callAction(service, 'PutResourceMetricRule', parameters);
    const log = async () =>
      (await callAction(service, 'DescribeAlertLogList')).rows('AlertLogList');
    const [row] = await eventually(
      log,
      ([found]) => ((found?.['WebhookList'] as object[] | undefined)?.length ?? 0) > 0,
    );
    expect(row).toMatchObject({
      SendStatus: '1',
      WebhookList: [{ code: '-1', message: expect.stringContaining('ECONNREFUSED') }],
    });
  });
});
