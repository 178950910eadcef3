import { type Instant, instant, plus } from './domain/units';
import { type Clock } from './ports/clock';
import { type StateStore } from './ports/state-store';

/** Who stays awake between looks, of all the workers of a kind. */
export interface WatchSlots {
  /** Whether everybody who may stay awake does, this worker not among them. Throws `StoreUnavailable`. */
  isFull(): Promise<boolean>;
  /** Takes a place for this worker, or keeps the one it has; false when there is none left. Throws `StoreUnavailable`. */
  stay(): Promise<boolean>;
  /** Gives the place back, so that a successor finds it free. Throws `StoreUnavailable`. */
  leave(): Promise<void>;
}

export interface WatchSlotsOptions {
  readonly store: Pick<StateStore, 'read' | 'compareAndSet'>;
  readonly clock: Clock;
  /** Workers that are counted together: of pools, or of names. */
  readonly kind: 'pools' | 'names';
  readonly holder: string;
  /** Workers that may stay awake at once. */
  readonly max: number;
  /** When this worker must have ended: its place is nobody’s after that. */
  readonly deadline: Instant;
}

/** A worker that died keeps its place no longer than this. */
const PLACE_MS = 90_000;
/** What is left of a place’s time when it is asked for anew. */
const RENEW_MS = 45_000;
/** Others may take or leave a place in the same moment. */
const ATTEMPTS_MAX = 8;

type Places = Readonly<Record<string, number>>;

/**
 * A worker that stays awake keeps an instance of its function for as long: with more of them than instances nobody else would be
 * looked at. They are counted in one document of the store, one place for each worker, whatever the number of its pools.
 */
export class StoredWatchSlots implements WatchSlots {
  private readonly options: WatchSlotsOptions;
  private heldUntil: Instant = instant(0);

  constructor(options: WatchSlotsOptions) {
    this.options = options;
  }

  async isFull(): Promise<boolean> {
    if (this.holds()) return false;
    const { places } = await this.read();
    return this.isTaken(places);
  }

  async stay(): Promise<boolean> {
    const { clock, deadline, holder } = this.options;
    if (this.heldUntil > plus(clock.now(), RENEW_MS) || this.heldUntil === deadline) return true;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const { places, version } = await this.read();
      if (this.isTaken(places)) return false;
      const until = instant(Math.min(deadline, plus(clock.now(), PLACE_MS)));
      if (await this.write({ ...places, [holder]: until }, version)) {
        this.heldUntil = until;
        return true;
      }
    }
    return this.holds();
  }

  async leave(): Promise<void> {
    if (this.heldUntil === 0) return;
    this.heldUntil = instant(0);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const { places, version } = await this.read();
      const others = Object.entries(places).filter(([holder]) => holder !== this.options.holder);
      if (await this.write(Object.fromEntries(others), version)) return;
    }
  }

  private holds(): boolean {
    return this.heldUntil > this.options.clock.now();
  }

  private isTaken(places: Places): boolean {
    const { holder, max } = this.options;
    return Object.keys(places).filter((other) => other !== holder).length >= max;
  }

  private get key(): string {
    return `watchers/${this.options.kind}`;
  }

  private async read(): Promise<{ readonly places: Places; readonly version: number | null }> {
    const document = await this.options.store.read(this.key);
    const now = this.options.clock.now();
    const entries = Object.entries(isRecord(document?.value) ? document.value : {});
    const places = entries.filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > now,
    );
    return { places: Object.fromEntries(places), version: document?.version ?? null };
  }

  private async write(places: Places, version: number | null): Promise<boolean> {
    return (await this.options.store.compareAndSet(this.key, places, version)) === 'stored';
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
