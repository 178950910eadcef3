import { type LookupFunction } from 'node:net';
import { realClock } from '../clock';
import { type LocalClock } from '../contracts';
import { CachingResolver, type ResolverBehaviour } from './caching-resolver';
import { dnsLookup, type DnsLookup } from './dns-lookup';

/** Resolvers between the clients and the DNS servers, each with a cache of its own. */
export interface ResolverOptions extends Pick<
  ResolverBehaviour,
  'ttlMinSeconds' | 'serveStaleSeconds'
> {
  /** `127.0.0.1:PORT` of DNS servers, asked in this order. */
  readonly servers: readonly string[];
  /** How many resolvers; clients are spread over them evenly. Default 50. */
  readonly count?: number;
  /** Share of resolvers, in permille, that keep answers longer than told. Default 0; 87 were measured in 2023 (PAM). */
  readonly stretchedShare?: number;
  /** How much longer those do, in permille of the TTL. Default 2000: twice. */
  readonly stretchFactor?: number;
  /** Each server's time for an answer. Default 2,000. */
  readonly timeoutMs?: number;
}

const DEFAULTS = { count: 50, stretchedShare: 0, stretchFactor: 2000, timeoutMs: 2000 };

/**
 * Whether the n-th of the crowd, counted from 0, is one of the share: exactly the share of any thousand, evenly spread.
 *
 * Example: a share of 250 takes the 4th, 8th, 12th …
 */
export const isOfShare = (index: number, share: number): boolean =>
  Math.floor(((index + 1) * share) / 1000) > Math.floor((index * share) / 1000);

/** The crowd's resolvers. */
export function resolverCrowd(
  options: ResolverOptions,
  clock: Pick<LocalClock, 'now'> = realClock(),
  lookup: DnsLookup = dnsLookup({ timeoutMs: DEFAULTS.timeoutMs, ...options }),
): readonly CachingResolver[] {
  const { count, stretchedShare, stretchFactor } = { ...DEFAULTS, ...options };
  const { ttlMinSeconds = 0, serveStaleSeconds = 0 } = options;
  return Array.from({ length: Math.max(1, count) }, (_, index) => {
    const ttlFactor = isOfShare(index, stretchedShare) ? stretchFactor : 1000;
    const behaviour = { ttlFactor, ttlMinSeconds, serveStaleSeconds };
    return new CachingResolver({ lookup, clock, behaviour });
  });
}

/** A resolver as Node's sockets ask it: one address for each new connection, in turn where there are several. */
export function lookupFunction(resolver: CachingResolver): LookupFunction {
  let turn = 0;
  return (name, _options, callback) => {
    resolver.resolve(name).then(
      (addresses) => {
        const address = addresses[turn++ % Math.max(1, addresses.length)];
        if (address === undefined) callback(nameError(`${name} has no address.`), '');
        else callback(null, address, 4);
      },
      (error: unknown) => callback(nameError(String(error)), ''),
    );
  };
}

const nameError = (message: string): NodeJS.ErrnoException =>
  Object.assign(new Error(message), { code: 'ENOTFOUND' });
