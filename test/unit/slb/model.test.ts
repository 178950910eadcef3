import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import { listenerDefaults } from '../../../infra/local/slb/listener';
import { type GroupReference } from '../../../infra/local/slb/load-balancer';
import { SlbModel } from '../../../infra/local/slb/model';
import { type BehaviourSwitches, directoryOf, layOut, refusalOf } from '../../support/slb-world';

const world = (behaviour: BehaviourSwitches = {}, backendQuota?: number) => {
  const clock = new ManualClock();
  const directory = directoryOf(30);
  const model = new SlbModel({
    clock,
    directory,
    regionId: 'r-1',
    profile: { configurationLockMs: 300 },
    behaviour,
    ...(backendQuota && { backendQuota }),
  });
  const { loadBalancerId } = model.createLoadBalancer();
  const group: GroupReference = { kind: 'default', loadBalancerId };
  return { clock, directory, model, loadBalancerId, group };
};
const weights = (model: SlbModel, group: GroupReference) =>
  Object.fromEntries(model.backends(group).map(({ serverId, weight }) => [serverId, weight]));
const settings = { ...listenerDefaults('http'), backendServerPort: 8080 };

describe('members of a server group', () => {
  it('are added with weight 100 unless told otherwise', () => {
    const { model, group } = world();
    model.addBackends(group, [{ serverId: 'i-1' }, { serverId: 'i-2', weight: 0 }]);
    expect(weights(model, group)).toEqual({ 'i-1': 100, 'i-2': 0 });
  });

  it('keep their weight when a Set does not name them', () => {
    const { model, group } = world();
    model.provision(() =>
      model.addBackends(group, [
        { serverId: 'i-1', weight: 30 },
        { serverId: 'i-2', weight: 90 },
      ]),
    );
    model.setBackends(group, [{ serverId: 'i-2', weight: 10 }]);
    expect(weights(model, group)).toEqual({ 'i-1': 30, 'i-2': 10 });
  });

  it('are removed, and unknown names are passed over', () => {
    const { model, group } = world();
    model.provision(() => model.addBackends(group, [{ serverId: 'i-1' }, { serverId: 'i-2' }]));
    model.removeBackends(group, [{ serverId: 'i-1' }, { serverId: 'i-unknown' }]);
    expect(weights(model, group)).toEqual({ 'i-2': 100 });
  });

  it('must exist and run when they are added', async () => {
    const { model, group, directory } = world();
    directory.change('i-1', { status: 'Stopped' });
    expect(await refusalOf(() => model.addBackends(group, [{ serverId: 'i-1' }]))).toEqual({
      code: 'ObtainIpFail',
      status: 400,
    });
    expect(await refusalOf(() => model.addBackends(group, [{ serverId: 'i-none' }]))).toEqual({
      code: 'ObtainIpFail',
      status: 400,
    });
    expect(model.backends(group)).toEqual([]);
  });

  it('may be stopped when their weight is set or they are removed', () => {
    const { model, group, directory } = world();
    model.provision(() => {
      model.addBackends(group, [{ serverId: 'i-1' }]);
      directory.change('i-1', { status: 'Stopped' });
      expect(model.setBackends(group, [{ serverId: 'i-1', weight: 0 }])[0]?.weight).toBe(0);
      expect(model.removeBackends(group, [{ serverId: 'i-1' }])).toEqual([]);
    });
  });

  it('must be in the VPC of the load balancer', async () => {
    const { model } = world();
    const { loadBalancerId } = model.createLoadBalancer({ vpcId: 'vpc-2' });
    const refusal = await refusalOf(() =>
      model.addBackends({ kind: 'default', loadBalancerId }, [{ serverId: 'i-1' }]),
    );
    expect(refusal.code).toBe('InvalidBackendServers.NetworkConflict');
  });

  it('are at most 200 per load balancer, all groups together', async () => {
    const { model, group, loadBalancerId } = world({}, 3);
    model.provision(() => {
      model.addBackends(group, [{ serverId: 'i-1' }, { serverId: 'i-2' }]);
      model.createGroup(loadBalancerId, 'g', [{ serverId: 'i-1', port: 80 }]);
    });
    const refusal = await refusalOf(() =>
      model.provision(() => model.addBackends(group, [{ serverId: 'i-3' }])),
    );
    expect(refusal.code).toBe('InstanceBackendServerNumberOverLimit');
  });

  it('of a VServer group are told apart by port', () => {
    const { model, loadBalancerId } = world();
    const { groupId } = model.createGroup(loadBalancerId, 'g', [
      { serverId: 'i-1', port: 80 },
      { serverId: 'i-1', port: 81 },
    ]);
    model.provision(() =>
      model.setBackends({ kind: 'group', groupId }, [{ serverId: 'i-1', port: 81, weight: 5 }]),
    );
    expect(model.group(groupId).backends.map(({ port, weight }) => [port, weight])).toEqual([
      [80, 100],
      [81, 5],
    ]);
  });

  it('of a VServer group are swapped in one change', async () => {
    const { model, loadBalancerId } = world();
    const { groupId } = model.createGroup(loadBalancerId, 'g', [{ serverId: 'i-1', port: 80 }]);
    const swap = (old: string) =>
      model.provision(() =>
        model.replaceBackends(
          { kind: 'group', groupId },
          { old: [{ serverId: old, port: 80 }], new: [{ serverId: 'i-2', port: 80 }] },
        ),
      );
    expect(swap('i-1').map(({ serverId }) => serverId)).toEqual(['i-2']);
    expect((await refusalOf(() => swap('i-1'))).code).toBe('InvalidParameter');
  });
});

describe('readings of what the documents leave open', () => {
  it('a Set naming a stranger passes over it, or is refused whole', async () => {
    for (const unknownInSet of ['ignore', 'refuse'] as const) {
      const { model, group } = world({ unknownInSet });
      model.provision(() => model.addBackends(group, [{ serverId: 'i-1', weight: 50 }]));
      const set = () =>
        model.setBackends(group, [
          { serverId: 'i-1', weight: 7 },
          { serverId: 'i-9', weight: 7 },
        ]);
      if (unknownInSet === 'ignore') set();
      else expect((await refusalOf(set)).status).toBe(400);
      expect(weights(model, group)).toEqual({ 'i-1': unknownInSet === 'ignore' ? 7 : 50 });
    }
  });

  it('an Add naming a member passes over it, or is refused whole', async () => {
    for (const presentInAdd of ['ignore', 'refuse'] as const) {
      const { model, group } = world({ presentInAdd });
      model.provision(() => model.addBackends(group, [{ serverId: 'i-1', weight: 50 }]));
      const add = () =>
        model.provision(() =>
          model.addBackends(group, [{ serverId: 'i-1', weight: 7 }, { serverId: 'i-2' }]),
        );
      if (presentInAdd === 'ignore') add();
      else expect((await refusalOf(add)).status).toBe(400);
      expect(weights(model, group)).toEqual(
        presentInAdd === 'ignore' ? { 'i-1': 50, 'i-2': 100 } : { 'i-1': 50 },
      );
    }
  });
});

describe('the configuration lock', () => {
  it('refuses the next backend change of the same load balancer until the first is applied', async () => {
    const { clock, model, group } = world();
    model.addBackends(group, [{ serverId: 'i-1' }]);
    expect(
      await refusalOf(() => model.setBackends(group, [{ serverId: 'i-1', weight: 1 }])),
    ).toEqual({ code: 'BackendServer.configuring', status: 409 });
    await clock.advance(299);
    expect((await refusalOf(() => model.setBackends(group, []))).code).toBe(
      'BackendServer.configuring',
    );
    await clock.advance(1);
    expect(model.setBackends(group, [{ serverId: 'i-1', weight: 1 }])[0]?.weight).toBe(1);
  });

  it('is per load balancer', () => {
    const { model, group } = world();
    const other = model.createLoadBalancer();
    model.addBackends(group, [{ serverId: 'i-1' }]);
    expect(
      model.addBackends({ kind: 'default', loadBalancerId: other.loadBalancerId }, [
        { serverId: 'i-1' },
      ]),
    ).toHaveLength(1);
  });

  it('says VServerGroupProcessing for the same group and BackendServer.configuring for another', async () => {
    const { model, loadBalancerId, group } = world();
    const [first, second] = model.provision(() => [
      model.createGroup(loadBalancerId, 'a', []),
      model.createGroup(loadBalancerId, 'b', []),
    ]);
    const add = (groupId: string) => () =>
      model.addBackends({ kind: 'group', groupId }, [{ serverId: 'i-1', port: 80 }]);
    add(first.groupId)();
    expect(await refusalOf(add(first.groupId))).toEqual({
      code: 'VServerGroupProcessing',
      status: 400,
    });
    expect(await refusalOf(add(second.groupId))).toEqual({
      code: 'BackendServer.configuring',
      status: 409,
    });
    expect((await refusalOf(() => model.addBackends(group, [{ serverId: 'i-1' }]))).code).toBe(
      'BackendServer.configuring',
    );
  });

  it('says ServiceIsConfiguring where listeners are concerned', async () => {
    const { model, loadBalancerId, group } = world();
    const listener = model.createListener({ loadBalancerId, protocol: 'http', port: 80 }, settings);
    expect(await refusalOf(() => model.startListener(listener))).toEqual({
      code: 'ServiceIsConfiguring',
      status: 400,
    });
    expect((await refusalOf(() => model.addBackends(group, [{ serverId: 'i-1' }]))).code).toBe(
      'ServiceIsConfiguring',
    );
  });

  it('announces a change when it has been applied, and a refused one never', async () => {
    const { clock, model, group, loadBalancerId } = world();
    const applied: string[] = [];
    model.onApplied((id) => applied.push(id));
    model.addBackends(group, [{ serverId: 'i-1' }]);
    await refusalOf(() => model.setBackends(group, []));
    expect(applied).toEqual([]);
    await clock.advance(300);
    expect(applied).toEqual([loadBalancerId]);
    expect(clock.pending).toBe(0);
  });

  it('is not taken by a call that is refused for another reason', async () => {
    const { model, group } = world();
    await refusalOf(() => model.addBackends(group, [{ serverId: 'i-none' }]));
    expect(model.addBackends(group, [{ serverId: 'i-1' }])).toHaveLength(1);
  });
});

describe('listeners', () => {
  it('begin stopped, start, stop, and refuse what does not fit their state', async () => {
    const { model, loadBalancerId } = world();
    await model.provision(async () => {
      const current = () => model.listener(loadBalancerId, 80);
      model.createListener({ loadBalancerId, protocol: 'http', port: 80 }, settings);
      expect(current().status).toBe('stopped');
      expect((await refusalOf(() => model.stopListener(current()))).code).toBe(
        'OperationFailed.ListenerStatusNotSupport',
      );
    });
    model.provision(() => model.startListener(model.listener(loadBalancerId, 80)));
    expect(model.listener(loadBalancerId, 80).status).toBe('running');
    expect(
      (
        await refusalOf(() =>
          model.provision(() => model.startListener(model.listener(loadBalancerId, 80))),
        )
      ).code,
    ).toBe('OperationFailed.ListenerStatusNotSupport');
  });

  it('make the load balancer inactive when the last one is deleted', () => {
    const { model } = world();
    const first = layOut(model, { weights: { 'i-1': 100 } });
    const key = { loadBalancerId: first.loadBalancerId, protocol: 'tcp', port: 81 } as const;
    const second = model.provision(() => model.createListener(key, settings));
    model.provision(() => model.deleteListener(first));
    expect(model.loadBalancer(first.loadBalancerId).status).toBe('active');
    model.provision(() => model.deleteListener(second));
    expect(model.loadBalancer(first.loadBalancerId).status).toBe('inactive');
  });

  it('do not share a port, unless one is UDP', async () => {
    const { model, loadBalancerId } = world();
    const create = (protocol: 'tcp' | 'udp' | 'http') =>
      model.provision(() => model.createListener({ loadBalancerId, protocol, port: 80 }, settings));
    create('http');
    expect((await refusalOf(() => create('tcp'))).code).toBe('ListenerAlreadyExists');
    expect(create('udp').protocol).toBe('udp');
    expect((await refusalOf(() => model.listener(loadBalancerId, 80))).code).toBe(
      'MissingParameter',
    );
  });

  it('are at most 50 per load balancer', async () => {
    const { model, loadBalancerId } = world();
    const create = (port: number) =>
      model.provision(() =>
        model.createListener({ loadBalancerId, protocol: 'http', port }, settings),
      );
    for (let port = 1; port <= 50; port++) create(port);
    expect((await refusalOf(() => create(51))).code).toBe('ListenerNumberOverLimit');
  });

  it('keep the VServer group they use from being deleted or lent to another load balancer', async () => {
    const { model, loadBalancerId } = world();
    const { groupId } = model.provision(() => model.createGroup(loadBalancerId, 'g', []));
    const bound = { ...settings, vServerGroupId: groupId };
    model.provision(() =>
      model.createListener({ loadBalancerId, protocol: 'http', port: 80 }, bound),
    );
    expect((await refusalOf(() => model.provision(() => model.deleteGroup(groupId)))).code).toBe(
      'RspoolVipExist',
    );
    const other = model.createLoadBalancer().loadBalancerId;
    expect(
      (
        await refusalOf(() =>
          model.createListener({ loadBalancerId: other, protocol: 'http', port: 80 }, bound),
        )
      ).code,
    ).toBe('VipNotMatchRspool');
  });
});

describe('a load balancer', () => {
  it('that the vendor locked refuses every change', async () => {
    const { model, loadBalancerId, group } = world();
    model.lockLoadBalancer(loadBalancerId, true);
    expect((await refusalOf(() => model.addBackends(group, [{ serverId: 'i-1' }]))).code).toBe(
      'ActionNotAllowed',
    );
    model.lockLoadBalancer(loadBalancerId, false);
    expect(model.addBackends(group, [{ serverId: 'i-1' }])).toHaveLength(1);
  });

  it('takes its listeners and groups with it when it is deleted, unless it is protected', async () => {
    const { model } = world();
    const listener = layOut(model, { weights: { 'i-1': 1 } });
    const { groupId } = model.provision(() => model.createGroup(listener.loadBalancerId, 'g', []));
    model.provision(() => model.deleteLoadBalancer(listener.loadBalancerId));
    expect((await refusalOf(() => model.group(groupId))).status).toBe(404);
    expect((await refusalOf(() => model.listener(listener.loadBalancerId, 80))).code).toBe(
      'InvalidLoadBalancerId.NotFound',
    );
    const kept = model.createLoadBalancer({ deleteProtection: 'on' }).loadBalancerId;
    expect((await refusalOf(() => model.deleteLoadBalancer(kept))).status).toBe(400);
  });
});
