import { type Tick } from '../../domain/tick';
import { type TickArchive, type TickDigest } from '../../ports/tick-archive';

/** History in the memory of this process, at most `ticksMax` digests per pool (default 10,000). */
export class MemoryTickArchive<T = Tick> implements TickArchive<T> {
  private readonly ticksMax: number;
  private readonly digests = new Map<string, readonly TickDigest[]>();
  private readonly ticks = new Map<string, string>();

  constructor(settings: { readonly ticksMax?: number } = {}) {
    this.ticksMax = settings.ticksMax ?? 10_000;
  }

  append(digest: TickDigest, tick: T | null): Promise<void> {
    const known = [...(this.digests.get(digest.poolName) ?? []), digest];
    const dropped = known.slice(0, Math.max(0, known.length - this.ticksMax));
    for (const { poolName, tickId } of dropped) this.ticks.delete(keyOf(poolName, tickId));
    this.digests.set(digest.poolName, known.slice(dropped.length));
    if (tick !== null) this.ticks.set(keyOf(digest.poolName, digest.tickId), JSON.stringify(tick));
    return Promise.resolve();
  }

  list(
    poolName: string,
    range: Parameters<TickArchive['list']>[1],
  ): Promise<readonly TickDigest[]> {
    const { from = -Infinity, to = Infinity, limit } = range;
    const found = (this.digests.get(poolName) ?? []).filter(({ at }) => at >= from && at <= to);
    return Promise.resolve(found.sort((one, other) => other.at - one.at).slice(0, limit));
  }

  read(poolName: string, tickId: string): Promise<T | null> {
    const text = this.ticks.get(keyOf(poolName, tickId));
    return Promise.resolve(text === undefined ? null : (JSON.parse(text) as T));
  }
}

const keyOf = (poolName: string, tickId: string): string => JSON.stringify([poolName, tickId]);
