import { type ResolverOptions } from './resolver-crowd';

/** Load to send: open loop, at a rate of its own, whatever the answers. Travels to the load process as it is. */
export interface LoadOptions {
  readonly kind: 'http' | 'tcp';
  readonly host: string;
  readonly port: number;
  readonly requestsPerSecond: number;
  /** The rate rises or falls, evenly, to another; left out: it is constant. */
  readonly change?: LoadChange;
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
  /** `host` is a name: each new connection goes where one of these resolvers says; clients in turn, each to its own resolver. */
  readonly resolvers?: ResolverOptions;
  /** Time between interval reports. Default 1,000. */
  readonly intervalMs?: number;
  /** The load ends by itself after this. Default 600,000. */
  readonly durationMs?: number;
}

/** From `afterMs` since the start, over `overMs`, to `requestsPerSecond`. */
export interface LoadChange {
  readonly afterMs: number;
  readonly overMs: number;
  readonly requestsPerSecond: number;
}

type Optional = 'change' | 'resolvers';

export type LoadSettings = Required<Omit<LoadOptions, Optional>> & Pick<LoadOptions, Optional>;

/**
 * Requests a second at a time since the start.
 *
 * Example: 50, from second 10 over 10 s to 100: 50 at second 5, 75 at second 15, 100 from second 20 on.
 */
export function rateAt(
  { requestsPerSecond, change }: Pick<LoadOptions, 'requestsPerSecond' | 'change'>,
  elapsedMs: number,
): number {
  if (change === undefined || elapsedMs <= change.afterMs) return requestsPerSecond;
  const done = Math.min(1, (elapsedMs - change.afterMs) / Math.max(1, change.overMs));
  return requestsPerSecond + done * (change.requestsPerSecond - requestsPerSecond);
}

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
