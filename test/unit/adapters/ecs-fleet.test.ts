import { describe, expect, it } from '@jest/globals';
import { EcsFleet } from '../../../shared/adapters/alicloud/ecs-fleet';
import { type LaunchOption } from '../../../shared/domain/scale-policy';
import { type LaunchRequest } from '../../../shared/ports/fleet';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

type Row = Readonly<Record<string, unknown>>;

const soon = new TestClock().in(10_000);
function fleetOver(answers: ConstructorParameters<typeof ScriptedRpc>[0]) {
  const rpc = new ScriptedRpc(answers);
  return { rpc, fleet: new EcsFleet({ rpc, regionId: 'cn-local' }) };
}

const OPTION: LaunchOption = {
  name: 'first',
  zoneId: 'cn-local-a',
  vSwitchId: 'vsw-a',
  instanceType: 'ecs.c7.large',
  chargeType: 'pay-as-you-go',
  spotPriceMax: null,
  weight: null,
};
const request = (more: Partial<LaunchRequest> = {}): LaunchRequest => ({
  clientToken: 'token-1',
  templateId: 'lt-1',
  templateVersion: 3,
  option: OPTION,
  count: 2,
  tags: { 'evenkeel:pool': 'web', 'evenkeel:launch': 'launch-1' },
  ...more,
});
const ids = (...list: readonly string[]) => ({ InstanceIdSets: { InstanceIdSet: list } });

describe('launching', () => {
  it('asks for as many as there are, from the template, as the option says', async () => {
    const { fleet, rpc } = fleetOver({ RunInstances: () => ids('i-1') });
    expect(await fleet.launch(request(), soon)).toEqual({
      kind: 'launched',
      instanceIds: ['i-1'],
      contradiction: null,
    });
    expect(rpc.queries('RunInstances')).toEqual([
      {
        RegionId: 'cn-local',
        LaunchTemplateId: 'lt-1',
        LaunchTemplateVersion: 3,
        ZoneId: 'cn-local-a',
        VSwitchId: 'vsw-a',
        InstanceType: 'ecs.c7.large',
        InstanceChargeType: 'PostPaid',
        SpotStrategy: 'NoSpot',
        Amount: 2,
        MinAmount: 1,
        ClientToken: 'token-1',
        Tag: [
          { Key: 'evenkeel:pool', Value: 'web' },
          { Key: 'evenkeel:launch', Value: 'launch-1' },
        ],
      },
    ]);
  });

  it.each<readonly [string, Partial<LaunchOption>, Row]>([
    ['follows the market', { spotPriceMax: null }, { SpotStrategy: 'SpotAsPriceGo' }],
    [
      'pays at most the limit',
      { spotPriceMax: 1056 },
      { SpotStrategy: 'SpotWithPriceLimit', SpotPriceLimit: 1.056 },
    ],
    ['takes the template’s vSwitch', { vSwitchId: null }, { ZoneId: 'cn-local-a' }],
  ])('of spot %s', async (_what, more, expected) => {
    const { fleet, rpc } = fleetOver({ RunInstances: () => ids('i-1') });
    await fleet.launch(request({ option: { ...OPTION, chargeType: 'spot', ...more } }), soon);
    const [query = {}] = rpc.queries('RunInstances');
    expect(query).toMatchObject(expected);
    expect('SpotPriceLimit' in query).toBe('SpotPriceLimit' in expected);
    expect('VSwitchId' in query).toBe(more.vSwitchId !== null);
  });

  it('leaves the version to the template where the policy does', async () => {
    const { fleet, rpc } = fleetOver({ RunInstances: () => ids('i-1') });
    await fleet.launch(request({ templateVersion: null }), soon);
    expect(rpc.queries('RunInstances')[0]).not.toHaveProperty('LaunchTemplateVersion');
  });

  it.each<readonly [string, readonly string[], readonly string[], RegExp]>([
    ['an id twice', ['i-1', 'i-1'], ['i-1'], /i-1 more than once/],
    ['more than asked for', ['i-1', 'i-2', 'i-3'], ['i-1', 'i-2', 'i-3'], /3 instances for 2/],
  ])('reports %s as a contradiction', async (_what, given, instanceIds, contradiction) => {
    const { fleet } = fleetOver({ RunInstances: () => ids(...given) });
    const answer = await fleet.launch(request(), soon);
    expect(answer).toMatchObject({ kind: 'launched', instanceIds });
    expect(JSON.stringify(answer)).toMatch(contradiction);
  });

  it('tells a refusal as data', async () => {
    const { fleet, rpc } = fleetOver({
      RunInstances: () => refuse('RunInstances', 403, 'OperationDenied.NoStock'),
    });
    expect(await fleet.launch(request(), soon)).toEqual({
      kind: 'refused',
      refusal: {
        kind: 'stock',
        code: 'OperationDenied.NoStock',
        message: 'OperationDenied.NoStock for RunInstances',
        requestId: 'R-1',
      },
    });
    expect(rpc.count('RunInstances')).toBe(1);
  });

  it('asks once more under the same token when the answer is lost', async () => {
    let turn = 0;
    const { fleet, rpc } = fleetOver({
      RunInstances: () =>
        (turn += 1) === 1 ? refuse('RunInstances', 500, 'InternalError') : ids('i-1', 'i-2'),
    });
    expect(await fleet.launch(request(), soon)).toMatchObject({ instanceIds: ['i-1', 'i-2'] });
    const [first, second] = rpc.queries('RunInstances');
    expect(second).toEqual(first);
  });

  it.each<readonly [string, () => Row]>([
    ['stays lost', () => refuse('RunInstances', 500, 'InternalError')],
    ['names nobody', () => ids()],
    ['has no list', () => ({})],
    ['lists what is no id', () => ({ InstanceIdSets: { InstanceIdSet: [{ InstanceId: 'i-1' }] } })],
  ])('does not know what it launched when the answer %s', async (_what, answer) => {
    const { fleet, rpc } = fleetOver({ RunInstances: answer });
    expect(await fleet.launch(request(), soon)).toMatchObject({
      kind: 'refused',
      refusal: { kind: 'lost' },
    });
    expect(rpc.count('RunInstances')).toBe(2);
  });

  it('lets a defect through', async () => {
    const { fleet } = fleetOver({
      RunInstances: () => {
        throw new TypeError('defect');
      },
    });
    await expect(fleet.launch(request(), soon)).rejects.toThrow('defect');
  });
});

const row = (id: string, code = '200') => ({ InstanceId: id, Code: code, Message: code });
const rows = (...list: readonly Row[]) => ({ InstanceResponses: { InstanceResponse: list } });
const many = (count: number) => Array.from({ length: count }, (_, index) => `i-${index}`);

describe('starting and stopping', () => {
  it('answers for each instance what the cloud answers for it', async () => {
    const { fleet } = fleetOver({
      StartInstances: () =>
        rows(
          row('i-3', 'IncorrectInstanceStatus'),
          row('i-1'),
          row('i-2', 'OperationDenied.NoStock'),
        ),
    });
    expect(await fleet.start(['i-1', 'i-2', 'i-3', 'i-4', 'i-1'], soon)).toMatchObject([
      { instanceId: 'i-1', kind: 'accepted' },
      { instanceId: 'i-2', kind: 'refused', refusal: { kind: 'stock' } },
      { instanceId: 'i-3', kind: 'refused', refusal: { kind: 'wrong-status' } },
      { instanceId: 'i-4', kind: 'refused', refusal: { kind: 'lost' } },
    ]);
  });

  it('lets one succeed where another cannot, 100 in a call', async () => {
    const { fleet, rpc } = fleetOver({ StartInstances: () => ({}) });
    expect(await fleet.start(many(150), soon)).toHaveLength(150);
    expect(
      rpc
        .queries('StartInstances')
        .map(({ InstanceId, BatchOptimization }) => [
          (InstanceId as string[]).length,
          BatchOptimization,
        ]),
    ).toEqual([
      [100, 'SuccessFirst'],
      [50, 'SuccessFirst'],
    ]);
  });

  it('stops economically and in order', async () => {
    const { fleet, rpc } = fleetOver({ StopInstances: () => rows(row('i-1')) });
    expect(await fleet.stopEconomically(['i-1'], soon)).toEqual([
      { instanceId: 'i-1', kind: 'accepted' },
    ]);
    expect(rpc.queries('StopInstances')).toEqual([
      {
        RegionId: 'cn-local',
        InstanceId: ['i-1'],
        StoppedMode: 'StopCharging',
        ForceStop: false,
        BatchOptimization: 'SuccessFirst',
      },
    ]);
  });

  it('of nobody asks nothing', async () => {
    const { fleet, rpc } = fleetOver({});
    expect(await fleet.start([], soon)).toEqual([]);
    expect(await fleet.stopEconomically([], soon)).toEqual([]);
    expect(await fleet.remove([], { force: false }, soon)).toEqual([]);
    expect(await fleet.describeFailedLaunches([], soon)).toEqual([]);
    expect(rpc.calls).toHaveLength(0);
  });
});

describe('deleting', () => {
  it.each([false, true])(
    'takes running ones as well, by a power cut only if asked: %s',
    async (force) => {
      const { fleet, rpc } = fleetOver({ DeleteInstances: () => ({}) });
      expect(await fleet.remove(['i-1', 'i-2'], { force }, soon)).toEqual([
        { instanceId: 'i-1', kind: 'accepted' },
        { instanceId: 'i-2', kind: 'accepted' },
      ]);
      expect(rpc.queries('DeleteInstances')).toEqual([
        { RegionId: 'cn-local', InstanceId: ['i-1', 'i-2'], Force: true, ForceStop: force },
      ]);
    },
  );

  it('goes one by one when a batch is refused, since nothing says who is to blame', async () => {
    const { fleet, rpc } = fleetOver({
      DeleteInstances: ({ InstanceId }) => {
        const asked = InstanceId as string[];
        if (asked.includes('i-1')) refuse('DeleteInstances', 404, 'InvalidInstanceId.NotFound');
        if (asked.includes('i-2'))
          refuse('DeleteInstances', 400, 'DependencyViolation.SLBConfiguring');
        if (asked.includes('i-3'))
          refuse('DeleteInstances', 403, 'InvalidOperation.DeletionProtection');
        return {};
      },
    });
    expect(await fleet.remove(many(5), { force: false }, soon)).toMatchObject([
      { instanceId: 'i-0', kind: 'accepted' },
      { instanceId: 'i-1', kind: 'already-so' },
      { instanceId: 'i-2', refusal: { kind: 'in-use' } },
      { instanceId: 'i-3', refusal: { kind: 'protected' } },
      { instanceId: 'i-4', kind: 'accepted' },
    ]);
    expect(rpc.count('DeleteInstances')).toBe(6);
  });

  it.each([
    ['Throttling.User', 400, 'throttled'],
    ['Forbidden.RAM', 403, 'account'],
    ['InternalError', 500, 'lost'],
  ])('sends no more after %s', async (code, status, kind) => {
    const { fleet, rpc } = fleetOver({
      DeleteInstances: () => refuse('DeleteInstances', status, code),
    });
    const answers = await fleet.remove(many(250), { force: false }, soon);
    expect(rpc.count('DeleteInstances')).toBe(1);
    expect(answers).toHaveLength(250);
    expect(answers[0]).toMatchObject({ refusal: { kind, code } });
    // What was not sent is not lost.
    const unsent = kind === 'lost' ? 'transient' : kind;
    expect(answers[249]).toMatchObject({ instanceId: 'i-249', refusal: { kind: unsent } });
  });
});

describe('launches that failed later', () => {
  it('are known by their system event only', async () => {
    const { fleet, rpc } = fleetOver({
      DescribeInstanceHistoryEvents: () => ({
        InstanceSystemEventSet: {
          InstanceSystemEventType: [{ InstanceId: 'i-2' }, { InstanceId: 'i-2' }],
        },
      }),
    });
    expect(await fleet.describeFailedLaunches(['i-1', 'i-2'], soon)).toEqual(['i-2']);
    expect(rpc.queries('DescribeInstanceHistoryEvents')[0]).toMatchObject({
      ResourceId: ['i-1', 'i-2'],
      InstanceEventType: ['SystemFailure.Delete'],
      InstanceEventCycleStatus: ['Executing', 'Executed'],
    });
  });
});

describe('spot prices', () => {
  const spot = (name: string, instanceType: string, zoneId: string): LaunchOption => ({
    ...OPTION,
    name,
    instanceType,
    zoneId,
    chargeType: 'spot',
  });
  const price = (ZoneId: string, at: string, SpotPrice: number) => ({
    ZoneId,
    Timestamp: `2026-11-21T${at}:00Z`,
    SpotPrice,
  });

  it('are the newest of each zone, in thousandths, by one call for a type', async () => {
    const { fleet, rpc } = fleetOver({
      DescribeSpotPriceHistory: ({ InstanceType }) => ({
        NextOffset: 3,
        SpotPrices: {
          SpotPriceType:
            InstanceType === 'large'
              ? [price('a', '02:00', 0.156), price('a', '01:00', 0.9), price('b', '01:00', 0.2)]
              : [],
        },
      }),
    });
    const options = [
      spot('one', 'large', 'a'),
      spot('two', 'large', 'b'),
      spot('three', 'huge', 'a'),
      OPTION,
    ];
    expect(await fleet.spotPrices(options, soon)).toEqual({ one: 156, two: 200 });
    expect(rpc.count('DescribeSpotPriceHistory')).toBe(2);
    expect(rpc.queries('DescribeSpotPriceHistory')[0]).toMatchObject({
      InstanceType: 'large',
      NetworkType: 'vpc',
      OSType: 'linux',
    });
  });

  const full = Array.from({ length: 1000 }, () => price('a', '01:00', 0.1));

  it('are read no further when the next page is this page again', async () => {
    const { fleet, rpc } = fleetOver({
      DescribeSpotPriceHistory: () => ({ NextOffset: 0, SpotPrices: { SpotPriceType: full } }),
    });
    expect(await fleet.spotPrices([spot('one', 'large', 'a')], soon)).toEqual({ one: 100 });
    expect(rpc.count('DescribeSpotPriceHistory')).toBe(1);
  });

  it('are read to the end', async () => {
    const { fleet } = fleetOver({
      DescribeSpotPriceHistory: ({ Offset }) => ({
        NextOffset: Offset === 0 ? 1000 : 1001,
        SpotPrices: { SpotPriceType: Offset === 0 ? full : [price('a', '02:00', 0.3)] },
      }),
    });
    expect(await fleet.spotPrices([spot('one', 'large', 'a')], soon)).toEqual({ one: 300 });
  });
});

describe('launch templates', () => {
  const version = (data: Row) => ({
    LaunchTemplateVersionSets: {
      LaunchTemplateVersionSet: [
        { LaunchTemplateId: 'lt-1', VersionNumber: 2, LaunchTemplateData: data },
      ],
    },
  });

  it('tell what a policy may contradict', async () => {
    const { fleet, rpc } = fleetOver({
      DescribeLaunchTemplateVersions: () =>
        version({
          ImageId: 'm-1',
          InstanceType: 'ecs.c7.large',
          VSwitchId: 'vsw-a',
          SecurityGroupIds: { SecurityGroupId: ['sg-1', 'sg-2'] },
          NetworkInterfaces: { NetworkInterface: [{ InstanceType: 'Primary' }] },
          Tags: { InstanceTag: [{ Key: 'team', Value: 'web' }] },
        }),
    });
    expect(await fleet.describeTemplate('lt-1', null, soon)).toEqual({
      templateId: 'lt-1',
      version: 2,
      imageId: 'm-1',
      instanceType: 'ecs.c7.large',
      zoneId: '',
      vSwitchId: 'vsw-a',
      securityGroupIds: ['sg-1', 'sg-2'],
      hasPrimaryInterface: true,
      tags: { team: 'web' },
    });
    await fleet.describeTemplate('lt-1', 2, soon);
    expect(rpc.queries('DescribeLaunchTemplateVersions')).toEqual([
      { RegionId: 'cn-local', LaunchTemplateId: 'lt-1', DetailFlag: true, DefaultVersion: true },
      {
        RegionId: 'cn-local',
        LaunchTemplateId: 'lt-1',
        DetailFlag: true,
        LaunchTemplateVersion: [2],
      },
    ]);
  });

  it('may leave everything open, or name one security group', async () => {
    const { fleet } = fleetOver({ DescribeLaunchTemplateVersions: () => version({}) });
    expect(await fleet.describeTemplate('lt-1', null, soon)).toMatchObject({
      securityGroupIds: [],
      hasPrimaryInterface: false,
      tags: {},
    });
    const single = fleetOver({
      DescribeLaunchTemplateVersions: () => version({ SecurityGroupId: 'sg-1' }),
    });
    expect(await single.fleet.describeTemplate('lt-1', null, soon)).toMatchObject({
      securityGroupIds: ['sg-1'],
    });
  });

  it.each<readonly [string, () => Row]>([
    [
      'template',
      () => refuse('DescribeLaunchTemplateVersions', 404, 'InvalidLaunchTemplate.NotFound'),
    ],
    ['version', () => ({ LaunchTemplateVersionSets: { LaunchTemplateVersionSet: [] } })],
  ])('are null without such a %s', async (_what, answer) => {
    const { fleet } = fleetOver({ DescribeLaunchTemplateVersions: answer });
    expect(await fleet.describeTemplate('lt-9', 7, soon)).toBeNull();
  });

  it('are not null because they may not be read', async () => {
    const { fleet } = fleetOver({
      DescribeLaunchTemplateVersions: () =>
        refuse('DescribeLaunchTemplateVersions', 403, 'Forbidden.RAM'),
    });
    await expect(fleet.describeTemplate('lt-1', null, soon)).rejects.toMatchObject({
      details: { code: 'Forbidden.RAM' },
    });
  });
});
