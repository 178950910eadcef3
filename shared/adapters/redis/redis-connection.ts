import { isIP } from 'node:net';
import { type ConnectionOptions } from 'node:tls';
import { type Redis } from 'ioredis';
import { StoreUnavailable } from '../../ports/state-store';
import { failureText, isPassing, isWrongPassword, movedTo, type Place } from './redis-failure';
import { GREET, TELL_TIME } from './scripts';
import { type RedisSettings } from './redis-settings';

interface Connection {
  readonly redis: Redis;
  /** The server's time less the time of this process, at most a round trip too much. */
  readonly aheadMs: number;
}

/** A script with its keys, and its arguments from the third on. */
export interface ScriptCall {
  readonly script: string;
  readonly keys: readonly string[];
  readonly values: readonly (string | number)[];
  /** It changes something: replicas are waited for, and it must not happen after we have given up. */
  readonly isChange: boolean;
}

interface Surroundings {
  /** Where the store keeps which history of its data it goes by. */
  readonly eraKey: string;
  /** A time for scripts to go by; empty: the server's. */
  readonly time: () => string;
}

/** Rests between the attempts of one operation. */
const REST_MS = 40;
/** Nodes that one operation is sent on to: a cluster that moves a slot about may name two that are wrong. */
const MOVES_MAX = 3;

/**
 * One connection, made when it is needed and thrown away at the first doubt: a process that was frozen, a server that was
 * replaced and an answer that is late all look alike. An operation is tried a few times; nothing is ever queued while there is
 * no connection. An idle connection does not keep the process alive. Where a node of a cluster says that another one has the keys, the
 * connection leads there, and after any failure it begins at the address of the settings again.
 */
export class RedisConnection {
  private readonly settings: RedisSettings;
  private readonly surroundings: Surroundings;
  private connecting: Promise<Connection> | null = null;
  private passwordIndex = 0;
  private place: Place;

  constructor(settings: RedisSettings, surroundings: Surroundings) {
    this.settings = settings;
    this.place = settings;
    this.surroundings = surroundings;
  }

  /** The script's answer. Throws `StoreUnavailable`: then the change was made, or will never be, and nobody can tell which. */
  async run(call: ScriptCall): Promise<unknown> {
    for (let [attempt, moves] = [1, 0]; ;) {
      try {
        return await this.runOnce(call);
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        if (movedTo(error, this.place) !== null && moves < MOVES_MAX) {
          moves += 1;
          continue;
        }
        const mayPass = isPassing(error) || this.hasOtherPassword(error);
        if (!mayPass || attempt >= this.settings.attemptsMax) throw unavailable(error);
        await new Promise((resolve) => setTimeout(resolve, attempt * REST_MS));
        attempt += 1;
      }
    }
  }

  /** Closes the connection; the next operation makes a new one. */
  close(): void {
    const { connecting } = this;
    this.connecting = null;
    connecting?.then(({ redis }) => discard(redis)).catch(() => undefined);
  }

  private async runOnce(call: ScriptCall): Promise<unknown> {
    const connecting = (this.connecting ??= this.connect());
    const connection = await connecting.catch((error: unknown) => {
      this.forget(connecting, error);
      throw error;
    });
    try {
      return await this.send(connection, call);
    } catch (error) {
      const isMoved = movedTo(error, this.place) !== null;
      if (isMoved || isPassing(error) || isWrongPassword(error)) this.forget(connecting, error);
      throw error;
    }
  }

  /** Another operation may have made a new one by now: that one stays. */
  private forget(connecting: Promise<Connection>, error: unknown): void {
    if (this.connecting !== connecting) return;
    this.close();
    this.place = movedTo(error, this.place) ?? this.settings;
  }

  private async send({ redis, aheadMs }: Connection, call: ScriptCall): Promise<unknown> {
    const { script, keys, values, isChange } = call;
    const { replicas, replicaTimeoutMs, commandTimeoutMs } = this.settings;
    const notAfter = Math.ceil(performance.now() + aheadMs + commandTimeoutMs);
    const common = [this.surroundings.time(), isChange ? notAfter : ''];
    const answer = redis.eval(script, keys.length, ...keys, ...common, ...values);
    if (!isChange || replicas === 0) return answer;
    const [value, count] = await Promise.all([answer, redis.wait(replicas, replicaTimeoutMs)]);
    if (count >= replicas) return value;
    throw new StoreUnavailable(`the Redis store reached ${count} of ${replicas} replicas in time`);
  }

  private async connect(): Promise<Connection> {
    const { Redis: Client } = await import('ioredis');
    const { tls, connectTimeoutMs, commandTimeoutMs } = this.settings;
    const { host, port } = this.place;
    const redis = new Client({
      ...{ host, port, lazyConnect: true, protocol: 2, disableClientInfo: true },
      ...{
        enableOfflineQueue: false,
        enableReadyCheck: false,
        autoResendUnfulfilledCommands: false,
      },
      ...{ maxRetriesPerRequest: 0, retryStrategy: () => null },
      connectTimeout: connectTimeoutMs,
      disconnectTimeout: 1, // what is thrown away is destroyed; the timer would keep the process
      commandTimeout: commandTimeoutMs,
      ...(tls && { tls: this.tlsOptions(tls) }),
    });
    // Whoever waits for an answer gets the error; nobody else may be struck by it.
    redis.on('error', () => undefined);
    redis.on('connect', () => void redis.stream.unref());
    try {
      await redis.connect();
      return await this.greet(redis);
    } catch (error) {
      discard(redis);
      throw error;
    }
  }

  /** A node that is named by its number alone answers for the name that we were given. */
  private tlsOptions({ authorities }: NonNullable<RedisSettings['tls']>): ConnectionOptions {
    const { host } = this.settings;
    return {
      ...(authorities !== null && { ca: authorities }),
      ...(isIP(this.place.host) !== 0 && isIP(host) === 0 && { servername: host }),
    };
  }

  /** By hand rather than by the client's options: it would go on without a password or in another database, and only warn. */
  private async greet(redis: Redis): Promise<Connection> {
    const { username, passwords, database } = this.settings;
    const password = passwords[this.passwordIndex]?.reveal();
    if (password !== undefined) await redis.auth(username ?? 'default', password);
    if (database !== 0) await redis.select(database);
    const sentAt = performance.now();
    return { redis, aheadMs: (await this.timeOf(redis)) - sentAt };
  }

  /**
   * The server's time, once it has said what it calls its history. One that may not be asked is taken for one that never loses any of
   * it. Not waited for by replicas: whoever takes this server's place begins an era of its own.
   */
  private async timeOf(redis: Redis): Promise<number> {
    const tell = async (script: string): Promise<number> =>
      Number(await redis.eval(script, 1, this.surroundings.eraKey, '', ''));
    return tell(GREET).catch((error: unknown) => {
      const mayBeAsked = isPassing(error) || isWrongPassword(error);
      if (mayBeAsked || movedTo(error, this.place) !== null) throw error;
      return tell(TELL_TIME);
    });
  }

  /** During a rotation the server may know one of two passwords: the other is next. */
  private hasOtherPassword(error: unknown): boolean {
    const { passwords } = this.settings;
    if (!isWrongPassword(error) || passwords.length < 2) return false;
    this.passwordIndex = (this.passwordIndex + 1) % passwords.length;
    return true;
  }
}

/** No more than asking the server to close would do, were it there to be asked. */
function discard(redis: Redis): void {
  redis.disconnect();
  (redis.stream as Redis['stream'] | undefined)?.destroy();
}

const unavailable = (error: unknown): StoreUnavailable =>
  new StoreUnavailable(`the Redis store cannot be used (${failureText(error)})`);
