import { describe, expect, it } from '@jest/globals';
import { EcsFleet } from '../../../shared/adapters/alicloud/ecs-fleet';
import { type ListedInstance } from '../../../shared/ports/fleet';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

type Row = Readonly<Record<string, unknown>>;

const soon = new TestClock().in(10_000);
const TAG = { TagKey: 'evenkeel:pool', TagValue: 'web' };
const entry = (id: string, more: Row = {}): Row => ({
  InstanceId: id,
  Status: 'Running',
  InstanceType: 'ecs.c7.large',
  ZoneId: 'cn-local-a',
  Cpu: 2,
  CreationTime: '2026-11-21T02:58Z',
  SpotStrategy: 'NoSpot',
  DeletionProtection: false,
  StoppedMode: 'Not-applicable',
  VpcAttributes: { PrivateIpAddress: { IpAddress: ['10.0.0.1'] } },
  Tags: { Tag: [TAG] },
  ...more,
});
const page = (entries: readonly Row[], next = '') => ({
  NextToken: next,
  TotalCount: 0,
  Instances: { Instance: entries },
});
function ownedOver(answers: ConstructorParameters<typeof ScriptedRpc>[0]) {
  const rpc = new ScriptedRpc(answers);
  const fleet = new EcsFleet({ rpc, regionId: 'cn-local' });
  const owned = (): Promise<readonly ListedInstance[]> =>
    fleet.describeOwned('evenkeel:pool', 'web', soon);
  return { rpc, owned };
}
const idsOf = (listed: readonly ListedInstance[]) => listed.map(({ instanceId }) => instanceId);
const entries = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => entry(`i-${from + index}`));

describe('the list of owned instances', () => {
  it('asks by tag, not by status', async () => {
    const { rpc, owned } = ownedOver({ DescribeInstances: () => page([entry('i-1')]) });
    await owned();
    expect(rpc.queries('DescribeInstances')).toEqual([
      { RegionId: 'cn-local', Tag: [{ Key: 'evenkeel:pool', Value: 'web' }], MaxResults: 100 },
    ]);
  });

  it('gives every fact that capacity rests on', async () => {
    const { owned } = ownedOver({
      DescribeInstances: () =>
        page([
          entry('i-1', {
            Status: 'Stopped',
            StoppedMode: 'StopCharging',
            SpotStrategy: 'SpotAsPriceGo',
            DeletionProtection: true,
            OperationLocks: { LockReason: [{ LockReason: 'Recycling' }] },
            Tags: { Tag: [TAG, { TagKey: 'evenkeel:template', TagValue: '7' }] },
          }),
          entry('i-2'),
        ]),
    });
    const [first, second] = await owned();
    expect(first).toEqual({
      instanceId: 'i-1',
      facts: {
        status: 'Stopped',
        instanceType: 'ecs.c7.large',
        zoneId: 'cn-local-a',
        cpuCount: 2,
        address: '10.0.0.1',
        isSpot: true,
        locks: ['Recycling'],
        tags: { 'evenkeel:pool': 'web', 'evenkeel:template': '7' },
        createdAt: Date.parse('2026-11-21T02:58:00Z'),
        chargeType: 'spot',
        templateVersion: 7,
        isDeletionProtected: true,
        isStoppedEconomically: true,
      },
    });
    expect(second?.facts).toMatchObject({
      chargeType: 'pay-as-you-go',
      templateVersion: null,
      isDeletionProtected: false,
      isStoppedEconomically: false,
    });
  });

  it.each([
    ['Stopped', 'KeepCharging', false],
    ['Running', 'StopCharging', false],
    ['Stopped', 'StopCharging', true],
  ])('of one that is %s, %s: stopped economically is %s', async (Status, StoppedMode, expected) => {
    const { owned } = ownedOver({
      DescribeInstances: () => page([entry('i-1', { Status, StoppedMode })]),
    });
    expect((await owned())[0]?.facts.isStoppedEconomically).toBe(expected);
  });

  it('looks the vCPUs up where the reply leaves them out', async () => {
    const { owned } = ownedOver({
      DescribeInstances: () => page([entry('i-1', { Cpu: undefined })]),
      DescribeInstanceTypes: () => ({
        InstanceTypes: { InstanceType: [{ InstanceTypeId: 'ecs.c7.large', CpuCoreCount: 2 }] },
      }),
    });
    expect((await owned())[0]?.facts.cpuCount).toBe(2);
  });

  it('is read to its last page', async () => {
    const { owned } = ownedOver({
      DescribeInstances: ({ NextToken }) =>
        NextToken === undefined
          ? page(entries(0, 100), 't-1')
          : NextToken === 't-1'
            ? page(entries(100, 100), 't-2')
            : page(entries(200, 3)),
    });
    expect(await owned()).toHaveLength(203);
  });

  it('shows an id twice that the cloud lists twice', async () => {
    const { owned } = ownedOver({
      DescribeInstances: () => page([entry('i-1'), entry('i-1')]),
    });
    expect(idsOf(await owned())).toEqual(['i-1', 'i-1']);
  });

  it.each<readonly [string, Row]>([
    ['carries another pool’s tag', { Tags: { Tag: [{ ...TAG, TagValue: 'api' }] } }],
    ['carries no tag', { Tags: undefined }],
  ])('leaves out what %s though the filter found it', async (_what, more) => {
    const { owned } = ownedOver({
      DescribeInstances: () => page([entry('i-1'), entry('i-2', more)]),
    });
    expect(idsOf(await owned())).toEqual(['i-1']);
  });

  it.each<readonly [string, (query: Row) => Row]>([
    ['without a list', () => ({ NextToken: '' })],
    ['with an entry that is none', () => page([entry('i-1'), null as never])],
    ['with an entry without id', () => page([entry('i-1', { InstanceId: undefined })])],
    ['without a time of creation', () => page([entry('i-1', { CreationTime: '' })])],
    ['whose pages begin again', () => page([entry('i-1')], 't-1')],
    [
      'whose second page is refused',
      ({ NextToken }) =>
        NextToken === undefined
          ? page(entries(0, 100), 't-1')
          : refuse('DescribeInstances', 400, 'Throttling.User'),
    ],
    [
      'whose second page has no list',
      ({ NextToken }) => (NextToken === undefined ? page(entries(0, 100), 't-1') : {}),
    ],
  ])('is never a part of itself: an answer %s is an error', async (_what, answer) => {
    const { owned } = ownedOver({ DescribeInstances: answer });
    await expect(owned()).rejects.toMatchObject({ details: { action: 'DescribeInstances' } });
  });
});

describe('a list longer than the tag filter is good for', () => {
  /** `count` instances; the filter by tag never shows more than 1,000 of them. */
  function fleetOf(count: number, listed = count) {
    const all = entries(0, count);
    const from = (token: unknown) => (token === undefined ? 0 : Number(token));
    return ownedOver({
      DescribeInstances: ({ InstanceIds, NextToken }) => {
        if (InstanceIds !== undefined) {
          const ids = JSON.parse(InstanceIds as string) as string[];
          return page(all.filter(({ InstanceId }) => ids.includes(InstanceId as string)));
        }
        const start = from(NextToken);
        const end = Math.min(start + 100, count, 1000);
        return page(all.slice(start, end), end === Math.min(count, 1000) ? '' : String(end));
      },
      ListTagResources: ({ NextToken }) => {
        const start = from(NextToken);
        const end = Math.min(start + 50, listed);
        const row = (index: number, key: string) => ({
          ResourceId: `i-${index}`,
          ResourceType: 'instance',
          TagKey: key,
          TagValue: 'x',
        });
        const rows = Array.from({ length: end - start }, (_, index) => [
          row(start + index, 'evenkeel:pool'),
          row(start + index, 'evenkeel:launch'),
        ]).flat();
        return {
          NextToken: end === listed ? '' : String(end),
          TagResources: { TagResource: rows },
        };
      },
    });
  }

  it('comes from the list of tags', async () => {
    const { rpc, owned } = fleetOf(1203);
    const found = await owned();
    expect(new Set(idsOf(found)).size).toBe(1203);
    expect(found).toHaveLength(1203);
    expect(rpc.queries('ListTagResources')[0]).toEqual({
      RegionId: 'cn-local',
      ResourceType: 'instance',
      Tag: [{ Key: 'evenkeel:pool', Value: 'web' }],
    });
  });

  it('is doubted from exactly 1,000 on, and not before', async () => {
    const many = fleetOf(1000);
    expect(await many.owned()).toHaveLength(1000);
    expect(many.rpc.count('ListTagResources')).toBe(20);
    const fewer = fleetOf(999);
    expect(await fewer.owned()).toHaveLength(999);
    expect(fewer.rpc.count('ListTagResources')).toBe(0);
  });

  it('has no more of an instance of which only the tag is left', async () => {
    const { owned } = fleetOf(1100, 1101);
    expect(await owned()).toHaveLength(1100);
  });
});
