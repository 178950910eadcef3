import { describe, expect, it } from '@jest/globals';
import { type Parameters } from '../../infra/local/contracts';
import { ecsMetricSource } from '../../infra/local/ecs/ecs-metric-source';
import { type LocalEcs, localEcs } from '../support/local-ecs';
import { callAction, refusalOf, type Row } from '../support/wire';

const booted = { instanceType: 'ecs.c7.large', isBooted: true };
const describeOne = async ({ service }: LocalEcs, instanceId: string) =>
  (
    await callAction(service, 'DescribeInstances', { InstanceIds: JSON.stringify([instanceId]) })
  ).rows('Instances.Instance')[0];
const runOn = (instanceId: string, command: string, more: Parameters = {}): Parameters => ({
  Type: 'RunShellScript',
  CommandContent: command,
  'InstanceId.1': instanceId,
  ...more,
});
const resultOf = async ({ service }: LocalEcs, InvokeId: string, more: Parameters = {}) =>
  (await callAction(service, 'DescribeInvocationResults', { InvokeId, ...more })).rows(
    'Invocation.InvocationResults.InvocationResult',
  )[0];
const stateChanges = ({ events }: LocalEcs) =>
  events
    .filter(({ name }) => name === 'Instance:StateChange')
    .map(({ content }) => content['state']);

describe('the life of an instance', () => {
  it('goes Pending, Starting, Running, and answers only after that', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({ instanceType: 'ecs.c7.large' });
    expect(ecs.model.find(id)).toMatchObject({ status: 'Pending', isServiceUp: false });
    await ecs.clock.advance(3_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Starting' });
    await ecs.clock.advance(15_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: false });
    await ecs.clock.advance(15_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: true, cpuCount: 2 });
    expect(stateChanges(ecs)).toEqual(['Pending', 'Created', 'Starting', 'Running']);
    expect(ecs.events.at(-1)?.name).toBe('CloudAssistant:FirstHeartbeat');
  });

  it('is found by its address', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const { address, servicePort } = ecs.model.find(id)!;
    expect(ecs.model.findByAddress(address, servicePort)?.instanceId).toBe(id);
    await ecs.model.release(id);
    expect(ecs.model.findByAddress(address, servicePort)).toBeUndefined();
    expect(stateChanges(ecs).at(-1)).toBe('Deleted');
  });

  it('never serves from a bad image, whatever is done', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({ ...booted, isBadImage: true });
    const InvokeId = (
      await callAction(ecs.service, 'RunCommand', runOn(id, 'systemctl restart app'))
    ).text('InvokeId');
    await ecs.clock.advance(1_000);
    expect(await resultOf(ecs, InvokeId)).toMatchObject({
      InvocationStatus: 'Failed',
      ExitCode: 1,
      ErrorCode: 'ExitCodeNonzero',
    });
    await callAction(ecs.service, 'RebootInstance', { InstanceId: id });
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: false });
  });

  it('notices a service that died by itself', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    ecs.runtime.die(id);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Running', isServiceUp: false });
  });

  it('does not come up after all when it is stopped while it boots', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({ instanceType: 'ecs.c7.large' });
    await ecs.clock.advance(20_000);
    await callAction(ecs.service, 'StopInstance', { InstanceId: id, ForceStop: 'true' });
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)).toMatchObject({ status: 'Stopped', isServiceUp: false });
  });
});

describe('DescribeInstances', () => {
  it('nests lists twice, says TagKey and TagValue, rounds times down to the minute and counts memory in MiB', async () => {
    const ecs = localEcs();
    await ecs.clock.advance(61_500);
    const id = await ecs.model.createInstance({
      instanceType: 'ecs.t5-lc2m1.nano',
      tags: { role: 'web' },
      isSpot: true,
      isBooted: true,
    });
    const instance = await describeOne(ecs, id);
    expect(instance).toMatchObject({
      ...{
        InstanceId: id,
        Status: 'Running',
        Cpu: 1,
        Memory: 512,
        CreationTime: '2026-01-01T00:01Z',
        StartTime: '2026-01-01T00:01Z',
      },
      ...{
        SpotStrategy: 'SpotAsPriceGo',
        Tags: { Tag: [{ TagKey: 'role', TagValue: 'web' }] },
        OperationLocks: { LockReason: [] },
      },
      VpcAttributes: { PrivateIpAddress: { IpAddress: ['192.168.0.2'] } },
    });
  });

  it('leaves unknown ids out and refuses malformed or too many ids', async () => {
    const ecs = localEcs();
    const reply = await callAction(ecs.service, 'DescribeInstances', { InstanceIds: '["i-none"]' });
    expect(reply.rows('Instances.Instance')).toEqual([]);
    const malformed = '400 InvalidInstanceIds.Malformed';
    expect(await refusalOf(ecs.service, 'DescribeInstances', { InstanceIds: 'i-none' })).toBe(
      malformed,
    );
    const many = JSON.stringify(Array.from({ length: 101 }, (_, index) => `i-${index}`));
    expect(await refusalOf(ecs.service, 'DescribeInstances', { InstanceIds: many })).toBe(
      malformed,
    );
    expect(await refusalOf(ecs.service, 'DescribeInstances', { RegionId: 'cn-beijing' })).toBe(
      '404 InvalidRegionId.NotFound',
    );
  });

  it('gives ten at a time unless told otherwise, pulls MaxResults into 10 … 100 and counts nothing in token mode', async () => {
    const ecs = localEcs();
    for (let index = 0; index < 23; index += 1) await ecs.model.createInstance(booted);
    const plain = await callAction(ecs.service, 'DescribeInstances');
    expect([plain.rows('Instances.Instance').length, plain.value('TotalCount')]).toEqual([10, 23]);
    const last = await callAction(ecs.service, 'DescribeInstances', {
      PageNumber: '3',
      PageSize: '10',
    });
    expect(last.rows('Instances.Instance')).toHaveLength(3);
    const seen: string[] = [];
    let token = '';
    do {
      const page = await callAction(ecs.service, 'DescribeInstances', {
        MaxResults: '2',
        NextToken: token,
      });
      expect([page.value('PageSize'), page.value('TotalCount')]).toEqual([10, 0]);
      seen.push(...page.rows('Instances.Instance').map(({ InstanceId }) => String(InstanceId)));
      token = page.text('NextToken');
    } while (token !== '');
    expect(new Set(seen).size).toBe(23);
    expect(await refusalOf(ecs.service, 'DescribeInstances', { NextToken: 'x' })).toBe(
      '400 InvalidParameter.NextToken',
    );
  });

  it('filters by tag, status, lock, name and zone', async () => {
    const ecs = localEcs();
    const web = await ecs.model.createInstance({
      ...booted,
      tags: { role: 'web' },
      name: 'web-1',
      isSpot: true,
    });
    const database = await ecs.model.createInstance({
      ...booted,
      tags: { role: 'db' },
      name: 'db-1',
      zoneId: 'cn-hangzhou-b',
    });
    ecs.model.reclaimSpot(web);
    const ids = async (parameters: Parameters) =>
      (await callAction(ecs.service, 'DescribeInstances', parameters))
        .rows('Instances.Instance')
        .map(({ InstanceId }) => InstanceId);
    expect(await ids({ 'Tag.1.Key': 'role', 'Tag.1.Value': 'db' })).toEqual([database]);
    expect(await ids({ 'Tag.1.Key': 'role' })).toEqual([web, database]);
    expect(await ids({ LockReason: 'Recycling' })).toEqual([web]);
    expect(await ids({ InstanceName: 'web*' })).toEqual([web]);
    expect(await ids({ ZoneId: 'cn-hangzhou-b', Status: 'Running' })).toEqual([database]);
    expect(await ids({ Status: 'Stopped' })).toEqual([]);
  });

  it('may not show a fresh instance for a moment', async () => {
    const ecs = localEcs({ visibilityDelayMs: 2_000 });
    await ecs.model.createInstance(booted);
    expect(
      (await callAction(ecs.service, 'DescribeInstances')).rows('Instances.Instance'),
    ).toHaveLength(0);
    await ecs.clock.advance(2_000);
    expect(
      (await callAction(ecs.service, 'DescribeInstances')).rows('Instances.Instance'),
    ).toHaveLength(1);
  });
});

describe('statuses and types', () => {
  it('lists statuses at most 50 a page', async () => {
    const ecs = localEcs();
    for (let index = 0; index < 51; index += 1) await ecs.model.createInstance(booted);
    const reply = await callAction(ecs.service, 'DescribeInstanceStatus', { PageSize: '100' });
    expect([
      reply.value('PageSize'),
      reply.rows('InstanceStatuses.InstanceStatus').length,
      reply.value('TotalCount'),
    ]).toEqual([50, 50, 51]);
  });

  it('knows types of 2, 4, 8 and 16 vCPU, memory in GiB, fractions included', async () => {
    const ecs = localEcs();
    const named = await callAction(ecs.service, 'DescribeInstanceTypes', {
      'InstanceTypes.1': 'ecs.g7.2xlarge',
      'InstanceTypes.2': 'ecs.t5-lc2m1.nano',
    });
    expect(named.rows('InstanceTypes.InstanceType')).toMatchObject([
      { InstanceTypeId: 'ecs.g7.2xlarge', CpuCoreCount: 8, MemorySize: 32 },
      { InstanceTypeId: 'ecs.t5-lc2m1.nano', MemorySize: 0.5, BaselineCredit: 10 },
    ]);
    const all = await callAction(ecs.service, 'DescribeInstanceTypes');
    expect(
      new Set(all.rows('InstanceTypes.InstanceType').map(({ CpuCoreCount }) => CpuCoreCount)),
    ).toEqual(new Set([1, 2, 4, 8, 16]));
  });
});

describe('Cloud Assistant', () => {
  it('gives output in Base64 unless plain text is asked for', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const InvokeId = (
      await callAction(
        ecs.service,
        'RunCommand',
        runOn(id, Buffer.from('echo well').toString('base64'), { ContentEncoding: 'Base64' }),
      )
    ).text('InvokeId');
    await ecs.clock.advance(0);
    expect(await resultOf(ecs, InvokeId)).toMatchObject({
      InvocationStatus: 'Success',
      InvokeRecordStatus: 'Finished',
      ExitCode: 0,
      Output: Buffer.from('well\n').toString('base64'),
    });
    expect(await resultOf(ecs, InvokeId, { ContentEncoding: 'PlainText' })).toMatchObject({
      Output: 'well\n',
    });
  });

  it('starts nothing anywhere when one instance is not eligible', async () => {
    const ecs = localEcs();
    const [well, offline] = [
      await ecs.model.createInstance(booted),
      await ecs.model.createInstance(booted),
    ];
    ecs.model.setAgents(offline, { hasCloudAssistant: false });
    const both = { ...runOn(well, 'systemctl restart app'), 'InstanceId.2': offline };
    expect(await refusalOf(ecs.service, 'RunCommand', both)).toBe('403 InvalidInstance.NotMatch');
    await ecs.clock.advance(1_000);
    expect(ecs.runtime.restarts.size).toBe(0);
    expect(await refusalOf(ecs.service, 'RunCommand', runOn('i-none', 'true'))).toBe(
      '404 InvalidInstance.NotFound',
    );
    expect(
      await refusalOf(ecs.service, 'RunCommand', { ...runOn(well, 'true'), Type: 'RunPerl' }),
    ).toBe('403 InvalidCmdType.NotFound');
    expect(await refusalOf(ecs.service, 'RunCommand', runOn(well, 'x'.repeat(25_000)))).toBe(
      '403 CmdContent.ExceedLimit',
    );
    const status = await callAction(ecs.service, 'DescribeCloudAssistantStatus', {
      'InstanceId.1': offline,
    });
    expect(
      status.rows('InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus'),
    ).toMatchObject([{ CloudAssistantStatus: 'false' }]);
  });

  it('starts once for one client token and refuses the token for anything else', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const request = runOn(id, 'systemctl restart app', { ClientToken: 'operation-1' });
    const first = await callAction(ecs.service, 'RunCommand', request);
    const second = await callAction(ecs.service, 'RunCommand', request);
    await ecs.clock.advance(1_000);
    expect(second).toEqual(first);
    expect(ecs.runtime.restarts.get(id)).toBe(1);
    expect(await refusalOf(ecs.service, 'RunCommand', { ...request, CommandContent: 'true' })).toBe(
      '400 IdempotentParameterMismatch',
    );
  });

  it('says Running, then Timeout or an interruption', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const slow = await callAction(
      ecs.service,
      'RunCommand',
      runOn(id, 'sleep 100', { Timeout: '30' }),
    );
    const lost = await callAction(
      ecs.service,
      'RunCommand',
      runOn(id, 'sleep 100', { Timeout: '600' }),
    );
    await ecs.clock.advance(29_000);
    const running = await resultOf(ecs, slow.text('InvokeId'));
    expect(running).toMatchObject({ InvocationStatus: 'Running', InvokeRecordStatus: 'Running' });
    expect(running).not.toHaveProperty('ExitCode');
    await ecs.clock.advance(1_000);
    expect(await resultOf(ecs, slow.text('InvokeId'))).toMatchObject({
      InvocationStatus: 'Timeout',
      InvokeRecordStatus: 'Failed',
      ErrorCode: 'ExecutionTimeout',
    });
    await callAction(ecs.service, 'RebootInstance', { InstanceId: id, ForceStop: 'true' });
    expect(await resultOf(ecs, lost.text('InvokeId'))).toMatchObject({
      InvocationStatus: 'Failed',
      ErrorCode: 'ExecutionInterrupted',
    });
  });
});

describe('what a repair clears', () => {
  const sick = { isHung: true, errorShare: 200, latencyFactor: 5000 };

  it('a restart of the service clears crash, hang, errors and latency', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    await ecs.model.injectFaults(id, { ...sick, isCrashed: true });
    expect(ecs.model.find(id)?.isServiceUp).toBe(false);
    await callAction(ecs.service, 'RunCommand', runOn(id, 'systemctl restart app'));
    await ecs.clock.advance(1_000);
    expect(ecs.model.find(id)).toMatchObject({
      isServiceUp: true,
      faults: { isCrashed: false, isHung: false, errorShare: 0, latencyFactor: 1000 },
    });
  });

  it('errors and latency that survive a restart need a reboot; those that survive a reboot need a new host', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const restart = async (): Promise<void> => {
      await callAction(ecs.service, 'RunCommand', runOn(id, 'systemctl restart app'));
      await ecs.clock.advance(1_000);
    };
    await ecs.model.injectFaults(id, sick, 'restart');
    await restart();
    expect(ecs.model.find(id)?.faults).toMatchObject({
      isHung: false,
      errorShare: 200,
      latencyFactor: 5000,
    });
    await callAction(ecs.service, 'RebootInstance', { InstanceId: id });
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)?.faults).toMatchObject({ errorShare: 0, latencyFactor: 1000 });

    await ecs.model.injectFaults(id, sick, 'reboot');
    await callAction(ecs.service, 'RebootInstance', { InstanceId: id });
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)?.faults).toMatchObject({ isHung: false, errorShare: 200 });
    await callAction(ecs.service, 'StopInstance', { InstanceId: id, StoppedMode: 'StopCharging' });
    await ecs.clock.advance(10_000);
    expect(await describeOne(ecs, id)).toMatchObject({
      Status: 'Stopped',
      StoppedMode: 'StopCharging',
    });
    await callAction(ecs.service, 'StartInstance', { InstanceId: id });
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)).toMatchObject({ isServiceUp: true, faults: { errorShare: 0 } });
  });

  it('clearing the faults brings a crashed service up again', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    await ecs.model.injectFaults(id, { isCrashed: true });
    await ecs.model.clearFaults(id);
    expect(ecs.model.find(id)).toMatchObject({ isServiceUp: true });
  });
});

describe('power', () => {
  it('reboots through Stopping and Starting; force cuts the service off at once', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    await callAction(ecs.service, 'RebootInstances', { 'InstanceId.1': id, ForceReboot: 'false' });
    expect(ecs.model.find(id)).toMatchObject({ status: 'Stopping', isServiceUp: true });
    await ecs.clock.advance(60_000);
    expect(stateChanges(ecs)).toEqual(['Running', 'Stopping', 'Starting', 'Running']);
    expect(ecs.model.find(id)?.isServiceUp).toBe(true);
    await callAction(ecs.service, 'RebootInstances', { 'InstanceId.1': id, ForceReboot: 'true' });
    expect(ecs.model.find(id)?.isServiceUp).toBe(false);
  });

  it('refuses what the status does not allow, all together or one by one', async () => {
    const ecs = localEcs();
    const [well, stopped] = [
      await ecs.model.createInstance(booted),
      await ecs.model.createInstance(booted),
    ];
    ecs.model.stopOperatingSystem(stopped);
    await ecs.clock.advance(10_000);
    const both = { 'InstanceId.1': well, 'InstanceId.2': stopped };
    expect(await refusalOf(ecs.service, 'RebootInstance', { InstanceId: stopped })).toBe(
      '403 IncorrectInstanceStatus',
    );
    expect(await refusalOf(ecs.service, 'RebootInstance', { InstanceId: 'i-none' })).toBe(
      '404 InvalidInstanceId.NotFound',
    );
    expect(await refusalOf(ecs.service, 'RebootInstances', both)).toBe(
      '403 IncorrectInstanceStatus',
    );
    expect(ecs.model.find(well)?.status).toBe('Running');
    const answers = await callAction(ecs.service, 'RebootInstances', {
      ...both,
      BatchOptimization: 'SuccessFirst',
    });
    expect(answers.rows('InstanceResponses.InstanceResponse')).toMatchObject([
      { Code: '200', PreviousStatus: 'Running' },
      { Code: 'IncorrectInstanceStatus' },
    ]);
  });

  it('answers a dry run with an error that means yes', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    expect(await refusalOf(ecs.service, 'RebootInstance', { InstanceId: id, DryRun: 'true' })).toBe(
      '400 DryRunOperation',
    );
    expect(
      await refusalOf(ecs.service, 'RebootInstances', { 'InstanceId.1': id, DryRun: 'true' }),
    ).toBe('400 DRYRUN.SUCCESS');
    expect(ecs.model.find(id)?.status).toBe('Running');
  });
});

describe('system events', () => {
  const scheduled = async ({ service }: LocalEcs, instanceId: string) => {
    const reply = await callAction(service, 'DescribeInstancesFullStatus', {
      'InstanceId.1': instanceId,
    });
    return reply.rows(
      'InstanceFullStatusSet.InstanceFullStatusType.0.ScheduledSystemEventSet.ScheduledSystemEventType',
    );
  };
  const history = async ({ service }: LocalEcs, more: Parameters = {}) =>
    (await callAction(service, 'DescribeInstanceHistoryEvents', more))
      .rows('InstanceSystemEventSet.InstanceSystemEventType')
      .map(({ EventCycleStatus }) => (EventCycleStatus as Row)['Name']);

  it('a scheduled reboot is announced, then carried out', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    ecs.model.scheduleReboot(id, ecs.clock.now() + 600_000);
    expect(await scheduled(ecs, id)).toMatchObject([
      {
        EventType: { Code: 1, Name: 'SystemMaintenance.Reboot' },
        EventCycleStatus: { Code: 24, Name: 'Scheduled' },
        NotBefore: '2026-01-01T00:10:00Z',
      },
    ]);
    expect(await history(ecs)).toEqual([]);
    expect(await history(ecs, { 'InstanceEventCycleStatus.1': 'Scheduled' })).toEqual([
      'Scheduled',
    ]);
    await ecs.clock.advance(610_000);
    expect(ecs.model.find(id)?.status).not.toBe('Running');
    await ecs.clock.advance(60_000);
    expect(await history(ecs)).toEqual(['Executed']);
    expect(await scheduled(ecs, id)).toEqual([]);
    expect(
      ecs.events
        .filter(({ name }) => name === 'Instance:SystemMaintenance.Reboot')
        .map(({ status }) => status),
    ).toEqual(['Scheduled', 'Executing', 'Executed']);
  });

  it('a reboot through the API avoids the scheduled one', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    ecs.model.scheduleReboot(id, ecs.clock.now() + 600_000);
    await callAction(ecs.service, 'RebootInstance', { InstanceId: id });
    expect(await history(ecs)).toEqual(['Avoided']);
    await ecs.clock.advance(700_000);
    expect(stateChanges(ecs)).toEqual(['Running', 'Stopping', 'Starting', 'Running']);
  });

  it.each([0, 599_000])(
    'an instance that is off, or on its way there, is not started by a reboot that was planned: stopped after %i ms',
    async (afterMs) => {
      const ecs = localEcs();
      const id = await ecs.model.createInstance(booted);
      ecs.model.scheduleReboot(id, ecs.clock.now() + 600_000);
      await ecs.clock.advance(afterMs);
      await callAction(ecs.service, 'StopInstance', { InstanceId: id });
      await ecs.clock.advance(900_000);
      expect(ecs.model.find(id)?.status).toBe('Stopped');
      expect(await history(ecs)).toEqual(['Avoided']);
    },
  );

  it('a drill runs its course and leaves the instance alone', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const request = {
      'InstanceId.1': id,
      EventType: 'SystemFailure.Reboot',
      NotBefore: '2026-01-01T00:05:00Z',
    };
    const created = await callAction(ecs.service, 'CreateSimulatedSystemEvents', request);
    expect(await scheduled(ecs, id)).toMatchObject([
      { EventId: created.value('EventIdSet.EventId.0') },
    ]);
    await ecs.clock.advance(300_000);
    expect(await history(ecs)).toEqual(['Executed']);
    expect(stateChanges(ecs)).toEqual(['Running']);
    expect(
      await refusalOf(ecs.service, 'CreateSimulatedSystemEvents', {
        ...request,
        EventType: 'Fire',
      }),
    ).toBe('400 InvalidParameter.EventType');
  });

  it('a spot reclaim is an event and a lock, then the instance is gone', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({ ...booted, isSpot: true });
    ecs.model.reclaimSpot(id);
    expect(await describeOne(ecs, id)).toMatchObject({
      OperationLocks: { LockReason: [{ LockReason: 'Recycling' }] },
    });
    expect(await scheduled(ecs, id)).toEqual([]);
    expect(ecs.events.at(-1)).toMatchObject({
      name: 'Instance:PreemptibleInstanceInterruption',
      level: 'WARN',
      content: { instanceId: id, action: 'delete' },
    });
    await ecs.clock.advance(299_000);
    expect(ecs.model.find(id)?.isServiceUp).toBe(true);
    await ecs.clock.advance(1_000);
    expect(ecs.model.find(id)).toBeUndefined();
  });

  it('a spot instance that stops on interruption is kept, stopped', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({
      ...booted,
      isSpot: true,
      interruptionBehavior: 'Stop',
    });
    ecs.model.reclaimSpot(id, 1_000);
    await ecs.clock.advance(2_000);
    expect(await describeOne(ecs, id)).toMatchObject({
      Status: 'Stopped',
      StoppedMode: 'StopCharging',
    });
  });

  it('a failed host reboots the instance by itself', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    ecs.model.failHost(id);
    expect(ecs.model.find(id)?.isServiceUp).toBe(false);
    await ecs.clock.advance(60_000);
    expect(ecs.model.find(id)?.isServiceUp).toBe(true);
    expect(await history(ecs)).toEqual(['Executed']);
  });
});

describe('tags', () => {
  it('are set, overwritten, listed and taken away', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance({ ...booted, tags: { role: 'web' } });
    const resource = { ResourceType: 'instance', 'ResourceId.1': id };
    await callAction(ecs.service, 'TagResources', {
      ...resource,
      'Tag.1.Key': 'evenkeel:heal',
      'Tag.1.Value': '{}',
      'Tag.2.Key': 'role',
      'Tag.2.Value': 'api',
    });
    const list = await callAction(ecs.service, 'ListTagResources', {
      ResourceType: 'instance',
      'Tag.1.Key': 'evenkeel:heal',
    });
    expect(list.rows('TagResources.TagResource')).toEqual([
      { ResourceId: id, ResourceType: 'instance', TagKey: 'role', TagValue: 'api' },
      { ResourceId: id, ResourceType: 'instance', TagKey: 'evenkeel:heal', TagValue: '{}' },
    ]);
    await callAction(ecs.service, 'UntagResources', {
      ...resource,
      'TagKey.1': 'role',
      All: 'true',
    });
    expect(await describeOne(ecs, id)).toMatchObject({
      Tags: { Tag: [{ TagKey: 'evenkeel:heal', TagValue: '{}' }] },
    });
  });

  it('are refused when reserved, unnamed or for nobody', async () => {
    const ecs = localEcs();
    const id = await ecs.model.createInstance(booted);
    const tag = (key: string): Parameters => ({
      ResourceType: 'instance',
      'ResourceId.1': id,
      'Tag.1.Key': key,
    });
    expect(await refusalOf(ecs.service, 'TagResources', tag('aliyun-x'))).toBe(
      '400 InvalidTagKey.Malformed',
    );
    expect(
      await refusalOf(ecs.service, 'TagResources', { ...tag('a'), 'ResourceId.1': 'i-none' }),
    ).toBe('404 InvalidResourceId.NotFound');
    expect(await refusalOf(ecs.service, 'ListTagResources', { ResourceType: 'instance' })).toBe(
      '400 MissingParameter.TagOwner',
    );
    expect(
      await refusalOf(ecs.service, 'ListTagResources', {
        ResourceType: 'instance',
        'Tag.1.Value': 'x',
      }),
    ).toBe('400 InvalidParameter.TagValue');
  });
});

describe('the metrics of instances', () => {
  it('lack the agent’s where the agent is off, and all where the instance is stopped', async () => {
    const ecs = localEcs({}, { usageOf: () => ({ cpuPercent: 40, connections: 7 }) });
    const [full, bare, down] = [
      await ecs.model.createInstance(booted),
      await ecs.model.createInstance(booted),
      await ecs.model.createInstance(booted),
    ];
    ecs.model.setAgents(bare, { hasMonitorAgent: false });
    ecs.model.stopOperatingSystem(down);
    await ecs.clock.advance(10_000);
    const metrics = await ecsMetricSource(ecs.model).sample(60_000);
    const seriesOf = (name: string) =>
      metrics.get(name)?.map(({ dimensions }) => dimensions['instanceId']);
    expect(seriesOf('CPUUtilization')).toEqual([full, bare]);
    expect(seriesOf('cpu_total')).toEqual([full]);
    expect(metrics.get('concurrentConnections')?.[0]).toEqual({
      dimensions: { instanceId: full },
      statistics: { Maximum: 7 },
    });
    expect(metrics.get('load_1m')?.[0]?.statistics.Average).toBe(0.8);
    expect(metrics.has('memory_usedutilization')).toBe(false);
  });
});
