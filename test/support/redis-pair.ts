import { type RedisSettings } from '../../shared/adapters/redis/redis-settings';
import { type RedisServer, startRedis } from './redis-server';
import { type Relay, startRelay } from './relay';
import { until } from './until';

/** A primary, a replica that follows it, and one address for whoever is primary. */
export interface RedisPair {
  settings(more?: Partial<RedisSettings>): RedisSettings;
  readonly primary: () => RedisServer;
  readonly replica: () => RedisServer;
  readonly relay: Relay;
  /** Resolves once the replica has all that the primary has. */
  caughtUp(): Promise<void>;
  /** From now on the replica gets nothing: what is written will be lost in a failover. */
  cutReplication(): Promise<void>;
  /** Kills the primary; the replica takes its place and its address. */
  failOver(): Promise<void>;
  /** The one that was killed comes back, empty, as the replica of the other, and has caught up. */
  mend(): Promise<void>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;
const QUICK = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];

export async function startRedisPair(): Promise<RedisPair> {
  const servers = await Promise.all([startRedis({ more: QUICK }), startRedis({ more: QUICK })]);
  let [primary, replica] = servers;
  const relay = await startRelay(primary.port);
  const offset = async (server: RedisServer, name: string): Promise<number> => {
    const told = String(await server.ask('INFO', 'replication'));
    return Number(new RegExp(`${name}:(\\d+)`).exec(told)?.[1] ?? Number.NaN);
  };
  const caughtUp = (): Promise<void> =>
    until(
      async () => {
        const told = String(await replica.ask('INFO', 'replication'));
        if (!told.includes('master_link_status:up')) return false;
        return (
          (await offset(replica, 'slave_repl_offset')) >=
          (await offset(primary, 'master_repl_offset'))
        );
      },
      PATIENCE_MS,
      'the replica has caught up',
    );
  const follow = async (): Promise<void> => {
    await replica.ask('REPLICAOF', '127.0.0.1', String(primary.port));
    await caughtUp();
  };
  await follow();
  return {
    settings: (more = {}) => primary.settings({ port: relay.port, ...more }),
    primary: () => primary,
    replica: () => replica,
    relay,
    caughtUp,
    cutReplication: async () => {
      await replica.ask('REPLICAOF', 'NO', 'ONE');
    },
    failOver: async () => {
      await primary.kill();
      await replica.ask('REPLICAOF', 'NO', 'ONE');
      [primary, replica] = [replica, primary];
      relay.lead(primary.port);
    },
    mend: async () => {
      await replica.kill();
      await replica.restart();
      await follow();
    },
    stop: async () => {
      await relay.stop();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
