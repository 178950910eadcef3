import { type Instant, instant, plus } from './domain/units';
import { type Clock } from './ports/clock';
import { type StateStore } from './ports/state-store';
import { type Update, updateDocument } from './ports/update-document';

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
/** Clocks differ by less: a place that is held for longer was taken by one that was ahead, and is nobody’s. */
const AHEAD_MS = 60_000;
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
    const document = await this.options.store.read(this.key);
    return this.isTaken(this.placesIn(document?.value));
  }

  async stay(): Promise<boolean> {
    const { clock, deadline, holder } = this.options;
    if (this.heldUntil > plus(clock.now(), RENEW_MS) || this.heldUntil === deadline) return true;
    const until = await this.update((places): Update<Instant | null> => {
      if (this.isTaken(places)) return { result: null };
      const until = instant(Math.min(deadline, plus(clock.now(), PLACE_MS)));
      return { next: { ...places, [holder]: until }, result: until };
    });
    if (until === undefined) return this.holds();
    if (until !== null) this.heldUntil = until;
    return until !== null;
  }

  async leave(): Promise<void> {
    if (this.heldUntil === 0) return;
    this.heldUntil = instant(0);
    await this.update((places) => {
      const others = Object.entries(places).filter(([holder]) => holder !== this.options.holder);
      return { next: Object.fromEntries(others), result: null };
    });
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

  private placesIn(value: unknown): Places {
    const now = this.options.clock.now();
    const isHeld = (until: unknown): boolean =>
      typeof until === 'number' && until > now && until <= now + PLACE_MS + AHEAD_MS;
    const places = Object.entries(isRecord(value) ? value : {}).filter(
      (entry): entry is [string, number] => isHeld(entry[1]),
    );
    return Object.fromEntries(places);
  }

  private async update<R>(change: (places: Places) => Update<R>): Promise<R | undefined> {
    const update = (value: unknown): Update<R> => change(this.placesIn(value));
    return updateDocument(this.options.store, this.key, update, { attemptsMax: ATTEMPTS_MAX });
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
