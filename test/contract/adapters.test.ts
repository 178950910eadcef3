import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createInProcessRegion, type InProcessRegion } from '../../infra/local/in-process-region';
import { AccessKeys } from '../../infra/local/openapi/access-keys';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { type ProductionOptions, productionPorts } from '../../shared/adapters/production';
import { instant, millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type Ports } from '../../shared/ports/ports';

const KEY = {
  accessKeyId: 'LTAIcontractcontract',
  accessKeySecret: 'contract-secret',
  accountId: '1234567890123456',
};
const ids = (record: unknown, name: string): string => (record as Record<string, string>)[name]!;

describe.each(['in process', 'over signed HTTP'] as const)(
  'the adapters %s, on the local region',
  (way) => {
    let region: InProcessRegion;
    let gateway: Gateway | undefined;
    let clock: Clock;
    let ports: Ports;
    let instanceIds: string[];
    let loadBalancerId: string;
    let groupId: string;

    const soon = () => ({ deadline: instant(clock.now() + 120_000) });
    const setUp = async (
      action: string,
      query: object,
    ): Promise<Readonly<Record<string, unknown>>> => {
      await region.clock.advance(2_000);
      return region.rpc.call(
        {
          product: 'Slb',
          version: '2014-05-15',
          action,
          query: { RegionId: 'cn-local', ...query },
        },
        soon(),
      );
    };
    const reach = (key = KEY): Partial<ProductionOptions> =>
      gateway === undefined
        ? { rpc: region.rpc }
        : {
            endpoint: gateway.endpoint,
            protocol: 'HTTP',
            credentials: givenCredentials(key),
            attemptTimeoutMs: 400,
          };
    const portsOver = (way: Partial<ProductionOptions>, mode: 'observe' | 'enforce' = 'enforce') =>
      productionPorts({
        regionId: 'cn-local',
        mode,
        clock,
        random: { next: () => 0.5 },
        store: { kind: 'memory' },
        archive: { kind: 'memory' },
        ...way,
      });

    beforeAll(async () => {
      region = createInProcessRegion({
        startAt: Date.now(),
        usageOf: () => ({ cpuPercent: 37, connections: 4 }),
      });
      // Sleeping moves the region's own time, so that locks and reboots take no real time.
      clock = {
        now: () => instant(region.clock.now()),
        sleep: async (span) => region.clock.advance(span),
      };
      if (way === 'over signed HTTP')
        gateway = await startGateway({
          controlPlane: region.controlPlane,
          accessKeys: new AccessKeys([KEY]),
          port: 0,
        });
      ports = portsOver(reach());
      instanceIds = await Promise.all(
        Array.from({ length: 45 }, () =>
          region.ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true }),
        ),
      );
      loadBalancerId = ids(await setUp('CreateLoadBalancer', {}), 'LoadBalancerId');
      const members = (from: number, to: number) =>
        JSON.stringify(
          instanceIds.slice(from, to).map((ServerId) => ({ ServerId, Weight: 100, Port: 8080 })),
        );
      for (const from of [0, 20, 40])
        await setUp('AddBackendServers', {
          LoadBalancerId: loadBalancerId,
          BackendServers: members(from, from + 20),
        });
      groupId = ids(
        await setUp('CreateVServerGroup', {
          LoadBalancerId: loadBalancerId,
          BackendServers: members(0, 3),
        }),
        'VServerGroupId',
      );
      await setUp('CreateLoadBalancerTCPListener', {
        LoadBalancerId: loadBalancerId,
        ListenerPort: 80,
        BackendServerPort: 8080,
        Bandwidth: -1,
      });
      await setUp('CreateLoadBalancerHTTPListener', {
        LoadBalancerId: loadBalancerId,
        ListenerPort: 81,
        VServerGroupId: groupId,
        HealthCheck: 'on',
        StickySession: 'on',
        StickySessionType: 'insert',
        CookieTimeout: 60,
      });
      await setUp('StartLoadBalancerListener', {
        LoadBalancerId: loadBalancerId,
        ListenerPort: 80,
      });
      await setUp('StartLoadBalancerListener', {
        LoadBalancerId: loadBalancerId,
        ListenerPort: 81,
      });
      await region.clock.advance(60_000);
    }, 30_000);

    afterAll(async () => {
      await gateway?.stop();
      region.stop();
    });

    it('read the shape of a load balancer', async () => {
      const shape = await ports.loadBalancer.describeShape(loadBalancerId, soon());
      expect(shape).toMatchObject({
        isActive: true,
        listeners: [
          {
            port: 80,
            protocol: 'tcp',
            isRunning: true,
            hasHealthCheck: true,
            detectionMs: 19_000,
            isSticky: false,
            serverGroupId: 'default',
            backendPort: 8080,
          },
          {
            port: 81,
            protocol: 'http',
            isRunning: true,
            isSticky: true,
            serverGroupId: groupId,
            backendPort: null,
          },
        ],
      });
      expect(await ports.loadBalancer.describeGroups(loadBalancerId, soon())).toEqual([groupId]);
      expect(await ports.loadBalancer.loadBalancersOf(instanceIds[0]!, soon())).toEqual([
        loadBalancerId,
      ]);
    });

    it('read members and health', async () => {
      const target = { loadBalancerId, serverGroupId: 'default' };
      const members = await ports.loadBalancer.describeMembers(target, soon());
      expect(members).toHaveLength(45);
      expect(members[0]).toEqual({
        serverId: instanceIds[0],
        port: 8080,
        weight: 100,
        type: 'ecs',
      });
      const rows = await ports.loadBalancer.describeHealth(loadBalancerId, soon());
      expect(rows.filter(({ listenerPort }) => listenerPort === 80)).toHaveLength(45);
      expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['normal']));
    });

    it('set the weights of 45 members through the configuration lock, three calls, and read them back', async () => {
      const before = region.requestLog.find({ action: 'SetBackendServers' }).length;
      const changes = instanceIds.map((serverId, index) => ({
        serverId,
        port: 8080,
        weight: index,
      }));
      const found = await ports.loadBalancer.setWeights(
        { loadBalancerId, serverGroupId: 'default' },
        changes,
        soon(),
      );
      expect(found.map(({ state }) => state)).toEqual(Array(45).fill('as-wanted'));
      expect(found.map(({ weight }) => weight)).toEqual(changes.map(({ weight }) => weight));
      const calls = region.requestLog.find({ action: 'SetBackendServers' }).slice(before);
      expect(calls.length).toBeGreaterThanOrEqual(3);
    });

    it('set weights in a VServer group and tell who has gone', async () => {
      const target = { loadBalancerId, serverGroupId: groupId };
      const changes = [...instanceIds.slice(0, 3), instanceIds[30]!].map((serverId) => ({
        serverId,
        port: 8080,
        weight: 7,
      }));
      const found = await ports.loadBalancer.setWeights(target, changes, soon());
      expect(found.map(({ state }) => state)).toEqual([
        'as-wanted',
        'as-wanted',
        'as-wanted',
        'gone',
      ]);
    });

    it('believe the read-back when the reply to a write is lost', async () => {
      region.faults.set('lost-reply', { action: 'SetBackendServers', times: 1 });
      const change = { serverId: instanceIds[0]!, port: 8080, weight: 33 };
      const [found] = await ports.loadBalancer.setWeights(
        { loadBalancerId, serverGroupId: 'default' },
        [change],
        soon(),
      );
      expect(found).toMatchObject({ state: 'as-wanted', weight: 33 });
    });

    it('write nothing when observing, and answer as if they had', async () => {
      const observing = portsOver(reach(), 'observe');
      const target = { loadBalancerId, serverGroupId: 'default' };
      const change = { serverId: instanceIds[1]!, port: 8080, weight: 99 };
      expect(observing.writes).toBe('recorded');
      expect(await observing.loadBalancer.setWeights(target, [change], soon())).toMatchObject([
        { state: 'as-wanted', weight: 99 },
      ]);
      await observing.compute.reboot(instanceIds[1]!, { force: false }, soon());
      await observing.compute.tag(instanceIds[1]!, { 'evenkeel:heal:web': 'x' }, soon());
      const members = await observing.loadBalancer.describeMembers(target, soon());
      expect(members.find(({ serverId }) => serverId === instanceIds[1])?.weight).not.toBe(99);
      const facts = (await observing.compute.describeInstances([instanceIds[1]!], soon())).get(
        instanceIds[1]!,
      );
      expect(facts).toMatchObject({ status: 'Running', tags: {} });
    });

    it('read instances, tag and untag them', async () => {
      const [first] = instanceIds as [string];
      await ports.compute.tag(first, { 'evenkeel:heal:web': 'v1|ejected' }, soon());
      const facts = await ports.compute.describeInstances([...instanceIds, 'i-nobody'], soon());
      expect(facts.size).toBe(45);
      expect(facts.get(first)).toMatchObject({
        status: 'Running',
        instanceType: 'ecs.c7.large',
        cpuCount: 2,
        tags: { 'evenkeel:heal:web': 'v1|ejected' },
      });
      expect(facts.get(first)?.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      await ports.compute.untag(first, ['evenkeel:heal:web'], soon());
      expect((await ports.compute.describeInstances([first], soon())).get(first)?.tags).toEqual({});
    });

    it('see scheduled events and a spot reclaim', async () => {
      const [, second, third] = instanceIds as [string, string, string];
      const eventId = region.ecs.scheduleReboot(second, clock.now() + 86_400_000);
      const spot = await region.ecs.createInstance({
        instanceType: 'ecs.c7.large',
        isBooted: true,
        isSpot: true,
      });
      region.ecs.reclaimSpot(spot);
      const events = await ports.compute.describeEvents([second, third, spot], soon());
      expect(events.get(second)).toMatchObject([
        { eventId, kind: 'scheduled-reboot', status: 'Scheduled' },
      ]);
      expect(events.get(spot)).toMatchObject([{ kind: 'spot-reclaim', status: 'Executing' }]);
      expect(events.has(third)).toBe(false);
    });

    it('run a command once for one token, and follow it to its end', async () => {
      const [, , , fourth] = instanceIds as [string, string, string, string];
      const order = {
        instanceId: fourth,
        command: 'systemctl restart app',
        timeoutMs: millis(20_000),
        clientToken: 'operation-1',
      };
      region.faults.set('lost-reply', { action: 'RunCommand', times: 1 });
      const invokeId = await ports.compute.runCommand(order, soon());
      expect(await ports.compute.runCommand(order, soon())).toBe(invokeId);
      await region.clock.advance(30_000);
      expect(await ports.compute.describeCommand(invokeId, fourth, soon())).toMatchObject({
        state: 'succeeded',
      });
      expect(await ports.compute.describeCommand('t-unknown', fourth, soon())).toMatchObject({
        state: 'lost',
      });
    });

    it('reboot an instance', async () => {
      const [, , , , fifth] = instanceIds as [string, string, string, string, string];
      await ports.compute.reboot(fifth, { force: false }, soon());
      expect((await ports.compute.describeInstances([fifth], soon())).get(fifth)?.status).not.toBe(
        'Running',
      );
      await region.clock.advance(120_000);
      expect((await ports.compute.describeInstances([fifth], soon())).get(fifth)?.status).toBe(
        'Running',
      );
    });

    it('read metrics, once a minute', async () => {
      await region.clock.advance(180_000);
      const query = {
        namespace: 'acs_ecs_dashboard',
        metricName: 'CPUUtilization',
        dimensions: instanceIds.map((instanceId) => ({ instanceId })),
      } as const;
      const points = await ports.metrics.readLatest(query, soon());
      expect(points).toHaveLength(45);
      expect(points[0]).toMatchObject({ value: 37 });
      expect(clock.now() - points[0]!.at).toBeLessThan(180_000);
      const before = region.requestLog.find().length;
      expect(await ports.metrics.readLatest(query, soon())).toEqual(points);
      expect(region.requestLog.find().length).toBe(before);
    });

    it.each([
      ['forbidden', { code: 'Forbidden.RAM', reaction: 'stop', isAmbiguous: false }],
      ['internal-error', { code: 'InternalError', reaction: 'retry', isAmbiguous: false }],
      ['throttling', { reaction: 'retry', isAmbiguous: false }],
      ['html', { code: 'UnreadableReply', reaction: 'retry', isAmbiguous: false }],
      ['reset', { code: 'ConnectionFailed', reaction: 'retry', isAmbiguous: false }],
      ['hang', { code: 'Timeout', reaction: 'retry', isAmbiguous: false }],
    ] as const)(
      'give a read the right error while OpenAPI answers with %s',
      async (fault, details) => {
        const lift = region.faults.set(fault);
        try {
          await expect(
            ports.loadBalancer.describeHealth(loadBalancerId, soon()),
          ).rejects.toMatchObject({ details });
        } finally {
          lift();
        }
        expect(await ports.loadBalancer.describeHealth(loadBalancerId, soon())).not.toHaveLength(0);
      },
    );

    if (way === 'over signed HTTP')
      it('are refused for good with a wrong key', async () => {
        const wrong = portsOver(reach({ ...KEY, accessKeySecret: 'wrong' }));
        await expect(
          wrong.loadBalancer.describeHealth(loadBalancerId, soon()),
        ).rejects.toMatchObject({ details: { code: 'SignatureDoesNotMatch', reaction: 'stop' } });
      });
  },
);
