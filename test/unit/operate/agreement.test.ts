import { afterEach, describe, expect, it } from '@jest/globals';
import { compareProposals, type Sighting } from '../../../shared/operate/agreement';
import { measureAgreement } from '../../../shared/operate/measure-agreement';
import { instant } from '../../../shared/domain/units';
import { createWorld, type World } from '../../support/in-process-world';

const MINUTE = 60_000;
const QUESTION = {
  ...{ poolName: 'web', from: instant(0), to: instant(24 * 60 * MINUTE), withinMs: 10 * MINUTE },
};

interface LookParts {
  readonly proposes?: boolean;
  readonly verdict?: 'dead' | 'well' | null;
  readonly others?: readonly string[];
}

/** A look after so many minutes: the weight of i-1 in g (null: no member), and whether 100 → 0 is proposed for it. */
const look = (
  minutes: number,
  weight: number | null,
  { proposes = false, verdict = 'well', others = [] }: LookParts = {},
): Sighting => {
  const backend = { weights: { g: weight ?? 0 }, verdict, status: 'Running' as const };
  const shown = [...(weight === null ? [] : ['i-1']), ...others];
  return {
    tickId: `tick-${minutes}`,
    at: instant(minutes * MINUTE),
    backends: Object.fromEntries(shown.map((id) => [id, backend])),
    proposals: proposes
      ? [
          {
            ...{ kind: 'weight-down', instanceId: 'i-1', targetKey: 'g', from: 100 },
            ...{ reason: 'outlier-latency', detail: 'weight 100 → 0 in g' },
          },
        ]
      : [],
  };
};

const compare = (...sightings: readonly Sighting[]) => compareProposals(sightings, QUESTION);
const only = (...sightings: readonly Sighting[]) => compare(...sightings).examples[0];

describe('agreement', () => {
  it('is somebody’s who lowers the weight within ten minutes; the same proposal again is no other', () => {
    const report = compare(
      look(0, 100, { proposes: true }),
      look(1, 100, { proposes: true }),
      look(4, 0),
    );
    expect(report.rows).toEqual([
      {
        ...{ kind: 'weight-down', proposals: 1, byLoadBalancer: 0, bySomebody: 1 },
        ...{ byNobody: 0, untold: 0, share: 1000 },
      },
    ]);
    expect(report.examples[0]).toMatchObject({
      ...{ agreement: 'somebody', afterMs: 4 * MINUTE, tickId: 'tick-0', seenIn: 'tick-4' },
    });
  });

  it('is the load balancer’s that calls the backend dead, also when it did so first', () => {
    expect(only(look(0, 100, { proposes: true, verdict: 'dead' }))).toMatchObject({
      ...{ agreement: 'load-balancer', afterMs: 0 },
    });
    const later = [look(0, 100, { proposes: true }), look(2, 100, { verdict: 'dead' })];
    expect(only(...later)).toMatchObject({ agreement: 'load-balancer', afterMs: 2 * MINUTE });
  });

  it('is somebody’s who takes the instance out', () => {
    expect(only(look(0, 100, { proposes: true }), look(3, null))).toMatchObject({
      agreement: 'somebody',
    });
  });

  it('is nobody’s when looks follow and nothing happens in time, also if it does later', () => {
    const report = compare(look(0, 100, { proposes: true }), look(9, 100), look(11, 0));
    expect(report.rows[0]).toMatchObject({ byNobody: 1, bySomebody: 0, share: 0 });
  });

  it('tells nothing where no look followed, or the time is not over', () => {
    expect(only(look(0, 100, { proposes: true }), look(30, 0))?.agreement).toBe('unobserved');
    const now = { ...QUESTION, to: instant(5 * MINUTE) };
    const report = compareProposals([look(0, 100, { proposes: true }), look(2, 100)], now);
    expect(report.rows[0]).toMatchObject({ untold: 1, share: null });
    expect(report.share).toBeNull();
  });

  it('counts a proposal that comes back after a pause as another', () => {
    const report = compare(
      look(0, 100, { proposes: true }),
      look(1, 100),
      look(60, 100, { proposes: true }),
      look(61, 0),
    );
    expect(report.rows[0]).toMatchObject({ proposals: 2, byNobody: 1, bySomebody: 1, share: 500 });
    expect(report.examples.map(({ agreement }) => agreement)).toEqual(['nobody', 'somebody']);
  });

  it('sees that others launched in a newcomer', () => {
    const wish = look(0, 100);
    const launch = { kind: 'launch', instanceId: '', targetKey: null, from: 0 } as const;
    const proposals = [{ ...launch, reason: 'scale-out', detail: 'launch' }];
    expect(only({ ...wish, proposals }, look(5, 100, { others: ['i-2'] }))).toMatchObject({
      ...{ agreement: 'somebody', kind: 'launch' },
    });
  });
});

describe('agreement of a pool in mode observe', () => {
  const worlds: World[] = [];
  afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

  it('is found in the ticks of its archive: the load balancer takes a dead one out, and what was enforced is not counted', async () => {
    const world = await createWorld({ count: 6, policy: { mode: 'observe' } });
    worlds.push(world);
    const [dead] = world.instanceIds;
    await world.region.ecs.injectFaults(dead!, { isCrashed: true });
    for (let round = 0; round < 6; round += 1) {
      await world.pass(30_000);
      await world.tick();
    }
    const from = world.clock.now();
    await world.pass(30_000);
    await world.tick();
    const question = { poolName: world.policy.name, withinMs: 10 * MINUTE, from: instant(0) };
    const report = await measureAgreement({ ...question, to: world.clock.now() }, world.archive);
    expect(report.rows.find(({ kind }) => kind === 'weight-down')).toMatchObject({
      ...{ byLoadBalancer: 1, byNobody: 0, share: 1000 },
    });
    expect(report.examples[0]).toMatchObject({ instanceId: dead, agreement: 'load-balancer' });
    const before = await measureAgreement(
      { ...question, from, to: world.clock.now() },
      world.archive,
    );
    expect(before.looks).toBeLessThan(report.looks);
    const enforced = { ...world.policy, mode: 'enforce' as const };
    await world.work({ policy: enforced });
    expect(world.ticks.at(-1)?.request.policy.mode).toBe('enforce');
    const after = await measureAgreement({ ...question, to: world.clock.now() }, world.archive);
    expect(after.rows.find(({ kind }) => kind === 'weight-down')?.proposals).toBe(
      report.rows.find(({ kind }) => kind === 'weight-down')?.proposals,
    );
  });
});
