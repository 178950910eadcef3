import { describe, expect, it } from '@jest/globals';
import { Slb } from '../../../shared/adapters/alicloud/slb';
import { detectionTime, shapeListener } from '../../../shared/adapters/alicloud/slb-listeners';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { slbGroup } from '../../support/slb-group';
import { TestClock } from '../../support/test-clock';

const DEFAULT = { loadBalancerId: 'lb-1', serverGroupId: 'default' };
const VSERVER = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' };
const servers = (count: number, weight = 100) =>
  Array.from({ length: count }, (_, index) => ({ ServerId: `i-${index}`, Weight: weight }));
const changes = (count: number, weight: number) =>
  Array.from({ length: count }, (_, index) => ({ serverId: `i-${index}`, port: 8080, weight }));

function slbOver(rpc: ScriptedRpc, clock = new TestClock()): { slb: Slb; clock: TestClock } {
  return { clock, slb: new Slb({ rpc, clock, regionId: 'cn-local', random: { next: () => 0.5 } }) };
}

describe('setting weights', () => {
  it.each([
    ['the default group', DEFAULT, 'SetBackendServers'],
    ['a VServer group', VSERVER, 'SetVServerGroupAttribute'],
  ])('of %s sends at most twenty servers a call and reads back', async (_name, target, action) => {
    const rpc = slbGroup({ servers: servers(45) });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(target, changes(45, 40), clock.in(60_000));
    expect(
      rpc
        .queries(action)
        .map((query) => (JSON.parse(query['BackendServers'] as string) as unknown[]).length),
    ).toEqual([20, 20, 5]);
    expect(found).toHaveLength(45);
    expect(found.every(({ state, weight }) => state === 'as-wanted' && weight === 40)).toBe(true);
  });

  it('names the region, and the port only where a member has one', async () => {
    const rpc = slbGroup({ servers: servers(1) });
    const { slb, clock } = slbOver(rpc);
    await slb.setWeights(DEFAULT, changes(1, 0), clock.in(60_000));
    await slb.setWeights(VSERVER, changes(1, 7), clock.in(60_000));
    expect(rpc.queries('SetBackendServers')[0]).toEqual({
      RegionId: 'cn-local',
      LoadBalancerId: 'lb-1',
      BackendServers: '[{"ServerId":"i-0","Weight":0,"Type":"ecs"}]',
    });
    expect(rpc.queries('SetVServerGroupAttribute')[0]).toEqual({
      RegionId: 'cn-local',
      VServerGroupId: 'rsp-1',
      BackendServers: '[{"ServerId":"i-0","Port":8080,"Weight":7,"Type":"ecs"}]',
    });
  });

  it('leaves members alone that are not named', async () => {
    const rpc = slbGroup({ servers: servers(3) });
    const { slb, clock } = slbOver(rpc);
    await slb.setWeights(DEFAULT, changes(1, 0), clock.in(60_000));
    expect([...rpc.weights.values()]).toEqual([0, 100, 100]);
  });

  it('waits for the configuration lock, longer each time', async () => {
    const beforeWrite = (_sent: unknown, write: number) =>
      write <= 3 ? refuse('SetBackendServers', 409, 'BackendServer.configuring') : undefined;
    const rpc = slbGroup({ servers: servers(1), beforeWrite });
    const { slb, clock } = slbOver(rpc);
    const [found] = await slb.setWeights(DEFAULT, changes(1, 0), clock.in(60_000));
    expect(found?.state).toBe('as-wanted');
    expect(clock.sleeps).toEqual([2000, 4000, 8000]);
  });

  it('stops waiting for the lock when the deadline would pass, and says so', async () => {
    const rpc = slbGroup({
      servers: servers(30),
      beforeWrite: () => refuse('SetBackendServers', 409, 'BackendServer.configuring'),
    });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(DEFAULT, changes(30, 0), clock.in(10_000));
    expect(found.every(({ state, weight }) => state === 'different' && weight === 100)).toBe(true);
    expect(found[29]?.failure).toMatchObject({
      code: 'BackendServer.configuring',
      isAmbiguous: false,
    });
    expect(rpc.count('SetBackendServers')).toBe(3);
  });

  it('believes the read-back, not the lost reply', async () => {
    const rpc = slbGroup({ servers: servers(2), beforeWrite: () => 'lost' });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(DEFAULT, changes(2, 5), clock.in(60_000));
    expect(found.map(({ state }) => state)).toEqual(['as-wanted', 'as-wanted']);
    expect(rpc.count('SetBackendServers')).toBe(1);
  });

  it('writes again, after reading, what a lost call did not do', async () => {
    const beforeWrite = (_sent: unknown, write: number) =>
      write === 1 ? refuse('SetBackendServers', 500, 'InternalError') : undefined;
    const rpc = slbGroup({ servers: servers(2), beforeWrite });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(DEFAULT, changes(2, 5), clock.in(60_000));
    expect(found.map(({ state }) => state)).toEqual(['as-wanted', 'as-wanted']);
    const order = rpc.calls
      .map(({ action }) => action)
      .filter((action) => action !== 'DescribeLoadBalancerListeners');
    expect(order).toEqual([
      'SetBackendServers',
      'DescribeLoadBalancerAttribute',
      'SetBackendServers',
      'DescribeLoadBalancerAttribute',
    ]);
  });

  it('tells a member that has gone, and still sets the others of its batch', async () => {
    const rpc = slbGroup({ servers: servers(3) });
    rpc.weights.delete('i-1');
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(DEFAULT, changes(3, 9), clock.in(60_000));
    expect(found.map(({ state }) => state)).toEqual(['as-wanted', 'gone', 'as-wanted']);
    expect(found[1]).toMatchObject({ weight: null });
  });

  it('keeps what earlier batches did when a later one is refused', async () => {
    const beforeWrite = (_sent: unknown, write: number) =>
      write === 2 ? refuse('SetBackendServers', 400, 'InvalidParameter') : undefined;
    const rpc = slbGroup({ servers: servers(60), beforeWrite });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(DEFAULT, changes(60, 9), clock.in(60_000));
    expect(found.map(({ state }) => state === 'as-wanted')).toEqual([
      ...Array<boolean>(20).fill(true),
      ...Array<boolean>(20).fill(false),
      ...Array<boolean>(20).fill(true),
    ]);
    expect(found[20]).toMatchObject({ weight: 100, failure: { code: 'InvalidParameter' } });
  });

  it('does not send the other batches when permission is missing', async () => {
    const rpc = slbGroup({
      servers: servers(60),
      beforeWrite: () => refuse('SetBackendServers', 403, 'Forbidden.RAM'),
    });
    const { slb, clock } = slbOver(rpc);
    const found = await slb.setWeights(DEFAULT, changes(60, 9), clock.in(60_000));
    expect(rpc.count('SetBackendServers')).toBe(1);
    expect(found.every(({ failure }) => failure?.code === 'Forbidden.RAM')).toBe(true);
  });

  it('reads again when the change is not yet to be seen', async () => {
    const rpc = slbGroup({ servers: servers(1) });
    let reads = 0;
    const slow = new ScriptedRpc({
      SetBackendServers: () => ({}),
      DescribeLoadBalancerAttribute: () => ({
        BackendServers: {
          BackendServer: [{ ServerId: 'i-0', Weight: (reads += 1) < 3 ? 100 : 5 }],
        },
      }),
      DescribeLoadBalancerListeners: () => ({ Listeners: [] }),
    });
    const { slb, clock } = slbOver(slow);
    const [found] = await slb.setWeights(DEFAULT, changes(1, 5), clock.in(60_000));
    expect(found?.state).toBe('as-wanted');
    expect(reads).toBe(3);
    expect(rpc.calls).toHaveLength(0);
  });

  it('is ambiguous when it was written but cannot be read back', async () => {
    const rpc = new ScriptedRpc({
      SetBackendServers: () => ({}),
      DescribeLoadBalancerAttribute: () =>
        refuse('DescribeLoadBalancerAttribute', 503, 'ServiceUnavailable'),
      DescribeLoadBalancerListeners: () => ({ Listeners: [] }),
    });
    const { slb, clock } = slbOver(rpc);
    await expect(slb.setWeights(DEFAULT, changes(1, 5), clock.in(60_000))).rejects.toMatchObject({
      details: { isAmbiguous: true },
    });
  });

  it('of nothing asks nothing', async () => {
    const rpc = slbGroup({ servers: [] });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.setWeights(DEFAULT, [], clock.in(60_000))).toEqual([]);
    expect(rpc.calls).toHaveLength(0);
  });
});

describe('reading a load balancer', () => {
  it('takes weights as numbers and as text', async () => {
    const rpc = new ScriptedRpc({
      DescribeVServerGroupAttribute: () => ({
        BackendServers: {
          BackendServer: [
            { ServerId: 'i-1', Port: 80, Weight: '30', Type: 'ecs' },
            { ServerId: 'i-2', Port: '81', Weight: 90 },
            { ServerId: 'eni-1', Port: 80, Weight: 1, Type: 'eni' },
          ],
        },
      }),
    });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.describeMembers(VSERVER, clock.in(1000))).toEqual([
      { serverId: 'i-1', port: 80, weight: 30, type: 'ecs' },
      { serverId: 'i-2', port: 81, weight: 90, type: 'ecs' },
      { serverId: 'eni-1', port: 80, weight: 1, type: 'eni' },
    ]);
    expect(await slb.describeMembers({ ...VSERVER, port: 81 }, clock.in(1000))).toHaveLength(1);
  });

  it('gives members of the default group the port of the listener that uses it', async () => {
    const { slb, clock } = slbOver(slbGroup({ servers: servers(1) }));
    expect(await slb.describeMembers(DEFAULT, clock.in(1000))).toEqual([
      { serverId: 'i-0', port: 8080, weight: 100, type: 'ecs' },
    ]);
  });

  it.each([
    ['without the list of members', { BackendServers: {} }],
    ['without a weight', { BackendServers: { BackendServer: [{ ServerId: 'i-1', Port: 80 }] } }],
    [
      'with a weight that is no number',
      { BackendServers: { BackendServer: [{ ServerId: 'i-1', Port: 80, Weight: 'much' }] } },
    ],
    ['without an id', { BackendServers: { BackendServer: [{ Port: 80, Weight: 1 }] } }],
  ])('takes a reply %s for unreadable, never for an empty group', async (_what, reply) => {
    const { slb, clock } = slbOver(new ScriptedRpc({ DescribeVServerGroupAttribute: () => reply }));
    await expect(slb.describeMembers(VSERVER, clock.in(1000))).rejects.toMatchObject({
      details: { code: 'UnreadableReply' },
    });
  });

  it('reads health rows; what it does not know is unavailable', async () => {
    const rpc = new ScriptedRpc({
      DescribeHealthStatus: () => ({
        BackendServers: {
          BackendServer: [
            { ServerId: 'i-1', ListenerPort: 80, Port: 8080, ServerHealthStatus: 'normal' },
            { ServerId: 'i-2', ListenerPort: '80', ServerHealthStatus: 'abnormal' },
            { ServerId: 'i-3', ListenerPort: 80, ServerHealthStatus: 'dreaming' },
          ],
        },
      }),
    });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.describeHealth('lb-1', clock.in(1000))).toEqual([
      { serverId: 'i-1', listenerPort: 80, port: 8080, verdict: 'normal' },
      { serverId: 'i-2', listenerPort: 80, port: 0, verdict: 'abnormal' },
      { serverId: 'i-3', listenerPort: 80, port: 0, verdict: 'unavailable' },
    ]);
  });

  it.each(['ListenerNotFound', 'CheckedListenerNotFound'])(
    'has no health rows when there is %s',
    async (code) => {
      const { slb, clock } = slbOver(
        new ScriptedRpc({ DescribeHealthStatus: () => refuse('DescribeHealthStatus', 404, code) }),
      );
      expect(await slb.describeHealth('lb-1', clock.in(1000))).toEqual([]);
    },
  );

  it('reads listeners page by page, without redirects, ordered by port', async () => {
    const listener = (port: number, more = {}) => ({
      ListenerPort: port,
      ListenerProtocol: 'http',
      Status: 'running',
      VServerGroupId: 'rsp-1',
      HTTPListenerConfig: { HealthCheck: 'on', StickySession: 'on', ...more },
    });
    const rpc = new ScriptedRpc({
      DescribeLoadBalancerAttribute: () => ({ LoadBalancerStatus: 'inactive' }),
      DescribeLoadBalancerListeners: (query) =>
        query['NextToken'] === undefined
          ? {
              Listeners: [listener(443), listener(8080, { ListenerForward: 'on' })],
              NextToken: 'next',
            }
          : { Listeners: [listener(80, { HealthCheck: 'off' })], NextToken: '' },
    });
    const { slb, clock } = slbOver(rpc);
    const shape = await slb.describeShape('lb-1', clock.in(1000));
    expect(shape.isActive).toBe(false);
    expect(
      shape.listeners.map(({ port, hasHealthCheck, isSticky }) => [port, hasHealthCheck, isSticky]),
    ).toEqual([
      [80, false, true],
      [443, true, true],
    ]);
  });

  it('finds all load balancers of a server, page by page', async () => {
    const page = (from: number, count: number) => ({
      LoadBalancers: {
        LoadBalancer: Array.from({ length: count }, (_, index) => ({
          LoadBalancerId: `lb-${from + index}`,
        })),
      },
    });
    const rpc = new ScriptedRpc({
      DescribeLoadBalancers: ({ PageNumber }) => (PageNumber === 1 ? page(0, 100) : page(100, 3)),
    });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.loadBalancersOf('i-1', clock.in(1000))).toHaveLength(103);
    expect(rpc.queries('DescribeLoadBalancers')[0]).toMatchObject({
      ServerId: 'i-1',
      RegionId: 'cn-local',
    });
  });

  it('lists VServer groups', async () => {
    const rpc = new ScriptedRpc({
      DescribeVServerGroups: () => ({
        VServerGroups: { VServerGroup: [{ VServerGroupId: 'rsp-1' }, { VServerGroupId: 'rsp-2' }] },
      }),
    });
    const { slb, clock } = slbOver(rpc);
    expect(await slb.describeGroups('lb-1', clock.in(1000))).toEqual(['rsp-1', 'rsp-2']);
  });
});

describe('detection time of a listener', () => {
  it.each([
    [5, 2, 3, 19_000],
    [1, 2, 3, 10_000],
    [10, 5, 2, 25_000],
  ])(
    'with time-out %d s, interval %d s and threshold %d is %d ms',
    (timeoutS, intervalS, unhealthyThreshold, detectionMs) => {
      expect(detectionTime({ timeoutS, intervalS, unhealthyThreshold })).toBe(detectionMs);
    },
  );

  it.each([
    [
      'tcp',
      {
        TCPListenerConfig: {
          HealthCheckConnectTimeout: 4,
          HealthCheckInterval: 3,
          UnhealthyThreshold: 2,
          PersistenceTimeout: 60,
        },
      },
      11_000,
      true,
    ],
    [
      'http',
      {
        HTTPListenerConfig: {
          HealthCheckTimeout: '5',
          HealthCheckInterval: '2',
          UnhealthyThreshold: '3',
          StickySession: 'off',
        },
      },
      19_000,
      false,
    ],
    ['udp', { UDPListenerConfig: {} }, 19_000, false],
  ])('is read from a %s listener', (protocol, config, detectionMs, isSticky) => {
    const listener = shapeListener({
      ListenerPort: 80,
      ListenerProtocol: protocol,
      BackendServerPort: 8080,
      Status: 'running',
      ...config,
    });
    expect(listener).toMatchObject({
      protocol,
      detectionMs,
      isSticky,
      serverGroupId: 'default',
      backendPort: 8080,
    });
  });
});
