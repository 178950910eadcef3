import { encodeWarmTag, WARM_TAG } from '../../shared/domain/ownership-tags';
import { instant } from '../../shared/domain/units';
import {
  listenerDefaults,
  type HealthCheckConfiguration,
  type ListenerProtocol,
  type ListenerSettings,
} from '../local/slb/listener';
import { type LocalRegion } from '../local/region';

export interface PoolWish {
  /** One instance each, as `ecs.c7.large`. */
  readonly instanceTypes: readonly string[];
  /** Weight of each instance; 100 when left out. */
  readonly weights?: readonly number[];
  readonly protocol?: ListenerProtocol;
  /** Port of the listener, 80 by default. */
  readonly listenerPort?: number;
  readonly healthCheck?: Partial<HealthCheckConfiguration>;
  readonly listener?: Partial<ListenerSettings>;
  /** Indexes of spot instances. */
  readonly spot?: readonly number[];
  /** Instances of this pool, stopped economically and kept ready; one each, as `ecs.c7.large`. */
  readonly warm?: readonly string[];
}

export interface Pool {
  readonly loadBalancerId: string;
  readonly serverGroupId: string;
  readonly listenerPort: number;
  readonly instanceIds: readonly string[];
  /** In the warm pool, behind no load balancer. */
  readonly warmIds: readonly string[];
  /** Where the listener really listens. */
  readonly host: string;
  readonly port: number;
}

const HTTP_PORT = 80;

/** One load balancer with one listener on a VServer group of booted instances, as if it had been there for long. */
export async function layOutPool(
  region: LocalRegion,
  wish: PoolWish,
  tags: Readonly<Record<string, string>> = {},
): Promise<Pool> {
  const { protocol = 'http', listenerPort = HTTP_PORT } = wish;
  const instanceIds = await Promise.all(
    wish.instanceTypes.map((instanceType, index) =>
      region.ecs.createInstance({
        instanceType,
        name: `web-${index + 1}`,
        zoneId: `${region.regionId}-${index % 2 === 0 ? 'a' : 'b'}`,
        isSpot: wish.spot?.includes(index) ?? false,
        isBooted: true,
        tags,
      }),
    ),
  );
  const warmIds = await layOutWarm(region, wish, tags);
  const { loadBalancerId, serverGroupId } = region.slb.provision(() => {
    const balancer = region.slb.createLoadBalancer({
      name: 'rehearsal',
      vpcId: 'vpc-local',
      addressType: 'intranet',
    });
    const members = instanceIds.map((serverId, index) => ({
      serverId,
      port: region.ecs.find(serverId)?.servicePort ?? 0,
      weight: wish.weights?.[index] ?? 100,
    }));
    const group = region.slb.createGroup(balancer.loadBalancerId, 'web', members);
    const defaults = listenerDefaults(protocol);
    const settings: ListenerSettings = {
      ...defaults,
      ...wish.listener,
      vServerGroupId: group.groupId,
      healthCheck: { ...defaults.healthCheck, path: '/health', ...wish.healthCheck },
    };
    region.slb.startListener(
      region.slb.createListener(
        { loadBalancerId: balancer.loadBalancerId, protocol, port: listenerPort },
        settings,
      ),
    );
    return { loadBalancerId: balancer.loadBalancerId, serverGroupId: group.groupId };
  });
  const address = await listenerAddress(region, loadBalancerId, listenerPort);
  return { loadBalancerId, serverGroupId, listenerPort, instanceIds, warmIds, ...address };
}

/** Resolves once they have stopped: they were used before, and set up then. */
async function layOutWarm(
  region: LocalRegion,
  { warm = [] }: PoolWish,
  tags: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const create = async (instanceType: string, index: number): Promise<string> => {
    const instanceId = await region.ecs.createInstance({
      instanceType,
      name: `warm-${index + 1}`,
      zoneId: `${region.regionId}-${index % 2 === 0 ? 'a' : 'b'}`,
      isBooted: true,
      tags: { ...tags, [WARM_TAG]: encodeWarmTag(instant(Date.now())) },
    });
    region.ecs.stop(instanceId, { isForced: true, stoppedMode: 'StopCharging' });
    return instanceId;
  };
  return Promise.all(warm.map(create));
}

/** The listener's socket opens a moment after the model was told. */
async function listenerAddress(
  region: LocalRegion,
  loadBalancerId: string,
  listenerPort: number,
): Promise<{ readonly host: string; readonly port: number }> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const address = region.dataPlane.dataPlaneAddress(loadBalancerId, listenerPort);
    if (address !== undefined) return { host: address.host, port: address.port };
    if (Date.now() > deadline)
      throw new Error(`The listener of ${loadBalancerId} did not open within 10 s.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves once the load balancer calls every backend normal; rejects after `patienceMs`. */
export async function allNormal(
  region: LocalRegion,
  pool: Pool,
  patienceMs: number,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const listener = region.slb.listener(pool.loadBalancerId, pool.listenerPort);
    if (
      region.slb
        .route(listener)
        .every((member) => region.health.verdict(listener, member) === 'normal')
    )
      return;
    if (Date.now() > deadline)
      throw new Error(
        `Not every backend of ${pool.loadBalancerId} was normal within ${patienceMs} ms.`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
