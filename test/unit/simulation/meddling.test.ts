import { describe, expect, it } from '@jest/globals';
import { Dice } from '../../../infra/simulation/dice';
import { drawSetting } from '../../../infra/simulation/draw-setting';
import { Field } from '../../../infra/simulation/faults/field';
import { MEDDLING } from '../../../infra/simulation/faults/meddling';
import { Universe } from '../../../infra/simulation/universe';
import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';

const MINUTE_MS = 60_000;
/** Nobody looks at an instance for longer. */
const LOOKED_AT_MS = 31 * MINUTE_MS;

describe('a person who protects an instance', () => {
  it('lets go of it as soon as the region can be reached again', async () => {
    const universe = new Universe(drawSetting({ seed: 1, hours: 2, faults: [] }), []);
    await universe.begin();
    const [world] = universe.cosmos.regions.values();
    if (world === undefined) throw new Error('There is no region.');
    const areProtected = (): boolean =>
      world.region.ecs.all().some(({ tags }) => tags.has(PROTECTED_TAG));

    MEDDLING['person-tag']?.(new Field(universe.cosmos, []), new Dice(1));
    await universe.advance(MINUTE_MS);
    world.isDark = true;
    await universe.advance(LOOKED_AT_MS);
    expect(areProtected()).toBe(true);
    world.isDark = false;
    await universe.advance(2 * MINUTE_MS);
    expect(areProtected()).toBe(false);
    universe.end(false);
  });
});
