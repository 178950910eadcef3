import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type VSwitch } from '../../infra/local/ecs/network';
import { createInProcessRegion, type InProcessRegion } from '../../infra/local/in-process-region';
import { AccessKeys } from '../../infra/local/openapi/access-keys';
import { type Gateway, startGateway } from '../../infra/local/openapi/gateway';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { productionPorts } from '../../shared/adapters/production';
import { type LaunchOption } from '../../shared/domain/scale-policy';
import { type Target } from '../../shared/domain/target';
import { instant, millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type LaunchRequest, type ListedInstance } from '../../shared/ports/fleet';
import { type Ports } from '../../shared/ports/ports';

const KEY = {
  accessKeyId: 'LTAIcontractcontract',
  accessKeySecret: 'contract-secret',
  accountId: '1234567890123456',
};
const NARROW: VSwitch = {
  vSwitchId: 'vsw-narrow',
  vpcId: 'vpc-local',
  zoneId: 'cn-local-b',
  addressCount: 0,
};
const OPTION: LaunchOption = {
  name: 'first',
  zoneId: 'cn-local-a',
  vSwitchId: 'vsw-vpc-local-a',
  instanceType: 'ecs.c7.large',
  chargeType: 'pay-as-you-go',
  spotPriceMax: null,
  weight: null,
};
const SPOT: LaunchOption = { ...OPTION, name: 'spot', chargeType: 'spot' };

let region: InProcessRegion;
let gateway: Gateway | undefined;
let clock: Clock;
let ports: Ports;
let templateId: string;
let tokens = 0;

const soon = () => ({ deadline: instant(clock.now() + 120_000) });
const pass = (ms: number): Promise<void> => clock.sleep(millis(ms));

async function setUp(way: 'in process' | 'over signed HTTP'): Promise<void> {
  region = createInProcessRegion({
    // Signatures are dated by the real clock and may be 15 minutes off: the suite begins before it and ends after it.
    startAt: Date.now() - 12 * 60_000,
    usageOf: () => ({ cpuPercent: 37, connections: 4 }),
    ecsSettings: { vSwitches: [NARROW] },
  });
  // Sleeping moves the region's own time, so that boots and locks take no real time.
  clock = { now: () => instant(region.clock.now()), sleep: (span) => region.clock.advance(span) };
  const { controlPlane } = region;
  if (way === 'over signed HTTP')
    gateway = await startGateway({ controlPlane, accessKeys: new AccessKeys([KEY]), port: 0 });
  ports = productionPorts({
    regionId: 'cn-local',
    mode: 'enforce',
    clock,
    random: { next: () => 0.5 },
    store: { kind: 'memory' },
    archive: { kind: 'memory' },
    ...(gateway === undefined
      ? { rpc: region.rpc }
      : {
          endpoint: gateway.endpoint,
          protocol: 'HTTP',
          credentials: givenCredentials(KEY),
          attemptTimeoutMs: 1_000,
        }),
  });
  templateId = region.ecs.supply.launchTemplates.create({
    name: 'web',
    parameters: {
      ImageId: 'local_image',
      InstanceType: 'ecs.c7.xlarge',
      SecurityGroupId: 'sg-vpc-local',
      SpotStrategy: 'SpotAsPriceGo',
      'Tag.1.Key': 'team',
      'Tag.1.Value': 'shop',
    },
  }).id;
}

/** A pool of its own for each case, so that lists are told apart. */
const request = (poolName: string, more: Partial<LaunchRequest> = {}): LaunchRequest => ({
  clientToken: `token-${(tokens += 1)}`,
  templateId,
  templateVersion: null,
  option: OPTION,
  count: 1,
  tags: { 'evenkeel:pool': poolName, 'evenkeel:launch': 'launch-1' },
  ...more,
});
const owned = (poolName: string): Promise<readonly ListedInstance[]> =>
  ports.fleet.describeOwned('evenkeel:pool', poolName, soon());
const idsOf = (listed: readonly ListedInstance[]) => listed.map(({ instanceId }) => instanceId);

async function launched(poolName: string, more: Partial<LaunchRequest> = {}) {
  const answer = await ports.fleet.launch(request(poolName, more), soon());
  if (answer.kind === 'refused') throw new Error(answer.refusal.code);
  return answer.instanceIds;
}
/** Instances that run and serve. */
async function running(poolName: string, count: number): Promise<readonly string[]> {
  const ids = await launched(poolName, { count });
  await pass(60_000);
  return ids;
}
const target = (loadBalancerId: string): Target => ({ loadBalancerId, serverGroupId: 'default' });
const newBalancer = (): Target => target(region.slb.createLoadBalancer().loadBalancerId);
const atZero = (ids: readonly string[]) =>
  ids.map((serverId) => ({ serverId, port: 8080, weight: 0 }));

describe.each(['in process', 'over signed HTTP'] as const)('the fleet %s', (way) => {
  beforeAll(() => setUp(way));
  afterAll(async () => {
    await gateway?.stop();
    gateway = undefined;
    region.stop();
  });
  beforeEach(() => {
    region.faults.clear();
    region.ecs.supply.stock.clear();
    region.ecs.supply.account.balance = 10_000;
    region.ecs.supply.account.vcpuQuota = { onDemand: 5_000, spot: 5_000 };
  });

  it('launches what the option says over the template, tagged from the first moment', async () => {
    const ids = await launched('facts', { count: 3 });
    const listed = await owned('facts');
    expect(idsOf(listed)).toEqual(ids);
    expect(listed[0]?.facts).toMatchObject({
      status: 'Pending',
      instanceType: 'ecs.c7.large',
      zoneId: 'cn-local-a',
      cpuCount: 2,
      isSpot: false,
      chargeType: 'pay-as-you-go',
      isDeletionProtected: false,
      isStoppedEconomically: false,
      tags: { 'evenkeel:pool': 'facts', 'evenkeel:launch': 'launch-1' },
    });
    expect(Math.abs(listed[0]!.facts.createdAt - clock.now())).toBeLessThanOrEqual(60_000);
    await pass(60_000);
    expect((await owned('facts')).map(({ facts }) => facts.status)).toEqual(
      Array(3).fill('Running'),
    );
  });

  it('gets as many as there are, and the rest from the next option in the same go', async () => {
    region.ecs.supply.stock.set({ zoneId: 'cn-local-a', isSpot: false, available: 1 });
    expect(await launched('partial', { count: 3 })).toHaveLength(1);
    expect(await ports.fleet.launch(request('partial', { count: 2 }), soon())).toMatchObject({
      kind: 'refused',
      refusal: { kind: 'stock', code: 'OperationDenied.NoStock' },
    });
    const other = { ...OPTION, zoneId: 'cn-local-b', vSwitchId: 'vsw-vpc-local-b' };
    expect(await launched('partial', { count: 2, option: other })).toHaveLength(2);
    expect(await owned('partial')).toHaveLength(3);
    // What is sold out pay-as-you-go may be had as spot.
    expect(await launched('partial', { option: SPOT })).toHaveLength(1);
  });

  it('launches nothing twice under one token, answered or not', async () => {
    const once = request('token', { count: 2 });
    const first = await ports.fleet.launch(once, soon());
    expect(await ports.fleet.launch(once, soon())).toEqual(first);
    region.faults.set('lost-reply', { action: 'RunInstances', times: 1 });
    const second = await ports.fleet.launch(request('token'), soon());
    expect(second).toMatchObject({ kind: 'launched' });
    expect(await owned('token')).toHaveLength(3);
    region.faults.set('lost-reply', { action: 'RunInstances', times: 2 });
    const lost = request('token');
    expect(await ports.fleet.launch(lost, soon())).toMatchObject({
      kind: 'refused',
      refusal: { kind: 'lost' },
    });
    const listed = await owned('token');
    expect(listed).toHaveLength(4);
    expect(await ports.fleet.launch(lost, soon())).toEqual({
      kind: 'launched',
      instanceIds: [listed[3]!.instanceId],
      contradiction: null,
    });
    expect(await ports.fleet.launch({ ...lost, count: 9 }, soon())).toMatchObject({
      refusal: { kind: 'lost', code: 'IdempotentParameterMismatch' },
    });
  });

  it.each<readonly [string, string, () => Partial<LaunchRequest> | undefined]>([
    [
      'quota',
      'QuotaExceed.ElasticQuota',
      () => void (region.ecs.supply.account.vcpuQuota = { onDemand: 1, spot: 1 }),
    ],
    ['account', 'InsufficientBalance', () => void (region.ecs.supply.account.balance = 0)],
    [
      'network',
      'QuotaExceeded.PrivateIpAddress',
      () => ({ option: { ...OPTION, zoneId: 'cn-local-b', vSwitchId: 'vsw-narrow' } }),
    ],
    [
      'spot-price',
      'InvalidSpotPriceLimit.LowerThanPublicPrice',
      () => ({ option: { ...SPOT, spotPriceMax: 1 } }),
    ],
    ['configuration', 'InvalidLaunchTemplate.NotFound', () => ({ templateId: 'lt-nobody' })],
    ['configuration', 'InvalidLaunchTemplateVersion.NotFound', () => ({ templateVersion: 9 })],
    [
      'configuration',
      'InvalidParameter.Mismatch',
      () => ({ option: { ...OPTION, zoneId: 'cn-local-b' } }),
    ],
    [
      'stock',
      'Zone.NotOnSale',
      () => {
        region.ecs.supply.stock.set({ available: 0, code: 'Zone.NotOnSale' });
        return undefined;
      },
    ],
    [
      'throttled',
      'Throttling',
      () => void region.faults.set('throttling', { action: 'RunInstances' }),
    ],
    [
      'account',
      'Forbidden.RAM',
      () => void region.faults.set('forbidden', { action: 'RunInstances' }),
    ],
    [
      'lost',
      'InternalError',
      () => void region.faults.set('internal-error', { action: 'RunInstances' }),
    ],
    ['lost', 'ConnectionFailed', () => void region.faults.set('reset', { action: 'RunInstances' })],
  ])('is refused for its %s: %s', async (kind, code, arrange) => {
    const more = arrange() ?? {};
    expect(await ports.fleet.launch(request('refused', more), soon())).toMatchObject({
      kind: 'refused',
      refusal: { kind, code },
    });
    expect(await owned('refused')).toEqual([]);
  });

  it('pays for spot what the option allows', async () => {
    const [id] = await launched('spot', { option: { ...SPOT, spotPriceMax: 1056 } });
    expect((await owned('spot'))[0]?.facts).toMatchObject({ isSpot: true, chargeType: 'spot' });
    expect(region.ecs.demand(id!).spot).toMatchObject({
      strategy: 'SpotWithPriceLimit',
      priceLimitThousandths: 1056,
    });
    const [market] = await launched('spot', { option: SPOT });
    expect(region.ecs.demand(market!).spot.strategy).toBe('SpotAsPriceGo');
  });

  it('tells launches that came to nothing', async () => {
    region.ecs.launches.failNext({ count: 1 });
    const ids = await launched('failing', { count: 2 });
    expect(await ports.fleet.describeFailedLaunches(ids, soon())).toEqual([]);
    await pass(60_000);
    const failed = await ports.fleet.describeFailedLaunches(ids, soon());
    expect(failed).toHaveLength(1);
    expect(idsOf(await owned('failing'))).toEqual(ids.filter((id) => !failed.includes(id)));
  });

  it('stops into the warm pool and starts from it, if there is stock', async () => {
    const ids = await running('warm', 2);
    expect(await ports.fleet.stopEconomically([...ids, 'i-nobody'], soon())).toMatchObject([
      { instanceId: ids[0], kind: 'accepted' },
      { instanceId: ids[1], kind: 'accepted' },
      { instanceId: 'i-nobody', kind: 'already-so' },
    ]);
    expect(await ports.fleet.start([ids[0]!], soon())).toMatchObject([
      { kind: 'refused', refusal: { kind: 'wrong-status' } },
    ]);
    await pass(60_000);
    expect((await owned('warm')).map(({ facts }) => facts.isStoppedEconomically)).toEqual([
      true,
      true,
    ]);
    region.ecs.supply.stock.set({ available: 1 });
    expect(await ports.fleet.start([...ids, 'i-nobody'], soon())).toMatchObject([
      { instanceId: ids[0], kind: 'accepted' },
      { instanceId: ids[1], kind: 'refused', refusal: { kind: 'stock' } },
      { instanceId: 'i-nobody', kind: 'refused', refusal: { kind: 'gone' } },
    ]);
    await pass(60_000);
    expect((await owned('warm')).map(({ facts }) => facts.status)).toEqual(['Running', 'Stopped']);
  });

  it('deletes what has left its load balancers, and tells why it does not', async () => {
    const [busy, guarded, free, ...rest] = (await running('leaving', 3)) as [
      string,
      string,
      string,
    ];
    expect(rest).toEqual([]);
    const [young] = (await launched('leaving')) as [string];
    const group = newBalancer();
    await ports.loadBalancer.addMembers(group, atZero([busy]), soon());
    region.ecs.demand(guarded).isDeletionProtected = true;
    const all = [busy, guarded, free, young, 'i-nobody'];
    expect(await ports.fleet.remove(all, { force: true }, soon())).toMatchObject([
      { instanceId: busy, refusal: { kind: 'in-use' } },
      { instanceId: guarded, refusal: { kind: 'protected' } },
      { instanceId: free, kind: 'accepted' },
      { instanceId: young, refusal: { kind: 'transient' } },
      { instanceId: 'i-nobody', kind: 'already-so' },
    ]);
    expect(idsOf(await owned('leaving'))).toEqual([busy, guarded, young]);
    await pass(5_000);
    await ports.loadBalancer.removeMembers(group, [{ serverId: busy, port: 8080 }], soon());
    await pass(5_000);
    expect(await ports.fleet.remove([busy], { force: false }, soon())).toEqual([
      { instanceId: busy, kind: 'accepted' },
    ]);
    // In order: the guest shuts down before the instance goes.
    expect(idsOf(await owned('leaving'))).toContain(busy);
    await pass(120_000);
    expect(idsOf(await owned('leaving'))).toEqual([guarded, young]);
  });

  it('deletes out of the warm pool', async () => {
    const ids = await running('cold', 1);
    await ports.fleet.stopEconomically(ids, soon());
    await pass(60_000);
    expect(await ports.fleet.remove(ids, { force: false }, soon())).toEqual([
      { instanceId: ids[0], kind: 'accepted' },
    ]);
    expect(await owned('cold')).toEqual([]);
  });

  it('knows market prices and the template', async () => {
    region.ecs.supply.spotMarket.set({ zoneId: 'cn-local-a', priceThousandths: 333 });
    await pass(1_000);
    const elsewhere = { ...SPOT, name: 'elsewhere', zoneId: 'cn-local-b' };
    expect(await ports.fleet.spotPrices([SPOT, elsewhere, OPTION], soon())).toEqual({
      spot: 333,
      elsewhere: 156,
    });
    expect(await ports.fleet.describeTemplate(templateId, null, soon())).toEqual({
      templateId,
      version: 1,
      imageId: 'local_image',
      instanceType: 'ecs.c7.xlarge',
      zoneId: '',
      vSwitchId: '',
      securityGroupIds: ['sg-vpc-local'],
      hasPrimaryInterface: false,
      tags: { team: 'shop' },
    });
    expect(await ports.fleet.describeTemplate(templateId, 9, soon())).toBeNull();
    expect(await ports.fleet.describeTemplate('lt-nobody', null, soon())).toBeNull();
  });

  it.each(['throttling', 'forbidden', 'html', 'hang', 'reset'] as const)(
    'has no list of owned instances rather than a part of it while OpenAPI answers with %s',
    async (fault) => {
      const lift = region.faults.set(fault, { action: 'DescribeInstances' });
      await expect(owned('facts')).rejects.toMatchObject({
        details: { action: 'DescribeInstances', isAmbiguous: false },
      });
      lift();
      expect(await owned('facts')).toHaveLength(3);
    },
    20_000,
  );

  it('reads what scaling follows, whole pool and per instance', async () => {
    const ids = idsOf(await owned('facts'));
    await pass(240_000);
    const read = (metricName: string, dimensions: readonly Readonly<Record<string, string>>[]) =>
      ports.metrics.readLatest({ namespace: 'acs_ecs_dashboard', metricName, dimensions }, soon());
    const cpu = await read(
      'CPUUtilization',
      ids.map((instanceId) => ({ instanceId })),
    );
    expect(cpu.map(({ value }) => value)).toEqual([37, 37, 37]);
    const connections = await read(
      'net_tcpconnection',
      ids.map((instanceId) => ({ instanceId, state: 'ESTABLISHED' })),
    );
    expect(connections.map(({ dimensions }) => dimensions['state'])).toEqual(
      Array(3).fill('ESTABLISHED'),
    );
    expect(connections.map(({ value }) => value)).toEqual([4, 4, 4]);
    expect(new Set([...cpu, ...connections].map(({ at }) => clock.now() - at < 180_000))).toEqual(
      new Set([true]),
    );
  });

  it('reads what one listener carries, not the whole load balancer', async () => {
    const [id] = (await running('traffic', 1)) as [string];
    const { loadBalancerId } = newBalancer();
    await ports.loadBalancer.addMembers(target(loadBalancerId), atZero([id]), soon());
    for (const port of [80, 81]) {
      await pass(2_000);
      await region.rpc.call(
        {
          product: 'Slb',
          version: '2014-05-15',
          action: 'CreateLoadBalancerHTTPListener',
          query: {
            RegionId: 'cn-local',
            LoadBalancerId: loadBalancerId,
            ListenerPort: port,
            BackendServerPort: 8080,
            HealthCheck: 'on',
          },
        },
        soon(),
      );
      await pass(2_000);
      await region.rpc.call(
        {
          product: 'Slb',
          version: '2014-05-15',
          action: 'StartLoadBalancerListener',
          query: { RegionId: 'cn-local', LoadBalancerId: loadBalancerId, ListenerPort: port },
        },
        soon(),
      );
    }
    await pass(240_000);
    const read = (metricName: string, dimensions: Readonly<Record<string, string>>) =>
      ports.metrics.readLatest(
        { namespace: 'acs_slb_dashboard', metricName, dimensions: [dimensions] },
        soon(),
      );
    for (const metricName of ['ActiveConnection', 'Qps', 'StatusCode4xx', 'StatusCode5xx'])
      expect(await read(metricName, { instanceId: loadBalancerId, port: '81' })).toMatchObject([
        { dimensions: { instanceId: loadBalancerId, port: '81', protocol: 'http' }, value: 0 },
      ]);
    expect(await read('InstanceQps', { instanceId: loadBalancerId })).toHaveLength(1);
    // Nobody asked anything, so there is no response time: absent, never 0.
    expect(await read('Rt', { instanceId: loadBalancerId, port: '81' })).toEqual([]);
  });

  describe('members of a group', () => {
    it('come at weight 0 and go again, in the default group and in a VServer group', async () => {
      const ids = await running(`members-${way}`, 25);
      const group = newBalancer();
      const { loadBalancerId } = newBalancer();
      const { groupId } = region.slb.provision(() =>
        region.slb.createGroup(loadBalancerId, 'web', []),
      );
      for (const place of [group, { loadBalancerId, serverGroupId: groupId }]) {
        const added = await ports.loadBalancer.addMembers(place, atZero(ids), soon());
        expect(added.map(({ isAsWanted, weight }) => [isAsWanted, weight])).toEqual(
          Array(25).fill([true, 0]),
        );
        expect(await ports.loadBalancer.describeMembers(place, soon())).toHaveLength(25);
        const gone = await ports.loadBalancer.removeMembers(place, atZero(ids.slice(1)), soon());
        expect(gone.every(({ isAsWanted, weight }) => isAsWanted && weight === null)).toBe(true);
        expect(await ports.loadBalancer.describeMembers(place, soon())).toMatchObject([
          { serverId: ids[0], weight: 0 },
        ]);
      }
    });

    it('keep the weight that they have', async () => {
      const [first, second] = (await running(`weights-${way}`, 2)) as [string, string];
      const group = newBalancer();
      await ports.loadBalancer.addMembers(
        group,
        [{ serverId: first, port: 8080, weight: 60 }],
        soon(),
      );
      expect(await ports.loadBalancer.addMembers(group, atZero([first, second]), soon())).toEqual([
        { serverId: first, port: 8080, weight: 60, isAsWanted: true },
        { serverId: second, port: 8080, weight: 0, isAsWanted: true },
      ]);
    });

    it('must run; one that does not keeps nobody else out', async () => {
      const ids = await running(`halves-${way}`, 8);
      await ports.fleet.stopEconomically([ids[3]!], soon());
      const found = await ports.loadBalancer.addMembers(newBalancer(), atZero(ids), soon());
      expect(found.filter(({ isAsWanted }) => !isAsWanted)).toMatchObject([
        { serverId: ids[3], failure: { kind: 'not-running', code: 'ObtainIpFail' } },
      ]);
    });

    it('are believed by the read-back when a reply is lost', async () => {
      const ids = await running(`lost-${way}`, 1);
      const group = newBalancer();
      region.faults.set('lost-reply', { action: 'AddBackendServers', times: 1 });
      expect(await ports.loadBalancer.addMembers(group, atZero(ids), soon())).toMatchObject([
        { isAsWanted: true },
      ]);
      region.faults.set('lost-reply', { action: 'RemoveBackendServers', times: 1 });
      expect(await ports.loadBalancer.removeMembers(group, atZero(ids), soon())).toMatchObject([
        { isAsWanted: true },
      ]);
    });
  });
});

describe('more than the cloud allows', () => {
  afterAll(() => region.stop());
  beforeAll(() => setUp('in process'));

  it('a load balancer takes 200 backends, and says that it is full', async () => {
    const ids = await Promise.all(
      Array.from({ length: 210 }, () =>
        region.ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true }),
      ),
    );
    const options = { deadline: instant(clock.now() + 600_000) };
    const found = await ports.loadBalancer.addMembers(newBalancer(), atZero(ids), options);
    expect(found.filter(({ isAsWanted }) => isAsWanted)).toHaveLength(200);
    expect(new Set(found.slice(200).map(({ failure }) => failure?.kind))).toEqual(
      new Set(['load-balancer-full']),
    );
  });

  it('more than 1,000 owned instances are listed by their tags', async () => {
    const tags = { 'evenkeel:pool': 'large' };
    const created = await Promise.all(
      Array.from({ length: 1_005 }, () =>
        region.ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true, tags }),
      ),
    );
    expect(new Set(idsOf(await owned('large')))).toEqual(new Set(created));
    expect(region.requestLog.find({ action: 'ListTagResources' }).length).toBeGreaterThan(0);
  });
});
