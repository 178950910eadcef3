import { type Tick } from '../../domain/tick';
import { type Retention, type TickArchive, type TickDigest } from '../../ports/tick-archive';

const DAY_MS = 86_400_000;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

interface MemoryArchiveSettings extends Partial<Retention> {
  /** Most lines for each pool. Default 10,000. */
  readonly ticksMax?: number;
}

/** History in the memory of this process; its days end with the newest tick of a pool. No limits but `ticksMax` unless they are given. */
export class MemoryTickArchive<T = Tick> implements TickArchive<T> {
  private readonly settings: Required<MemoryArchiveSettings>;
  private readonly digests = new Map<string, readonly TickDigest[]>();
  private readonly ticks = new Map<string, string>();
  private bytes = 0;

  constructor({
    ticksMax = 10_000,
    days = Infinity,
    bytes = Infinity,
  }: MemoryArchiveSettings = {}) {
    this.settings = { ticksMax, days, bytes };
  }

  append(digest: TickDigest, tick: T | null): Promise<void> {
    const known = [...(this.digests.get(digest.poolName) ?? []), digest];
    const kept = this.kept(known);
    for (const { poolName, tickId } of known.slice(0, known.length - kept.length))
      this.forget(keyOf(poolName, tickId));
    this.digests.set(digest.poolName, kept);
    if (tick !== null) this.keep(keyOf(digest.poolName, digest.tickId), JSON.stringify(tick));
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

  private kept(known: readonly TickDigest[]): readonly TickDigest[] {
    const { ticksMax, days } = this.settings;
    const newest = known.slice(-ticksMax);
    const last = newest.at(-1);
    if (last === undefined || days === Infinity) return newest;
    const firstDay = dayOf(last.at - (days - 1) * DAY_MS);
    return newest.slice(newest.findIndex(({ at }) => dayOf(at) >= firstDay));
  }

  private keep(key: string, text: string): void {
    this.ticks.set(key, text);
    this.bytes += text.length;
    for (const oldest of this.ticks.keys()) {
      if (this.bytes <= this.settings.bytes) return;
      this.forget(oldest);
    }
  }

  private forget(key: string): void {
    this.bytes -= this.ticks.get(key)?.length ?? 0;
    this.ticks.delete(key);
  }
}

const keyOf = (poolName: string, tickId: string): string => JSON.stringify([poolName, tickId]);
