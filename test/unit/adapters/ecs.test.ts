import { describe, expect, it } from '@jest/globals';
import { Ecs } from '../../../shared/adapters/alicloud/ecs';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

const soon = new TestClock().in(10_000);
const ecsOver = (answers: ConstructorParameters<typeof ScriptedRpc>[0]) => {
  const rpc = new ScriptedRpc(answers);
  return { rpc, ecs: new Ecs({ rpc, regionId: 'cn-local' }) };
};
const entry = (id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  InstanceId: id,
  Status: 'Running',
  InstanceType: 'ecs.c7.large',
  ZoneId: 'z-a',
  Cpu: 2,
  SpotStrategy: 'NoSpot',
  VpcAttributes: { PrivateIpAddress: { IpAddress: ['10.0.0.1'] } },
  ...more,
});
const instances = (...list: unknown[]) => ({ Instances: { Instance: list } });

describe('reading instances', () => {
  it('gives status, address, locks and tags; unknown ids are absent', async () => {
    const { ecs } = ecsOver({
      DescribeInstances: () =>
        instances(
          entry('i-1', {
            SpotStrategy: 'SpotAsPriceGo',
            OperationLocks: { LockReason: [{ LockReason: 'Recycling' }] },
            Tags: { Tag: [{ TagKey: 'evenkeel:heal', TagValue: 'x' }] },
          }),
        ),
    });
    expect(await ecs.describeInstances(['i-1', 'i-gone'], soon)).toEqual(
      new Map([
        [
          'i-1',
          {
            status: 'Running',
            instanceType: 'ecs.c7.large',
            zoneId: 'z-a',
            cpuCount: 2,
            address: '10.0.0.1',
            isSpot: true,
            locks: ['Recycling'],
            tags: { 'evenkeel:heal': 'x' },
          },
        ],
      ]),
    );
  });

  it('asks for at most 100 at a time and follows the pages', async () => {
    const { ecs, rpc } = ecsOver({
      DescribeInstances: ({ InstanceIds, NextToken }) => {
        const ids = JSON.parse(InstanceIds as string) as string[];
        return NextToken === undefined && ids.length > 1
          ? { ...instances(...ids.slice(0, -1).map((id) => entry(id))), NextToken: 'more' }
          : instances(entry(ids.at(-1)!));
      },
    });
    const ids = Array.from({ length: 205 }, (_, index) => `i-${index}`);
    expect((await ecs.describeInstances(ids, soon)).size).toBe(205);
    const sizes = rpc
      .queries('DescribeInstances')
      .map(({ InstanceIds }) => (JSON.parse(InstanceIds as string) as unknown[]).length);
    expect(Math.max(...sizes)).toBe(100);
  });

  it('looks the vCPUs up by type, once, where the reply leaves them out', async () => {
    const { ecs, rpc } = ecsOver({
      DescribeInstances: () => instances(entry('i-1', { Cpu: undefined }), entry('i-2')),
      DescribeInstanceTypes: () => ({
        InstanceTypes: { InstanceType: [{ InstanceTypeId: 'ecs.c7.large', CpuCoreCount: 2 }] },
      }),
    });
    expect((await ecs.describeInstances(['i-1', 'i-2'], soon)).get('i-1')?.cpuCount).toBe(2);
    await ecs.describeInstances(['i-1', 'i-2'], soon);
    expect(rpc.count('DescribeInstanceTypes')).toBe(1);
  });

  it('takes a reply without the list for unreadable', async () => {
    const { ecs } = ecsOver({ DescribeInstances: () => ({}) });
    await expect(ecs.describeInstances(['i-1'], soon)).rejects.toMatchObject({
      details: { code: 'UnreadableReply' },
    });
  });

  it('of nobody asks nothing', async () => {
    const { ecs, rpc } = ecsOver({});
    expect((await ecs.describeInstances([], soon)).size).toBe(0);
    expect((await ecs.describeEvents([], soon)).size).toBe(0);
    expect(rpc.calls).toHaveLength(0);
  });
});

describe('reading events', () => {
  const event = (id: string, type: string, status: string, more = {}) => ({
    EventId: id,
    EventType: { Name: type },
    EventCycleStatus: { Name: status },
    NotBefore: '2026-11-22T04:00:00Z',
    ...more,
  });

  it('joins announced and executing events and the reclaim lock, each once', async () => {
    const { ecs, rpc } = ecsOver({
      DescribeInstancesFullStatus: () => ({
        InstanceFullStatusSet: {
          InstanceFullStatusType: [
            {
              InstanceId: 'i-1',
              ScheduledSystemEventSet: {
                ScheduledSystemEventType: [
                  event('e-1', 'SystemMaintenance.Reboot', 'Scheduled'),
                  event('e-2', 'Disk:Stalled', 'Scheduled'),
                ],
              },
            },
            { InstanceId: 'i-2' },
          ],
        },
      }),
      DescribeInstanceHistoryEvents: () => ({
        InstanceSystemEventSet: {
          InstanceSystemEventType: [
            event('e-1', 'SystemMaintenance.Reboot', 'Executing', { InstanceId: 'i-1' }),
            event('e-3', 'SystemFailure.Reboot', 'Executing', { InstanceId: 'i-3', NotBefore: '' }),
            event('e-4', 'SystemFailure.Reboot', 'Executed', { InstanceId: 'i-3' }),
          ],
        },
      }),
      DescribeInstances: () =>
        instances(
          entry('i-4', { OperationLocks: { LockReason: [{ LockReason: 'Recycling' }] } }),
          entry('i-5'),
        ),
    });
    const events = await ecs.describeEvents(['i-1', 'i-2', 'i-3', 'i-4', 'i-5'], soon);
    expect(Object.fromEntries(events)).toEqual({
      'i-1': [
        {
          eventId: 'e-1',
          kind: 'scheduled-reboot',
          status: 'Executing',
          notBefore: Date.parse('2026-11-22T04:00:00Z'),
        },
      ],
      'i-3': [{ eventId: 'e-3', kind: 'system-failure', status: 'Executing', notBefore: null }],
      'i-4': [
        { eventId: 'recycling-i-4', kind: 'spot-reclaim', status: 'Executing', notBefore: null },
      ],
    });
    expect(rpc.queries('DescribeInstanceHistoryEvents')[0]).toMatchObject({
      InstanceEventCycleStatus: ['Executing'],
    });
  });

  it.each([
    ['SystemMaintenance.Stop', 'scheduled-stop'],
    ['SystemMaintenance.Redeploy', 'scheduled-redeploy'],
    ['SystemMaintenance.IsolateErrorDisk', 'scheduled-redeploy'],
    ['SystemMaintenance.RebootAndIsolateErrorDisk', 'scheduled-reboot'],
    ['Instance:SystemMaintenance.Reboot', 'scheduled-reboot'],
    ['InstanceFailure.Reboot', 'instance-failure'],
    ['SystemFailure.Redeploy', 'system-failure'],
    ['Instance:PreemptibleInstanceInterruption', 'spot-reclaim'],
  ])('takes %s for %s', async (type, kind) => {
    const { ecs } = ecsOver({
      DescribeInstancesFullStatus: () => ({
        InstanceFullStatusSet: {
          InstanceFullStatusType: [
            {
              InstanceId: 'i-1',
              ScheduledSystemEventSet: {
                ScheduledSystemEventType: [event('e', type, 'Inquiring')],
              },
            },
          ],
        },
      }),
      DescribeInstanceHistoryEvents: () => ({
        InstanceSystemEventSet: { InstanceSystemEventType: [] },
      }),
      DescribeInstances: () => instances(),
    });
    expect((await ecs.describeEvents(['i-1'], soon)).get('i-1')).toMatchObject([
      { kind, status: 'Inquiring' },
    ]);
  });
});

describe('commands', () => {
  const order = {
    instanceId: 'i-1',
    command: 'systemctl restart "app"',
    timeoutMs: 4500 as never,
    clientToken: 'op-1',
  };

  it('are sent in Base64 with the client token and a time-out that Cloud Assistant accepts', async () => {
    const { ecs, rpc } = ecsOver({ RunCommand: () => ({ InvokeId: 't-1' }) });
    expect(await ecs.runCommand(order, soon)).toBe('t-1');
    const [query] = rpc.queries('RunCommand');
    expect(query).toMatchObject({
      InstanceId: ['i-1'],
      ClientToken: 'op-1',
      Timeout: 10,
      ContentEncoding: 'Base64',
      Type: 'RunShellScript',
      RegionId: 'cn-local',
    });
    expect(Buffer.from(query!['CommandContent'] as string, 'base64').toString()).toBe(
      'systemctl restart "app"',
    );
  });

  it('whose reply was lost are sent once more under the same token', async () => {
    let turn = 0;
    const { ecs, rpc } = ecsOver({
      RunCommand: () =>
        (turn += 1) === 1 ? refuse('RunCommand', 500, 'InternalError') : { InvokeId: 't-1' },
    });
    expect(await ecs.runCommand(order, soon)).toBe('t-1');
    expect(new Set(rpc.queries('RunCommand').map(({ ClientToken }) => ClientToken))).toEqual(
      new Set(['op-1']),
    );
    expect(rpc.count('RunCommand')).toBe(2);
  });

  it.each([
    [{ InvocationStatus: 'Running' }, { state: 'running' }],
    [{ InvocationStatus: 'Pending' }, { state: 'running' }],
    [
      {
        InvocationStatus: 'Success',
        ExitCode: 0,
        Output: Buffer.from('done\n').toString('base64'),
      },
      { state: 'succeeded', detail: 'done' },
    ],
    [{ InvokeRecordStatus: 'Finished', ExitCode: 0, Output: '' }, { state: 'succeeded' }],
    [
      { InvokeRecordStatus: 'Finished', ExitCode: 3, Output: Buffer.from('no').toString('base64') },
      { state: 'failed', detail: 'Finished, exit code 3, no' },
    ],
    [
      { InvocationStatus: 'Timeout', ErrorCode: 'ExecutionTimeout', ErrorInfo: 'too long' },
      { state: 'failed', detail: 'Timeout, ExecutionTimeout, too long' },
    ],
  ])('with the result %j are %j', async (result, progress) => {
    const { ecs } = ecsOver({
      DescribeInvocationResults: () => ({
        Invocation: { InvocationResults: { InvocationResult: [result] } },
      }),
    });
    expect(await ecs.describeCommand('t-1', 'i-1', soon)).toMatchObject({
      invokeId: 't-1',
      ...progress,
    });
  });

  it('that nobody knows are lost', async () => {
    const none = ecsOver({
      DescribeInvocationResults: () => ({
        Invocation: { InvocationResults: { InvocationResult: [] } },
      }),
    });
    const refused = ecsOver({
      DescribeInvocationResults: () =>
        refuse('DescribeInvocationResults', 404, 'InvalidInvokeId.NotFound'),
    });
    for (const { ecs } of [none, refused])
      expect(await ecs.describeCommand('t-1', 'i-1', soon)).toMatchObject({ state: 'lost' });
  });
});

describe('reboots and tags', () => {
  it('reboots one instance by name', async () => {
    const { ecs, rpc } = ecsOver({
      RebootInstances: () => ({
        InstanceResponses: { InstanceResponse: [{ InstanceId: 'i-1', Code: '200' }] },
      }),
    });
    await ecs.reboot('i-1', { force: true }, soon);
    expect(rpc.queries('RebootInstances')).toEqual([
      { RegionId: 'cn-local', InstanceId: ['i-1'], ForceReboot: true },
    ]);
  });

  it('takes a refusal inside the reply for an error', async () => {
    const { ecs } = ecsOver({
      RebootInstances: () => ({
        InstanceResponses: {
          InstanceResponse: [
            { InstanceId: 'i-1', Code: 'IncorrectInstanceStatus', Message: 'stopped' },
          ],
        },
      }),
    });
    await expect(ecs.reboot('i-1', { force: false }, soon)).rejects.toMatchObject({
      details: { code: 'IncorrectInstanceStatus', reaction: 'stop' },
    });
  });

  it('does not repeat a reboot whose reply was lost', async () => {
    const { ecs, rpc } = ecsOver({
      RebootInstances: () => refuse('RebootInstances', 500, 'InternalError'),
    });
    await expect(ecs.reboot('i-1', { force: false }, soon)).rejects.toMatchObject({
      details: { isAmbiguous: true },
    });
    expect(rpc.count('RebootInstances')).toBe(1);
  });

  it('writes tags and takes them away', async () => {
    const { ecs, rpc } = ecsOver({ TagResources: () => ({}), UntagResources: () => ({}) });
    await ecs.tag('i-1', { 'evenkeel:heal': 'a', 'evenkeel:drain': 'b' }, soon);
    await ecs.untag('i-1', ['evenkeel:heal'], soon);
    expect(rpc.queries('TagResources')[0]).toMatchObject({
      ResourceType: 'instance',
      ResourceId: ['i-1'],
      Tag: [
        { Key: 'evenkeel:heal', Value: 'a' },
        { Key: 'evenkeel:drain', Value: 'b' },
      ],
    });
    expect(rpc.queries('UntagResources')[0]).toMatchObject({
      ResourceType: 'instance',
      ResourceId: ['i-1'],
      TagKey: ['evenkeel:heal'],
    });
  });

  it('has nothing to untag on an instance that is gone', async () => {
    const { ecs } = ecsOver({
      UntagResources: () => refuse('UntagResources', 404, 'InvalidInstanceId.NotFound'),
    });
    await expect(ecs.untag('i-1', ['a'], soon)).resolves.toBeUndefined();
  });
});
