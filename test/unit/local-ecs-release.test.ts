import { describe, expect, it } from '@jest/globals';
import { createInProcessRegion } from '../../infra/local/in-process-region';
import { type Parameters } from '../../infra/local/contracts';
import { launched, shownOne, statesOf } from '../support/launches';
import { type LocalEcs, localEcs } from '../support/local-ecs';
import { callAction, refusalOf } from '../support/wire';

const booted = { instanceType: 'ecs.c7.large', isBooted: true };
const numbered = (ids: readonly string[]): Parameters =>
  Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id]));
const deletion = async (
  ecs: LocalEcs,
  InstanceId: string,
  more: Parameters = {},
): Promise<string> => refusalOf(ecs.service, 'DeleteInstance', { InstanceId, ...more });

describe('DeleteInstance', () => {
  it('refuses a running instance unless forced; then it is gone, software and all, and not found again', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    expect(await deletion(ecs, id)).toBe('403 IncorrectInstanceStatus');
    expect(await deletion(ecs, id, { Force: 'true', DryRun: 'true' })).toBe('400 DryRunOperation');
    expect(await ecs.runtime.usage(id)).toBeDefined();
    expect(await deletion(ecs, id, { Force: 'true' })).toBe('accepted');
    expect(await shownOne(ecs, id)).toBeUndefined();
    expect(await ecs.runtime.usage(id)).toBeUndefined();
    expect(statesOf(ecs, id).at(-1)).toBe('Deleted');
    expect(await deletion(ecs, id, { Force: 'true' })).toBe('404 InvalidInstanceId.NotFound');
  });

  it('takes a stopped instance without force', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    ecs.model.stopOperatingSystem(id);
    expect(await deletion(ecs, id, { Force: 'true' })).toBe('403 IncorrectInstanceStatus');
    await ecs.clock.advance(60_000);
    expect(await deletion(ecs, id)).toBe('accepted');
  });

  it('refuses one that is too new, and takes it once it runs', async () => {
    const ecs = localEcs();
    const [id = ''] = await launched(ecs);
    const force = { Force: 'true' };
    expect(await deletion(ecs, id, force)).toBe('403 IncorrectInstanceStatus.Initializing');
    await ecs.clock.advance(5_000);
    expect(await shownOne(ecs, id)).toMatchObject({ Status: 'Starting' });
    expect(await deletion(ecs, id, force)).toBe('403 IncorrectInstanceStatus.Initializing');
    await ecs.clock.advance(15_000);
    expect(await deletion(ecs, id, force)).toBe('accepted');
  });

  it('shuts down in order when no power cut is wanted', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    expect(await deletion(ecs, id, { Force: 'true', ForceStop: 'false' })).toBe('accepted');
    expect(ecs.model.find(id)).toMatchObject({ status: 'Stopping', isServiceUp: true });
    await ecs.clock.advance(60_000);
    expect(await shownOne(ecs, id)).toBeUndefined();
    expect(statesOf(ecs, id)).toEqual(['Running', 'Stopping', 'Stopped', 'Deleted']);
  });

  it('is refused by deletion protection until that is taken off', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({ ...booted, isDeletionProtected: true });
    const force = { Force: 'true' };
    expect(await deletion(ecs, id, force)).toBe('403 InvalidOperation.DeletionProtection');
    const off = { InstanceId: id, DeletionProtection: 'false', InstanceName: 'renamed' };
    await callAction(ecs.service, 'ModifyInstanceAttribute', off);
    expect(await shownOne(ecs, id)).toMatchObject({
      ...{ DeletionProtection: false, InstanceName: 'renamed' },
    });
    expect(await deletion(ecs, id, force)).toBe('accepted');
  });
});

describe('DeleteInstances', () => {
  it('deletes all or none', async () => {
    const ecs = localEcs();
    const good = await ecs.model.createInstance(booted);
    const kept = await ecs.model.createInstance({ ...booted, isDeletionProtected: true });
    const many = async (ids: readonly string[], more: Parameters = {}): Promise<string> =>
      refusalOf(ecs.service, 'DeleteInstances', { Force: 'true', ...numbered(ids), ...more });
    expect(await many([good, kept])).toBe('403 InvalidOperation.DeletionProtection');
    expect(await many([good, 'i-none'])).toBe('404 InvalidInstanceId.NotFound');
    expect(await many([])).toBe('400 InvalidParameter.InstanceId');
    expect(await many([good], { DryRun: 'true' })).toBe('400 DRYRUN.SUCCESS');
    expect(await shownOne(ecs, good)).toBeDefined();
    expect(await many([good, good], { ClientToken: 'delete-1' })).toBe('accepted');
    expect(await shownOne(ecs, good)).toBeUndefined();
    expect(await many([good, good], { ClientToken: 'delete-1' })).toBe('accepted');
    expect(await many([kept], { ClientToken: 'delete-1' })).toBe('400 IdempotentParameterMismatch');
  });
});

describe('automatic release', () => {
  it('happens at its minute, whatever protects the instance from people', async () => {
    const ecs = localEcs();
    const [id = ''] = await launched(ecs, {
      ...{ AutoReleaseTime: '2026-01-01T00:30:00Z', DeletionProtection: 'true' },
    });
    await ecs.clock.advance(30 * 60_000 - 1);
    expect(await shownOne(ecs, id)).toMatchObject({ AutoReleaseTime: '2026-01-01T00:30Z' });
    await ecs.clock.advance(1);
    expect(await shownOne(ecs, id)).toBeUndefined();
  });

  it('can be put off and taken back', async () => {
    const ecs = localEcs();
    const [id = ''] = await launched(ecs, { AutoReleaseTime: '2026-01-01T00:30:00Z' });
    const modify = async (AutoReleaseTime?: string): Promise<void> => {
      const time = AutoReleaseTime === undefined ? {} : { AutoReleaseTime };
      await callAction(ecs.service, 'ModifyInstanceAutoReleaseTime', { InstanceId: id, ...time });
    };
    await modify('2026-01-01T01:00:00Z');
    await ecs.clock.advance(45 * 60_000);
    expect(await shownOne(ecs, id)).toMatchObject({ AutoReleaseTime: '2026-01-01T01:00Z' });
    await modify();
    await ecs.clock.advance(45 * 60_000);
    expect(await shownOne(ecs, id)).toMatchObject({ AutoReleaseTime: '' });
  });
});

describe('an instance behind a load balancer', () => {
  const layOut = async (releaseOfBackend: 'refuse' | 'allow') => {
    const region = createInProcessRegion({ ecsSettings: { releaseOfBackend } });
    const id = await region.ecs.createInstance(booted);
    const { group } = region.slb.provision(() => {
      const { loadBalancerId } = region.slb.createLoadBalancer();
      return { group: region.slb.createGroup(loadBalancerId, 'web', [{ serverId: id, port: 80 }]) };
    });
    const remove = async (): Promise<string> =>
      region.controlPlane
        .perform(
          region.controlPlane.route('2014-05-26', 'DeleteInstance'),
          { InstanceId: id, Force: 'true' },
          { accessKeyId: 'test', accountId: '1' },
        )
        .then(
          () => 'accepted',
          (error: unknown) => (error as { readonly code: string }).code,
        );
    return { region, id, group, remove };
  };

  it('cannot be deleted while it is a backend or its removal is being applied', async () => {
    const { region, id, group, remove } = await layOut('refuse');
    expect(await remove()).toBe('DependencyViolation.SLBConfiguring');
    region.slb.removeBackends({ kind: 'group', groupId: group.groupId }, [
      { serverId: id, port: 80 },
    ]);
    expect(region.slb.group(group.groupId).backends).toEqual([]);
    expect(await remove()).toBe('DependencyViolation.SLBConfiguring');
    await region.clock.advance(region.times.configurationLockMs);
    expect(await remove()).toBe('accepted');
    region.stop();
  });

  it('can be deleted as soon as its load balancer is', async () => {
    const { region, group, remove } = await layOut('refuse');
    region.slb.deleteLoadBalancer(group.loadBalancerId);
    expect(await remove()).toBe('accepted');
    region.stop();
  });

  it('leaves a ghost where the region lets it', async () => {
    const { region, id, group, remove } = await layOut('allow');
    expect(await remove()).toBe('accepted');
    expect(region.slb.group(group.groupId).backends).toMatchObject([{ serverId: id }]);
    region.stop();
  });
});

describe('tags and filters', () => {
  it('finds at most a thousand instances by a tag; listing the tagged resources finds all', async () => {
    const ecs = localEcs({ vcpuQuota: { onDemand: 10_000, spot: 0 } });
    const plenty = { vSwitchId: 'vsw-wide', vpcId: 'vpc-local', zoneId: 'cn-hangzhou-a' };
    ecs.model.supply.network.addVSwitch({ ...plenty, addressCount: 5_000 });
    const tag = { 'Tag.1.Key': 'pool', 'Tag.1.Value': 'web' };
    for (let index = 0; index < 11; index += 1)
      await launched(ecs, { ...tag, VSwitchId: 'vsw-wide', Amount: '100' });
    const pagesOf = async (action: string, path: string, more: Parameters): Promise<number> => {
      let count = 0;
      let NextToken = '';
      do {
        const page = await callAction(ecs.service, action, { ...tag, ...more, NextToken });
        count += page.rows(path).length;
        NextToken = page.text('NextToken');
      } while (NextToken !== '');
      return count;
    };
    const shown = await pagesOf('DescribeInstances', 'Instances.Instance', { MaxResults: '100' });
    const listed = await pagesOf('ListTagResources', 'TagResources.TagResource', {
      ResourceType: 'instance',
    });
    expect([shown, listed]).toEqual([1_000, 1_100]);
  });

  it('finds instances by tag filter, any value or one of several', async () => {
    const ecs = localEcs();
    const [web = ''] = await launched(ecs, { 'Tag.1.Key': 'pool', 'Tag.1.Value': 'web' });
    const [api = ''] = await launched(ecs, { 'Tag.1.Key': 'pool', 'Tag.1.Value': 'api' });
    await launched(ecs);
    const found = async (more: Parameters): Promise<readonly unknown[]> =>
      (await callAction(ecs.service, 'ListTagResources', { ResourceType: 'instance', ...more }))
        .rows('TagResources.TagResource')
        .map(({ ResourceId }) => ResourceId);
    expect(await found({ 'TagFilter.1.TagKey': 'pool' })).toEqual([web, api]);
    const one = { 'TagFilter.1.TagKey': 'pool', 'TagFilter.1.TagValues.1': 'api' };
    expect(await found(one)).toEqual([api]);
    expect(await found({ ...one, 'TagFilter.1.TagValues.2': 'web' })).toEqual([web, api]);
  });
});
