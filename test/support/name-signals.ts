import { withFloor } from '../../shared/domain/capacity-floor';
import { CloudError } from '../../shared/domain/cloud-error';
import { type SiteCapacity, type Vote } from '../../shared/domain/failover/name-snapshot';
import { reading } from '../../shared/domain/reading';
import { millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import {
  type FloorRequest,
  type RegionPool,
  type RegionPools,
} from '../../shared/ports/region-pools';
import { type SiteLook, type Vantages } from '../../shared/ports/vantages';
import { aSiteCapacity } from './name-builders';

const unreachable = (action: string, what: string): CloudError =>
  new CloudError({
    ...{ action, code: 'ConnectionFailed', reaction: 'retry', isAmbiguous: false },
    message: `${what} cannot be reached`,
  });

const pastTime = (): CloudError =>
  new CloudError({
    ...{ action: 'request-floor', code: 'past-time', reaction: 'stop', isAmbiguous: false },
    message: 'the floor would be over before it began',
  });

/** Vantages that see what a test says: `answers` by site, `up` where it says nothing. */
export class FakeVantages implements Vantages {
  answers: Readonly<Record<string, Vote['answer']>> = {};
  /** Regions whose `probe` function does not answer. */
  readonly silent = new Set<string>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  look(regionId: string, looks: readonly SiteLook[]): Promise<readonly Vote[]> {
    if (this.silent.has(regionId)) return Promise.reject(unreachable('look', regionId));
    return Promise.resolve(
      looks.map(({ name, check }): Vote => {
        const answer = this.answers[name] ?? 'up';
        return {
          ...{ voter: regionId, kind: 'vantage', siteName: name, answer, at: this.clock.now() },
          attempts: check.attempts,
          failed: answer === 'up' ? 0 : check.attempts,
          latencyMs: answer === 'up' ? 20 : null,
          detail: answer === 'up' ? '' : 'connect timeout',
        };
      }),
    );
  }
}

/** Pools of other regions: what they carry is what a test says, and what was asked of them is kept. */
export class FakeRegionPools implements RegionPools {
  /** By name of the pool. */
  readonly capacities = new Map<string, Partial<SiteCapacity>>();
  readonly unreachable = new Set<string>();
  /** The request in force of each asker, by pool. */
  readonly floors = new Map<string, ReadonlyMap<string, FloorRequest>>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  describeCapacity({ poolName }: RegionPool): Promise<SiteCapacity> {
    if (this.unreachable.has(poolName)) return Promise.reject(unreachable('capacity', poolName));
    const now = this.clock.now();
    const fresh = (value: number) => reading(value, now, now, millis(60_000));
    return Promise.resolve(
      aSiteCapacity({
        ...{ load: fresh(4000), traffic: fresh(1_000_000), errorShare: fresh(0), takenAt: now },
        ...this.capacities.get(poolName),
      }),
    );
  }

  requestFloor({ poolName }: RegionPool, request: FloorRequest): Promise<void> {
    if (this.unreachable.has(poolName))
      return Promise.reject(unreachable('request-floor', poolName));
    const now = this.clock.now();
    if (request.until <= now) return Promise.reject(pastTime());
    const before = [...(this.floors.get(poolName)?.values() ?? [])].map((one) => ({
      ...one,
      at: now,
    }));
    const floors = withFloor(before, { ...request, at: now });
    this.floors.set(poolName, new Map(floors.map((floor) => [floor.by, floor])));
    return Promise.resolve();
  }
}
