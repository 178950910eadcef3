import { describe, expect, it } from '@jest/globals';
import { type InstanceView, type Parameters } from '../../infra/local/contracts';
import { ASSUMED_BOOT_TIMES } from '../../infra/local/ecs/boot-times';
import { createInProcessRegion } from '../../infra/local/in-process-region';
import { DEFAULT_THROTTLE } from '../../infra/local/openapi/throttle';
import { A_LAUNCH, launched, shown, shownOne, statesOf } from '../support/launches';
import { type LocalEcs, localEcs } from '../support/local-ecs';
import { callAction, refusalOf } from '../support/wire';

const refusal = async ({ service }: LocalEcs, more: Parameters): Promise<string> =>
  refusalOf(service, 'RunInstances', { ...A_LAUNCH, ...more });
const without = (...names: readonly string[]): Parameters =>
  Object.fromEntries(Object.entries(A_LAUNCH).filter(([name]) => !names.includes(name)));

describe('RunInstances', () => {
  it('gives ids before there are machines, which boot by themselves', async () => {
    const ecs = localEcs();
    const [id = ''] = await launched(ecs);
    expect(await shownOne(ecs, id)).toMatchObject({ Status: 'Pending', StartTime: '' });
    await ecs.clock.advance(30_000 + 3_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: true });
    expect(statesOf(ecs, id)).toEqual(['Pending', 'Created', 'Starting', 'Running']);
  });

  it('carries type, place, groups, tags, image and spot terms over to the instance', async () => {
    const ecs = localEcs();
    const [id = ''] = await launched(ecs, {
      InstanceName: 'web',
      VSwitchId: 'vsw-vpc-local-b',
      ...{ 'Tag.1.Key': 'pool', 'Tag.1.Value': 'web' },
      ...{ SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: '0.5', SpotDuration: '0' },
      SpotInterruptionBehavior: 'Stop',
      DeletionProtection: 'true',
      AutoReleaseTime: '2026-01-01T02:00:59Z',
    });
    expect(await shownOne(ecs, id)).toMatchObject({
      ...{ InstanceName: 'web', ZoneId: 'cn-hangzhou-b', InstanceType: 'ecs.c7.large', Cpu: 2 },
      ...{ ImageId: 'local_image', CreationTime: '2026-01-01T00:00Z' },
      ...{ SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: 0.5, SpotDuration: 0 },
      ...{ SpotInterruptionBehavior: 'Stop', DeletionProtection: true },
      AutoReleaseTime: '2026-01-01T02:00Z',
      SecurityGroupIds: { SecurityGroupId: ['sg-vpc-local'] },
      Tags: { Tag: [{ TagKey: 'pool', TagValue: 'web' }] },
      VpcAttributes: { VSwitchId: 'vsw-vpc-local-b', VpcId: 'vpc-local' },
    });
  });

  it('gives the same ids for the same token, even when they have gone, and nothing for another wish', async () => {
    const ecs = localEcs();
    const wish = { ClientToken: 'launch-1', Amount: '2' };
    const first = await launched(ecs, wish);
    expect(await launched(ecs, wish)).toEqual(first);
    expect(await shown(ecs)).toHaveLength(2);
    expect(await refusal(ecs, { ...wish, Amount: '3' })).toBe('400 IdempotentParameterMismatch');
    for (const id of first) await ecs.model.release(id);
    expect(await launched(ecs, wish)).toEqual(first);
    expect(await shown(ecs)).toHaveLength(0);
    expect(await launched(ecs, { ...wish, ClientToken: 'launch-2' })).not.toEqual(first);
  });

  it('gives the same ids to two calls with one token at the same time', async () => {
    const ecs = localEcs();
    const [one, other] = await Promise.all([
      launched(ecs, { ClientToken: 'twice' }),
      launched(ecs, { ClientToken: 'twice' }),
    ]);
    expect(one).toEqual(other);
    expect(await shown(ecs)).toHaveLength(1);
  });

  it('keeps to its refusal under one token, forgets a token after its time, and wants it in 64 ASCII characters', async () => {
    const ecs = localEcs({ stock: [{ available: 0 }], clientTokenMs: 60_000 });
    const wish = { ClientToken: 'launch-1' };
    expect(await refusal(ecs, wish)).toBe('403 OperationDenied.NoStock');
    ecs.model.supply.stock.clear();
    expect(await refusal(ecs, wish)).toBe('403 OperationDenied.NoStock');
    expect(await refusal(ecs, { ClientToken: 'launch-2' })).toBe('accepted');
    await ecs.clock.advance(60_001);
    expect(await refusal(ecs, wish)).toBe('accepted');
    expect(await refusal(ecs, { ClientToken: 'x'.repeat(65) })).toBe(
      '400 InvalidClientToken.ValueNotSupported',
    );
    expect(await refusal(ecs, { ClientToken: 'ü' })).toBe(
      '400 InvalidClientToken.ValueNotSupported',
    );
  });

  it('may try again with a token whose refusal can pass', async () => {
    const code = 'OperationDenied.ResourceControl';
    const ecs = localEcs({ stock: [{ available: 0, code }] });
    expect(await refusal(ecs, { ClientToken: 'launch-1' })).toBe(`403 ${code}`);
    ecs.model.supply.stock.clear();
    expect(await refusal(ecs, { ClientToken: 'launch-1' })).toBe('accepted');
  });

  it('is all or nothing without MinAmount and partial with it', async () => {
    const ecs = localEcs({ stock: [{ zoneId: 'cn-hangzhou-a', available: 3 }] });
    expect(await refusal(ecs, { Amount: '4' })).toBe('403 OperationDenied.NoStock');
    expect(await refusal(ecs, { Amount: '5', MinAmount: '4' })).toBe('403 OperationDenied.NoStock');
    expect(await shown(ecs)).toHaveLength(0);
    expect(await launched(ecs, { Amount: '5', MinAmount: '2' })).toHaveLength(3);
    expect(await refusal(ecs, {})).toBe('403 OperationDenied.NoStock');
    expect(await launched(ecs, { Amount: '5', VSwitchId: 'vsw-vpc-local-b' })).toHaveLength(5);
  });

  it('never sells a machine twice to launches at the same time', async () => {
    const ecs = localEcs({ stock: [{ available: 3 }] });
    const launches = Array.from({ length: 3 }, () =>
      launched(ecs, { Amount: '2', MinAmount: '1' }),
    );
    const settled = await Promise.allSettled(launches);
    const counts = settled.map((one) => (one.status === 'fulfilled' ? one.value.length : 0));
    expect(counts).toEqual([2, 1, 0]);
  });

  it('tells that a dry run passed by an error, and makes nothing', async () => {
    const ecs = localEcs({ stock: [{ zoneId: 'cn-hangzhou-b', available: 0 }] });
    expect(await refusal(ecs, { DryRun: 'true' })).toBe('400 DryRunOperation');
    expect(await refusal(ecs, { DryRun: 'true', VSwitchId: 'vsw-vpc-local-b' })).toBe(
      '403 OperationDenied.NoStock',
    );
    expect(await shown(ecs)).toHaveLength(0);
  });

  it('names a batch in order', async () => {
    const ecs = localEcs();
    const names = async (more: Parameters): Promise<readonly unknown[]> => {
      const ids = await launched(ecs, { Amount: '2', ...more });
      const rows = await shown(ecs, { InstanceIds: JSON.stringify(ids) });
      return rows.map(({ InstanceName, InstanceId }) =>
        InstanceName === InstanceId ? 'id' : InstanceName,
      );
    };
    expect(await names({ InstanceName: 'web-[7,3]-a' })).toEqual(['web-007-a', 'web-008-a']);
    expect(await names({ InstanceName: 'web', UniqueSuffix: 'true' })).toEqual([
      'web001',
      'web002',
    ]);
    expect(await names({ InstanceName: 'web' })).toEqual(['web', 'web']);
    expect(await names({})).toEqual(['id', 'id']);
  });

  it('boots in stages drawn from the times that were set, the same for the same seed', async () => {
    const second = (count: number) => ({ minMs: count * 1_000, maxMs: count * 1_000 });
    const bootTimes = {
      ...{ pending: second(2), running: second(20), guest: second(10) },
      service: { minMs: 30_000, maxMs: 60_000 },
    };
    const readyAfter = async (seed: number): Promise<number> => {
      const ecs = localEcs({ seed, bootTimes });
      const [id = ''] = await launched(ecs);
      await ecs.clock.advance(21_999);
      expect(ecs.model.find(id)).toMatchObject({ status: 'Starting' });
      await ecs.clock.advance(10_000);
      expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: false });
      expect(ecs.events.map(({ name }) => name)).not.toContain('CloudAssistant:FirstHeartbeat');
      await ecs.clock.advance(1);
      expect(ecs.events.at(-1)?.name).toBe('CloudAssistant:FirstHeartbeat');
      expect(ecs.model.find(id)).toMatchObject({ isServiceUp: false });
      let waitedMs = 0;
      for (; ecs.model.find(id)?.isServiceUp !== true; waitedMs += 100)
        await ecs.clock.advance(100);
      return waitedMs;
    };
    const times = [await readyAfter(1), await readyAfter(2), await readyAfter(1)];
    expect(times[2]).toBe(times[0]);
    expect(times[1]).not.toBe(times[0]);
    for (const time of times) expect(time >= 30_000 && time <= 60_100).toBe(true);
  });

  it('boots as slowly and as scattered as the cloud is assumed to', async () => {
    const ecs = localEcs({ bootTimes: ASSUMED_BOOT_TIMES });
    const ids = await launched(ecs, { Amount: '50' });
    const count = (isSo: (view: InstanceView) => boolean): number =>
      ids.filter((id) => isSo(ecs.model.find(id)!)).length;
    const isRunning = ({ status }: InstanceView): boolean => status === 'Running';
    const isUp = ({ isServiceUp }: InstanceView): boolean => isServiceUp;
    await ecs.clock.advance(19_999);
    expect(count(isRunning)).toBe(0);
    await ecs.clock.advance(40_001);
    expect([count(isRunning), count(isUp)]).toEqual([50, 0]);
    await ecs.clock.advance(90_000);
    expect(count(isUp)).toBeGreaterThan(5);
    expect(count(isUp)).toBeLessThan(45);
    await ecs.clock.advance(90_000);
    expect(count(isUp)).toBe(50);
  });

  it('follows boot times that change while it runs', async () => {
    const ecs = localEcs();
    const now = { minMs: 0, maxMs: 0 };
    ecs.model.boots.times = { pending: now, running: now, guest: now, service: now };
    const [id = ''] = await launched(ecs);
    await ecs.clock.advance(0);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: true });
  });

  it('may show a fresh instance late, even when it is asked for by id', async () => {
    const ecs = localEcs();
    ecs.model.visibilityDelayMs = 5_000;
    const [id = ''] = await launched(ecs);
    expect(await shownOne(ecs, id)).toBeUndefined();
    await ecs.clock.advance(5_000);
    expect(await shownOne(ecs, id)).toMatchObject({ InstanceId: id });
  });

  it('serves nothing from a bad image', async () => {
    const ecs = localEcs({ images: [{ imageId: 'm-broken', isBad: true }] });
    const [id = ''] = await launched(ecs, { ImageId: 'm-broken' });
    await ecs.clock.advance(600_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: false });
  });
});

describe('a launch that fails late', () => {
  it('is accepted, seen for a moment, and vanishes with nothing but a system event', async () => {
    const ecs = localEcs();
    ecs.model.launches.failNext({ count: 1 });
    const [lost = '', kept = ''] = await launched(ecs, { Amount: '2' });
    expect(await shownOne(ecs, lost)).toMatchObject({ Status: 'Pending' });
    await ecs.clock.advance(60_000);
    expect(await shownOne(ecs, lost)).toBeUndefined();
    expect(await shownOne(ecs, kept)).toMatchObject({ Status: 'Running' });
    expect(statesOf(ecs, lost)).toEqual(['Pending']);
    const told = ecs.events.filter(({ name }) => name === 'Instance:SystemFailure.Delete');
    expect(told.map(({ status, instanceId }) => [status, instanceId])).toEqual([
      ['Executing', lost],
      ['Executed', lost],
    ]);
    const history = await callAction(ecs.service, 'DescribeInstanceHistoryEvents', {
      'InstanceEventType.1': 'SystemFailure.Delete',
    });
    expect(history.rows('InstanceSystemEventSet.InstanceSystemEventType')).toMatchObject([
      { InstanceId: lost, EventCycleStatus: { Name: 'Executed' } },
    ]);
  });

  it('reaches the event bus, as the state changes of every launch do', async () => {
    const types: string[] = [];
    const region = createInProcessRegion({
      regionId: 'cn-hangzhou',
      onCloudEvent: (event) => {
        types.push((event as { readonly type: string }).type);
        return Promise.resolve();
      },
    });
    region.ecs.launches.failNext({ count: 1 });
    const route = region.controlPlane.route('2014-05-26', 'RunInstances');
    const caller = { accessKeyId: 'test', accountId: '1' };
    await region.controlPlane.perform(route, A_LAUNCH, caller);
    await region.clock.advance(10_000);
    expect(types).toContain('ecs:Instance:StateChange');
    expect(types.filter((type) => type === 'ecs:Instance:SystemFailure.Delete')).toHaveLength(2);
    region.stop();
  });

  it('fails when and where it was told to', async () => {
    const ecs = localEcs();
    ecs.model.launches.failNext({ count: 5, afterMs: 20_000, zoneId: 'cn-hangzhou-b' });
    const [here = ''] = await launched(ecs);
    const [there = ''] = await launched(ecs, { VSwitchId: 'vsw-vpc-local-b' });
    await ecs.clock.advance(19_999);
    expect(await shownOne(ecs, there)).toMatchObject({ Status: 'Running' });
    await ecs.clock.advance(1);
    expect(await shownOne(ecs, here)).toMatchObject({ Status: 'Running' });
    expect(await shownOne(ecs, there)).toBeUndefined();
  });
});

describe('the gate before a launch', () => {
  it('counts calls of RunInstances and blocks that API alone until the next minute', async () => {
    const region = createInProcessRegion({
      regionId: 'cn-hangzhou',
      throttle: {
        ...DEFAULT_THROTTLE,
        exceptions: { RunInstances: { count: 1, periodMs: 60_000 } },
      },
    });
    const perform = async (action: string, parameters: Parameters): Promise<string> =>
      region.controlPlane
        .perform(region.controlPlane.route('2014-05-26', action), parameters, {
          ...{ accessKeyId: 'test', accountId: '1' },
        })
        .then(
          () => 'accepted',
          (error: unknown) => (error as { readonly code: string }).code,
        );
    expect(await perform('RunInstances', A_LAUNCH)).toBe('accepted');
    expect(await perform('RunInstances', A_LAUNCH)).toBe('Throttling');
    expect(await perform('DescribeInstances', { RegionId: 'cn-hangzhou' })).toBe('accepted');
    await region.clock.advance(60_000);
    expect(await perform('RunInstances', A_LAUNCH)).toBe('accepted');
    region.stop();
  });

  it('checks parameters against the official metadata', async () => {
    const { controlPlane, stop } = createInProcessRegion({ regionId: 'cn-hangzhou' });
    const perform = async (action: string, parameters: Parameters) =>
      controlPlane.perform(controlPlane.route('2014-05-26', action), parameters, {
        ...{ accessKeyId: 'test', accountId: '1' },
      });
    const two = { ...A_LAUNCH, Amount: 'two' };
    await expect(perform('RunInstances', two)).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(perform('DeleteInstances', {})).rejects.toMatchObject({
      code: 'MissingParameter',
    });
    stop();
  });
});

describe('what a launch is refused for', () => {
  it.each<readonly [string, Parameters]>([
    ['403 InvalidParam.Amount', { Amount: '101' }],
    ['400 InvalidMinAmount.Malformed', { Amount: '2', MinAmount: '3' }],
    ['404 InvalidImageId.NotFound', { ImageId: 'm-none' }],
    ['400 InvalidInstanceType.ValueNotSupported', { InstanceType: 'ecs.none.large' }],
    ['404 InvalidSecurityGroupId.NotFound', { SecurityGroupId: 'sg-none' }],
    ['404 InvalidVSwitchId.NotFound', { VSwitchId: 'vsw-none' }],
    ['400 InvalidParameter.Mismatch', { ZoneId: 'cn-hangzhou-b' }],
    ['400 InvalidParameter.Mismatch', { VSwitchId: 'vsw-other' }],
    ['400 InvalidParameter.Conflict', { 'SecurityGroupIds.1': 'sg-vpc-local' }],
    ['400 InvalidParameter.Conflict', { 'NetworkInterface.1.InstanceType': 'Primary' }],
    ['404 InvalidLaunchTemplate.NotFound', { LaunchTemplateId: 'lt-none' }],
    ['404 InvalidInstanceChargeType.NotFound', { InstanceChargeType: 'PrePaid' }],
    ['400 InvalidUserData.SizeExceeded', { UserData: Buffer.alloc(32_769).toString('base64') }],
    ['400 InvalidSpotStrategy', { SpotStrategy: 'Cheap' }],
    ['400 InvalidSpotPriceLimit', { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: '0.1234' }],
    ['400 InvalidSpotDuration', { SpotStrategy: 'SpotAsPriceGo', SpotDuration: '6' }],
    [
      '400 InvalidSpotPriceLimit.LowerThanPublicPrice',
      { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: '0.155' },
    ],
    ['400 InvalidAutoReleaseTime.Malformed', { AutoReleaseTime: '2026-01-01T00:29:00Z' }],
    ['400 InvalidAutoReleaseTime.Malformed', { AutoReleaseTime: 'tomorrow' }],
    ['400 Duplicate.TagKey', { 'Tag.1.Key': 'a', 'Tag.2.Key': 'a' }],
    ['400 InvalidTagKey.Malformed', { 'Tag.1.Key': 'acs:mine' }],
    ['404 InvalidRegionId.NotFound', { RegionId: 'cn-beijing' }],
  ])('%s', async (expected, more) => {
    const ecs = localEcs({
      vSwitches: [
        { vSwitchId: 'vsw-other', vpcId: 'vpc-2', zoneId: 'cn-hangzhou-a', addressCount: 9 },
      ],
    });
    expect(await refusal(ecs, more)).toBe(expected);
    expect(await shown(ecs)).toHaveLength(0);
  });

  it.each(['ImageId', 'InstanceType', 'SecurityGroupId'])('a missing %s', async (name) => {
    const { service } = localEcs();
    expect(await refusalOf(service, 'RunInstances', without(name))).toBe('400 MissingParameter');
  });

  it('a zone that does not exist, where no vSwitch is named', async () => {
    const { service } = localEcs();
    const nowhere = { ...without('VSwitchId'), ZoneId: 'cn-hangzhou-z' };
    expect(await refusalOf(service, 'RunInstances', nowhere)).toBe('404 InvalidZoneId.NotFound');
  });

  it('takes place and groups from the primary network interface', async () => {
    const ecs = localEcs();
    const { service } = ecs;
    await callAction(service, 'RunInstances', {
      ...without('VSwitchId', 'SecurityGroupId'),
      'NetworkInterface.1.InstanceType': 'Primary',
      'NetworkInterface.1.VSwitchId': 'vsw-vpc-local-c',
      'NetworkInterface.1.SecurityGroupIds.1': 'sg-vpc-local',
    });
    expect(await shown(ecs)).toMatchObject([{ ZoneId: 'cn-hangzhou-c' }]);
  });
});

describe('launch templates', () => {
  const TEMPLATE = {
    name: 'web',
    id: 'lt-web',
    parameters: {
      ...without('RegionId'),
      'Tag.1.Key': 'a',
      'Tag.2.Key': 'b',
      SpotPriceLimit: '0.5',
    },
  };

  it('stand in for the parameters; what the call names counts, lists as a whole', async () => {
    const ecs = localEcs({ launchTemplates: [TEMPLATE] });
    const { service } = ecs;
    await callAction(service, 'RunInstances', {
      LaunchTemplateId: 'lt-web',
      InstanceType: 'ecs.g7.large',
      'Tag.1.Key': 'c',
    });
    expect(await shown(ecs)).toMatchObject([
      { InstanceType: 'ecs.g7.large', ZoneId: 'cn-hangzhou-a', Tags: { Tag: [{ TagKey: 'c' }] } },
    ]);
  });

  it('give way in both spellings of the security groups', async () => {
    const ecs = localEcs({ launchTemplates: [TEMPLATE] });
    const groups = { 'SecurityGroupIds.1': 'sg-vpc-local' };
    await callAction(ecs.service, 'RunInstances', { LaunchTemplateId: 'lt-web', ...groups });
    expect(await shown(ecs)).toHaveLength(1);
  });

  it('are used in their default version unless the call names one', async () => {
    const ecs = localEcs();
    const { service } = ecs;
    const call = async (action: string, more: Parameters) => callAction(service, action, more);
    const created = await call('CreateLaunchTemplate', { ...A_LAUNCH, LaunchTemplateName: 'web' });
    expect(created.value('LaunchTemplateVersionNumber')).toBe(1);
    const LaunchTemplateId = created.text('LaunchTemplateId');
    const second = { ...A_LAUNCH, LaunchTemplateId, InstanceType: 'ecs.g7.large' };
    expect(
      (await call('CreateLaunchTemplateVersion', second)).value('LaunchTemplateVersionNumber'),
    ).toBe(2);
    await call('RunInstances', { LaunchTemplateName: 'web' });
    await call('RunInstances', { LaunchTemplateId, LaunchTemplateVersion: '2' });
    ecs.model.supply.launchTemplates.find({ name: 'web' }).defaultVersion = 2;
    await call('RunInstances', { LaunchTemplateId });
    expect((await shown(ecs)).map(({ InstanceType }) => InstanceType)).toEqual([
      'ecs.c7.large',
      'ecs.g7.large',
      'ecs.g7.large',
    ]);
    expect(
      await refusalOf(service, 'RunInstances', { LaunchTemplateId, LaunchTemplateVersion: '3' }),
    ).toBe('404 InvalidLaunchTemplateVersion.NotFound');
  });

  it('are described with what they launch, nested and typed as the API does', async () => {
    const { service } = localEcs({ launchTemplates: [TEMPLATE] });
    const templates = await callAction(service, 'DescribeLaunchTemplates', {
      'LaunchTemplateName.1': 'web',
    });
    expect(templates.rows('LaunchTemplateSets.LaunchTemplateSet')).toMatchObject([
      { LaunchTemplateId: 'lt-web', DefaultVersionNumber: 1, LatestVersionNumber: 1 },
    ]);
    const versions = await callAction(service, 'DescribeLaunchTemplateVersions', {
      LaunchTemplateId: 'lt-web',
    });
    expect(versions.rows('LaunchTemplateVersionSets.LaunchTemplateVersionSet')).toMatchObject([
      {
        ...{ VersionNumber: 1, DefaultVersion: true },
        LaunchTemplateData: {
          ...{ InstanceType: 'ecs.c7.large', SecurityGroupId: 'sg-vpc-local', SpotPriceLimit: 0.5 },
          Tags: { InstanceTag: [{ Key: 'a', Value: '' }, { Key: 'b' }] },
        },
      },
    ]);
    const brief = await callAction(service, 'DescribeLaunchTemplateVersions', {
      LaunchTemplateId: 'lt-web',
      DetailFlag: 'false',
    });
    expect(brief.rows('LaunchTemplateVersionSets.LaunchTemplateVersionSet')[0]).not.toHaveProperty(
      'LaunchTemplateData',
    );
    expect(await refusalOf(service, 'CreateLaunchTemplate', { LaunchTemplateName: 'web' })).toBe(
      '400 InvalidLaunchTemplateName.Duplicate',
    );
    expect(
      await refusalOf(service, 'DescribeLaunchTemplateVersions', { LaunchTemplateId: 'lt-x' }),
    ).toBe('404 InvalidLaunchTemplate.NotFound');
  });
});
