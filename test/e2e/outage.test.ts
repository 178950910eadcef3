import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ControlPlaneFault } from '../../infra/local/openapi/fault-switch';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import { alertsIn, healTagOf, weightsOf, weightsSentTo, writesOf } from '../support/side-reading';
import { until } from '../support/until';

const PATIENCE_MS = 120_000;
const CASE_MS = 300_000;
const WORKER = 'evenkeel-reconcile-pool';
const BASE = [100, 60, 100, 40];
const OUT = [100, 0, 100, 40];
/** The one that is crashed, so that there is always something to be done. */
const SICK = 1;

let side: Side;

beforeAll(async () => {
  ensureBuilt();
  side = await startSide({
    timeoutMsMin: 30_000,
    name: 'outage',
    network: 86,
    pool: { instanceTypes: BASE.map(() => 'ecs.c7.large'), weights: BASE },
    deployment: { callDeadline: '1s' },
    policy: {
      mode: 'enforce',
      watchInterval: '1s',
      guards: { refusedWait: '2s' },
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

const fall = async () =>
  side.region.ecs.injectFaults(side.pool.instanceIds[SICK]!, { isCrashed: true });
const recover = async () => side.region.ecs.clearFaults(side.pool.instanceIds[SICK]!);
const areWeights = (wanted: readonly number[]) => () =>
  JSON.stringify(weightsOf(side)) === JSON.stringify(wanted);

async function untilDrained(): Promise<void> {
  await until(areWeights(OUT), PATIENCE_MS, 'the crashed backend is drained');
}

async function untilItself(): Promise<void> {
  await until(
    () => areWeights(BASE)() && healTagOf(side, SICK) === undefined,
    PATIENCE_MS,
    'the pool has its weights again and no tag is left',
  );
}

const workers = () => side.invocations.filter(({ functionName }) => functionName === WORKER);
/** Workers that ended well and said in their reply, or log, what the text says. */
const telling = (text: string, from: number) =>
  workers()
    .slice(from)
    .filter(({ errorType, lines }) => errorType === null && lines.join('\n').includes(text));

/** The status; a function that faults answers 200 and says so in a header. */
async function ringTheBell(): Promise<string> {
  const body = new URLSearchParams({
    alertState: 'ALERT',
    alertName: 'rehearsed',
    dimensions: `{instanceId=${side.pool.loadBalancerId}}`,
  });
  const reply = await fetch(`${side.triggerUrl!}/${side.alarmSecret!}`, { method: 'POST', body });
  const fault = reply.headers.get('x-fc-error-type');
  return fault === null ? String(reply.status) : `${fault}: ${await reply.text()}`;
}

/** No key of these alerts was raised twice: a key ends in its quarter of an hour. */
function expectEachOnce(reason: string): void {
  const keys = alertsIn(side)
    .filter((alert) => alert.reason === reason)
    .map(({ key }) => key);
  expect(keys.length).toBeGreaterThan(0);
  expect(keys).toEqual([...new Set(keys)]);
}

describe('OpenAPI out of order while alarms and timers go on', () => {
  it.each<[ControlPlaneFault]>([['forbidden'], ['internal-error'], ['html'], ['hang'], ['reset']])(
    'changes nothing while every call is met with %s, ends each function properly and calls people once',
    async (fault) => {
      const writes = writesOf(side).length;
      side.region.faults.set(fault);
      await fall();
      const from = workers().length;
      expect(await ringTheBell()).toBe('202');
      await until(
        () => telling('nothing was changed', from).length >= 2,
        PATIENCE_MS,
        'two workers have found the cloud unreadable',
      );
      expect(weightsOf(side)).toEqual(BASE);
      const taken = writesOf(side)
        .slice(writes)
        .filter(({ status }) => status === 200);
      expect(taken).toEqual([]);
      expect(workers().filter(({ errorType }) => errorType !== null)).toEqual([]);
      expectEachOnce('cloud-unreadable');
    },
    CASE_MS,
  );

  it(
    'goes on by itself once calls are answered again',
    async () => {
      await untilDrained();
      await recover();
      await untilItself();
    },
    CASE_MS,
  );

  it(
    'holds still when only writing is forbidden, and does it when it is allowed again',
    async () => {
      const allow = side.region.faults.set('forbidden', { action: 'SetVServerGroupAttribute' });
      await fall();
      const refused = () =>
        writesOf(side).filter(({ status, action }) => status === 403 && action.startsWith('Set'));
      await until(() => refused().length >= 2, PATIENCE_MS, 'writes were refused');
      expect(weightsOf(side)).toEqual(BASE);
      allow();
      await untilDrained();
      await recover();
      await untilItself();
    },
    CASE_MS,
  );
});

describe('the state store out of order', () => {
  it(
    'loses nothing when it is deleted mid-ejection: the base weight comes back',
    async () => {
      await fall();
      await untilDrained();
      expect(healTagOf(side, SICK)).toContain(' 60 ');
      const away = `${side.stateFolder}.gone`;
      renameSync(side.stateFolder, away);
      rmSync(away, { recursive: true });
      await recover();
      await untilItself();
    },
    CASE_MS,
  );

  it(
    'keeps the cloud as it is while the state cannot be written, says so, and goes on afterwards',
    async () => {
      const away = `${side.stateFolder}.away`;
      const from = workers().length;
      renameSync(side.stateFolder, away);
      writeFileSync(side.stateFolder, '');
      // Whoever held the lock in this instant cannot give it back where it is now.
      rmSync(join(away, 'lock'), { force: true });
      const writes = writesOf(side).length;
      await fall();
      expect(await ringTheBell()).toBe('202');
      await until(
        () => telling('the state store cannot be reached', from).length >= 3,
        PATIENCE_MS,
        'workers have found the store unusable',
      );
      expect(weightsOf(side)).toEqual(BASE);
      expect(writesOf(side).slice(writes)).toEqual([]);
      expect(alertsIn(side).map(({ reason }) => reason)).toContain('store-unavailable');
      const keys = alertsIn(side).flatMap(({ reason, key }) =>
        reason === 'store-unavailable' ? [key] : [],
      );
      expect(keys.every((key) => /^store\/\d+$/.test(key))).toBe(true);
      expect(new Set(keys).size).toBeLessThanOrEqual(2);
      rmSync(side.stateFolder);
      renameSync(away, side.stateFolder);
      await untilDrained();
      await recover();
      await untilItself();
    },
    CASE_MS,
  );
});

describe('a worker that is killed', () => {
  it(
    'between the tag and the weight is followed by one that finishes the work',
    async () => {
      const answer = side.region.faults.set('hang', { action: 'SetVServerGroupAttribute' });
      await fall();
      await until(
        () => healTagOf(side, SICK) !== undefined,
        PATIENCE_MS,
        'the ejection is written on the instance',
      );
      expect(side.host!.crash(WORKER)).toBeGreaterThan(0);
      expect(weightsOf(side)).toEqual(BASE);
      await until(
        () => workers().some(({ errorType }) => errorType === 'UnhandledInvocationError'),
        PATIENCE_MS,
        'the host has noticed',
      );
      answer();
      await untilDrained();
      expect(weightsSentTo(side, SICK).at(-1)).toBe(0);
      await recover();
      await untilItself();
    },
    CASE_MS,
  );
});
