import { type LocalInstance } from '../../local/ecs/local-instance';
import { type Cosmos } from '../cosmos';
import { type Deployment } from '../deployment';
import { type Dice } from '../dice';
import { type FaultKind } from '../fault-kinds';
import { type LaidOutPool, type RegionWorld } from '../region-world';
import { ToldRpc } from '../told-rpc';
import { type Rpc } from '../../../shared/adapters/alicloud/rpc';

const MINUTE_MS = 60_000;

/** A pool somebody is about to do something to, and where it is. */
export interface Place {
  readonly world: RegionWorld;
  readonly pool: LaidOutPool;
}

/** Where faults are done: what they may touch, and how they end. */
export class Field {
  readonly cosmos: Cosmos;
  readonly deployments: readonly Deployment[];
  private readonly ends = new Set<() => void>();

  constructor(cosmos: Cosmos, deployments: readonly Deployment[]) {
    this.cosmos = cosmos;
    this.deployments = deployments;
  }

  get now(): number {
    return this.cosmos.clock.now();
  }

  /** Writes down that it was done. */
  tell(fault: FaultKind, regionId: string | null, subject: string): void {
    const { chronicle, view } = this.cosmos;
    chronicle.tell({ kind: 'fault', at: this.now, fault, regionId, subject, world: view });
  }

  /** Does `end` after so long, or when all faults end, whichever comes first. */
  until(ms: number, end: () => void): void {
    const once = (): void => {
      cancel();
      if (this.ends.delete(once)) end();
    };
    const cancel = this.cosmos.clock.after(ms, once);
    this.ends.add(once);
  }

  /** Ends whatever still lasts. */
  endAll(): void {
    for (const end of [...this.ends]) end();
  }

  place(dice: Dice): Place {
    const places = [...this.cosmos.regions.values()].flatMap((world) =>
      world.pools.map((pool) => ({ world, pool })),
    );
    return dice.pick(places);
  }

  /** Somebody of the pool: a member of one of its groups that is there. */
  member(dice: Dice): { readonly world: RegionWorld; readonly instance: LocalInstance } | null {
    const { world, pool } = this.place(dice);
    const members = world.groupTruth(dice.pick(pool.targets)).members;
    if (members.length === 0) return null;
    const { instanceId } = dice.pick(members);
    if (world.region.ecs.find(instanceId) === undefined) return null;
    return { world, instance: world.region.ecs.demand(instanceId) };
  }

  world(dice: Dice): RegionWorld {
    return this.place(dice).world;
  }

  deployment(dice: Dice): Deployment {
    return dice.pick(this.deployments);
  }

  /** The cloud’s API for somebody who is not us. */
  rpcOf(world: RegionWorld, who: 'person' | 'other-tool'): Rpc {
    return new ToldRpc(this.cosmos, world, { who, runId: null });
  }
}

/** One way of making trouble. It tells itself that it was done, as some are done only when something can be struck. */
export type Inject = (field: Field, dice: Dice) => void;

export const minutes = (dice: Dice, min: number, max: number): number =>
  dice.between(min * MINUTE_MS, max * MINUTE_MS);
