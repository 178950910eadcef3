import { connect } from 'node:net';
import {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateRequestTag,
  DeleteInstanceRequest,
  DeleteInstancesRequest,
  DescribeAccountAttributesRequest,
  DescribeAvailableResourceRequest,
  DescribeInstanceHistoryEventsRequest,
  DescribeInstancesRequest,
  DescribeInstancesRequestTag,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplateVersionsRequest,
  DescribeSpotPriceHistoryRequest,
  ListTagResourcesRequest,
  ListTagResourcesRequestTag,
  ModifyInstanceAttributeRequest,
  RunInstancesRequest,
  RunInstancesRequestTag,
  StartInstanceRequest,
  StartInstancesRequest,
  StopInstancesRequest,
} from '@alicloud/ecs20140526';
import type EcsClient from '@alicloud/ecs20140526';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { REHEARSAL_TIMES } from '../../infra/local/contracts';
import { type LocalRegion, startLocalRegion } from '../../infra/local/region';
import { ensureBuilt } from '../support/build';
import { eventually } from '../support/eventually';
import { officialEcs } from '../support/openapi-clients';

const POOL_TAG = { key: 'evenkeel:pool', value: 'web' };
const short = { minMs: 50, maxMs: 100 };

let region: LocalRegion;
let client: EcsClient;
let templateId: string;

/** What `new RunInstancesRequest` and its like take, region included. */
const here = <T extends object>(fields: T): T & { readonly regionId: string } => ({
  regionId: region.regionId,
  ...fields,
});
/** Status and code that the vendor's client throws; `accepted` when it does not. */
const refusalOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => {
      const { statusCode, code } = error as { readonly statusCode: number; readonly code: string };
      return `${statusCode} ${code}`;
    },
  );
const launch = async (more: object = {}): Promise<readonly string[]> => {
  const wish = new RunInstancesRequest(here({ launchTemplateId: templateId, ...more }));
  return (await client.runInstances(wish)).body?.instanceIdSets?.instanceIdSet ?? [];
};
const describeOne = async (instanceId: string) => {
  const wish = new DescribeInstancesRequest(here({ instanceIds: JSON.stringify([instanceId]) }));
  return (await client.describeInstances(wish)).body?.instances?.instance?.[0];
};
const untilStatus = async (instanceId: string, status: string) =>
  eventually(
    () => describeOne(instanceId),
    (instance) => instance?.status === status,
  );
/** Whether something listens where the instance's service does. */
const answers = async (place: {
  readonly address: string;
  readonly servicePort: number;
}): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(place.servicePort, place.address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
/** A launched instance whose service answers. */
const serving = async (more: object = {}): Promise<string> => {
  const [id = ''] = await launch(more);
  await eventually(
    () => region.ecs.find(id)?.isServiceUp,
    (isUp) => isUp === true,
  );
  return id;
};

beforeAll(async () => {
  ensureBuilt();
  region = await startLocalRegion({
    times: REHEARSAL_TIMES,
    network: 90,
    service: { serviceTimeMs: 1 },
    ecsSettings: { bootTimes: { pending: short, running: short, guest: short, service: short } },
  });
  const { endpoints, accessKeyId, accessKeySecret } = region;
  client = officialEcs({ endpoint: endpoints.openapi, accessKeyId, accessKeySecret });
  const template = new CreateLaunchTemplateRequest(
    here({
      launchTemplateName: 'web',
      imageId: 'local_image',
      instanceType: 'ecs.c7.large',
      securityGroupId: 'sg-vpc-local',
      vSwitchId: 'vsw-vpc-local-a',
      zoneId: `${region.regionId}-a`,
      tag: [new CreateLaunchTemplateRequestTag(POOL_TAG)],
    }),
  );
  const { body } = await client.createLaunchTemplate(template);
  templateId = body?.launchTemplateId ?? '';
}, 60_000);
afterAll(async () => region.stop(), 20_000);
beforeEach(() => {
  region.ecs.supply.stock.clear();
  region.ecs.supply.account.balance = 10_000;
});

describe('launching with the vendor’s client', () => {
  it('gives ids of machines that then boot and really serve', async () => {
    const ids = await launch({ amount: 2, instanceName: 'web-[1,2]' });
    expect(ids).toHaveLength(2);
    const [id = ''] = ids;
    expect((await describeOne(id))?.status).toMatch(/Pending|Starting|Running/);
    const place = region.ecs.find(id)!;
    await untilStatus(id, 'Running');
    await eventually(
      () => answers(place),
      (isUp) => isUp,
    );
    expect(await describeOne(id)).toMatchObject({
      ...{ instanceName: 'web-01', instanceType: 'ecs.c7.large', imageId: 'local_image' },
      ...{ zoneId: `${region.regionId}-a`, deletionProtection: false, spotStrategy: 'NoSpot' },
      tags: { tag: [{ tagKey: POOL_TAG.key, tagValue: POOL_TAG.value }] },
      vpcAttributes: { vSwitchId: 'vsw-vpc-local-a' },
      creationTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
    });
  }, 20_000);

  it('is found by its tag, page by page', async () => {
    const tag = [new RunInstancesRequestTag({ key: 'batch', value: 'many' })];
    const ids = await launch({ amount: 11, tag });
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const wish = new DescribeInstancesRequest(
        here({
          maxResults: 1,
          tag: [new DescribeInstancesRequestTag({ key: 'batch', value: 'many' })],
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
      );
      const { body } = await client.describeInstances(wish);
      seen.push(...(body?.instances?.instance ?? []).map(({ instanceId }) => instanceId ?? ''));
      nextToken = body?.nextToken;
    } while ((nextToken ?? '') !== '');
    expect(seen).toEqual(ids);
    const resources = new ListTagResourcesRequest(
      here({
        resourceType: 'instance',
        tag: [new ListTagResourcesRequestTag({ key: 'batch', value: 'many' })],
      }),
    );
    const { body } = await client.listTagResources(resources);
    expect(body?.tagResources?.tagResource?.map(({ resourceId }) => resourceId)).toEqual(ids);
    for (const id of ids) await region.ecs.release(id);
  }, 20_000);

  it('keeps a client token', async () => {
    const wish = { clientToken: 'contract-1', amount: 1 };
    const first = await launch(wish);
    expect(await launch(wish)).toEqual(first);
    expect(await refusalOf(launch({ ...wish, amount: 2 }))).toBe('400 IdempotentParameterMismatch');
  });

  it('sells what is in stock, whole or in part', async () => {
    region.ecs.supply.stock.set({ zoneId: `${region.regionId}-a`, isSpot: false, available: 2 });
    expect(await refusalOf(launch({ amount: 3 }))).toBe('403 OperationDenied.NoStock');
    expect(await launch({ amount: 3, minAmount: 1 })).toHaveLength(2);
    expect(await refusalOf(launch())).toBe('403 OperationDenied.NoStock');
    const elsewhere = { zoneId: `${region.regionId}-b`, vSwitchId: 'vsw-vpc-local-b' };
    expect(await launch(elsewhere)).toHaveLength(1);
  });

  it('is told apart: dry run, balance, quota, configuration', async () => {
    expect(await refusalOf(launch({ dryRun: true }))).toBe('400 DryRunOperation');
    expect(await refusalOf(launch({ amount: 101 }))).toBe('403 InvalidParam.Amount');
    expect(await refusalOf(launch({ imageId: 'm-none' }))).toBe('404 InvalidImageId.NotFound');
    expect(await refusalOf(launch({ launchTemplateVersion: 9 }))).toBe(
      '404 InvalidLaunchTemplateVersion.NotFound',
    );
    region.ecs.supply.account.balance = 0;
    expect(await refusalOf(launch())).toBe('403 InsufficientBalance');
    region.ecs.supply.account.balance = 10_000;
    const { vcpuQuota } = region.ecs.supply.account;
    region.ecs.supply.account.vcpuQuota = { onDemand: 1, spot: 1 };
    expect(await refusalOf(launch())).toBe('403 QuotaExceed.ElasticQuota');
    region.ecs.supply.account.vcpuQuota = vcpuQuota;
  });

  it('can fail late, which history tells', async () => {
    region.ecs.launches.failNext({ count: 1, afterMs: 20 });
    const [id = ''] = await launch();
    await eventually(
      () => describeOne(id),
      (instance) => instance === undefined,
    );
    const wish = new DescribeInstanceHistoryEventsRequest(
      here({ instanceEventType: ['SystemFailure.Delete'], resourceId: [id] }),
    );
    const { body } = await client.describeInstanceHistoryEvents(wish);
    expect(body?.instanceSystemEventSet?.instanceSystemEventType).toMatchObject([
      { instanceId: id, eventType: { name: 'SystemFailure.Delete' } },
    ]);
  });
});

describe('stopping, starting and deleting with the vendor’s client', () => {
  it('stops economically, ends the process, keeps the address, and starts only with stock', async () => {
    const id = await serving();
    const place = region.ecs.find(id)!;
    const stop = new StopInstancesRequest(
      here({ instanceId: [id], stoppedMode: 'StopCharging', forceStop: true }),
    );
    const { body } = await client.stopInstances(stop);
    expect(body?.instanceResponses?.instanceResponse).toMatchObject([
      { instanceId: id, code: '200', previousStatus: 'Running', currentStatus: 'Stopping' },
    ]);
    expect(await untilStatus(id, 'Stopped')).toMatchObject({ stoppedMode: 'StopCharging' });
    expect(await answers(place)).toBe(false);
    region.ecs.supply.stock.set({ available: 0 });
    const one = new StartInstanceRequest({ instanceId: id });
    expect(await refusalOf(client.startInstance(one))).toBe('403 OperationDenied.NoStock');
    region.ecs.supply.stock.clear();
    await client.startInstances(new StartInstancesRequest(here({ instanceId: [id] })));
    await eventually(
      () => answers(place),
      (isUp) => isUp,
    );
  }, 20_000);

  it('answers a dry run of a batch with an error that means yes', async () => {
    const id = await serving();
    const stop = new StopInstancesRequest(here({ instanceId: [id], dryRun: true }));
    expect(await refusalOf(client.stopInstances(stop))).toBe('400 DRYRUN.SUCCESS');
  });

  it('deletes a running instance by force only, and ends its process', async () => {
    const id = await serving();
    const place = region.ecs.find(id)!;
    const wish = (more: object = {}) => new DeleteInstanceRequest({ instanceId: id, ...more });
    expect(await refusalOf(client.deleteInstance(wish()))).toBe('403 IncorrectInstanceStatus');
    expect(await refusalOf(client.deleteInstance(wish({ force: true })))).toBe('accepted');
    expect(await answers(place)).toBe(false);
    expect(await describeOne(id)).toBeUndefined();
    expect(await refusalOf(client.deleteInstance(wish({ force: true })))).toBe(
      '404 InvalidInstanceId.NotFound',
    );
  });

  it('deletes a batch whole or not at all', async () => {
    const [good, kept] = [await serving(), await serving()];
    await client.modifyInstanceAttribute(
      new ModifyInstanceAttributeRequest({ instanceId: kept, deletionProtection: true }),
    );
    const many = (ids: string[]) =>
      client.deleteInstances(new DeleteInstancesRequest(here({ instanceId: ids, force: true })));
    expect(await refusalOf(many([good, kept]))).toBe('403 InvalidOperation.DeletionProtection');
    expect((await describeOne(good))?.status).toBe('Running');
    expect(await refusalOf(many([good]))).toBe('accepted');
  }, 20_000);

  it('refuses while a load balancer is configured for the instance', async () => {
    const id = await serving();
    const { servicePort: port } = region.ecs.find(id)!;
    const group = region.slb.provision(() => {
      const { loadBalancerId } = region.slb.createLoadBalancer({ vpcId: 'vpc-local' });
      return region.slb.createGroup(loadBalancerId, 'web', [{ serverId: id, port }]);
    });
    const remove = () =>
      refusalOf(client.deleteInstance(new DeleteInstanceRequest({ instanceId: id, force: true })));
    expect(await remove()).toBe('400 DependencyViolation.SLBConfiguring');
    region.slb.removeBackends({ kind: 'group', groupId: group.groupId }, [{ serverId: id, port }]);
    expect(await remove()).toBe('400 DependencyViolation.SLBConfiguring');
    await eventually(remove, (outcome) => outcome === 'accepted');
  });
});

describe('what the vendor’s client reads before it launches', () => {
  it('templates and their versions', async () => {
    const templates = await client.describeLaunchTemplates(
      new DescribeLaunchTemplatesRequest(here({ launchTemplateName: ['web'] })),
    );
    expect(templates.body?.launchTemplateSets?.launchTemplateSet).toMatchObject([
      { launchTemplateId: templateId, defaultVersionNumber: 1 },
    ]);
    const versions = await client.describeLaunchTemplateVersions(
      new DescribeLaunchTemplateVersionsRequest(here({ launchTemplateId: templateId })),
    );
    expect(versions.body?.launchTemplateVersionSets?.launchTemplateVersionSet).toMatchObject([
      {
        ...{ versionNumber: 1, defaultVersion: true },
        launchTemplateData: {
          ...{ instanceType: 'ecs.c7.large', securityGroupId: 'sg-vpc-local' },
          tags: { instanceTag: [POOL_TAG] },
        },
      },
    ]);
  });

  it('stock, spot prices and quotas', async () => {
    region.ecs.supply.stock.set({ zoneId: `${region.regionId}-b`, available: 0 });
    const available = await client.describeAvailableResource(
      new DescribeAvailableResourceRequest(
        here({ destinationResource: 'InstanceType', instanceType: 'ecs.c7.large' }),
      ),
    );
    expect(available.body?.availableZones?.availableZone).toMatchObject([
      { statusCategory: 'WithStock' },
      { status: 'SoldOut', statusCategory: 'WithoutStock' },
      { statusCategory: 'WithStock' },
    ]);
    const prices = await client.describeSpotPriceHistory(
      new DescribeSpotPriceHistoryRequest(
        here({ networkType: 'vpc', instanceType: 'ecs.c7.large', zoneId: `${region.regionId}-a` }),
      ),
    );
    expect(prices.body?.spotPrices?.spotPriceType).toMatchObject([
      { spotPrice: 0.156, originPrice: 0.52 },
    ]);
    const quotas = await client.describeAccountAttributes(
      new DescribeAccountAttributesRequest(
        here({ attributeName: ['max-spot-instance-vcpu-count'] }),
      ),
    );
    expect(quotas.body?.accountAttributeItems?.accountAttributeItem).toMatchObject([
      { attributeValues: { valueItem: [{ value: '5000' }] } },
    ]);
  });
});
