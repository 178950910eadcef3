import { describe, expect, it } from '@jest/globals';
import { drawSetting } from '../../infra/simulation/draw-setting';
import { allCheckers } from '../../infra/simulation/promises/all-checkers';
import { simulate } from '../../infra/simulation/simulate';
import { minimalReplay } from '../../infra/simulation/promises/minimal-replay';
import { replayTick } from '../../infra/cli/replay-tick';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs';

const SEEDS = 100;
/** Ends a search that would take for ever. */
const LIMIT_MS = 240_000;

/** Whether the universe has what the bug needs to show: where it has not, the seed finds nothing, and need not be run for that. */
function canShow({ needs, faults, hours }: PlantedBug, seed: number): boolean {
  const { name, pools } = drawSetting({ seed, hours, faults });
  if (needs === 'name') return name !== null;
  return needs === undefined || pools.some(({ isScaled }) => isScaled);
}

/** The first seed in which the promise breaks. */
async function firstSeed(bug: PlantedBug): Promise<number | null> {
  const { faults, hours, promise } = bug;
  const endsAt = performance.now() + LIMIT_MS;
  const isStopped = (): boolean => performance.now() > endsAt;
  for (let seed = 1; seed <= SEEDS && !isStopped(); seed += 1) {
    if (!canShow(bug, seed)) continue;
    const checkers = allCheckers().filter((checker) => checker.promise === promise);
    const { breaches } = await simulate({
      ...{ seed, hours, faults, isStopped, checkers, stopsAtBreach: true },
      disguise: bug.disguise(),
    });
    if (breaches.length > 0) return seed;
  }
  return null;
}

describe('a planted bug is found within 100 seeds:', () => {
  it.each(PLANTED_BUGS.map((bug) => [bug.promise, bug.name, bug] as const))(
    'promise %i, %s',
    async (promise, _, bug) => {
      const seed = await firstSeed(bug);
      expect(seed).not.toBeNull();
      const { faults, hours } = bug;
      const { breaches } = await simulate({ seed: seed ?? 0, hours, faults });
      expect(breaches.filter((breach) => breach.promise === promise)).toEqual([]);
    },
    LIMIT_MS * 2,
  );
});

describe('a failing seed', () => {
  it('is made small: as short and with as few faults as still break the promise, with its last tick', async () => {
    const bug = PLANTED_BUGS[0]!;
    const failing = {
      seed: 1,
      hours: 2,
      faults: [...bug.faults, 'store-lost', 'person-tag'] as const,
    };
    const found = await minimalReplay(failing, bug.promise, {
      disguise: bug.disguise,
      runsMax: 16,
    });
    expect(found?.breach).toMatchObject({ promise: bug.promise });
    expect(found!.hours).toBeLessThan(failing.hours);
    expect(found!.faults.length).toBeLessThan(failing.faults.length);
    expect(found!.command).toBe(
      `evenkeel simulate --seed 1 --hours ${found!.hours} --faults ${found!.faults.join(',')}`,
    );
    const { seed, hours, faults } = found!;
    const again = await simulate({ seed, hours, faults, disguise: bug.disguise() });
    expect(again.breaches[0]).toEqual(found!.breach);
    expect(
      replayTick(
        JSON.parse(JSON.stringify(found!.tick)) as NonNullable<typeof found>['tick'] & object,
      ).isSame,
    ).toBe(true);
  }, 120_000);

  it('that breaks nothing is not made smaller', async () => {
    const sound = { seed: 1, hours: 0.3, faults: [] };
    expect(await minimalReplay(sound, 1, { runsMax: 2 })).toBeUndefined();
  }, 60_000);
});
