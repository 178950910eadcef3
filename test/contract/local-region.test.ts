import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  DescribeMetricLastRequest,
  PutResourceMetricRuleRequest,
  PutResourceMetricRuleRequestEscalations,
  PutResourceMetricRuleRequestEscalationsCritical,
} from '@alicloud/cms20190101';
import {
  DescribeInstancesRequest,
  DescribeInvocationResultsRequest,
  RunCommandRequest,
} from '@alicloud/ecs20140526';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { REHEARSAL_TIMES } from '../../infra/local/contracts';
import { type AddressMode } from '../../infra/local/ecs/address-plan';
import { isKnownAction } from '../../infra/local/openapi/parameter-check';
import { type LocalRegion, startLocalRegion } from '../../infra/local/region';
import { Slb } from '../../shared/adapters/alicloud/slb';
import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { instant, type Instant, type Millis } from '../../shared/domain/units';
import { ensureBuilt } from '../support/build';
import {
  officialCms,
  officialEcs,
  officialPop,
  type RegionAccess,
} from '../support/openapi-clients';
import { eventually } from '../support/eventually';

const clock = {
  now: (): Instant => instant(Date.now()),
  sleep: (span: Millis): Promise<void> =>
    new Promise((resolve) => void setTimeout(resolve, Math.max(0, span))),
};
const soon = (): { readonly deadline: Instant } => ({ deadline: instant(Date.now() + 8_000) });
const childProcesses = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;

/** Other systems have 127.0.0.1 alone. */
const addressModes: readonly AddressMode[] =
  process.platform === 'linux'
    ? ['address-per-instance', 'port-per-instance']
    : ['port-per-instance'];

beforeAll(ensureBuilt, 60_000);

describe.each(addressModes)('a local region with %s', (addressMode) => {
  let region: LocalRegion | undefined;
  let access: RegionAccess;
  let instanceIds: readonly [string, string];
  let loadBalancerId: string;
  let groupId: string;
  const webhooks: Server[] = [];

  const running = (): LocalRegion => region!;
  const slb = async <T>(action: string, parameters: object): Promise<T> =>
    officialPop(access).request<T>(
      action,
      { RegionId: running().regionId, ...parameters },
      { method: 'POST' },
    );
  const adapter = (): Slb =>
    new Slb({
      rpc: new SignedRpc({
        credentials: givenCredentials(access),
        clock,
        regionId: running().regionId,
        endpoint: access.endpoint,
        protocol: 'HTTP',
      }),
      regionId: running().regionId,
      clock,
      random: { next: () => 0.5 },
    });
  const healthOf = async (instanceId: string): Promise<string | undefined> =>
    (await adapter().describeHealth(loadBalancerId, soon())).find(
      ({ serverId }) => serverId === instanceId,
    )?.verdict;

  /** Who answered each of `count` requests through the load balancer. */
  const answerers = async (count: number): Promise<ReadonlyMap<string, number>> => {
    const { host, port } = running().dataPlane.dataPlaneAddress(loadBalancerId, 80)!;
    const tally = new Map<string, number>();
    const agent = new Agent({ keepAlive: false });
    for (let sent = 0; sent < count; sent += 1) {
      const backend = await new Promise<string>((resolve, reject) => {
        get({ host, port, path: '/', agent }, (response) => {
          response.resume();
          response.on('end', () => resolve(String(response.headers['x-backend'])));
        }).on('error', reject);
      });
      tally.set(backend, (tally.get(backend) ?? 0) + 1);
    }
    return tally;
  };

  beforeAll(async () => {
    region = await startLocalRegion({
      times: { ...REHEARSAL_TIMES, metricPeriodMs: 600, metricDelayMs: 100 },
      addressMode,
      service: { serviceTimeMs: 1 },
      network: 80,
    });
    const { endpoints, accessKeyId, accessKeySecret, ecs } = region;
    access = { endpoint: endpoints.openapi, accessKeyId, accessKeySecret };
    const boot = async (): Promise<string> =>
      ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true });
    instanceIds = [await boot(), await boot()];
    const created = await slb<{ readonly LoadBalancerId: string }>('CreateLoadBalancer', {
      AddressType: 'internet',
    });
    loadBalancerId = created.LoadBalancerId;
    const weights = [30, 90];
    const BackendServers = JSON.stringify(
      instanceIds.map((ServerId, index) => ({
        ServerId,
        Weight: weights[index],
        Port: ecs.find(ServerId)!.servicePort,
      })),
    );
    const group = await slb<{ readonly VServerGroupId: string }>('CreateVServerGroup', {
      LoadBalancerId: loadBalancerId,
      BackendServers,
    });
    groupId = group.VServerGroupId;
    const listener = { LoadBalancerId: loadBalancerId, ListenerPort: 80 };
    const settings = {
      Bandwidth: -1,
      VServerGroupId: groupId,
      healthCheckInterval: 1,
      HealthCheckConnectTimeout: 1,
      HealthyThreshold: 2,
      UnhealthyThreshold: 2,
    };
    const unlocked = (action: string, more: object = {}): Promise<unknown> =>
      eventually(
        () =>
          slb(action, { ...listener, ...more }).then(
            () => 'done',
            (error: unknown) => (error as { code: string }).code,
          ),
        (outcome) => outcome === 'done',
      );
    await unlocked('CreateLoadBalancerTCPListener', settings);
    await unlocked('StartLoadBalancerListener');
    await eventually(
      () => running().dataPlane.dataPlaneAddress(loadBalancerId, 80),
      (address) => address !== undefined,
    );
    for (const id of instanceIds)
      await eventually(
        () => healthOf(id),
        (verdict) => verdict === 'normal',
      );
  }, 60_000);

  afterEach(() => {
    for (const webhook of webhooks.splice(0)) {
      webhook.close();
      webhook.closeAllConnections();
    }
  });
  afterAll(async () => region?.stop(), 20_000);

  it('knows the parameters of every action that it serves', () => {
    const services = { Slb: '2014-05-15', Ecs: '2014-05-26', Cms: '2019-01-01' } as const;
    for (const product of ['Slb', 'Ecs', 'Cms'] as const)
      expect(
        running()
          .controlPlane.actionsOf(services[product])
          .filter((action) => !isKnownAction(product, action)),
      ).toEqual([]);
  });

  it('shows its instances to the vendor’s ECS client', async () => {
    const reply = await officialEcs(access).describeInstances(
      new DescribeInstancesRequest({
        regionId: running().regionId,
        instanceIds: JSON.stringify(instanceIds),
      }),
    );
    expect(
      reply.body?.instances?.instance?.map(({ instanceId, status }) => [instanceId, status]),
    ).toEqual(instanceIds.map((id) => [id, 'Running']));
  });

  it('spreads real requests over real processes by weight, and anew when our adapter changes a weight', async () => {
    const [first, second] = instanceIds;
    expect(Object.fromEntries(await answerers(120))).toEqual({ [first]: 30, [second]: 90 });
    const port = running().ecs.find(first)!.servicePort;
    const readBack = await adapter().setWeights(
      { loadBalancerId, serverGroupId: groupId },
      [{ serverId: first, port, weight: 0 }],
      soon(),
    );
    expect(readBack).toEqual([{ serverId: first, port, weight: 0, state: 'as-wanted' }]);
    await eventually(
      () => answerers(8),
      (tally) => !tally.has(first),
    );
    expect(running().requestLog.counts()['Slb.SetVServerGroupAttribute']).toBe(1);
  });

  it('sees a crash through its health checks and a restart through Cloud Assistant', async () => {
    const [, second] = instanceIds;
    await running().ecs.injectFaults(second, { isCrashed: true });
    await eventually(
      () => healthOf(second),
      (verdict) => verdict === 'abnormal',
    );
    const ecs = officialEcs(access);
    const { body } = await ecs.runCommand(
      new RunCommandRequest({
        regionId: running().regionId,
        type: 'RunShellScript',
        commandContent: 'systemctl restart app',
        instanceId: [second],
      }),
    );
    const result = new DescribeInvocationResultsRequest({
      regionId: running().regionId,
      invokeId: body!.invokeId!,
    });
    await eventually(
      async () =>
        (await ecs.describeInvocationResults(result)).body?.invocation?.invocationResults
          ?.invocationResult?.[0]?.invocationStatus,
      (status) => status === 'Success',
    );
    await eventually(
      () => healthOf(second),
      (verdict) => verdict === 'normal',
    );
  }, 20_000);

  it('measures real traffic, and calls back when an alarm goes off, as the vendor’s CloudMonitor client asked', async () => {
    const bodies: string[] = [];
    const webhook = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => response.end());
    }).listen(0, '127.0.0.1');
    await once(webhook, 'listening');
    webhooks.push(webhook);
    const cms = officialCms(access);
    const resources = JSON.stringify([{ instanceId: loadBalancerId }]);
    const critical = new PutResourceMetricRuleRequestEscalationsCritical({
      statistics: 'Maximum',
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: '1',
      times: 1,
    });
    const put = await cms.putResourceMetricRule(
      new PutResourceMetricRuleRequest({
        ruleId: 'busy',
        ruleName: 'busy',
        namespace: 'acs_slb_dashboard',
        metricName: 'NewConnection',
        contactGroups: 'on-call',
        resources,
        period: '60',
        webhook: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/alarm`,
        escalations: new PutResourceMetricRuleRequestEscalations({ critical }),
      }),
    );
    expect([put.body?.success, put.body?.code]).toEqual([true, '200']);
    await answerers(40);
    const [body = ''] = await eventually(
      () => bodies,
      (received) => received.length > 0,
    );
    expect(new URLSearchParams(body).get('ruleId')).toBe('busy');
    expect(new URLSearchParams(body).get('alertState')).toBe('ALERT');
    const last = new DescribeMetricLastRequest({
      namespace: 'acs_ecs_dashboard',
      metricName: 'CPUUtilization',
      dimensions: JSON.stringify(instanceIds.map((instanceId) => ({ instanceId }))),
    });
    const points = JSON.parse(
      (await cms.describeMetricLast(last)).body?.datapoints ?? '[]',
    ) as readonly object[];
    expect(points).toHaveLength(2);
  }, 20_000);

  it('leaves no process, socket or timer behind, even when instances are booting', async () => {
    const booting = await running().ecs.createInstance({ instanceType: 'ecs.c7.large' });
    running().ecs.start(booting);
    expect(childProcesses()).toBeGreaterThanOrEqual(2);
    await running().stop();
    await eventually(childProcesses, (count) => count === 0, 1_000);
    expect(process.getActiveResourcesInfo()).not.toContain('TCPServerWrap');
    await expect(adapter().describeHealth(loadBalancerId, soon())).rejects.toMatchObject({
      details: { code: 'ConnectionFailed', isAmbiguous: false },
    });
    region = undefined;
  });
});
