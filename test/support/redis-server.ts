import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePortOn } from '../../infra/rehearsal/free-port';
import { type RedisSettings } from '../../shared/adapters/redis/redis-settings';
import { until } from './until';

export interface RedisServer {
  readonly port: number;
  /** Settings of a store on this server, with these instead of the usual ones. */
  settings(more?: Partial<RedisSettings>): RedisSettings;
  /** One command by a connection of its own. */
  ask(...words: readonly string[]): Promise<unknown>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its port, with what it had written to its folder. */
  restart(): Promise<void>;
  /** Stops it in its tracks: connections are still taken by the system, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Every write is on the disk before it is answered. Without it nothing survives the process. */
  readonly isPersistent?: boolean;
  /** More of the configuration, as on the command line of redis-server. */
  readonly more?: readonly string[];
  /** The server speaks TLS alone. */
  readonly tls?: { readonly keyFile: string; readonly certificateFile: string };
}

/** Debian's package, where it is missing and can be had. */
function ensureRedis(): void {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error === undefined) return;
  const aptGet = (...words: readonly string[]): number | null =>
    spawnSync('apt-get', ['-qq', ...words], { stdio: ['ignore', 2, 2] }).status;
  if (aptGet('update') === 0) aptGet('install', '-y', '--no-install-recommends', 'redis-server');
}

/** A real redis-server on a free port of the loopback, in a folder of its own. */
export async function startRedis(options: ServerOptions = {}): Promise<RedisServer> {
  ensureRedis();
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-redis-'));
  const port = await freePortOn(['127.0.0.1']);
  const { tls, isPersistent = false, more = [] } = options;
  const words = [
    ...['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--loglevel', 'warning'],
    ...(isPersistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []),
    ...(tls
      ? [
          ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
          ...['--tls-cert-file', tls.certificateFile, '--tls-key-file', tls.keyFile],
          ...['--tls-ca-cert-file', tls.certificateFile],
        ]
      : ['--port', String(port)]),
    ...more,
  ];
  let child: ChildProcess | null = null;
  const launch = async (): Promise<void> => {
    child = spawn('redis-server', words, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', () => undefined);
    await until(() => isListening(port), 10_000, 'redis-server listens');
  };
  const kill = async (): Promise<void> => {
    const ending = child;
    child = null;
    const isRunning = ending?.exitCode === null && ending.signalCode === null;
    if (!isRunning) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGKILL');
    await ended;
  };
  await launch();
  return {
    port,
    settings: (settings = {}) => ({ ...PATIENT, port, ...settings }),
    ask: async (...[command = 'PING', ...rest]) => {
      const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: null });
      redis.on('error', () => undefined);
      try {
        await redis.connect();
        return await redis.call(command, ...rest);
      } finally {
        redis.disconnect();
      }
    },
    kill,
    restart: launch,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As in production, with a namespace. */
const PATIENT: Omit<RedisSettings, 'port'> = {
  host: '127.0.0.1',
  database: 0,
  username: null,
  passwords: [],
  tls: null,
  namespace: 'evenkeel',
  replicas: 0,
  replicaTimeoutMs: 500,
  connectTimeoutMs: 1000,
  commandTimeoutMs: 1000,
  attemptsMax: 3,
};

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
