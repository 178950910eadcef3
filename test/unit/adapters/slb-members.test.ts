import { describe, expect, it } from '@jest/globals';
import { Slb } from '../../../shared/adapters/alicloud/slb';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { serverGroup, type ServerGroup } from '../../support/server-group';
import { TestClock } from '../../support/test-clock';

const DEFAULT = { loadBalancerId: 'lb-1', serverGroupId: 'default' };
const VSERVER = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' };
const ADD = 'AddBackendServers';
const REMOVE = 'RemoveBackendServers';

const members = (count: number, weight = 100) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`i-${index}`, weight]));
const newcomers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    serverId: `i-${from + index}`,
    port: 8080,
    weight: 0,
  }));

function slbOver(rpc: ScriptedRpc, clock = new TestClock()): { slb: Slb; clock: TestClock } {
  return { clock, slb: new Slb({ rpc, clock, regionId: 'cn-local', random: { next: () => 0.5 } }) };
}
const sizes = (rpc: ServerGroup, action: string) => rpc.sent(action).map((ids) => ids.length);

describe('adding members', () => {
  it.each([
    ['the default group', DEFAULT, ADD],
    ['a VServer group', VSERVER, 'AddVServerGroupBackendServers'],
  ])('to %s sends at most twenty a call and reads back', async (_name, target, action) => {
    const rpc = serverGroup();
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(target, newcomers(45), clock.in(60_000));
    expect(sizes(rpc, action)).toEqual([20, 20, 5]);
    expect(found).toHaveLength(45);
    expect(found[44]).toEqual({ serverId: 'i-44', port: 8080, weight: 0, isAsWanted: true });
    expect(new Set(rpc.weights.values())).toEqual(new Set([0]));
  });

  it('always names the weight, the region, and the port where a member has one', async () => {
    const rpc = serverGroup();
    const { slb, clock } = slbOver(rpc);
    await slb.addMembers(DEFAULT, newcomers(1), clock.in(60_000));
    await slb.addMembers(VSERVER, newcomers(1, 1), clock.in(60_000));
    expect(rpc.queries(ADD)).toEqual([
      {
        RegionId: 'cn-local',
        LoadBalancerId: 'lb-1',
        BackendServers: '[{"ServerId":"i-0","Weight":0,"Type":"ecs"}]',
      },
    ]);
    expect(rpc.queries('AddVServerGroupBackendServers')).toEqual([
      {
        RegionId: 'cn-local',
        VServerGroupId: 'rsp-1',
        BackendServers: '[{"ServerId":"i-1","Port":8080,"Weight":0,"Type":"ecs"}]',
      },
    ]);
  });

  it('leaves alone who is a member already, whatever its weight', async () => {
    const rpc = serverGroup({ members: { 'i-0': 70 } });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.addMembers(DEFAULT, newcomers(2), clock.in(60_000))).toEqual([
      { serverId: 'i-0', port: 8080, weight: 70, isAsWanted: true },
      { serverId: 'i-1', port: 8080, weight: 0, isAsWanted: true },
    ]);
    expect(rpc.sent(ADD)).toEqual([['i-1']]);
    expect(rpc.weights.get('i-0')).toBe(70);
  });

  it('writes nothing when all are members', async () => {
    const rpc = serverGroup({ members: members(3, 7) });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(VSERVER, newcomers(3), clock.in(60_000));
    expect(found.map(({ weight }) => weight)).toEqual([7, 7, 7]);
    expect(rpc.calls.map(({ action }) => action)).toEqual(['DescribeVServerGroupAttribute']);
  });

  it('tells the same server on two ports of a group apart', async () => {
    const rpc = serverGroup({ members: { 'i-0': 70 } });
    const { slb, clock } = slbOver(rpc);
    await slb.addMembers(VSERVER, [{ serverId: 'i-0', port: 9090, weight: 0 }], clock.in(5_000));
    expect(rpc.count('AddVServerGroupBackendServers')).toBeGreaterThan(0);
  });

  it('is as wanted when another writer added it in between', async () => {
    const rpc: ServerGroup = serverGroup({
      beforeWrite: (_sent, write) => {
        if (write === 1) rpc.weights.set('i-0', 100);
        return undefined;
      },
    });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(2), clock.in(60_000));
    expect(found).toEqual([
      { serverId: 'i-0', port: 8080, weight: 100, isAsWanted: true },
      { serverId: 'i-1', port: 8080, weight: 0, isAsWanted: true },
    ]);
  });

  it('finds the one that does not run by halving, and adds the others', async () => {
    const rpc = serverGroup({ notRunning: ['i-5'] });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(20), clock.in(60_000));
    expect(found.filter(({ isAsWanted }) => !isAsWanted)).toMatchObject([
      { serverId: 'i-5', weight: null, failure: { kind: 'not-running', code: 'ObtainIpFail' } },
    ]);
    expect(rpc.weights.size).toBe(19);
    expect(rpc.count(ADD)).toBeLessThanOrEqual(11);
  });

  it('fills a load balancer that has room for some, and says that it is full', async () => {
    const rpc = serverGroup({ members: members(195), capacity: 200 });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(40, 195), clock.in(60_000));
    expect(rpc.weights.size).toBe(200);
    expect(found.filter(({ isAsWanted }) => isAsWanted)).toHaveLength(5);
    expect(new Set(found.slice(5).map(({ failure }) => failure?.kind))).toEqual(
      new Set(['load-balancer-full']),
    );
    expect(rpc.count(ADD)).toBeLessThanOrEqual(8);
  });

  it.each<readonly [string, string, number]>([
    ['quota', 'QuotaExceeded.BackendServersNum', 400],
    ['quota', 'OverQuota', 400],
    ['not-running', 'InvalidServerId.NotFound', 404],
    ['other', 'InvalidBackendServers.NetworkConflict', 400],
    ['other', 'Forbidden.RAM', 403],
    ['locked', 'BackendServer.configuring', 409],
  ])('tells %s from %s', async (kind, code, status) => {
    const rpc = serverGroup({ beforeWrite: () => refuse(ADD, status, code) });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.addMembers(DEFAULT, newcomers(1), clock.in(5_000))).toMatchObject([
      { isAsWanted: false, weight: null, failure: { kind, code } },
    ]);
  });

  it('sends no more when permission is missing', async () => {
    const rpc = serverGroup({ beforeWrite: () => refuse(ADD, 403, 'Forbidden.RAM') });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(60), clock.in(60_000));
    expect(sizes(rpc, ADD)).toEqual([20]);
    expect(found.every(({ failure }) => failure?.code === 'Forbidden.RAM')).toBe(true);
  });

  it('waits for the configuration lock, longer each time', async () => {
    const beforeWrite = (_sent: unknown, write: number) =>
      write <= 2 ? refuse(ADD, 409, 'BackendServer.configuring') : undefined;
    const rpc = serverGroup({ beforeWrite });
    const { slb, clock } = slbOver(rpc);
    const [found] = await slb.addMembers(DEFAULT, newcomers(1), clock.in(60_000));
    expect(found?.isAsWanted).toBe(true);
    expect(clock.sleeps).toEqual([2000, 4000]);
  });

  it('believes the read-back, not the lost reply', async () => {
    const rpc = serverGroup({ beforeWrite: () => 'lost' });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(2), clock.in(60_000));
    expect(found.map(({ isAsWanted }) => isAsWanted)).toEqual([true, true]);
    expect(found[0]).not.toHaveProperty('failure');
    expect(rpc.count(ADD)).toBe(1);
  });

  it('adds again, after reading, whom a lost call did not add', async () => {
    const beforeWrite = (_sent: unknown, write: number) =>
      write === 1 ? refuse(ADD, 500, 'InternalError') : undefined;
    const rpc = serverGroup({ beforeWrite });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(2), clock.in(60_000));
    expect(found.map(({ isAsWanted }) => isAsWanted)).toEqual([true, true]);
    expect(rpc.count(ADD)).toBe(2);
  });

  it('does not call lost what it did not send', async () => {
    const beforeWrite = (_sent: unknown, write: number) =>
      write === 1 ? refuse(ADD, 500, 'InternalError') : undefined;
    const rpc = serverGroup({ beforeWrite });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.addMembers(DEFAULT, newcomers(45), clock.in(60_000));
    expect(sizes(rpc, ADD)).toEqual([20, 20]);
    expect(found.map(({ isAsWanted }) => isAsWanted)).toEqual([
      ...Array<boolean>(20).fill(true),
      ...Array<boolean>(25).fill(false),
    ]);
    expect(found[44]?.failure).toMatchObject({ code: 'InternalError', isAmbiguous: false });
  });

  it('keeps the failures of the first pass beside what the second did', async () => {
    const beforeWrite = (sent: readonly { readonly ServerId: string }[], write: number) =>
      write === 1
        ? refuse(ADD, 400, 'InvalidParameter')
        : sent.some(({ ServerId }) => ServerId === 'i-1') && write === 3
          ? refuse(ADD, 500, 'InternalError')
          : sent.some(({ ServerId }) => ServerId === 'i-0')
            ? refuse(ADD, 400, 'InvalidParameter')
            : undefined;
    const rpc = serverGroup({ beforeWrite });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.addMembers(DEFAULT, newcomers(2), clock.in(60_000))).toMatchObject([
      { serverId: 'i-0', isAsWanted: false, failure: { code: 'InvalidParameter' } },
      { serverId: 'i-1', isAsWanted: true },
    ]);
  });

  it('reads again when the newcomers are not yet to be seen', async () => {
    const rpc = serverGroup({ readsBehind: 2 });
    const { slb, clock } = slbOver(rpc);
    const [found] = await slb.addMembers(VSERVER, newcomers(1), clock.in(60_000));
    expect(found?.isAsWanted).toBe(true);
    expect(rpc.count('DescribeVServerGroupAttribute')).toBe(4);
  });

  it('is not ambiguous when it cannot be read before, and is when it cannot be read after', async () => {
    let reads = 0;
    const rpcThatFailsAt = (read: number) =>
      new ScriptedRpc({
        AddVServerGroupBackendServers: () => ({}),
        DescribeVServerGroupAttribute: () =>
          (reads += 1) === read
            ? refuse('DescribeVServerGroupAttribute', 503, 'ServiceUnavailable')
            : { BackendServers: { BackendServer: [] } },
      });
    const addOver = (rpc: ScriptedRpc) => {
      reads = 0;
      const { slb, clock } = slbOver(rpc);
      return slb.addMembers(VSERVER, newcomers(1), clock.in(60_000));
    };
    const before = rpcThatFailsAt(1);
    await expect(addOver(before)).rejects.toMatchObject({ details: { isAmbiguous: false } });
    expect(before.count('AddVServerGroupBackendServers')).toBe(0);
    await expect(addOver(rpcThatFailsAt(2))).rejects.toMatchObject({
      details: { isAmbiguous: true },
    });
  });
});

describe('removing members', () => {
  it.each([
    ['the default group', DEFAULT, REMOVE],
    ['a VServer group', VSERVER, 'RemoveVServerGroupBackendServers'],
  ])('from %s sends at most twenty a call and reads back', async (_name, target, action) => {
    const rpc = serverGroup({ members: members(50) });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.removeMembers(target, newcomers(45), clock.in(60_000));
    expect(sizes(rpc, action)).toEqual([20, 20, 5]);
    expect(found[0]).toEqual({ serverId: 'i-0', port: 8080, weight: null, isAsWanted: true });
    expect([...rpc.weights.keys()]).toEqual(['i-45', 'i-46', 'i-47', 'i-48', 'i-49']);
  });

  it('names no weight, and the port where a member has one', async () => {
    const rpc = serverGroup({ members: members(2) });
    const { slb, clock } = slbOver(rpc);
    const [first, second] = [
      { serverId: 'i-0', port: 8080 },
      { serverId: 'i-1', port: 8080 },
    ];
    await slb.removeMembers(DEFAULT, [first], clock.in(60_000));
    await slb.removeMembers(VSERVER, [second], clock.in(60_000));
    expect(rpc.queries(REMOVE)[0]).toMatchObject({
      BackendServers: '[{"ServerId":"i-0","Type":"ecs"}]',
    });
    expect(rpc.queries('RemoveVServerGroupBackendServers')[0]).toMatchObject({
      BackendServers: '[{"ServerId":"i-1","Port":8080,"Type":"ecs"}]',
    });
  });

  it('of one that is no member is as wanted', async () => {
    const rpc = serverGroup({ members: members(1) });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.removeMembers(DEFAULT, newcomers(2), clock.in(60_000));
    expect(found.map(({ isAsWanted }) => isAsWanted)).toEqual([true, true]);
  });

  it('of one that ECS does not know any more does not keep the others in', async () => {
    const rpc: ServerGroup = serverGroup({
      members: members(3),
      beforeWrite: (sent) => {
        if (sent.length > 1 || sent[0]?.ServerId !== 'i-1') {
          if (sent.some(({ ServerId }) => ServerId === 'i-1'))
            refuse(REMOVE, 404, 'InvalidServerId.NotFound');
          return undefined;
        }
        rpc.weights.delete('i-1');
        return refuse(REMOVE, 404, 'InvalidServerId.NotFound');
      },
    });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.removeMembers(DEFAULT, newcomers(3), clock.in(60_000));
    expect(found.map(({ isAsWanted }) => isAsWanted)).toEqual([true, true, true]);
    expect(rpc.weights.size).toBe(0);
  });

  it('says who is still a member, with which weight and why', async () => {
    const rpc = serverGroup({
      members: members(2, 30),
      beforeWrite: () => refuse(REMOVE, 400, 'ActionNotAllowed'),
    });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.removeMembers(DEFAULT, newcomers(1), clock.in(60_000))).toMatchObject([
      { isAsWanted: false, weight: 30, failure: { kind: 'other', code: 'ActionNotAllowed' } },
    ]);
  });

  it('removes again, after reading, whom a lost call left in', async () => {
    const rpc = serverGroup({
      members: members(1),
      beforeWrite: (_sent, write) =>
        write === 1 ? refuse(REMOVE, 500, 'InternalError') : undefined,
    });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.removeMembers(DEFAULT, newcomers(1), clock.in(60_000))).toMatchObject([
      { isAsWanted: true },
    ]);
    expect(rpc.count(REMOVE)).toBe(2);
  });

  it('of nobody asks nothing, and neither does adding nobody', async () => {
    const rpc = serverGroup();
    const { slb, clock } = slbOver(rpc);
    expect(await slb.removeMembers(DEFAULT, [], clock.in(60_000))).toEqual([]);
    expect(await slb.addMembers(DEFAULT, [], clock.in(60_000))).toEqual([]);
    expect(rpc.calls).toHaveLength(0);
  });
});
