import { describe, expect, it } from '@jest/globals';
import { type Parameters } from '../../infra/local/contracts';
import { A_LAUNCH, launched, shownOne, statesOf } from '../support/launches';
import { type LocalEcs, localEcs } from '../support/local-ecs';
import { callAction, refusalOf } from '../support/wire';

const HOUR_MS = 3_600_000;
const refusal = async ({ service }: LocalEcs, more: Parameters = {}): Promise<string> =>
  refusalOf(service, 'RunInstances', { ...A_LAUNCH, ...more });
const stopped = async (ecs: LocalEcs, instanceId: string, StoppedMode: string): Promise<void> => {
  await callAction(ecs.service, 'StopInstance', { InstanceId: instanceId, StoppedMode });
  await ecs.clock.advance(60_000);
};
/** A fresh instance that runs. */
const running = async (ecs: LocalEcs, more: Parameters = {}): Promise<string> => {
  const [id = ''] = await launched(ecs, more);
  await ecs.clock.advance(60_000);
  return id;
};
const SPOT = { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: '0.2' };

describe('stock', () => {
  it('is counted per zone, type and way of paying; the level set last counts', async () => {
    const ecs = localEcs({ stock: [{ zoneId: 'cn-hangzhou-a', available: 0 }] });
    const { stock } = ecs.model.supply;
    expect(await refusal(ecs)).toBe('403 OperationDenied.NoStock');
    expect(await refusal(ecs, { VSwitchId: 'vsw-vpc-local-b' })).toBe('accepted');
    stock.set({ zoneId: 'cn-hangzhou-a', instanceType: 'ecs.g7.large', available: 1 });
    expect(await refusal(ecs, { InstanceType: 'ecs.g7.large' })).toBe('accepted');
    expect(await refusal(ecs, { InstanceType: 'ecs.g7.large' })).toBe(
      '403 OperationDenied.NoStock',
    );
    stock.clear();
    stock.set({ isSpot: true, available: 0 });
    expect([await refusal(ecs), await refusal(ecs, { SpotStrategy: 'SpotAsPriceGo' })]).toEqual([
      'accepted',
      '403 OperationDenied.NoStock',
    ]);
  });

  it('can refuse with any code of the cloud', async () => {
    const ecs = localEcs({ stock: [{ available: 0, code: 'ResourceNotAvailable', status: 400 }] });
    expect(await refusal(ecs)).toBe('400 ResourceNotAvailable');
  });

  it('is shown as a hint: with stock, low, sold out', async () => {
    const { service } = localEcs({
      stock: [
        { instanceType: 'ecs.c7.large', zoneId: 'cn-hangzhou-a', available: 2 },
        { zoneId: 'cn-hangzhou-b', available: 0 },
      ],
    });
    const reply = await callAction(service, 'DescribeAvailableResource', {
      DestinationResource: 'InstanceType',
      InstanceType: 'ecs.c7.large',
    });
    const path = 'AvailableResources.AvailableResource.0.SupportedResources.SupportedResource';
    expect(reply.rows('AvailableZones.AvailableZone')).toMatchObject([
      { ZoneId: 'cn-hangzhou-a', Status: 'Available', StatusCategory: 'ClosedWithStock' },
      { ZoneId: 'cn-hangzhou-b', Status: 'SoldOut', StatusCategory: 'WithoutStock' },
      { ZoneId: 'cn-hangzhou-c', Status: 'Available', StatusCategory: 'WithStock' },
    ]);
    expect(reply.rows(`AvailableZones.AvailableZone.1.${path}`)).toEqual([
      { Value: 'ecs.c7.large', Status: 'SoldOut', StatusCategory: 'WithoutStock' },
    ]);
  });
});

describe('quota and money', () => {
  it('refuses a launch whole when the vCPU quota is short, counting instances that run or boot', async () => {
    const ecs = localEcs({ vcpuQuota: { onDemand: 6, spot: 2 } });
    await launched(ecs, { Amount: '2' });
    expect(await refusal(ecs, { Amount: '2', MinAmount: '1' })).toBe(
      '403 QuotaExceed.ElasticQuota',
    );
    expect(await refusal(ecs, { SpotStrategy: 'SpotAsPriceGo' })).toBe('accepted');
    expect(await refusal(ecs, { SpotStrategy: 'SpotAsPriceGo' })).toBe(
      '403 QuotaExceed.ElasticQuota',
    );
    expect(await refusal(ecs)).toBe('accepted');
    const reply = await callAction(ecs.service, 'DescribeAccountAttributes', {
      'AttributeName.1': 'max-postpaid-instance-vcpu-count',
      'AttributeName.2': 'used-postpaid-instance-vcpu-count',
    });
    expect(reply.rows('AccountAttributeItems.AccountAttributeItem')).toEqual([
      {
        AttributeName: 'max-postpaid-instance-vcpu-count',
        AttributeValues: { ValueItem: [{ Value: '6' }] },
      },
      {
        AttributeName: 'used-postpaid-instance-vcpu-count',
        AttributeValues: { ValueItem: [{ Value: '6' }] },
      },
    ]);
  });

  it('refuses when the balance is too low', async () => {
    const ecs = localEcs();
    ecs.model.supply.account.balance = 99;
    expect(await refusal(ecs)).toBe('403 InsufficientBalance');
    ecs.model.supply.account.balance = 100;
    expect(await refusal(ecs)).toBe('accepted');
  });

  it('refuses when the vSwitch or the security group is full', async () => {
    const ecs = localEcs({
      vSwitches: [
        { vSwitchId: 'vsw-tiny', vpcId: 'vpc-local', zoneId: 'cn-hangzhou-a', addressCount: 2 },
      ],
    });
    const tiny = { VSwitchId: 'vsw-tiny' };
    expect(await refusal(ecs, { ...tiny, Amount: '3' })).toBe('400 QuotaExceeded.PrivateIpAddress');
    expect(await refusal(ecs, { ...tiny, Amount: '2' })).toBe('accepted');
    ecs.model.supply.network.addSecurityGroup({
      ...{ securityGroupId: 'sg-vpc-local', vpcId: 'vpc-local', instanceCount: 2 },
    });
    expect(await refusal(ecs)).toBe('403 SecurityGroupInstanceLimitExceed');
  });
});

describe('stopping economically', () => {
  it('gives the machine back and keeps id and address; a start may find no stock, quota or money', async () => {
    const ecs = localEcs({ stock: [{ available: 1 }] });
    const id = await running(ecs);
    const { address } = ecs.model.find(id)!;
    await stopped(ecs, id, 'StopCharging');
    const start = async (): Promise<string> =>
      refusalOf(ecs.service, 'StartInstance', { InstanceId: id });
    expect(await start()).toBe('403 OperationDenied.NoStock');
    ecs.model.supply.stock.clear();
    ecs.model.supply.account.vcpuQuota = { onDemand: 1, spot: 1 };
    expect(await start()).toBe('403 QuotaExceed.ElasticQuota');
    ecs.model.supply.account.vcpuQuota = { onDemand: 2, spot: 0 };
    ecs.model.supply.account.balance = 0;
    expect(await start()).toBe('403 InsufficientBalance');
    ecs.model.supply.account.balance = 100;
    expect(await start()).toBe('accepted');
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: true, address });
    expect(await shownOne(ecs, id)).toMatchObject({ StoppedMode: 'Not-applicable' });
  });

  it('keeps the machine of an instance that is stopped and paid for', async () => {
    const ecs = localEcs({ stock: [{ available: 1 }] });
    const id = await running(ecs);
    await stopped(ecs, id, 'KeepCharging');
    ecs.model.supply.account.vcpuQuota = { onDemand: 0, spot: 0 };
    expect(await refusalOf(ecs.service, 'StartInstance', { InstanceId: id })).toBe('accepted');
  });

  it('starts several all together or, success first, as many as there are', async () => {
    const ecs = localEcs();
    const ids = [await running(ecs), await running(ecs)];
    for (const id of ids) await stopped(ecs, id, 'StopCharging');
    ecs.model.supply.stock.set({ available: 1 });
    const both = Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id]));
    expect(await refusalOf(ecs.service, 'StartInstances', both)).toBe(
      '403 OperationDenied.NoStock',
    );
    expect(ids.map((id) => ecs.model.find(id)?.status)).toEqual(['Stopped', 'Stopped']);
    const reply = await callAction(ecs.service, 'StartInstances', {
      ...both,
      BatchOptimization: 'SuccessFirst',
    });
    expect(reply.rows('InstanceResponses.InstanceResponse')).toMatchObject([
      { Code: '200', PreviousStatus: 'Stopped', CurrentStatus: 'Starting' },
      { Code: 'OperationDenied.NoStock' },
    ]);
  });
});

describe('spot', () => {
  it('is taken back with five minutes’ notice when the price passes the limit after the protected hour', async () => {
    const ecs = localEcs();
    const id = await running(ecs, SPOT);
    const [other = ''] = await launched(ecs, { SpotStrategy: 'SpotAsPriceGo' });
    ecs.model.supply.spotMarket.set({ instanceType: 'ecs.c7.large', priceThousandths: 201 });
    await ecs.clock.advance(HOUR_MS - 60_001);
    expect(await shownOne(ecs, id)).toMatchObject({ OperationLocks: { LockReason: [] } });
    await ecs.clock.advance(1);
    expect(await shownOne(ecs, id)).toMatchObject({
      Status: 'Running',
      OperationLocks: { LockReason: [{ LockReason: 'Recycling' }] },
    });
    const told = ecs.events.filter(
      ({ name }) => name === 'Instance:PreemptibleInstanceInterruption',
    );
    expect(told.map(({ content }) => content)).toEqual([{ instanceId: id, action: 'delete' }]);
    await ecs.clock.advance(299_999);
    expect(await shownOne(ecs, id)).toMatchObject({ Status: 'Running' });
    await ecs.clock.advance(1);
    expect(await shownOne(ecs, id)).toBeUndefined();
    expect(statesOf(ecs, id).at(-1)).toBe('Deleted');
    expect(await shownOne(ecs, other)).toMatchObject({ Status: 'Running' });
  });

  it('goes at once without the protected hour, and is stopped where that was asked for', async () => {
    const ecs = localEcs({ spotNoticeMs: 1_000 });
    const id = await running(ecs, {
      ...SPOT,
      SpotDuration: '0',
      SpotInterruptionBehavior: 'Stop',
    });
    ecs.model.supply.spotMarket.set({ zoneId: 'cn-hangzhou-b', priceThousandths: 900 });
    expect(await shownOne(ecs, id)).toMatchObject({ OperationLocks: { LockReason: [] } });
    ecs.model.supply.spotMarket.set({ zoneId: 'cn-hangzhou-a', priceThousandths: 900 });
    await ecs.clock.advance(60_000);
    expect(await shownOne(ecs, id)).toMatchObject({
      ...{ Status: 'Stopped', StoppedMode: 'StopCharging' },
      OperationLocks: { LockReason: [] },
    });
    expect(await refusalOf(ecs.service, 'StartInstance', { InstanceId: id })).toBe(
      '403 OperationDenied.SpotPriceLowerThanPublicPrice',
    );
  });

  it('stays when the price comes down again within the protected hour', async () => {
    const ecs = localEcs();
    const id = await running(ecs, SPOT);
    ecs.model.supply.spotMarket.set({ priceThousandths: 500 });
    await ecs.clock.advance(HOUR_MS / 2);
    ecs.model.supply.spotMarket.set({ priceThousandths: 100 });
    await ecs.clock.advance(HOUR_MS);
    expect(await shownOne(ecs, id)).toMatchObject({ OperationLocks: { LockReason: [] } });
  });

  it('is announced to go only once', async () => {
    const ecs = localEcs();
    const id = await running(ecs, { SpotStrategy: 'SpotAsPriceGo' });
    ecs.model.reclaimSpot(id);
    ecs.model.reclaimSpot(id);
    const name = 'Instance:PreemptibleInstanceInterruption';
    expect(ecs.events.filter((event) => event.name === name)).toHaveLength(1);
    const { LockReason } = (await shownOne(ecs, id))?.['OperationLocks'] as { LockReason: unknown };
    expect(LockReason).toHaveLength(1);
    await ecs.clock.advance(300_000);
    expect(await shownOne(ecs, id)).toBeUndefined();
  });

  it('has a price history per zone, the price at the start of the window included', async () => {
    const ecs = localEcs();
    await ecs.clock.advance(4 * HOUR_MS);
    ecs.model.supply.spotMarket.set({
      ...{ zoneId: 'cn-hangzhou-a', instanceType: 'ecs.c7.large', priceThousandths: 401 },
    });
    const reply = await callAction(ecs.service, 'DescribeSpotPriceHistory', {
      ...{ NetworkType: 'vpc', InstanceType: 'ecs.c7.large', ZoneId: 'cn-hangzhou-a' },
    });
    expect(reply.rows('SpotPrices.SpotPriceType')).toMatchObject([
      { Timestamp: '2026-01-01T01:00:00Z', SpotPrice: 0.156, OriginPrice: 0.52 },
      { Timestamp: '2026-01-01T04:00:00Z', SpotPrice: 0.401, ZoneId: 'cn-hangzhou-a' },
    ]);
    expect(
      await refusalOf(ecs.service, 'DescribeSpotPriceHistory', { InstanceType: 'ecs.none' }),
    ).toBe('400 InvalidInstanceType.ValueNotSupported');
  });
});
