import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type AlidnsModel } from '../local/alidns/model';
import { type InstanceTruth, type NameTruth, type PoolTruth, type WorldView } from './history';
import { type RegionWorld } from './region-world';
import { type Traffic } from './traffic';

export interface WorldParts {
  readonly now: () => number;
  readonly regions: ReadonlyMap<string, RegionWorld>;
  readonly policies: readonly PoolPolicy[];
  readonly names: readonly NamePolicy[];
  readonly alidns: AlidnsModel;
  readonly traffic: Traffic;
  /** Sites of the name that nobody can reach. */
  readonly deadSites: (policy: NamePolicy) => readonly string[];
}

/** The world as checkers see it: every question is answered from the models, at the instant at which it is asked. */
export class ModelView implements WorldView {
  readonly pools: readonly string[];
  readonly names: readonly string[];
  private readonly parts: WorldParts;
  private readonly policies: ReadonlyMap<string, PoolPolicy>;

  constructor(parts: WorldParts) {
    this.parts = parts;
    this.policies = new Map(parts.policies.map((policy) => [policy.name, policy]));
    this.pools = [...this.policies.keys()];
    this.names = parts.names.map(({ name }) => name);
  }

  now(): number {
    return this.parts.now();
  }

  pool(name: string): PoolTruth {
    const policy = this.policies.get(name);
    if (policy === undefined) throw new Error(`There is no pool ${name}.`);
    const world = this.region(policy.regionId);
    const groups = policy.targets.map((target) => world.groupTruth(target));
    return { policy, groups, needed: this.neededBy(policy, world) };
  }

  instances(regionId: string): readonly InstanceTruth[] {
    const world = this.region(regionId);
    return world.region.ecs.all().map((instance) => world.truthOf(instance));
  }

  instance(regionId: string, instanceId: string): InstanceTruth | null {
    const world = this.region(regionId);
    return world.region.ecs.find(instanceId) === undefined
      ? null
      : world.truthOf(world.region.ecs.demand(instanceId));
  }

  name(name: string): NameTruth {
    const policy = this.parts.names.find((one) => one.name === name);
    if (policy === undefined) throw new Error(`There is no name ${name}.`);
    const { zone } = this.parts.alidns.domain(policy.domain);
    const records = zone.records
      .filter(({ rr, type }) => rr === policy.host && type === policy.type)
      .map(({ recordId, line, value, isEnabled, isLocked, weight, remark, rr, type }) => {
        const isWeighted = zone.weighted.has(`${rr} ${type} ${line}`);
        return {
          ...{ recordId, line, value, isEnabled, isLocked, remark },
          weight: isWeighted ? weight : null,
        };
      });
    const { deadSites } = this.parts;
    return {
      ...{ policy, records },
      get deadSites() {
        return deadSites(policy); // few ask, and it takes a look at all regions
      },
    };
  }

  isDark(regionId: string): boolean {
    return this.region(regionId).isDark;
  }

  private neededBy({ name, scale }: PoolPolicy, world: RegionWorld): number | null {
    const pool = world.pools.find(({ wish }) => wish.name === name);
    const target = scale?.metrics.find(({ signal }) => signal === 'cpu')?.target;
    return pool === undefined || target === undefined
      ? null
      : this.parts.traffic.neededAt(world, pool, { target, tolerance: scale?.tolerance.out ?? 0 });
  }

  private region(regionId: string): RegionWorld {
    const world = this.parts.regions.get(regionId);
    if (world === undefined) throw new Error(`There is no region ${regionId}.`);
    return world;
  }
}
