import { createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePortOn } from '../../infra/rehearsal/free-port';
import { RedisStateStore } from '../../shared/adapters/redis/redis-state-store';
import { type RedisSettings } from '../../shared/adapters/redis/redis-settings';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { millis } from '../../shared/domain/units';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { type RedisServer, startRedis } from '../support/redis-server';
import { until } from '../support/until';

const SPAN = millis(45_000);
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(...more: readonly string[]): Promise<RedisServer> {
  const server = await startRedis({ more });
  ends.push(async () => server.stop());
  return server;
}

function open(server: RedisServer, settings: Partial<RedisSettings> = {}): RedisStateStore {
  const store = new RedisStateStore({
    settings: server.settings(settings),
    clock: new SystemClock(),
  });
  ends.push(() => store.close());
  return store;
}

/** A client that asks a server nothing of its own. */
function aClient({ port }: RedisServer): Redis {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    enableReadyCheck: false,
    retryStrategy: null,
  });
  client.on('error', () => undefined);
  ends.push(() => client.disconnect());
  return client;
}

const NODE = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1000'];
const told = async (server: RedisServer, ...words: readonly string[]): Promise<string> =>
  String(await server.ask(...words));

/** Two nodes with half of the slots each; `owner` has that of the store. */
async function startCluster(): Promise<{
  readonly owner: RedisServer;
  readonly other: RedisServer;
  readonly slot: string;
}> {
  const [one, two] = await Promise.all([start(...NODE), start(...NODE)]);
  await one.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await two.ask('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  await one.ask('CLUSTER', 'SET-CONFIG-EPOCH', '1');
  await two.ask('CLUSTER', 'SET-CONFIG-EPOCH', '2');
  await one.ask('CLUSTER', 'MEET', '127.0.0.1', String(two.port));
  const isUp = async (): Promise<boolean> =>
    (await told(one, 'CLUSTER', 'INFO')).includes('cluster_state:ok') &&
    (await told(two, 'CLUSTER', 'INFO')).includes('cluster_state:ok');
  await until(isUp, 20_000, 'the cluster of two is up');
  const slot = await told(one, 'CLUSTER', 'KEYSLOT', '{evenkeel}');
  return Number(slot) < 8192 ? { owner: one, other: two, slot } : { owner: two, other: one, slot };
}

describe('a cluster without a proxy', () => {
  it('is one store, whichever of its nodes is named, also after the store’s slot went to another', async () => {
    const { owner, other, slot } = await startCluster();
    const store = open(other);
    const lease = await store.acquireLease('web', 'a', SPAN);
    expect(await store.compareAndSet('k', { a: 1 }, null, lease!)).toBe('stored');
    expect(await open(owner).read('k')).toMatchObject({ value: { a: 1 } });
    expect(await open(owner).acquireLease('web', 'b', SPAN)).toBeNull();

    const [from, to] = await Promise.all(
      [owner, other].map((node) => told(node, 'CLUSTER', 'MYID')),
    );
    await other.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from!);
    await owner.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to!);
    const keys = (await owner.ask('CLUSTER', 'GETKEYSINSLOT', slot, '100')) as readonly string[];
    await owner.ask('MIGRATE', '127.0.0.1', String(other.port), '', '0', '5000', 'KEYS', ...keys);
    for (const node of [other, owner]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to!);

    const late = open(owner);
    expect(await late.read('k')).toMatchObject({ value: { a: 1 } });
    expect(await store.isFenced(lease!)).toBe(false);
    const { version } = (await store.read('k'))!;
    expect(await store.compareAndSet('k', { a: 2 }, version, lease!)).toBe('stored');
    expect((await late.read('k'))?.value).toEqual({ a: 2 });
  }, 40_000);

  it('is found again by the address that was named, when the node that it led to is gone for a while', async () => {
    const { owner, other } = await startCluster();
    const store = open(other);
    await store.compareAndSet('k', 1, null);
    await owner.kill();
    await expect(store.read('k')).rejects.toThrow(StoreUnavailable);
    await owner.restart();
    await until(
      async () =>
        store.read('k').then(
          () => true,
          () => false,
        ),
      20_000,
      'the cluster is whole again',
    );
  }, 40_000);
});

/** Answers every command with the same line. */
async function startSaying(
  lineOf: (port: number) => string,
): Promise<{ readonly port: number; readonly connections: () => number }> {
  const port = await freePortOn(['127.0.0.1']);
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(`-${lineOf(port)}\r\n`));
  });
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  ends.push(
    async () =>
      new Promise<void>((resolve) => {
        sockets.forEach((socket) => socket.destroy());
        server.close(() => resolve());
      }),
  );
  return { port, connections: () => connections };
}

describe('a server that will not serve', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'goes on by itself', 3],
    ["READONLY You can't write against a read only replica.", 'address of the primary', 3],
    ['CLUSTERDOWN The cluster is down', 'CLUSTER INFO', 3],
    ["ERR unknown command 'EVAL'", 'unknown command', 1],
  ])('is unavailable after a few tries, and says what to do: %s', async (line, advice, tries) => {
    const { port, connections } = await startSaying(() => line);
    const store = open(await start(), { port });
    await expect(store.read('k')).rejects.toThrow(advice);
    await expect(store.read('k')).rejects.toThrow(StoreUnavailable);
    expect(connections()).toBe(2 * tries);
  });

  it('nodes that send each other’s callers round in a circle are left soon', async () => {
    const { port, connections } = await startSaying((own) => `MOVED 3999 127.0.0.1:${own}`);
    const store = open(await start(), { port });
    await expect(store.read('k')).rejects.toThrow('can be reached from here');
    expect(connections()).toBe(4);
  });

  it('one that is kept by somebody’s script serves once that is ended', async () => {
    const server = await start('--busy-reply-threshold', '20');
    const store = open(server);
    await store.compareAndSet('k', 1, null);
    const keeper = aClient(server);
    const helper = aClient(server);
    const kept = keeper.eval('while true do end', 0).catch((error: unknown) => error);
    const isKept = async (): Promise<boolean> =>
      helper.ping().then(
        () => false,
        () => true,
      );
    await until(isKept, 10_000, 'the script keeps the server');
    await expect(store.read('k')).rejects.toThrow('SCRIPT KILL');
    await helper.call('SCRIPT', 'KILL');
    await kept;
    expect((await store.read('k'))?.value).toBe(1);
  });

  it('one that may not be asked about itself is a store all the same', async () => {
    const server = await start();
    await server.ask('ACL', 'SETUSER', 'default', '-info');
    const store = open(server);
    expect(await store.compareAndSet('k', 1, null)).toBe('stored');
    expect((await store.read('k'))?.value).toBe(1);
  });
});
