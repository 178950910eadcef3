/** A password that shows itself to whoever needs it, and to nobody by accident. */
interface Concealed {
  reveal(): string;
}

/** Which Redis, and how patient with it. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  /** Null: the server's default user. */
  readonly username: string | null;
  /** The current one, and during a rotation the next; none where the server asks for none. */
  readonly passwords: readonly Concealed[];
  /** Certificates of the authority to trust, as PEM; null: those that Node trusts. */
  readonly tls: { readonly authorities: string | null } | null;
  /** Stands in front of every key, as their hash tag: all of a store lies on one shard. */
  readonly namespace: string;
  /** Replicas that must have a change before it is believed; 0 waits for none. */
  readonly replicas: number;
  readonly replicaTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** Tries of one operation, the first included. */
  readonly attemptsMax: number;
}
