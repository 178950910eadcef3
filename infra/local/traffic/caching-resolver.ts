import { type LocalClock } from '../contracts';
import { type DnsLookup, type LookupResult } from './dns-lookup';

/** How a resolver treats what it is told. The default does as it is told. */
export interface ResolverBehaviour {
  /** Multiplies every TTL, in permille: 1000 keeps it, 3000 trebles it. */
  readonly ttlFactor?: number;
  /** A shorter TTL of an address counts as this. */
  readonly ttlMinSeconds?: number;
  /** An answer that has run out is given for this much longer while no server answers (RFC 8767). */
  readonly serveStaleSeconds?: number;
}

export interface CachingResolverOptions {
  readonly lookup: DnsLookup;
  readonly clock: Pick<LocalClock, 'now'>;
  readonly behaviour?: ResolverBehaviour;
}

/** After a look-up that failed the servers are left alone for this long (RFC 9520 asks for at least a second). */
const FAILURE_HOLD_MS = 1000;

interface Entry {
  readonly addresses: readonly string[];
  readonly expiresAt: number;
}

/**
 * A resolver as clients use one: answers from its cache until the TTL has passed, absence of addresses included, then asks again. Those who ask
 * for a name while it is being looked up share that look-up.
 */
export class CachingResolver {
  private readonly lookup: DnsLookup;
  private readonly clock: CachingResolverOptions['clock'];
  private readonly behaviour: Required<ResolverBehaviour>;
  private readonly cache = new Map<string, Entry>();
  private readonly failures = new Map<
    string,
    { readonly error: unknown; readonly until: number }
  >();
  private readonly underWay = new Map<string, Promise<readonly string[]>>();

  constructor({ lookup, clock, behaviour }: CachingResolverOptions) {
    this.lookup = lookup;
    this.clock = clock;
    this.behaviour = { ttlFactor: 1000, ttlMinSeconds: 0, serveStaleSeconds: 0, ...behaviour };
  }

  /** IPv4 addresses; none when the name has none. Rejects when no server answers and nothing old may be given. */
  async resolve(name: string): Promise<readonly string[]> {
    const cached = this.cache.get(name);
    if (cached !== undefined && this.clock.now() < cached.expiresAt) return cached.addresses;
    const failure = this.failures.get(name);
    if (failure !== undefined && this.clock.now() < failure.until)
      return this.staleOr(name, failure.error);
    const shared = this.underWay.get(name) ?? this.refresh(name);
    this.underWay.set(name, shared);
    return shared;
  }

  private async refresh(name: string): Promise<readonly string[]> {
    try {
      const result = await this.lookup(name);
      this.cache.set(name, this.entryOf(result));
      this.failures.delete(name);
      return result.addresses;
    } catch (error) {
      this.failures.set(name, { error, until: this.clock.now() + FAILURE_HOLD_MS });
      return this.staleOr(name, error);
    } finally {
      this.underWay.delete(name);
    }
  }

  private entryOf({ addresses, ttlSeconds }: LookupResult): Entry {
    const { ttlFactor, ttlMinSeconds } = this.behaviour;
    const told = addresses.length > 0 ? Math.max(ttlMinSeconds, ttlSeconds) : ttlSeconds;
    return { addresses, expiresAt: this.clock.now() + told * ttlFactor }; // seconds × permille = ms
  }

  private staleOr(name: string, error: unknown): readonly string[] {
    const old = this.cache.get(name);
    const staleMs = this.behaviour.serveStaleSeconds * 1000;
    if (old === undefined || this.clock.now() >= old.expiresAt + staleMs) throw error;
    return old.addresses;
  }
}
