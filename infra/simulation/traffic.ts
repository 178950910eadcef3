import { type Dice } from './dice';
import { type LaidOutPool, referenceOf, type RegionWorld } from './region-world';

const DAY_MS = 86_400_000;
/** Requests that one vCPU answers in a second at full use: each is worked on for 20 ms. */
const REQUESTS_PER_VCPU = 50;

/** In easy times: use of the pool as a whole, and of any one of its members, in permille of what they can do. */
const EASY_SHARE = 300;
const EASY_EACH = 600;

/** A time of more traffic than usual. */
export interface Peak {
  readonly poolName: string;
  /** In permille of the usual. */
  readonly factor: number;
  readonly until: number;
}

/**
 * Load of the pools: a daily curve with noise and peaks, shared by weight among those that the load balancers send it to. It drives CPU,
 * connections, the counters of the listeners, and how slow an overloaded instance becomes.
 */
export class Traffic {
  peaks: Peak[] = [];
  /** No pool gets more than those who are left can carry with ease. */
  isEasy = false;
  /** Share of the name’s traffic that comes to a pool, in permille; 1000 where there is no name. */
  shareOf: (poolName: string) => number = () => 1000;
  private readonly dice: Dice;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** vCPUs that the pool’s load keeps busy now. */
  demandOf({ wish }: LaidOutPool, now: number): number {
    const vcpus = wish.count * (wish.instanceTypes.length > 1 ? 3 : 2);
    const ofDay = ((now % DAY_MS) / DAY_MS) * 2 * Math.PI;
    const curve = 0.75 + 0.25 * Math.sin(ofDay - 2);
    const peak = this.peaks.find(
      ({ poolName, until }) => poolName === wish.name && until > now,
    )?.factor;
    const share = this.shareOf(wish.name) / 1000;
    return ((vcpus * wish.busyShare) / 1000) * curve * ((peak ?? 1000) / 1000) * share;
  }

  /**
   * What is left of the demand in easy times: under a third of what all members that run could do, and no more than whoever gets most of
   * it by the weights can do with ease.
   */
  private eased(world: RegionWorld, { targets }: LaidOutPool, vcpus: number): number {
    if (!this.isEasy) return vcpus;
    const ids = targets.flatMap((target) =>
      world.region.slb.backends(referenceOf(target)).map(({ serverId }) => serverId),
    );
    const running = [...new Set(ids)]
      .map((id) => world.region.ecs.find(id))
      .filter((view) => view?.status === 'Running');
    const room = running.reduce((sum, view) => sum + (view?.cpuCount ?? 0), 0);
    const most = Math.max(0, ...loadsOf(world, targets).values());
    return Math.min(vcpus, (room * EASY_SHARE) / 1000, most > 0 ? EASY_EACH / most : Infinity);
  }

  /** One more minute of it, in one region. */
  flow(world: RegionWorld, now: number, spanMs: number): void {
    this.peaks = this.peaks.filter(({ until }) => until > now);
    world.loads.clear();
    for (const pool of world.pools) {
      const noise = 0.95 + this.dice.next() * 0.1;
      const vcpus = this.eased(world, pool, this.demandOf(pool, now)) * noise;
      this.offer(world, pool, vcpus, spanMs);
    }
  }

  private offer(world: RegionWorld, pool: LaidOutPool, vcpus: number, spanMs: number): void {
    const { slb, traffic } = world.region;
    const each = vcpus / pool.targets.length;
    for (const target of pool.targets)
      for (const listener of slb.listenersOf(target.loadBalancerId))
        traffic.offer(listener, each * REQUESTS_PER_VCPU, spanMs);
    for (const [serverId, load] of loadsOf(world, pool.targets))
      world.loads.set(serverId, Math.round((world.loads.get(serverId) ?? 0) + load * vcpus));
  }

  /**
   * Instances of two vCPUs that the load needs, for a CPU in permille; load beyond it by the tolerance, in permille, is borne.
   * Example: 4.3 vCPUs kept busy at a target of 500 ‰ need 4 with a tolerance of 100 ‰, and 5 with none.
   */
  neededAt(
    world: RegionWorld,
    pool: LaidOutPool,
    bounds: { readonly target: number; readonly tolerance: number },
  ): number {
    const vcpus = this.eased(world, pool, this.demandOf(pool, world.region.clock.now()));
    return Math.ceil((vcpus * 1e6) / (2 * bounds.target * (1000 + bounds.tolerance)));
  }
}

/** What each vCPU of the pool’s work that is kept busy comes to for each member that is sent to, in permille of what it can do. */
function loadsOf(
  { region: { slb, health, ecs } }: RegionWorld,
  targets: LaidOutPool['targets'],
): ReadonlyMap<string, number> {
  const loads = new Map<string, number>();
  for (const { loadBalancerId } of targets)
    for (const listener of slb.listenersOf(loadBalancerId)) {
      const fit = slb
        .route(listener)
        .filter((member) => member.weight > 0 && health.isFit(listener, member));
      const total = fit.reduce((sum, { weight }) => sum + weight, 0);
      for (const { serverId, weight } of fit) {
        const cpuCount = ecs.find(serverId)?.cpuCount ?? 2;
        const load = (1000 * weight) / total / cpuCount / targets.length;
        loads.set(serverId, (loads.get(serverId) ?? 0) + load);
      }
    }
  return loads;
}
