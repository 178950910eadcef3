import { millis } from '../../shared/domain/units';
import { NOW } from './builders';
import { aNamePolicy } from './name-builders';
import { createLiveName, type LiveName } from './name-world';

const BEFORE_SECONDS = 60;
const { holdDownMs } = aNamePolicy();
const SECONDS = BEFORE_SECONDS + holdDownMs / 1000 + 30;

/**
 * A public name with a site `a` that died and a site `b` that is well, played by its real worker on a simulated Alidns up to `NOW`.
 * Where a person must approve, the move waits for them; else the record of `a` is paused.
 */
export async function playNameScene({
  needsApproval,
}: {
  readonly needsApproval: boolean;
}): Promise<LiveName> {
  const name = createLiveName({
    startAt: NOW - SECONDS * 1000,
    policy: {
      ...{ name: 'shop', homeRegionId: 'cn-hangzhou', weighting: true },
      approval: { firstFailover: needsApproval, validMs: millis(1_800_000) },
    },
    records: ['a', 'b'].map((site) => ({ site, weight: 100 })),
  });
  await name.watch(BEFORE_SECONDS);
  name.kill('a');
  await name.watch(SECONDS - BEFORE_SECONDS);
  return name;
}
