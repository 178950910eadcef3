import { afterAll, beforeAll } from '@jest/globals';
import { RedisStateStore } from '../../shared/adapters/redis/redis-state-store';
import { type RedisServer, startRedis } from '../support/redis-server';
import { until } from '../support/until';
import { stateStoreContract } from './state-store.contract';

let server: RedisServer;
let sharded: RedisServer;
const opened: RedisStateStore[] = [];

beforeAll(async () => {
  server = await startRedis();
  // One shard of a cluster: it refuses an operation whose keys could lie on different ones.
  sharded = await startRedis({ more: ['--cluster-enabled', 'yes'] });
  await sharded.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  const isUp = async (): Promise<boolean> =>
    String(await sharded.ask('CLUSTER', 'INFO')).includes('cluster_state:ok');
  await until(isUp, 20_000, 'the cluster of one is up');
}, 60_000);
afterAll(async () => {
  opened.forEach((store) => store.close());
  await server.stop();
  await sharded.stop();
});

let turn = 0;
const openOn =
  (which: () => RedisServer): Parameters<typeof stateStoreContract>[1] =>
  (clock) => {
    const settings = which().settings({ namespace: `contract-${(turn += 1)}` });
    const [store, other] = [1, 2].map(
      () => new RedisStateStore({ settings, clock, time: 'clock' }),
    ) as [RedisStateStore, RedisStateStore];
    opened.push(store, other);
    return { store, other };
  };

stateStoreContract(
  'RedisStateStore',
  openOn(() => server),
);
stateStoreContract(
  'RedisStateStore on a shard of a cluster',
  openOn(() => sharded),
);
