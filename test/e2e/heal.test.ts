import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NO_FAULTS } from '../../infra/local/contracts';
import { startLoad } from '../../infra/local/traffic/load-generator';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import {
  deedsOn,
  healTagOf,
  looksAt,
  weightOf,
  weightsOf,
  weightsSentTo,
  writesOf,
} from '../support/side-reading';
import { until } from '../support/until';

const PATIENCE_MS = 90_000;
const CASE_MS = 240_000;

/** The defaults, with waits that fit a rehearsal. */
const heal = (ladder: object) => ({
  probe: { path: '/', window: '1s', timeout: '800ms' },
  ejection: { base: '3s', max: '10s' },
  slowStart: { steps: 4, over: '4s' },
  ladder: { settle: '5s', ...ladder },
});
const FOUR = Array.from({ length: 4 }, () => 'ecs.c7.large');

beforeAll(ensureBuilt, 60_000);

const loadOn = async ({ pool: { host, port } }: Side) =>
  startLoad({ kind: 'http', host, port, requestsPerSecond: 40, durationMs: CASE_MS });

/** A side that lives as long as its describe block. */
function sharedSide(options: Parameters<typeof startSide>[0]): () => Side {
  let side: Side | undefined;
  beforeAll(async () => {
    side = await startSide({ timeoutMsMin: 30_000, ...options });
  }, 90_000);
  afterAll(async () => side?.stop(), 60_000);
  return () => side!;
}

describe('a pool whose budget allows one change an hour', () => {
  const BASE = [100, 60, 100, 40];
  const side = sharedSide({
    name: 'one-change',
    network: 70,
    pool: { instanceTypes: FOUR, weights: BASE },
    policy: {
      mode: 'enforce',
      watchInterval: '1s',
      heal: heal({ rungs: ['drain'] }),
      guards: { ejectedShareMax: '25%', budget: { window: '1h', share: '100%', count: 1 } },
    },
  });

  it(
    'drains a crashed backend at no cost to the budget, and gives its weight back once it answers',
    async () => {
      const [crashed] = side().pool.instanceIds;
      await side().region.ecs.injectFaults(crashed!, { isCrashed: true });
      await until(() => weightOf(side(), 0) === 0, PATIENCE_MS, 'the crashed backend is drained');
      const [deed] = await untilDeeds(side(), 0);
      expect(deed?.step).toMatchObject({
        from: 100,
        to: 0,
        reason: 'abnormal-in-load-balancer',
        costsBudget: false,
      });
      await side().region.ecs.clearFaults(crashed!);
      await until(() => weightOf(side(), 0) === 100, PATIENCE_MS, 'its base weight is back');
      expect(weightsOf(side())).toEqual(BASE);
    },
    CASE_MS,
  );

  it(
    'drains a gray backend that the load balancer calls normal, and leads it back by whole weights that grow to its own',
    async () => {
      const load = await loadOn(side());
      try {
        const gray = side().pool.instanceIds[1]!;
        await side().region.ecs.injectFaults(
          gray,
          { errorShare: 300, latencyFactor: 5000 },
          'reboot',
        );
        await until(() => weightOf(side(), 1) === 0, PATIENCE_MS, 'the gray backend is drained');
        expect(healTagOf(side(), 1)).toMatch(/^v1 e outlier-.* 60 /);
        expect((await untilDeeds(side(), 1))[0]?.step.reason).toMatch(/^outlier-/);
        const { failed } = await load.report();
        expect(failed).toBeGreaterThan(0);
        await side().region.ecs.clearFaults(gray);
        await until(
          () => weightOf(side(), 1) === 60 && healTagOf(side(), 1) === undefined,
          PATIENCE_MS,
          'it has its weight again and its tag is gone',
        );
        const ramp = weightsSentTo(side(), 1).filter((weight) => weight > 0);
        expect(ramp).toEqual([6, 24, 42, 60]);
        expect(weightsOf(side())).toEqual(BASE);
      } finally {
        await load.stop();
      }
    },
    CASE_MS,
  );

  it(
    'ejects nothing when everything is sick, calls people once, and is itself again afterwards',
    async () => {
      const before = writesOf(side()).length;
      await Promise.all(
        side().pool.instanceIds.map((id) =>
          side().region.ecs.injectFaults(id, { isCrashed: true }),
        ),
      );
      const panicAlerts = async () =>
        (await side().ticks())
          .flatMap(({ proposal }) => proposal.alerts)
          .filter(({ reason }) => reason === 'panic');
      await until(async () => (await panicAlerts()).length > 0, PATIENCE_MS, 'people are called');
      const looks = looksAt(side());
      await until(() => looksAt(side()) >= looks + 8, PATIENCE_MS, 'the pool was looked at again');
      expect(weightsOf(side())).toEqual(BASE);
      expect(
        writesOf(side())
          .slice(before)
          .map(({ at, action, parameters }) => [at, action, parameters['BackendServers']]),
      ).toEqual([]);
      expect(await panicAlerts()).toHaveLength(1);
      await Promise.all(side().pool.instanceIds.map((id) => side().region.ecs.clearFaults(id)));
      await until(
        async () =>
          (await side().ticks()).some(({ proposal }) =>
            proposal.alerts.some(({ reason }) => reason === 'panic-over'),
          ),
        PATIENCE_MS,
        'the panic is over',
      );
      expect(weightsOf(side())).toEqual(BASE);
    },
    CASE_MS,
  );
});

/** A look has just ended, so that the timer sends for the next one a whole period later. */
async function timerIsAnswered({ invocations }: Side): Promise<void> {
  const known = invocations.length;
  await until(
    () => invocations.slice(known).some(({ functionName }) => functionName.endsWith('-pool')),
    PATIENCE_MS,
    'the timer has somebody look',
  );
}

describe('a pool with a restart on its ladder, checked over TCP', () => {
  const side = sharedSide({
    name: 'restart',
    network: 74,
    pool: { instanceTypes: FOUR, healthCheck: { type: 'tcp' }, spot: [3] },
    policy: {
      mode: 'enforce',
      watchInterval: '1s',
      heal: heal({
        rungs: ['drain', 'restart'],
        restart: { command: 'systemctl restart app', timeout: '10s', wait: '10s' },
      }),
      guards: { ejectedShareMax: '50%', budget: { window: '1m', share: '100%' } },
    },
  });

  it(
    'mends a hang that the health check does not see by one restart through Cloud Assistant',
    async () => {
      const hung = side().pool.instanceIds[0]!;
      await side().region.ecs.injectFaults(hung, { isHung: true });
      await until(() => weightOf(side(), 0) === 0, PATIENCE_MS, 'the hung backend is drained');
      await until(
        () => weightOf(side(), 0) === 100 && healTagOf(side(), 0) === undefined,
        PATIENCE_MS,
        'it is restarted and back',
      );
      expect(side().region.ecs.demand(hung).faults).toEqual(NO_FAULTS);
      const commands = writesOf(side()).filter(({ action }) => action === 'RunCommand');
      expect(
        commands.map(({ parameters }) => [
          parameters['InstanceId.1'],
          Buffer.from(parameters['CommandContent'] ?? '', 'base64').toString(),
        ]),
      ).toEqual([[hung, 'systemctl restart app']]);
      expect(weightsOf(side())).toEqual([100, 100, 100, 100]);
    },
    CASE_MS,
  );

  it(
    'drains a spot instance ahead of its reclaim, woken by the event, and no request fails',
    async () => {
      const load = await loadOn(side());
      try {
        const spot = side().pool.instanceIds[3]!;
        await timerIsAnswered(side());
        side().region.ecs.reclaimSpot(spot, 30_000);
        await until(() => weightOf(side(), 3) === 0, 25_000, 'the spot instance is drained');
        expect(side().region.ecs.find(spot)?.isServiceUp).toBe(true);
        const [{ tick, step } = unexpected()] = await untilDeeds(side(), 3);
        expect(step.reason).toBe('spot-reclaim');
        expect(tick.request.wake.detail).toContain('PreemptibleInstanceInterruption');
        await until(
          () => side().region.ecs.find(spot) === undefined,
          PATIENCE_MS,
          'it is reclaimed',
        );
      } finally {
        const { requests, failed } = await load.stop();
        expect(requests).toBeGreaterThan(0);
        expect(failed).toBe(0);
      }
    },
    CASE_MS,
  );
});

describe('a pool that is only observed', () => {
  const side = sharedSide({
    name: 'observe',
    network: 78,
    pool: { instanceTypes: FOUR.slice(1) },
    policy: {
      mode: 'observe',
      watchInterval: '1s',
      heal: heal({ rungs: ['drain'] }),
    },
  });

  it(
    'records what it would do to a gray backend, and sends nothing that changes anything',
    async () => {
      const gray = side().pool.instanceIds[2]!;
      await side().region.ecs.injectFaults(gray, { errorShare: 500 }, 'reboot');
      const wouldDo = async () =>
        (await side().ticks()).flatMap(({ outcome }) =>
          outcome.steps.filter(({ result }) => result.kind === 'would-do'),
        );
      await until(async () => (await wouldDo()).length >= 2, PATIENCE_MS, 'proposals are recorded');
      expect((await wouldDo()).map(({ stepId }) => stepId)).toEqual(
        expect.arrayContaining([`${gray}/tag`, expect.stringContaining(gray)]),
      );
      const looks = looksAt(side());
      await until(() => looksAt(side()) >= looks + 3, PATIENCE_MS, 'the pool was looked at again');
      expect(weightsOf(side())).toEqual([100, 100, 100]);
      expect(writesOf(side())).toEqual([]);
    },
    CASE_MS,
  );
});

async function untilDeeds(side: Side, index: number) {
  await until(
    async () => (await deedsOn(side, index)).length > 0,
    PATIENCE_MS,
    'the tick is recorded',
  );
  return deedsOn(side, index);
}

function unexpected(): never {
  throw new Error('There is no such step.');
}
