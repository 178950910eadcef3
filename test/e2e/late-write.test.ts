import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import { healTagOf, weightsOf, weightsSentTo } from '../support/side-reading';
import { until } from '../support/until';

const PATIENCE_MS = 90_000;
const CASE_MS = 240_000;
const BASE = [100, 60, 100];
let side: Side;

beforeAll(async () => {
  ensureBuilt();
  side = await startSide({
    timeoutMsMin: 30_000,
    name: 'late-write',
    network: 98,
    pool: { instanceTypes: BASE.map(() => 'ecs.c7.large'), weights: BASE },
    policy: {
      mode: 'enforce',
      watchInterval: '1s',
      heal: {
        ejection: { base: '1s', max: '2s' },
        slowStart: { steps: 2, over: '2s' },
        ladder: { rungs: ['drain'], settle: '5s' },
      },
    },
  });
}, 120_000);
afterAll(async () => side.stop(), 60_000);
afterEach(() => side.region.faults.clear());

/** Writes are struck by `fault` this often; the answer tells whether all of them were. */
function strike(fault: 'lost-reply' | 'reset', times: number): () => boolean {
  const scope = { action: 'SetVServerGroupAttribute', times };
  const lift = side.region.faults.set(fault, scope);
  return () => {
    const isUsedUp = side.region.faults.strike('Slb', scope.action) === undefined;
    lift();
    return isUsedUp;
  };
}

describe('a weight whose reply is lost', () => {
  it.each<['lost-reply' | 'reset', string]>([
    ['lost-reply', 'is found done, and not taken for a person’s'],
    ['reset', 'is found not done, and is sent again'],
  ])(
    '(%s) %s, on the way out and on the way back',
    async (fault) => {
      const sent = weightsSentTo(side, 1).length;
      const isOutStruck = strike(fault, 1);
      await side.region.ecs.injectFaults(side.pool.instanceIds[1]!, { isCrashed: true });
      await until(() => weightsOf(side)[1] === 0, PATIENCE_MS, 'the crashed backend is drained');
      expect(isOutStruck()).toBe(true);
      const isBackStruck = strike(fault, 1);
      await side.region.ecs.clearFaults(side.pool.instanceIds[1]!);
      await until(
        () => weightsOf(side)[1] === 60 && healTagOf(side, 1) === undefined,
        PATIENCE_MS,
        'it has its base weight and no tag',
      );
      expect(isBackStruck()).toBe(true);
      expect(weightsOf(side)).toEqual(BASE);
      expect(weightsSentTo(side, 1).slice(sent)).toEqual(
        fault === 'lost-reply' ? [0, 6, 60] : [0, 0, 6, 6, 60],
      );
      const ticks = await side.ticks();
      const persons = ticks.flatMap(({ proposal }) =>
        [...proposal.alerts, ...proposal.verdicts].filter(
          ({ reason }) => reason === 'person-set-weight',
        ),
      );
      expect(persons).toEqual([]);
    },
    CASE_MS,
  );
});
