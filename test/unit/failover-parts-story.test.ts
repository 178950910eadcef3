import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestFloors } from '../../shared/apply/failover/request-floors';
import { type RequestFloorStep } from '../../shared/domain/failover/name-proposal';
import { type NameTickRequest } from '../../shared/domain/failover/name-tick';
import { missing, type Reading } from '../../shared/domain/reading';
import { type SiteCapacity } from '../../shared/domain/failover/name-snapshot';
import { plus } from '../../shared/domain/units';
import { type NamePorts } from '../../shared/ports/name-ports';
import { ok } from '../support/builders';
import { aNamePolicy, aRecord, aSite, aSiteCapacity, someVotes } from '../support/name-builders';
import { weighted, wordsOf } from '../support/name-story';
import { operatorOf, type RegionOperator } from '../support/operator-of';
import { aNameWorld, type NameTurn, nameTurn, type NameWorld } from '../support/pure-names';
import { createScaleWorld, type ScaleWorld } from '../support/scale-world';

const B = { regionId: 'cn-hangzhou', poolName: 'web' };
const POLICY = aNamePolicy({ weighting: true, sites: [aSite('a'), aSite('b', B)] });
const LOOK_MS = 15_000;
/** vCPUs that the clients of each site keep busy; an instance of two is at its target with 1.2. */
const OF_B = 4.4;
const OF_A = 3.6;

let region: ScaleWorld;
let operator: RegionOperator;
let name: NameWorld;

const capacityOfB = async (): Promise<SiteCapacity> =>
  operator.pools.describeCapacity(B, { deadline: plus(region.clock.now(), 10_000) });

/** 0 while the record is off. */
const weightOfA = (): number => {
  const [a] = name.records;
  return a?.isEnabled === true ? (a.weight ?? 0) : 0;
};

/** One look at the name, its floors sent for real; B gets the clients that DNS sends there, and its worker comes if it was sent for. */
async function look(isDead: boolean): Promise<NameTurn> {
  const now = region.clock.now();
  const b = await capacityOfB();
  const a: Reading<SiteCapacity> = isDead
    ? missing('read-failed')
    : ok(aSiteCapacity({ load: ok(3000, now), takenAt: now }), now);
  const turn = nameTurn({ ...name, now }, POLICY, {
    votes: someVotes(POLICY, now, isDead ? { a: 'down' } : {}),
    weighting: { ...weighted(), sampledAt: now },
    capacities: { a, b: ok(b, b.takenAt) },
  });
  const asked = turn.plan.steps.filter(
    (step): step is RequestFloorStep => step.kind === 'request-floor',
  );
  const end = plus(now, 30_000);
  const request = { policy: POLICY, deadline: end, lease: { expiresAt: end } };
  const ports = { regionPools: operator.pools, clock: region.clock, writes: 'real' };
  await requestFloors(asked, request as NameTickRequest, ports as unknown as NamePorts);
  name = turn.world;
  region.demand = OF_B + OF_A * (1 - (2 * weightOfA()) / (weightOfA() + 100));
  const isSentFor = operator.rung.length > 0 || (await region.store.isDirty('pool/web'));
  await (isSentFor ? region.work({ mayWatch: true, spanMs: LOOK_MS }) : region.work());
  await region.pass(Math.max(0, now + LOOK_MS - region.clock.now()));
  return turn;
}

const deeds = ({ plan }: NameTurn): readonly string[] =>
  wordsOf(plan.steps.filter(({ kind }) => kind !== 'request-floor'));

const isBorne = async (): Promise<boolean> => {
  const { bearing = 0 } = await capacityOfB();
  return region.demand / 1.2 <= (bearing * POLICY.capacity.emergencyUse) / 1_000_000;
};

/** Whether there is any instance to launch. */
function stock(available: number): void {
  for (const zone of ['a', 'b'])
    region.region.ecs.supply.stock.set({
      ...{ zoneId: `cn-hangzhou-${zone}`, instanceType: 'ecs.c7.large', isSpot: false, available },
    });
}

beforeAll(async () => {
  region = await createScaleWorld({ demand: OF_B });
  await region.live(2);
  operator = operatorOf(region);
  name = aNameWorld(['a', 'b'].map((site) => aRecord(site, { weight: 100 })));
  for (let count = 0; count < 3; count += 1) await look(false);
});
afterAll(() => region.stop());

describe('site A is lost while region B cannot grow', () => {
  it('leaves by as much as B bears when the hold is over, and stays so', async () => {
    stock(0);
    let turn = await look(true);
    while (deeds(turn).length === 0) turn = await look(true);
    expect(deeds(turn)).toEqual(['note r-a-default', expect.stringMatching(/^r-a-default = \d+$/)]);
    const left = weightOfA();
    expect(left).toBeGreaterThan(10);
    expect(left).toBeLessThan(70);
    for (let count = 0; count < 20; count += 1) {
      await look(true);
      expect(await isBorne()).toBe(true);
    }
    expect(weightOfA()).toBe(left);
    expect((await capacityOfB()).serving).toBe(4);
  });

  it('and wholly once it has grown, never beyond what it bears on the way', async () => {
    stock(100);
    const done: string[] = [];
    for (let count = 0; count < 120 && weightOfA() > 0; count += 1) {
      done.push(...deeds(await look(true)));
      expect(await isBorne()).toBe(true);
    }
    expect(done.at(-1)).toBe('pause r-a-default');
    expect(done.at(-2)).toBe('r-a-default = 1');
    expect((await capacityOfB()).serving).toBe(7);
  });
});
