import { afterEach, describe, expect, it } from '@jest/globals';
import { beat, type BeatContext } from '../../../functions/on-timer/beat';
import { createInProcessRegion } from '../../../infra/local/in-process-region';
import { installHeartbeatAlarm } from '../../../infra/rehearsal/install-heartbeat-alarm';
import { CustomMetricHeartbeat } from '../../../shared/adapters/alicloud/custom-metric-heartbeat';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { CloudError } from '../../../shared/domain/cloud-error';
import { memoryKey, nameMemoryKey } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { loopAge } from '../../../shared/wake/loop-age';
import { createWorld, type World } from '../../support/in-process-world';
import { TestClock } from '../../support/test-clock';

const MINUTE_MS = 60_000;
const WITHIN_MS = 10 * MINUTE_MS;
const ACCOUNT = '1234567890123456';

const fleetOf = (pools: readonly string[], names: readonly string[] = []) =>
  ({
    pools: pools.map((name) => ({ name, regionId: 'cn-a' })),
    names: names.map((name) => ({ name, homeRegionId: 'cn-a' })),
    failover: null,
    regionId: 'cn-a',
    deployment: { heartbeatWithinMs: WITHIN_MS },
  }) as unknown as BeatContext['fleet'];

function scene(fleet: BeatContext['fleet'], more: Partial<BeatContext> = {}) {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const beats: number[] = [];
  const logged: string[] = [];
  const note = (message: string, fields: object = {}): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const look = async (key: string): Promise<void> => {
    const version = (await store.read(key))?.version ?? null;
    await store.compareAndSet(key, { updatedAt: clock.now() }, version);
  };
  const run = () =>
    beat(
      {
        ...{ fleet, store, clock },
        heartbeat: { beat: (ageMs) => Promise.resolve(void beats.push(ageMs)) },
        ...more,
      },
      { log: { info: note, warn: note, error: note } },
    );
  return { clock, store, beats, logged, look, run };
}

describe('the heartbeat', () => {
  it('tells the age of the oldest look, of pools and names', async () => {
    const { clock, beats, look, run } = scene(fleetOf(['a', 'b'], ['www']));
    await look(memoryKey('a'));
    clock.advance(20_000);
    await look(nameMemoryKey('www'));
    await look(memoryKey('b'));
    clock.advance(40_000);
    expect(await run()).toBe(true);
    expect(beats).toEqual([60_000]);
  });

  it('is not kept up by a look whose clock was ahead: nobody knows when it was', async () => {
    const { clock, beats, look, run } = scene(fleetOf(['a']));
    clock.advance(3_600_000);
    await look(memoryKey('a'));
    clock.advance(-3_600_000);
    expect(await run()).toBe(false);
    await look(memoryKey('a'));
    clock.advance(-50_000);
    expect(await run()).toBe(true);
    expect(beats).toEqual([0]);
  });

  it('stops when one of them was not looked at for ten minutes, and the log says which', async () => {
    const { clock, beats, logged, look, run } = scene(fleetOf(['a', 'b']));
    await look(memoryKey('a'));
    for (let minute = 0; minute < 15; minute += 1) {
      await look(memoryKey('b'));
      await run();
      clock.advance(MINUTE_MS);
    }
    expect(beats).toHaveLength(11);
    expect(logged[0]).toContain('"oldest":"a"');
  });

  it('does not begin before everything was looked at once', async () => {
    const { beats, look, run } = scene(fleetOf(['a', 'b']));
    await look(memoryKey('a'));
    expect([await run(), beats]).toEqual([false, []]);
  });

  it('stops without the store, and while CloudMonitor does not take it, and the timer goes on', async () => {
    const down = { read: () => Promise.reject(new StoreUnavailable('down')) };
    expect(await scene(fleetOf(['a']), { store: down as unknown as StateStore }).run()).toBe(false);
    const refused = new CloudError({
      ...{ action: 'PutCustomMetric', code: 'Forbidden', reaction: 'stop', isAmbiguous: false },
      message: 'no',
    });
    const { look, run } = scene(fleetOf(['a']), {
      heartbeat: { beat: () => Promise.reject(refused) },
    });
    await look(memoryKey('a'));
    expect(await run()).toBe(false);
  });

  it('reads 200 of 10,000 pools a minute, and each of them within two and a half hours', async () => {
    const pools = Array.from({ length: 10_000 }, (_, index) => `p-${index}`);
    const read = new Set<string>();
    let most = 0;
    for (let minute = 0; minute < 150; minute += 1) {
      let reads = 0;
      const store = {
        read: (key: string) => {
          reads += 1;
          read.add(key);
          return Promise.resolve(null);
        },
      };
      await loopAge(fleetOf(pools), store, instant(minute * MINUTE_MS));
      most = Math.max(most, reads);
    }
    expect([most, read.size]).toEqual([200, 10_000]);
  });
});

describe('a region whose loop dies', () => {
  const worlds: World[] = [];
  afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

  /** A pool that is worked on each minute, with a heartbeat to CloudMonitor and the alarm on its absence. */
  async function aLoop() {
    const posts: string[] = [];
    const region = createInProcessRegion({
      accountId: ACCOUNT,
      post: ({ body }) => Promise.resolve((posts.push(body), 200)),
    });
    const world = await createWorld({ count: 3 });
    worlds.push(world);
    const { rpc, regionId, clock: manual } = region;
    const clock = { now: () => instant(manual.now()), sleep: () => Promise.resolve() };
    await installHeartbeatAlarm({
      ...{ rpc, clock, regionId, accountId: ACCOUNT, webhook: 'http://pager.local/' },
    });
    const heartbeat = new CustomMetricHeartbeat({ rpc, regionId, clock });
    const fleet = { ...fleetOf([]), pools: [world.policy], regionId: world.policy.regionId };
    const { log } = world.ports;
    const minute = async (alive: { readonly timer: boolean; readonly workers: boolean }) => {
      if (alive.timer)
        await beat({ fleet, store: world.store, heartbeat, clock: world.clock }, { log });
      if (alive.workers) await world.work();
      await world.pass(MINUTE_MS);
      await manual.advance(MINUTE_MS);
    };
    const minutes = async (count: number, alive: { timer: boolean; workers: boolean }) => {
      for (let each = 0; each < count; each += 1) await minute(alive);
    };
    const states = () => posts.map((body) => new URLSearchParams(body).get('alertState'));
    return { minutes, states, stop: () => region.stop() };
  }

  it.each([
    ['the timer', { timer: false, workers: true }, 12],
    ['the workers', { timer: true, workers: false }, 22],
    ['everything', { timer: false, workers: false }, 12],
  ])(
    '%s: the alarm calls people, once, and is over when it lives again',
    async (_, dead, within) => {
      const { minutes, states, stop } = await aLoop();
      await minutes(30, { timer: true, workers: true });
      expect(states()).toEqual([]);
      await minutes(within, dead);
      expect(states()).toEqual(['INSUFFICIENT_DATA']);
      await minutes(30, { timer: true, workers: true });
      await minutes(within, dead);
      expect(states().filter((state) => state === 'INSUFFICIENT_DATA')).toHaveLength(2);
      stop();
    },
  );
});
