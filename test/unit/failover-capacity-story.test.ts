import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestFloors } from '../../shared/apply/failover/request-floors';
import { type RequestFloorStep } from '../../shared/domain/failover/name-proposal';
import { type SiteCapacity } from '../../shared/domain/failover/name-snapshot';
import { type NameTickRequest } from '../../shared/domain/failover/name-tick';
import { missing, type Reading } from '../../shared/domain/reading';
import { type StepOutcome } from '../../shared/domain/plan';
import { plus } from '../../shared/domain/units';
import { type NamePorts } from '../../shared/ports/name-ports';
import { ok } from '../support/builders';
import { aNamePolicy, aRecord, aSite, aSiteCapacity, someVotes } from '../support/name-builders';
import { operatorOf, type RegionOperator } from '../support/operator-of';
import { aNameWorld, type NameTurn, nameTurn, type NameWorld } from '../support/pure-names';
import { createScaleWorld, type ScaleWorld } from '../support/scale-world';

const POLICY = aNamePolicy({
  sites: [aSite('a'), aSite('b', { regionId: 'cn-hangzhou', poolName: 'web' })],
});
const B = { regionId: 'cn-hangzhou', poolName: 'web' };
const LOOK_MS = 15_000;

let region: ScaleWorld;
let operator: RegionOperator;
let name: NameWorld;
const floors: StepOutcome[] = [];

/** What region B says of its pool, through its operator. */
const capacityOfB = async (): Promise<SiteCapacity> =>
  operator.pools.describeCapacity(B, { deadline: plus(region.clock.now(), 10_000) });

/** One look at the name, its requests sent for real; then a quarter of a minute, in which B’s worker comes if it was sent for. */
async function look(isDead: boolean): Promise<NameTurn> {
  const now = region.clock.now();
  const b = await capacityOfB();
  const a: Reading<SiteCapacity> = isDead
    ? missing('read-failed')
    : ok(aSiteCapacity({ load: ok(3000, now), takenAt: now }), now);
  const turn = nameTurn({ ...name, now }, POLICY, {
    votes: someVotes(POLICY, now, isDead ? { a: 'down' } : {}),
    capacities: { a, b: ok(b, b.takenAt) },
  });
  const asked = turn.plan.steps.filter(
    (step): step is RequestFloorStep => step.kind === 'request-floor',
  );
  const end = plus(now, 30_000);
  const request = { policy: POLICY, deadline: end, lease: { expiresAt: end } };
  const ports = { regionPools: operator.pools, clock: region.clock, writes: 'real' };
  floors.push(
    ...(await requestFloors(asked, request as NameTickRequest, ports as unknown as NamePorts)),
  );
  name = turn.world;
  const isSentFor = operator.rung.length > 0 || (await region.store.isDirty('pool/web'));
  await (isSentFor ? region.work({ mayWatch: true, spanMs: LOOK_MS }) : region.work());
  await region.pass(Math.max(0, now + LOOK_MS - region.clock.now()));
  return turn;
}

const pauses = ({ plan }: NameTurn): boolean =>
  plan.steps.some(({ kind }) => kind === 'pause-record');

beforeAll(async () => {
  region = await createScaleWorld({ demand: 4.4 });
  await region.live(2);
  operator = operatorOf(region);
  name = aNameWorld([aRecord('a'), aRecord('b')]);
});
afterAll(() => region.stop());

describe('site A is lost, and region B makes room before its clients come', () => {
  it('asks for nothing while both are up', async () => {
    for (let count = 0; count < 3; count += 1) await look(false);
    expect(floors).toEqual([]);
    expect(await capacityOfB()).toMatchObject({ serving: 4, arriving: 0 });
  });

  it('asks B’s operator for a floor half-way through the hold, and B grows to it', async () => {
    let turn = await look(true);
    while (floors.length === 0) turn = await look(true);
    expect(pauses(turn)).toBe(false);
    expect(floors[0]?.result).toEqual({ kind: 'done', detail: 'at least 7 instances in web' });
    expect(operator.rung).toContain('web');
    expect(region.ticks.at(-1)?.proposal.scale).toMatchObject({ desired: 7 });
    expect((await capacityOfB()).arriving).toBe(3);
  });

  it('and pauses A’s record when the hold is over, with room for all that moves', async () => {
    let turn = await look(true);
    while (!pauses(turn)) turn = await look(true);
    expect(await capacityOfB()).toMatchObject({ serving: 7, members: 7, arriving: 0, max: 12 });
    expect(
      name.records.filter(({ isEnabled }) => isEnabled).map(({ recordId }) => recordId),
    ).toEqual(['r-b-default']);
    expect(turn.proposal.forecasts.find(({ siteName }) => siteName === 'a')).toMatchObject({
      shed: 0,
    });
  });

  it('keeps the room while A is out, and gives it back some time after', async () => {
    region.demand = 2;
    for (let count = 0; count < 80; count += 1) await look(true);
    expect(region.serving()).toHaveLength(7);
    expect(floors.length).toBeGreaterThan(2);
    await region.live(40);
    expect(region.serving().length).toBeLessThan(7);
  });
});
