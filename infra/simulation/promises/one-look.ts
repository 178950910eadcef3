import {
  type InstanceTruth,
  type Moment,
  type NameTruth,
  type PoolTruth,
  type WorldView,
} from '../history';

/** The world at one moment: what was asked once is not worked out again, however many look at it. */
class OneLook implements WorldView {
  readonly pools: readonly string[];
  readonly names: readonly string[];
  private readonly world: WorldView;
  private readonly poolsSeen = new Map<string, PoolTruth>();
  private readonly namesSeen = new Map<string, NameTruth>();
  private readonly regionsSeen = new Map<string, readonly InstanceTruth[]>();
  private readonly foundIn = new Map<string, ReadonlyMap<string, InstanceTruth>>();

  constructor(world: WorldView) {
    this.world = world;
    this.pools = world.pools;
    this.names = world.names;
  }

  now(): number {
    return this.world.now();
  }

  pool(name: string): PoolTruth {
    const known = this.poolsSeen.get(name) ?? this.world.pool(name);
    this.poolsSeen.set(name, known);
    return known;
  }

  instances(regionId: string): readonly InstanceTruth[] {
    const known = this.regionsSeen.get(regionId) ?? this.world.instances(regionId);
    this.regionsSeen.set(regionId, known);
    return known;
  }

  instance(regionId: string, instanceId: string): InstanceTruth | null {
    return this.byId(regionId).get(instanceId) ?? null;
  }

  private byId(regionId: string): ReadonlyMap<string, InstanceTruth> {
    const known =
      this.foundIn.get(regionId) ??
      new Map(this.instances(regionId).map((each) => [each.instanceId, each]));
    this.foundIn.set(regionId, known);
    return known;
  }

  name(name: string): NameTruth {
    const known = this.namesSeen.get(name) ?? this.world.name(name);
    this.namesSeen.set(name, known);
    return known;
  }

  isDark(regionId: string): boolean {
    return this.world.isDark(regionId);
  }
}

const looks = new WeakMap<Moment, WorldView>();

/** The world right after a moment; asked for while it is told. */
export function worldAt(moment: Moment & { readonly world: WorldView }): WorldView {
  const known = looks.get(moment) ?? new OneLook(moment.world);
  looks.set(moment, known);
  return known;
}

/** Between two looks that nothing asks for, at least so long: faults and ticks may come many a second. */
const PAUSE_MS = 5_000;

/** Which moments are worth a look at the whole world: every call and minute, of the rest one every few seconds. */
export class LookOut {
  private lookedAt = -Infinity;

  /** The world, when it is worth a look. */
  from(moment: Moment): WorldView | null {
    if (!('world' in moment)) return null;
    const isAsked = moment.kind === 'call' || moment.kind === 'world';
    if (!isAsked && moment.at - this.lookedAt < PAUSE_MS) return null;
    this.lookedAt = moment.at;
    return worldAt(moment);
  }
}
