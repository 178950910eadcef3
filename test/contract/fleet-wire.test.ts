import {
  DeleteInstancesRequest,
  DescribeInstanceHistoryEventsRequest,
  DescribeInstancesRequest,
  DescribeInstancesRequestTag,
  DescribeLaunchTemplateVersionsRequest,
  DescribeSpotPriceHistoryRequest,
  ListTagResourcesRequest,
  ListTagResourcesRequestTag,
  RunInstancesRequest,
  RunInstancesRequestTag,
  StartInstancesRequest,
  StopInstancesRequest,
} from '@alicloud/ecs20140526';
import type EcsClient from '@alicloud/ecs20140526';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Action, type Parameters } from '../../infra/local/contracts';
import { realClock } from '../../infra/local/clock';
import { AccessKeys, randomAccessKey } from '../../infra/local/openapi/access-keys';
import { ControlPlane } from '../../infra/local/openapi/control-plane';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { productionPorts } from '../../shared/adapters/production';
import { type LaunchOption } from '../../shared/domain/scale-policy';
import { instant } from '../../shared/domain/units';
import { type Ports } from '../../shared/ports/ports';
import { officialEcs, officialPop, type RegionAccess } from '../support/openapi-clients';

type Seen = readonly [string, Parameters];

const seen: Seen[] = [];
const key = randomAccessKey('1234567890');
const answering = (replies: Readonly<Record<string, object>>): Readonly<Record<string, Action>> =>
  Object.fromEntries(
    Object.entries(replies).map(([action, reply]) => [
      action,
      (parameters: Parameters) => {
        seen.push([action, parameters]);
        return reply;
      },
    ]),
  );
const entry = (index: number): object => ({
  InstanceId: `i-${index}`,
  Status: 'Running',
  Cpu: 2,
  CreationTime: '2026-11-21T03:00Z',
  Tags: { Tag: [{ TagKey: 'evenkeel:pool', TagValue: 'web' }] },
});

const controlPlane = new ControlPlane({
  regionId: 'cn-local',
  clock: realClock(),
  services: [
    {
      product: 'Ecs',
      version: '2014-05-26',
      actions: answering({
        RunInstances: { InstanceIdSets: { InstanceIdSet: ['i-1'] } },
        StartInstances: {},
        StopInstances: {},
        DeleteInstances: {},
        // So many on one page that the filter by tag is not believed.
        DescribeInstances: {
          Instances: { Instance: Array.from({ length: 1000 }, (_, index) => entry(index)) },
        },
        ListTagResources: { TagResources: { TagResource: [{ ResourceId: 'i-1' }] } },
        DescribeInstanceHistoryEvents: { InstanceSystemEventSet: { InstanceSystemEventType: [] } },
        DescribeSpotPriceHistory: { SpotPrices: { SpotPriceType: [] } },
        DescribeLaunchTemplateVersions: {
          LaunchTemplateVersionSets: { LaunchTemplateVersionSet: [] },
        },
      }),
    },
    {
      product: 'Slb',
      version: '2014-05-15',
      actions: answering({
        AddBackendServers: {},
        AddVServerGroupBackendServers: {},
        RemoveBackendServers: {},
        RemoveVServerGroupBackendServers: {},
        DescribeLoadBalancerAttribute: { BackendServers: { BackendServer: [] } },
        DescribeVServerGroupAttribute: { BackendServers: { BackendServer: [] } },
        DescribeLoadBalancerListeners: { Listeners: [] },
      }),
    },
  ],
});
let gateway: Gateway;
let access: RegionAccess;
let ports: Ports;

beforeAll(async () => {
  gateway = await startGateway({ controlPlane, accessKeys: new AccessKeys([key]) });
  access = { endpoint: gateway.endpoint, ...key };
  ports = productionPorts({
    regionId: 'cn-local',
    mode: 'enforce',
    store: { kind: 'memory' },
    archive: { kind: 'memory' },
    credentials: givenCredentials(key),
    // Nothing that is added here is ever to be seen: the waits for it take no time.
    clock: { now: () => instant(Date.now()), sleep: () => Promise.resolve() },
    endpoint: gateway.endpoint,
    protocol: 'HTTP',
  });
});
afterAll(async () => gateway.stop());
beforeEach(() => void seen.splice(0));

const soon = () => ({ deadline: instant(Date.now() + 5_000) });
const regionId = 'cn-local';
const OPTION: LaunchOption = {
  name: 'spot',
  zoneId: 'cn-local-a',
  vSwitchId: 'vsw-a',
  instanceType: 'ecs.c7.large',
  chargeType: 'spot',
  spotPriceMax: 1056,
  weight: null,
};
const TAG = { key: 'evenkeel:pool', value: 'web & co' };

/** What one side sent of one action. */
async function sent(action: string, call: () => Promise<unknown>): Promise<readonly Parameters[]> {
  seen.splice(0);
  await call();
  return seen.filter(([name]) => name === action).map(([, parameters]) => parameters);
}

describe('on the wire the fleet cannot be told from the vendor’s own client', () => {
  it.each<readonly [string, () => Promise<unknown>, (client: EcsClient) => Promise<unknown>]>([
    [
      'RunInstances',
      () =>
        ports.fleet.launch(
          {
            clientToken: 'token-1',
            templateId: 'lt-1',
            templateVersion: 3,
            option: OPTION,
            count: 7,
            tags: { [TAG.key]: TAG.value, 'evenkeel:launch': 'launch-1' },
          },
          soon(),
        ),
      (client) =>
        client.runInstances(
          new RunInstancesRequest({
            regionId,
            launchTemplateId: 'lt-1',
            launchTemplateVersion: 3,
            zoneId: 'cn-local-a',
            vSwitchId: 'vsw-a',
            instanceType: 'ecs.c7.large',
            instanceChargeType: 'PostPaid',
            spotStrategy: 'SpotWithPriceLimit',
            spotPriceLimit: 1.056,
            amount: 7,
            minAmount: 1,
            clientToken: 'token-1',
            tag: [
              new RunInstancesRequestTag(TAG),
              new RunInstancesRequestTag({ key: 'evenkeel:launch', value: 'launch-1' }),
            ],
          }),
        ),
    ],
    [
      'StartInstances',
      () => ports.fleet.start(['i-1', 'i-2'], soon()),
      (client) =>
        client.startInstances(
          new StartInstancesRequest({
            regionId,
            instanceId: ['i-1', 'i-2'],
            batchOptimization: 'SuccessFirst',
          }),
        ),
    ],
    [
      'StopInstances',
      () => ports.fleet.stopEconomically(['i-1', 'i-2'], soon()),
      (client) =>
        client.stopInstances(
          new StopInstancesRequest({
            regionId,
            instanceId: ['i-1', 'i-2'],
            stoppedMode: 'StopCharging',
            forceStop: false,
            batchOptimization: 'SuccessFirst',
          }),
        ),
    ],
    [
      'DeleteInstances',
      () => ports.fleet.remove(['i-1', 'i-2'], { force: false }, soon()),
      (client) =>
        client.deleteInstances(
          new DeleteInstancesRequest({
            regionId,
            instanceId: ['i-1', 'i-2'],
            force: true,
            forceStop: false,
          }),
        ),
    ],
    [
      'DescribeInstanceHistoryEvents',
      () => ports.fleet.describeFailedLaunches(['i-1'], soon()),
      (client) =>
        client.describeInstanceHistoryEvents(
          new DescribeInstanceHistoryEventsRequest({
            regionId,
            resourceType: 'instance',
            resourceId: ['i-1'],
            instanceEventType: ['SystemFailure.Delete'],
            instanceEventCycleStatus: ['Executing', 'Executed'],
            maxResults: 100,
          }),
        ),
    ],
    [
      'DescribeSpotPriceHistory',
      () => ports.fleet.spotPrices([OPTION], soon()),
      (client) =>
        client.describeSpotPriceHistory(
          new DescribeSpotPriceHistoryRequest({
            regionId,
            instanceType: 'ecs.c7.large',
            networkType: 'vpc',
            OSType: 'linux',
            offset: 0,
          }),
        ),
    ],
    [
      'DescribeLaunchTemplateVersions',
      () => ports.fleet.describeTemplate('lt-1', 3, soon()),
      (client) =>
        client.describeLaunchTemplateVersions(
          new DescribeLaunchTemplateVersionsRequest({
            regionId,
            launchTemplateId: 'lt-1',
            detailFlag: true,
            launchTemplateVersion: [3],
          }),
        ),
    ],
    [
      'ListTagResources',
      () => ports.fleet.describeOwned(TAG.key, TAG.value, soon()),
      (client) =>
        client.listTagResources(
          new ListTagResourcesRequest({
            regionId,
            resourceType: 'instance',
            tag: [new ListTagResourcesRequestTag(TAG)],
          }),
        ),
    ],
  ])('%s', async (action, ours, theirs) => {
    const expected = await sent(action, () => theirs(officialEcs(access)));
    expect(expected).toHaveLength(1);
    expect(await sent(action, ours)).toEqual(expected);
  });

  it('DescribeInstances, by tag and then by id', async () => {
    const client = officialEcs(access);
    const describe = (more: object) => () =>
      client.describeInstances(
        new DescribeInstancesRequest({ regionId, maxResults: 100, ...more }),
      );
    const byTag = { tag: [new DescribeInstancesRequestTag(TAG)] };
    const expected = [
      ...(await sent('DescribeInstances', describe(byTag))),
      ...(await sent('DescribeInstances', describe({ instanceIds: '["i-1"]' }))),
    ];
    const ours = () => ports.fleet.describeOwned(TAG.key, TAG.value, soon());
    expect(await sent('DescribeInstances', ours)).toEqual(expected);
  });
});

describe('on the wire members come and go as with the vendor’s generic client', () => {
  const DEFAULT = { loadBalancerId: 'lb-1', serverGroupId: 'default' };
  const GROUP = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' };
  const added = [{ serverId: 'i-1', port: 8080, weight: 0 }];
  const list = (more: object): string =>
    JSON.stringify([{ ServerId: 'i-1', ...more, Type: 'ecs' }]);

  it.each<readonly [string, () => Promise<unknown>, object]>([
    [
      'AddBackendServers',
      () => ports.loadBalancer.addMembers(DEFAULT, added, soon()),
      { LoadBalancerId: 'lb-1', BackendServers: list({ Weight: 0 }) },
    ],
    [
      'AddVServerGroupBackendServers',
      () => ports.loadBalancer.addMembers(GROUP, added, soon()),
      { VServerGroupId: 'rsp-1', BackendServers: list({ Port: 8080, Weight: 0 }) },
    ],
    [
      'RemoveBackendServers',
      () => ports.loadBalancer.removeMembers(DEFAULT, added, soon()),
      { LoadBalancerId: 'lb-1', BackendServers: list({}) },
    ],
    [
      'RemoveVServerGroupBackendServers',
      () => ports.loadBalancer.removeMembers(GROUP, added, soon()),
      { VServerGroupId: 'rsp-1', BackendServers: list({ Port: 8080 }) },
    ],
  ])('%s', async (action, ours, query) => {
    const parameters = { RegionId: regionId, ...query };
    const theirs = () => officialPop(access).request(action, parameters, { method: 'POST' });
    const expected = await sent(action, theirs);
    expect(expected).toHaveLength(1);
    expect(await sent(action, ours)).toEqual(expected);
  });
});
