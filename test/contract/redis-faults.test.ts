import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisStateStore } from '../../shared/adapters/redis/redis-state-store';
import { type RedisSettings } from '../../shared/adapters/redis/redis-settings';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { Secret } from '../../shared/config/secret';
import { millis } from '../../shared/domain/units';
import { type StateStore, StoreUnavailable } from '../../shared/ports/state-store';
import { type RedisPair, startRedisPair } from '../support/redis-pair';
import { type RedisServer, type ServerOptions, startRedis } from '../support/redis-server';
import { startRelay } from '../support/relay';
import { TestClock } from '../support/test-clock';
import { until } from '../support/until';

const SPAN = millis(45_000);
const BUCKET = { count: 1, capacity: 10, refillPerMinute: 1, reserve: 0 };
const servers: RedisServer[] = [];
const stores: RedisStateStore[] = [];
afterEach(async () => {
  stores.splice(0).forEach((store) => store.close());
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(options: ServerOptions = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  servers.push(server);
  return server;
}

function open(server: RedisServer, settings: Partial<RedisSettings> = {}): RedisStateStore {
  const store = new RedisStateStore({
    settings: server.settings(settings),
    clock: new SystemClock(),
  });
  stores.push(store);
  return store;
}

/** Every operation of the port, once. */
const everyOperation = (store: StateStore): readonly Promise<unknown>[] => {
  const lease = { name: 'web', holder: 'a', token: 1, expiresAt: new SystemClock().now() };
  return [
    store.acquireLease('web', 'a', SPAN),
    store.renewLease(lease, SPAN),
    store.releaseLease(lease),
    store.read('k'),
    store.compareAndSet('k', 1, null, lease),
    store.delete('k'),
    store.list(''),
    store.markDirty('web', { reason: 'alarm', at: 1 }),
    store.clearDirty('web'),
    store.isDirty('web'),
    store.takeTokens('slb', BUCKET),
  ];
};

const refusals = async (operations: readonly Promise<unknown>[]): Promise<readonly unknown[]> => {
  const results = await Promise.allSettled(operations);
  return results.map((result): unknown => (result.status === 'rejected' ? result.reason : 'done'));
};

const connectionsOf = async (server: RedisServer): Promise<number> =>
  String(await server.ask('CLIENT', 'LIST'))
    .trim()
    .split('\n').length - 1;

describe('time in a Redis store', () => {
  it('is the server’s: processes whose clocks are hours apart agree on who holds a lease', async () => {
    const server = await start();
    const [early, late] = [new TestClock(1_000_000), new TestClock(9_000_000_000_000)];
    const [one, other] = [early, late].map(
      (clock) => new RedisStateStore({ settings: server.settings(), clock }),
    ) as [RedisStateStore, RedisStateStore];
    stores.push(one, other);
    const lease = await one.acquireLease('web', 'a', millis(700));
    expect(lease).toMatchObject({ expiresAt: 1_000_700 });
    expect(Math.abs(lease!.token - Date.now())).toBeLessThan(60_000);
    expect(await other.acquireLease('web', 'b', SPAN)).toBeNull();
    await until(
      async () => (await other.acquireLease('web', 'b', SPAN)) !== null,
      5000,
      'the lease has run out',
    );
    expect(await one.renewLease(lease!, SPAN)).toBeNull();
  });

  it('ends a lease for its holder no later than for everybody else, however slow the answer was', async () => {
    const server = await start();
    const store = open(server);
    await store.read('k');
    server.pause();
    const before = Date.now();
    const pending = store.acquireLease('web', 'a', SPAN);
    const timer = setTimeout(() => server.resume(), 300);
    const lease = await pending;
    clearTimeout(timer);
    expect(Date.now() - before).toBeGreaterThanOrEqual(290);
    expect(lease!.expiresAt - before).toBeLessThanOrEqual(45_050);
  });
});

describe('a Redis store whose server is killed', () => {
  it('is unavailable in every operation, queues nothing, and works again once the server is back', async () => {
    const server = await start();
    const store = open(server);
    await store.compareAndSet('k', 1, null);
    await server.kill();
    for (let turn = 0; turn < 20; turn += 1)
      for (const refusal of await refusals(everyOperation(store)))
        expect(refusal).toBeInstanceOf(StoreUnavailable);
    await server.restart();
    expect(await store.list('')).toEqual([]); // none of 20 stored documents was waiting in a queue
    expect(await store.isDirty('web')).toBe(false);
    expect(await connectionsOf(server)).toBe(1);
  });

  it('has all that it told to be done, when it writes to its disk before it answers', async () => {
    const server = await start({ isPersistent: true });
    const store = open(server);
    const lease = await store.acquireLease('web', 'a', SPAN);
    await store.compareAndSet('k', { a: 1 }, null, lease!);
    await store.markDirty('web', { reason: 'alarm', at: 1 });
    await store.takeTokens('slb', { ...BUCKET, count: 10 });
    await server.kill();
    await server.restart();
    expect(await store.read('k')).toMatchObject({ value: { a: 1 }, isDoubtful: true });
    expect(await store.acquireLease('web', 'b', SPAN)).toBeNull();
    expect(await store.renewLease(lease!, SPAN)).not.toBeNull();
    expect(await store.isDirty('web')).toBe(true);
    expect(await store.takeTokens('slb', BUCKET)).toMatchObject({ isGranted: false });
  });

  it('is empty without a disk, and gives no token and no version a second time', async () => {
    const server = await start();
    const store = open(server);
    const lost = await store.acquireLease('web', 'a', SPAN);
    await store.compareAndSet('k', 'lost', null);
    const { version } = (await store.read('k'))!;
    await server.kill();
    await server.restart();
    expect(await store.read('k')).toBeNull();
    expect(await store.renewLease(lost!, SPAN)).toBeNull();
    const next = await store.acquireLease('web', 'b', SPAN);
    expect(next!.token).toBeGreaterThan(lost!.token);
    expect(await store.compareAndSet('k', 'late', null, lost!)).toBe('fenced');
    await store.compareAndSet('k', 'new', null, next!);
    expect(await store.compareAndSet('k', 'over what was never seen', version)).toBe('conflict');
  });
});

describe('a Redis store that failed over and lost its newest writes', () => {
  let pair: RedisPair;
  beforeAll(async () => {
    pair = await startRedisPair();
  }, 60_000);
  afterAll(async () => pair.stop());

  it('refuses who held a lost lease, mixes up no versions, and says what may not be the newest', async () => {
    const store = new RedisStateStore({ settings: pair.settings(), clock: new SystemClock() });
    stores.push(store);
    const early = await store.acquireLease('web', 'early', SPAN);
    await store.releaseLease(early!);
    await store.compareAndSet('k', 'kept', null);
    await store.compareAndSet('order', 'kept', null);
    await pair.caughtUp();
    await pair.cutReplication();
    const lost = await store.acquireLease('web', 'lost', SPAN);
    await store.compareAndSet('k', 'lost', (await store.read('k'))!.version, lost!);
    const lostVersion = (await store.read('k'))!.version;
    await store.markDirty('web', { reason: 'lost', at: 1 });
    await store.takeTokens('slb', { ...BUCKET, count: 10 });
    expect(await store.read('k')).not.toHaveProperty('isDoubtful');
    await pair.failOver();

    expect(await store.isFenced(lost!)).toBe(true);
    expect(await store.renewLease(lost!, SPAN)).toBeNull();
    const kept = (await store.read('k'))!;
    expect(kept).toMatchObject({ value: 'kept', isDoubtful: true });
    expect(await store.compareAndSet('k', 'late', kept.version, lost!)).toBe('fenced');
    const next = await store.acquireLease('web', 'next', SPAN);
    expect(next!.token).toBeGreaterThan(lost!.token);
    expect(await store.compareAndSet('k', 'new', kept.version, next!)).toBe('stored');
    expect(await store.compareAndSet('k', 'over the unseen', lostVersion)).toBe('conflict');
    const renewed = (await store.read('k'))!;
    expect(renewed.value).toBe('new');
    expect(renewed).not.toHaveProperty('isDoubtful');
    expect(await store.read('order')).toMatchObject({ value: 'kept', isDoubtful: true });
    expect(await store.isDirty('web')).toBe(false);
    expect(await store.takeTokens('slb', { ...BUCKET, count: 10 })).toMatchObject({
      isGranted: true,
    });
  });
});

/** Far longer than any call may take, and than a lease's reserve. */
const PAUSE_MS = 30_000;

describe('a Redis store whose server is paused', () => {
  it('is unavailable within seconds, and what was sent meanwhile has no effect afterwards', async () => {
    const server = await start();
    const store = open(server);
    await store.markDirty('api', { reason: 'alarm', at: 1 });
    server.pause();
    const pausedAt = performance.now();
    const given = await refusals([
      ...everyOperation(store),
      store.clearDirty('api'),
      store.acquireLease('api', 'a', SPAN),
      store.compareAndSet('late', 1, null),
    ]);
    const spentMs = performance.now() - pausedAt;
    for (const refusal of given) expect(refusal).toBeInstanceOf(StoreUnavailable);
    expect(spentMs).toBeLessThan(8000);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS - spentMs));
    server.resume();
    expect(await store.read('late')).toBeNull();
    expect(await store.isDirty('api')).toBe(true);
    expect(await store.isDirty('web')).toBe(false);
    expect(await store.acquireLease('api', 'b', SPAN)).not.toBeNull();
    expect(await store.takeTokens('slb', { ...BUCKET, count: 10 })).toMatchObject({
      isGranted: true,
    });
    expect(await connectionsOf(server)).toBe(1);
  }, 60_000);

  it('for less than a call may take is only slow', async () => {
    const server = await start();
    const store = open(server);
    await store.read('k');
    server.pause();
    const pending = store.compareAndSet('k', 1, null);
    const timer = setTimeout(() => server.resume(), 200);
    expect(await pending).toBe('stored');
    clearTimeout(timer);
  });
});

describe('an operation whose answer was lost', () => {
  it('is done once, and is told as done when it is sent again', async () => {
    const server = await start();
    const relay = await startRelay(server.port);
    const store = open(server, { port: relay.port });
    await store.read('k');
    relay.loseAnswer();
    const lease = await store.acquireLease('web', 'a', SPAN);
    expect(lease).not.toBeNull();
    relay.loseAnswer();
    expect(await store.compareAndSet('k', 1, null, lease!)).toBe('stored');
    const { version } = (await store.read('k'))!;
    relay.loseAnswer();
    expect(await store.compareAndSet('k', 2, version, lease!)).toBe('stored');
    expect((await store.read('k'))?.value).toBe(2);
    await relay.stop();
  });
});

describe('a Redis store that refuses', () => {
  const WORD = 'open-sesame-of-today';

  it.each([
    ['without a password', []],
    ['with a wrong password', [new Secret('never-was-the-word')]],
  ])(
    'whoever comes %s is unavailable, and the password is in no error',
    async (_what, passwords) => {
      const server = await start({ more: ['--requirepass', WORD] });
      const [refusal] = await refusals([open(server, { passwords }).read('k')]);
      expect(refusal).toBeInstanceOf(StoreUnavailable);
      const told = inspect(refusal, { depth: 20, showHidden: true });
      expect(told).not.toContain('never-was-the-word');
      expect(told).not.toContain(WORD);
    },
  );

  it('the old password takes the next one', async () => {
    const server = await start({ more: ['--requirepass', WORD] });
    const passwords = [new Secret('the-word-of-yesterday'), new Secret(WORD)];
    expect(await open(server, { passwords }).compareAndSet('k', 1, null)).toBe('stored');
  });

  it('writes, as a replica does, is unavailable, and reads of it lead to nothing', async () => {
    const [primary, replica] = [await start(), await start()];
    await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port));
    const store = open(replica);
    const given = await refusals([
      store.acquireLease('web', 'a', SPAN),
      store.compareAndSet('k', 1, null),
    ]);
    for (const refusal of given) expect(refusal).toBeInstanceOf(StoreUnavailable);
    expect(String(given[0])).toContain('READONLY');
  });

  it('what it holds under another type or as something else than JSON is unavailable, not empty', async () => {
    const server = await start();
    const store = open(server);
    await server.ask('SET', '{evenkeel}:document:k', 'a text');
    await server.ask('HSET', '{evenkeel}:document:l', 'version', '1', 'value', '{"cut":');
    await expect(store.read('k')).rejects.toThrow(StoreUnavailable);
    await expect(store.compareAndSet('k', 1, null)).rejects.toThrow(StoreUnavailable);
    await expect(store.read('l')).rejects.toThrow(StoreUnavailable);
  });

  it('another database is another store', async () => {
    const server = await start();
    await open(server, { database: 3 }).compareAndSet('k', 1, null);
    expect(await open(server).read('k')).toBeNull();
    expect((await open(server, { database: 3 }).read('k'))?.value).toBe(1);
    await expect(open(server, { database: 999 }).read('k')).rejects.toThrow(StoreUnavailable);
  });
});

describe('a Redis store that waits for replicas', () => {
  it('believes nothing that too few of them have', async () => {
    const [primary, replica] = [
      await start({ more: ['--repl-diskless-sync-delay', '0'] }),
      await start(),
    ];
    const store = open(primary, { replicas: 1, replicaTimeoutMs: 1500, commandTimeoutMs: 5000 });
    await expect(store.acquireLease('web', 'a', SPAN)).rejects.toThrow('0 of 1 replicas');
    expect(await store.read('k')).toBeNull();
    await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port));
    await until(
      async () => String(await replica.ask('INFO', 'replication')).includes('link_status:up'),
      10_000,
      'the replica follows',
    );
    await until(
      async () => Number(await primary.ask('WAIT', '1', '100')) >= 1,
      10_000,
      'the replica acknowledges',
    );
    expect(await store.compareAndSet('k', 1, null)).toBe('stored');
    replica.pause();
    await expect(store.compareAndSet('l', 1, null)).rejects.toThrow(StoreUnavailable);
    replica.resume();
  });
});

describe('a Redis store over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-tls-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  beforeAll(() => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = ['-keyout', keyFile, '-out', certificateFile, '-days', '2', '-nodes'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...made, ...subject], {
      stdio: 'ignore',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('works with the authority it was told to trust, and with no other', async () => {
    const server = await start({ tls: { keyFile, certificateFile } });
    const authorities = readFileSync(certificateFile, 'utf8');
    const trusting = open(server, { host: 'localhost', tls: { authorities } });
    expect(await trusting.compareAndSet('k', 1, null)).toBe('stored');
    const strict = open(server, { host: 'localhost', tls: { authorities: null } });
    await expect(strict.read('k')).rejects.toThrow(StoreUnavailable);
    const elsewhere = open(server, { host: '127.0.0.1', tls: { authorities } });
    await expect(elsewhere.read('k')).rejects.toThrow(StoreUnavailable);
    await expect(open(server).read('k')).rejects.toThrow(StoreUnavailable);
  });
});
