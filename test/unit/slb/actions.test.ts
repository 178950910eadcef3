import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../../../infra/local/clock';
import { slbService } from '../../../infra/local/slb/actions';
import { HealthEngine } from '../../../infra/local/slb/health-engine';
import { SlbModel } from '../../../infra/local/slb/model';
import { SimulatedHealthChecker } from '../../../infra/local/slb/simulated-health-checker';
import { type BehaviourSwitches, directoryOf, refusalOf } from '../../support/slb-world';

type Text = 'ServerId' | 'ServerHealthStatus' | 'Type' | 'TagKey' | 'TagValue' | 'LoadBalancerName';
type Row = Record<Text, string> & { readonly Weight: unknown; readonly ListenerPort: number };

/** The fields of replies that these tests look at. */
interface Reply {
  readonly LoadBalancerId: string;
  readonly VServerGroupId: string;
  readonly NextToken: string;
  readonly Status: string;
  readonly LoadBalancerStatus: string;
  readonly BackendServerPort: number;
  readonly HealthCheckInterval: number;
  readonly BackendServers: { readonly BackendServer: readonly Row[] };
  readonly LoadBalancers: { readonly LoadBalancer: readonly Row[] };
  readonly VServerGroups: { readonly VServerGroup: readonly Row[] };
  readonly TagResources: { readonly TagResource: readonly Row[] };
  readonly Listeners: readonly Row[];
  readonly ListenerPorts: unknown;
  readonly ListenerPortsAndProtocal: unknown;
  readonly ListenerPortsAndProtocol: { readonly ListenerPortAndProtocol: readonly Row[] };
}

const world = (behaviour: BehaviourSwitches = {}) => {
  const clock = new ManualClock();
  const directory = directoryOf(30);
  const model = new SlbModel({
    clock,
    directory,
    regionId: 'r-1',
    profile: { configurationLockMs: 0 },
    behaviour,
  });
  const health = new HealthEngine({
    model,
    clock,
    profile: { healthCheckDivisor: 1 },
    checker: new SimulatedHealthChecker({ directory, clock }),
  });
  health.start();
  const { actions } = slbService(model, health);
  const call = async (action: string, parameters: Record<string, string> = {}): Promise<Reply> => {
    const reply = await actions[action]!(
      { RegionId: 'r-1', ...parameters },
      { accessKeyId: 'key' },
    );
    await clock.advance(0);
    return reply as Reply;
  };
  return { clock, directory, model, call };
};

const withListener = async (
  more: Record<string, string> = {},
  behaviour: BehaviourSwitches = {},
) => {
  const parts = world(behaviour);
  const { LoadBalancerId } = await parts.call('CreateLoadBalancer');
  const id = { LoadBalancerId: LoadBalancerId };
  await parts.call('AddBackendServers', {
    ...id,
    BackendServers: '[{"ServerId":"i-1","Weight":"30"},{"ServerId":"i-2","Weight":90}]',
  });
  await parts.call('CreateLoadBalancerHTTPListener', {
    ...id,
    ListenerPort: '80',
    HealthCheck: 'on',
    BackendServerPort: '8080',
    ...more,
  });
  return { ...parts, id };
};

describe('DescribeLoadBalancers', () => {
  it('pages, and finds by id, name, tag and backend', async () => {
    const { call } = world();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c'])
      ids.push(
        (
          await call('CreateLoadBalancer', {
            LoadBalancerName: name,
            'Tag.1.Key': 'team',
            'Tag.1.Value': name,
          })
        ).LoadBalancerId,
      );
    await call('AddBackendServers', { LoadBalancerId: ids[1]!, BackendServers: '["i-1"]' });
    await call('CreateVServerGroup', {
      LoadBalancerId: ids[2]!,
      BackendServers: '[{"ServerId":"i-1","Port":80}]',
    });
    const names = async (parameters: Record<string, string>) =>
      (await call('DescribeLoadBalancers', parameters)).LoadBalancers.LoadBalancer.map(
        (one) => one.LoadBalancerName,
      );
    expect(await names({ PageSize: '2' })).toEqual(['a', 'b']);
    expect(await names({ PageSize: '2', PageNumber: '2' })).toEqual(['c']);
    expect(await names({ LoadBalancerId: `${ids[0]},${ids[2]}` })).toEqual(['a', 'c']);
    expect(await names({ ServerId: 'i-1' })).toEqual(['b', 'c']);
    expect(await names({ ServerId: 'i-2' })).toEqual([]);
    expect(await names({ 'Tag.1.Key': 'team', 'Tag.1.Value': 'b' })).toEqual(['b']);
    expect(await names({ Tags: '[{"TagKey":"team","TagValue":"c"}]' })).toEqual(['c']);
    expect(await names({ RegionId: 'r-2' })).toEqual([]);
    expect(await call('DescribeLoadBalancers', { PageSize: '2' })).toMatchObject({
      TotalCount: 3,
      PageNumber: 1,
      PageSize: 2,
    });
  });

  it('shows neither backends nor listeners', async () => {
    const { call } = await withListener();
    const row = (await call('DescribeLoadBalancers')).LoadBalancers.LoadBalancer[0]!;
    expect(Object.keys(row).filter((key) => /Backend|Listener/.test(key))).toEqual([]);
  });
});

describe('DescribeLoadBalancerAttribute', () => {
  it('lists the default group with numeric weights, and the listeners twice, once misspelt', async () => {
    const { call, id } = await withListener();
    const reply = await call('DescribeLoadBalancerAttribute', id);
    expect(
      reply.BackendServers.BackendServer.map((row) => [row.ServerId, row.Weight, row.Type]),
    ).toEqual([
      ['i-1', 30, 'ecs'],
      ['i-2', 90, 'ecs'],
    ]);
    expect(reply.ListenerPorts).toEqual({ ListenerPort: [80] });
    expect(reply.ListenerPortsAndProtocal).toEqual({
      ListenerPortAndProtocal: [{ ListenerPort: 80, ListenerProtocal: 'http' }],
    });
    expect(reply.ListenerPortsAndProtocol.ListenerPortAndProtocol[0]).toMatchObject({
      ListenerPort: 80,
      ListenerProtocol: 'http',
    });
  });

  it('knows no load balancer of another region', async () => {
    const { call, id } = await withListener();
    expect(
      await refusalOf(() => call('DescribeLoadBalancerAttribute', { ...id, RegionId: 'r-2' })),
    ).toEqual({ code: 'InvalidLoadBalancerId.NotFound', status: 404 });
    expect((await refusalOf(() => call('DescribeLoadBalancerAttribute', {}))).code).toBe(
      'MissingParameter',
    );
  });
});

describe('calls on the default group', () => {
  it('answer weights as text to Add and Set, as numbers to Remove', async () => {
    const { call, id } = await withListener();
    const rows = (reply: Reply) => reply.BackendServers.BackendServer.map((row) => row.Weight);
    expect(
      rows(
        await call('SetBackendServers', {
          ...id,
          BackendServers: '[{"ServerId":"i-1","Weight":5}]',
        }),
      ),
    ).toEqual(['5', '90']);
    expect(rows(await call('AddBackendServers', { ...id, BackendServers: '["i-3"]' }))).toEqual([
      '5',
      '90',
      '100',
    ]);
    expect(
      rows(await call('RemoveBackendServers', { ...id, BackendServers: '["i-3","i-30"]' })),
    ).toEqual([5, 90]);
  });

  it('answer with the whole group, or with those named', async () => {
    for (const replyScope of ['whole-group', 'named'] as const) {
      const { call, id } = await withListener({}, { replyScope });
      const reply = await call('SetBackendServers', {
        ...id,
        BackendServers: '[{"ServerId":"i-1","Weight":5}]',
      });
      expect(reply.BackendServers.BackendServer.map((row) => row.ServerId)).toEqual(
        replyScope === 'named' ? ['i-1'] : ['i-1', 'i-2'],
      );
    }
  });
});

describe('listeners through the API', () => {
  it('begin stopped, show the vendor’s defaults and are started', async () => {
    const { call, id } = await withListener();
    const port = { ...id, ListenerPort: '80' };
    expect(await call('DescribeLoadBalancerHTTPListenerAttribute', port)).toMatchObject({
      Status: 'stopped',
      Scheduler: 'wrr',
      HealthCheck: 'on',
      HealthCheckTimeout: 5,
      HealthCheckInterval: 2,
      HealthyThreshold: 3,
      UnhealthyThreshold: 3,
      HealthCheckMethod: 'head',
      HealthCheckHttpCode: 'http_2xx',
      StickySession: 'off',
      IdleTimeout: 15,
      RequestTimeout: 60,
      BackendServerPort: 8080,
      AclIds: { AclId: [] },
      Rules: { Rule: [] },
    });
    await call('StartLoadBalancerListener', port);
    expect((await call('DescribeLoadBalancerHTTPListenerAttribute', port)).Status).toBe('running');
  });

  it('take the interval with a small h or a capital one', async () => {
    const { call, id } = await withListener();
    await call('CreateLoadBalancerTCPListener', {
      ...id,
      ListenerPort: '81',
      Bandwidth: '-1',
      BackendServerPort: '8080',
      healthCheckInterval: '7',
    });
    const read = async () =>
      await call('DescribeLoadBalancerTCPListenerAttribute', {
        ...id,
        ListenerPort: '81',
      });
    expect((await read()).HealthCheckInterval).toBe(7);
    await call('SetLoadBalancerTCPListenerAttribute', {
      ...id,
      ListenerPort: '81',
      HealthCheckInterval: '9',
      ConnectionDrain: 'on',
      ConnectionDrainTimeout: '20',
    });
    expect(await read()).toMatchObject({
      HealthCheckInterval: 9,
      HealthCheckConnectTimeout: 5,
      EstablishedTimeout: 900,
      PersistenceTimeout: 0,
      ConnectionDrain: 'on',
      ConnectionDrainTimeout: 20,
    });
  });

  it('are listed with plain arrays, settings in a config of their protocol, page by page', async () => {
    const { call, id } = await withListener();
    await call('CreateLoadBalancerTCPListener', {
      ...id,
      ListenerPort: '81',
      Bandwidth: '-1',
      BackendServerPort: '8080',
    });
    const first = await call('DescribeLoadBalancerListeners', {
      'LoadBalancerId.1': id.LoadBalancerId,
      MaxResults: '1',
    });
    expect(first.Listeners).toHaveLength(1);
    expect(first).toMatchObject({
      TotalCount: 2,
      MaxResults: 1,
      Listeners: [
        {
          ListenerProtocol: 'http',
          Tags: [],
          AclIds: [],
          HTTPListenerConfig: { StickySession: 'off' },
        },
      ],
    });
    const second = await call('DescribeLoadBalancerListeners', {
      'LoadBalancerId.1': id.LoadBalancerId,
      NextToken: first.NextToken,
    });
    expect(second.Listeners).toMatchObject([
      { ListenerProtocol: 'tcp', TCPListenerConfig: { ConnectionDrain: 'off' } },
    ]);
    expect(second.NextToken).toBeUndefined();
    expect(
      (await refusalOf(() => call('DescribeLoadBalancerListeners', { NextToken: 'x' }))).code,
    ).toBe('InvalidParameter');
  });

  it.each([
    ['CreateLoadBalancerHTTPListener', { HealthCheck: '' }, 'MissingParameter'],
    ['CreateLoadBalancerHTTPListener', { BackendServerPort: '' }, 'MissingParameter'],
    ['CreateLoadBalancerHTTPListener', { StickySession: 'on' }, 'MissingParameter'],
    [
      'CreateLoadBalancerHTTPListener',
      { StickySession: 'on', StickySessionType: 'insert' },
      'MissingParameter',
    ],
    ['CreateLoadBalancerHTTPListener', { UnhealthyThreshold: '1' }, 'InvalidParameter'],
    ['CreateLoadBalancerHTTPListener', { HealthCheckInterval: '51' }, 'InvalidParameter'],
    ['CreateLoadBalancerHTTPListener', { HealthCheckURI: 'health' }, 'InvalidParameter'],
    ['CreateLoadBalancerHTTPListener', { HealthCheckHttpCode: '200' }, 'InvalidParameter'],
    ['CreateLoadBalancerHTTPListener', { Scheduler: 'sch' }, 'InvalidParameter'],
    ['CreateLoadBalancerHTTPListener', { ListenerPort: '0' }, 'InvalidParameter'],
    ['CreateLoadBalancerHTTPListener', { ListenerPort: '80' }, 'ListenerAlreadyExists'],
    ['CreateLoadBalancerTCPListener', { Bandwidth: '' }, 'MissingParameter'],
    ['CreateLoadBalancerTCPListener', { ConnectionDrain: 'on' }, 'MissingParameter'],
    ['CreateLoadBalancerTCPListener', { PersistenceTimeout: '3601' }, 'InvalidParameter'],
  ])('%s refuses %j with %s', async (action, wrong, code) => {
    const { call, id } = await withListener();
    const base = {
      ...id,
      ListenerPort: '99',
      Bandwidth: '-1',
      HealthCheck: 'on',
      BackendServerPort: '8080',
    };
    expect((await refusalOf(() => call(action, { ...base, ...wrong }))).code).toBe(code);
  });

  it('are never switched from round robin to a hash', async () => {
    const { call, id } = await withListener();
    await call('CreateLoadBalancerTCPListener', {
      ...id,
      ListenerPort: '81',
      Bandwidth: '-1',
      BackendServerPort: '8080',
    });
    expect(
      (
        await refusalOf(() =>
          call('SetLoadBalancerTCPListenerAttribute', {
            ...id,
            ListenerPort: '81',
            Scheduler: 'sch',
          }),
        )
      ).code,
    ).toBe('InvalidParameter');
  });

  it('hide the default group’s port while a VServer group is bound, and show it again after', async () => {
    const { call, id } = await withListener();
    const { VServerGroupId } = await call('CreateVServerGroup', { ...id, VServerGroupName: 'g' });
    const port = { ...id, ListenerPort: '80' };
    await call('SetLoadBalancerHTTPListenerAttribute', {
      ...port,
      VServerGroupId: VServerGroupId,
    });
    const bound = await call('DescribeLoadBalancerHTTPListenerAttribute', port);
    expect(bound.BackendServerPort).toBeUndefined();
    expect(bound.VServerGroupId).toBe(VServerGroupId);
    await call('SetLoadBalancerHTTPListenerAttribute', { ...port, VServerGroup: 'off' });
    expect(await call('DescribeLoadBalancerHTTPListenerAttribute', port)).toMatchObject({
      BackendServerPort: 8080,
    });
  });
});

describe('VServer groups through the API', () => {
  it('are created, listed with their listeners, changed, swapped and deleted', async () => {
    const { call, id } = await withListener();
    const created = await call('CreateVServerGroup', {
      ...id,
      VServerGroupName: 'web',
      BackendServers: '[{"ServerId":"i-1","Port":"8080","Weight":"30"}]',
    });
    const group = { VServerGroupId: created.VServerGroupId };
    expect(created.BackendServers.BackendServer).toEqual([
      { Description: '', Port: 8080, ServerId: 'i-1', Type: 'ecs', Weight: 30 },
    ]);
    await call('CreateLoadBalancerTCPListener', {
      ...id,
      ListenerPort: '81',
      Bandwidth: '-1',
      ...group,
    });
    expect(
      (await call('DescribeVServerGroups', { ...id, IncludeListener: 'true' })).VServerGroups
        .VServerGroup,
    ).toMatchObject([
      {
        VServerGroupId: group.VServerGroupId,
        ServerCount: 1,
        AssociatedObjects: { Listeners: { Listener: [{ Port: 81, Protocol: 'tcp' }] } },
      },
    ]);
    await call('AddVServerGroupBackendServers', {
      ...group,
      BackendServers: '[{"ServerId":"i-2","Port":8080}]',
    });
    await call('SetVServerGroupAttribute', {
      ...group,
      VServerGroupName: 'new',
      BackendServers: '[{"ServerId":"i-2","Port":8080,"Weight":5}]',
    });
    const read = async () => await call('DescribeVServerGroupAttribute', group);
    expect(await read()).toMatchObject({
      VServerGroupName: 'new',
      LoadBalancerId: id.LoadBalancerId,
    });
    expect(
      (await read()).BackendServers.BackendServer.map((row) => [row.ServerId, row.Weight]),
    ).toEqual([
      ['i-1', 30],
      ['i-2', 5],
    ]);
    const removed = await call('RemoveVServerGroupBackendServers', {
      ...group,
      BackendServers: '[{"ServerId":"i-1","Port":8080},{"ServerId":"i-1","Port":1}]',
    });
    expect(removed.BackendServers.BackendServer).toEqual([
      { Port: 8080, ServerId: 'i-2', Type: 'ecs', Weight: 5 },
    ]);
    await call('ModifyVServerGroupBackendServers', {
      ...group,
      OldBackendServers: '[{"ServerId":"i-2","Port":8080}]',
      NewBackendServers: '[{"ServerId":"i-3","Port":8080}]',
    });
    expect((await read()).BackendServers.BackendServer.map((row) => row.ServerId)).toEqual(['i-3']);
    expect((await refusalOf(() => call('DeleteVServerGroup', group))).code).toBe('RspoolVipExist');
    await call('DeleteLoadBalancerListener', { ...id, ListenerPort: '81' });
    await call('DeleteVServerGroup', group);
    expect(await refusalOf(read)).toEqual({ code: 'InvalidParameter', status: 404 });
  });
});

describe('DescribeHealthStatus', () => {
  it('has one row per listener and backend, without weights', async () => {
    const { clock, call, id, directory } = await withListener();
    await call('CreateLoadBalancerTCPListener', {
      ...id,
      ListenerPort: '81',
      Bandwidth: '-1',
      BackendServerPort: '8080',
    });
    await call('StartLoadBalancerListener', { ...id, ListenerPort: '80' });
    directory.change('i-2', { isServiceUp: false });
    await clock.advance(6000);
    const rows = (await call('DescribeHealthStatus', id)).BackendServers.BackendServer;
    expect(rows.map((row) => [row.ListenerPort, row.ServerId, row.ServerHealthStatus])).toEqual([
      [80, 'i-1', 'normal'],
      [80, 'i-2', 'abnormal'],
      [81, 'i-1', 'unavailable'],
      [81, 'i-2', 'unavailable'],
    ]);
    expect(rows[0]).toEqual({
      ListenerPort: 80,
      Port: 8080,
      Protocol: 'http',
      ServerHealthStatus: 'normal',
      ServerId: 'i-1',
      ServerIp: '127.64.0.1',
    });
    expect(
      (await call('DescribeHealthStatus', { ...id, ListenerPort: '81', ListenerProtocol: 'tcp' }))
        .BackendServers.BackendServer,
    ).toHaveLength(2);
    expect(
      await refusalOf(() => call('DescribeHealthStatus', { ...id, ListenerPort: '82' })),
    ).toEqual({ code: 'ListenerNotFound', status: 404 });
  });
});

describe('tags', () => {
  it('are added, listed and removed, 20 a resource', async () => {
    const { call, id } = await withListener();
    const resource = { ResourceType: 'instance', 'ResourceId.1': id.LoadBalancerId };
    await call('TagResources', {
      ...resource,
      'Tag.1.Key': 'a',
      'Tag.1.Value': '1',
      'Tag.2.Key': 'b',
    });
    const list = async () =>
      (await call('ListTagResources', resource)).TagResources.TagResource.map((row) => [
        row.TagKey,
        row.TagValue,
      ]);
    expect(await list()).toEqual([
      ['a', '1'],
      ['b', ''],
    ]);
    await call('UntagResources', { ...resource, 'TagKey.1': 'a' });
    expect(await list()).toEqual([['b', '']]);
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`Tag.${index + 1}.Key`, `k${index}`]),
    );
    expect((await refusalOf(() => call('TagResources', { ...resource, ...many }))).code).toBe(
      'TagCountLimit',
    );
    expect(await list()).toEqual([['b', '']]);
    expect(
      (
        await refusalOf(() =>
          call('TagResources', { ...resource, 'ResourceId.1': 'lb-none', 'Tag.1.Key': 'a' }),
        )
      ).status,
    ).toBe(404);
  });
});

describe('SetLoadBalancerStatus and DeleteLoadBalancer', () => {
  it('switch it off and take it away', async () => {
    const { call, id } = await withListener();
    await call('SetLoadBalancerStatus', { ...id, LoadBalancerStatus: 'inactive' });
    expect((await call('DescribeLoadBalancerAttribute', id)).LoadBalancerStatus).toBe('inactive');
    expect(
      (await refusalOf(() => call('SetLoadBalancerStatus', { ...id, LoadBalancerStatus: 'off' })))
        .code,
    ).toBe('InvalidParameter');
    await call('DeleteLoadBalancer', id);
    expect((await refusalOf(() => call('DescribeLoadBalancerAttribute', id))).status).toBe(404);
  });
});
