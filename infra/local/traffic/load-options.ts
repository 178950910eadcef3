/** Load to send: open loop, at a constant rate, whatever the answers. Travels to the load process as it is. */
export interface LoadOptions {
  readonly kind: 'http' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly requestsPerSecond: number;
  /** Path asked for over HTTP. Default `/`. */
  readonly path?: string;
  /** A request without a complete answer by then, counted from its intended time, has failed. Default 5,000. */
  readonly timeoutMs?: number;
  /** Requests under way at once; later ones wait, and their latency counts the wait. Default 256. */
  readonly concurrency?: number;
  /** Whether HTTP connections are used again. Default true; `tcp` opens one per request. */
  readonly keepAlive?: boolean;
  /** Sticky clients, each with its own cookies, that take turns. Default 0: no cookies. */
  readonly clients?: number;
  /** Local addresses that requests are sent from in turn, for persistence by source address. */
  readonly sourceAddresses?: readonly string[];
  /** Time between interval reports. Default 1,000. */
  readonly intervalMs?: number;
  /** The load ends by itself after this. Default 600,000. */
  readonly durationMs?: number;
}

export type LoadSettings = Required<LoadOptions>;

export const loadSettings = (options: LoadOptions): LoadSettings => ({
  path: '/',
  timeoutMs: 5000,
  concurrency: 256,
  keepAlive: true,
  clients: 0,
  sourceAddresses: [],
  intervalMs: 1000,
  durationMs: 600_000,
  ...options,
});
