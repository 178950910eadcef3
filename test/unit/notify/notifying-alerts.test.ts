import { afterEach, describe, expect, it } from '@jest/globals';
import { channelKey, channelRecord } from '../../../shared/adapters/notify/channel-gate';
import { LocalMemory } from '../../../shared/adapters/notify/local-memory';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { millis } from '../../../shared/domain/units';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import {
  type ChannelServer,
  type ScriptedReply,
  startChannelServer,
} from '../../support/channel-server';
import { aChannel, anAlert, someAlerts } from '../../support/notify';
import { TestClock } from '../../support/test-clock';

const servers: ChannelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function aServer(reply?: ScriptedReply): Promise<ChannelServer> {
  const server = await startChannelServer(reply);
  servers.push(server);
  return server;
}

const REFUSED: ScriptedReply = { body: '{"errcode":310000,"errmsg":"no"}' };
const FAILED = 'a channel did not take an alert';
const count = (lines: readonly string[], words: string): number =>
  lines.filter((line) => line.includes(words)).length;

/** A store that cannot be reached while `isDown`. */
function aFragileStore(store: StateStore): { readonly store: StateStore; isDown: boolean } {
  const fragile = {
    isDown: false,
    store: new Proxy(store, {
      get:
        (target, method: keyof StateStore) =>
        (...parameters: never[]) => {
          if (fragile.isDown) return Promise.reject(new StoreUnavailable('gone'));
          return (target[method] as (...all: never[]) => unknown).apply(target, parameters);
        },
    }),
  };
  return fragile;
}

describe('one alert', () => {
  it('is told once while it goes on, whichever worker raises it, and again after `repeatEvery`', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const shared = {
      clock,
      store: new MemoryStateStore(clock),
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    };
    for (let quarter = 0; quarter < 5; quarter += 1) {
      for (let worker = 0; worker < 3; worker += 1)
        await someAlerts(shared).alerts.raise('web', anAlert({ key: `panic/${100 + quarter}` }));
      clock.advance(15 * 60_000);
    }
    expect(server.received).toHaveLength(2); // at once, and after an hour
  });

  it('is told once by twenty workers that raise it in the same moment', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const shared = {
      clock,
      store: new MemoryStateStore(clock),
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    };
    await Promise.all(
      Array.from({ length: 20 }, () => someAlerts(shared).alerts.raise('policy', anAlert())),
    );
    expect(server.received).toHaveLength(1);
  });

  it('is told for each severity, key and subject', async () => {
    const server = await aServer();
    const { alerts } = someAlerts({
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    });
    await alerts.raise('web', anAlert({ severity: 'warning' }));
    await alerts.raise('web', anAlert({ severity: 'critical' }));
    await alerts.raise('web', anAlert({ key: 'blind/1234567' }));
    await alerts.raise('api', anAlert());
    expect(server.received).toHaveLength(4);
  });

  it('is told again when the worker that was about to has ended in between', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const store = new MemoryStateStore(clock);
    const claimed = [{ id: 'panic/critical', at: clock.now(), isTold: false }];
    await store.compareAndSet('notices/web', claimed, null);
    const { alerts } = someAlerts({
      clock,
      store,
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    });
    await alerts.raise('web', anAlert());
    expect(server.received).toHaveLength(0);
    clock.advance(31_000);
    await alerts.raise('web', anAlert());
    expect(server.received).toHaveLength(1);
  });

  it('is told though the notes in the store are nonsense or from the future', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const store = new MemoryStateStore(clock);
    const later = [{ id: 'panic/critical', at: clock.now() + 1e9, isTold: true }, null, 7];
    await store.compareAndSet('notices/web', later, null);
    await store.compareAndSet('notices/api', { odd: true }, null);
    await store.compareAndSet('notices-waiting', 'odd', null);
    await store.compareAndSet(channelKey('ops'), { taken: 'many' }, null);
    const { alerts } = someAlerts({
      clock,
      store,
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    });
    await alerts.raise('web', anAlert());
    await alerts.raise('api', anAlert());
    await alerts.retry();
    expect(server.received).toHaveLength(2);
  });
});

describe('where it goes', () => {
  it('is by severity, pool and name; what is about neither goes to all', async () => {
    const [first, second] = [await aServer(), await aServer()];
    const { alerts, lines } = someAlerts({
      channels: [
        aChannel({ name: 'web-team', url: 'env:URL_A', pools: ['web'], names: [] }),
        aChannel({ name: 'on-call', url: 'env:URL_B', from: 'critical', pools: [] }),
      ],
      variables: { URL_A: first.url, URL_B: second.url },
    });
    await alerts.raise('web', anAlert({ severity: 'warning' })); // web-team
    await alerts.raise('api', anAlert()); // nobody
    await alerts.raise('name/shop', anAlert()); // on-call
    await alerts.raise('account', anAlert()); // both
    await alerts.raise('web', anAlert({ severity: 'info' })); // nobody
    const titles = (server: ChannelServer) =>
      server.received.map(({ json }) => (json as { markdown: { title: string } }).markdown.title);
    expect(titles(first)).toEqual(['WARNING web', 'CRITICAL account']);
    expect(titles(second)).toEqual(['CRITICAL name/shop', 'CRITICAL account']);
    expect(count(lines, '"alert":true')).toBe(5); // the log has them all
  });
});

describe('a critical alert that nobody took', () => {
  it('is told in the next turn, by whichever worker has it, once', async () => {
    const server = await aServer(REFUSED);
    const clock = new TestClock();
    const shared = {
      clock,
      store: new MemoryStateStore(clock),
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    };
    const first = someAlerts(shared);
    await first.alerts.raise('web', anAlert());
    await first.alerts.retry();
    expect(server.received).toHaveLength(1); // not in the same turn
    server.answer({});
    clock.advance(3000);
    const others = [someAlerts(shared), someAlerts(shared)];
    await Promise.all(others.map(({ alerts }) => alerts.retry()));
    expect(server.received).toHaveLength(2);
    clock.advance(60_000);
    await others[0]!.alerts.retry();
    await others[0]!.alerts.raise('web', anAlert());
    expect(server.received).toHaveLength(2);
  });

  it('is given up after so many attempts, with longer and longer waits, and the log says so', async () => {
    const server = await aServer(REFUSED);
    const clock = new TestClock();
    const { alerts, lines } = someAlerts({
      clock,
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    });
    await alerts.raise('web', anAlert());
    const times: number[] = [];
    for (let second = 1; second <= 120; second += 1) {
      clock.advance(1000);
      const before = server.received.length;
      await alerts.retry();
      if (server.received.length > before) times.push(second);
    }
    expect(times).toEqual([3, 9]); // three in all: at once, after 3 s, after 6 s more
    expect(count(lines, 'nobody was told of a critical alert')).toBe(1);
  });

  it('does not begin to count anew when it is raised again meanwhile', async () => {
    const server = await aServer(REFUSED);
    const clock = new TestClock();
    const { alerts } = someAlerts({
      clock,
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    });
    for (let second = 0; second < 9; second += 1) {
      await alerts.raise('web', anAlert());
      await alerts.retry();
      clock.advance(1000);
    }
    clock.advance(600_000);
    const before = server.received.length;
    await alerts.retry();
    await alerts.retry();
    expect(server.received.length - before).toBeLessThanOrEqual(1);
  });

  it('is not tried again when one of several channels took it, nor when it is only a warning', async () => {
    const [good, bad] = [await aServer(), await aServer(REFUSED)];
    const clock = new TestClock();
    const { alerts } = someAlerts({
      clock,
      channels: [
        aChannel({ name: 'a', url: 'env:URL_A' }),
        aChannel({ name: 'b', url: 'env:URL_B' }),
      ],
      variables: { URL_A: good.url, URL_B: bad.url },
    });
    await alerts.raise('web', anAlert());
    good.answer(REFUSED);
    await alerts.retry();
    await alerts.raise('web', anAlert({ key: 'slow/1', severity: 'warning' }));
    clock.advance(600_000);
    await alerts.retry();
    expect([good.received.length, bad.received.length]).toEqual([2, 2]);
  });

  it('waits in a list that never grows without bound', async () => {
    const server = await aServer(REFUSED);
    const clock = new TestClock();
    const store = new MemoryStateStore(clock);
    const { alerts, lines } = someAlerts({
      clock,
      store,
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    });
    for (let index = 0; index < 120; index += 1)
      await alerts.raise('web', anAlert({ key: `key-${index}/1` }));
    const waiting = (await store.read('notices-waiting'))?.value as readonly unknown[];
    expect(waiting).toHaveLength(100);
    expect(count(lines, '"result":"full"')).toBe(20);
    expect(server.received).toHaveLength(1); // it failed once in this turn and was then left alone
  });
});

describe('a channel that fails or hangs', () => {
  it('costs a turn one time-out, however many alerts there are, and the other channels nothing', async () => {
    const [hanging, good] = [await aServer({ isHanging: true }), await aServer()];
    const clock = new SystemClock();
    const { alerts, lines } = someAlerts({
      clock,
      channels: [
        aChannel({ name: 'hangs', url: 'env:URL_A' }),
        aChannel({ name: 'good', url: 'env:URL_B' }),
      ],
      variables: { URL_A: hanging.url, URL_B: good.url },
      settings: { timeoutMs: millis(200), delayMaxMs: millis(15_000) },
    });
    for (let index = 0; index < 10; index += 1)
      await alerts.raise('web', anAlert({ key: `key-${index}/1` }));
    await alerts.retry();
    expect([hanging.received.length, good.received.length]).toEqual([1, 10]);
    expect(count(lines, '"code":"timeout"')).toBe(1);
    expect(count(lines, '"code":"failed-before"')).toBe(9);
  });

  it('keeps nobody waiting when all the time of the turn is spent, and nothing critical is lost', async () => {
    const server = await aServer({ isHanging: true });
    const clock = new SystemClock();
    const store = new MemoryStateStore(clock);
    const channels = [1, 2, 3].map((index) =>
      aChannel({ name: `c${index}`, from: index === 1 ? 'warning' : 'critical' }),
    );
    const { alerts, lines } = someAlerts({
      ...{ clock, store, channels },
      variables: { URL_OF_OPS: server.url },
      settings: { timeoutMs: millis(100), delayMaxMs: millis(100) },
    });
    await alerts.raise('web', anAlert({ key: 'first/1', severity: 'warning' }));
    await alerts.raise('web', anAlert({ key: 'second/1' }));
    expect(count(lines, '"code":"no-time"')).toBe(2);
    expect(server.received).toHaveLength(1);
    expect((await store.read('notices-waiting'))?.value).toHaveLength(1);
  });

  it.each([
    ['nothing listens', 'http://127.0.0.1:1/x', 'connection-failed'],
    ['the address is none', 'not an address', 'bad-address'],
    ['the token would travel in clear text', 'http://robots.example.com/x', 'bad-address'],
    ['the variable is not set', '', 'not-sent'],
  ])('is counted and logged, and nothing is thrown: %s', async (_, url, code) => {
    const clock = new TestClock();
    const store = new MemoryStateStore(clock);
    const { alerts, lines } = someAlerts({
      clock,
      store,
      channels: [aChannel()],
      variables: { URL_OF_OPS: url },
    });
    await alerts.raise('web', anAlert());
    expect(lines.some((line) => line.includes(FAILED) && line.includes(`"code":"${code}"`))).toBe(
      true,
    );
    const record = channelRecord((await store.read(channelKey('ops')))?.value);
    expect(record).toMatchObject({ taken: 0, failed: 1, lastFailure: { code } });
  });
});

describe('limits', () => {
  it('keep a channel within so many messages in any minute, for all workers together', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const shared = {
      ...{ clock, store: new MemoryStateStore(clock), variables: { URL_OF_OPS: server.url } },
      channels: [aChannel({ perMinute: 20 })],
    };
    const times: number[] = [];
    for (let second = 0; second < 180; second += 1) {
      for (let worker = 0; worker < 2; worker += 1) {
        const before = server.received.length;
        const alert = anAlert({ key: `key-${second}-${worker}/1` });
        await someAlerts(shared).alerts.raise('web', alert);
        if (server.received.length > before) times.push(second);
      }
      clock.advance(1000);
    }
    const busiest = Math.max(
      ...times.map((at) => times.filter((one) => one >= at && one < at + 60).length),
    );
    expect(busiest).toBeLessThanOrEqual(20);
    expect(times.length).toBeGreaterThan(40);
  });

  it('leave room for critical alerts', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const { alerts } = someAlerts({
      clock,
      channels: [aChannel({ perMinute: 40 })], // ten at once, three of them for critical ones
      variables: { URL_OF_OPS: server.url },
    });
    for (let index = 0; index < 10; index += 1)
      await alerts.raise('web', anAlert({ key: `w-${index}/1`, severity: 'warning' }));
    expect(server.received).toHaveLength(7);
    for (let index = 0; index < 5; index += 1)
      await alerts.raise('web', anAlert({ key: `c-${index}/1` }));
    expect(server.received).toHaveLength(10);
  });

  it.each([
    [{ status: 429, headers: { 'retry-after': '30' } }, 30_000],
    [{ status: 429 }, 60_000],
    [{ body: '{"errcode":130101,"errmsg":"too fast"}' }, 600_000],
  ] as const)('of the service hold for everybody: %j', async (reply, restMs) => {
    const server = await aServer(reply);
    const clock = new TestClock();
    const shared = {
      clock,
      store: new MemoryStateStore(clock),
      channels: [aChannel()],
      variables: { URL_OF_OPS: server.url },
    };
    await someAlerts(shared).alerts.raise('web', anAlert());
    server.answer({});
    clock.advance(restMs - 1);
    await someAlerts(shared).alerts.raise('api', anAlert());
    expect(server.received).toHaveLength(1);
    clock.advance(restMs + 60_000);
    await someAlerts(shared).alerts.retry();
    expect(server.received.length).toBeGreaterThan(1); // neither alert is lost
    const record = channelRecord((await shared.store.read(channelKey('ops')))?.value);
    expect(record.limited).toBe(2);
  });
});

describe('without the state store', () => {
  it('people are told once by each warm program, within the limit, and everything goes on after', async () => {
    const server = await aServer();
    const clock = new TestClock();
    const fragile = aFragileStore(new MemoryStateStore(clock));
    const shared = {
      ...{
        clock,
        store: fragile.store,
        memory: new LocalMemory(),
        variables: { URL_OF_OPS: server.url },
      },
      channels: [aChannel({ perMinute: 20 })],
    };
    fragile.isDown = true;
    for (let turn = 0; turn < 10; turn += 1) {
      const { alerts } = someAlerts(shared);
      await alerts.raise('web', anAlert({ key: 'store/1' }));
      await alerts.retry();
    }
    expect(server.received).toHaveLength(1);
    for (let pool = 0; pool < 30; pool += 1)
      await someAlerts(shared).alerts.raise(`pool-${pool}`, anAlert({ key: 'store/1' }));
    expect(server.received).toHaveLength(5); // a quarter of the minute’s
    fragile.isDown = false;
    await someAlerts(shared).alerts.raise('web', anAlert({ key: 'panic/1' }));
    expect(server.received).toHaveLength(6);
  });
});
