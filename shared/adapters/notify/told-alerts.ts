import { since, type Instant } from '../../domain/units';
import { type StateStore } from '../../ports/state-store';
import { updateDocument } from '../../ports/update-document';

/** An alert that is being told, or was. */
interface ToldAlert {
  readonly id: string;
  readonly at: Instant;
  readonly isTold: boolean;
}

/** Longer than any worker takes to tell: then whoever began has ended in between, and it is told again. */
const CLAIM_MS = 30_000;
/** Older ones go first; a subject has fewer kinds of alerts. */
const ENTRIES_MAX = 500;

const keyOf = (subject: string): string => `notices/${subject}`;

const isEntry = (value: unknown): value is ToldAlert =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'at' in value &&
  typeof value.at === 'number' &&
  'isTold' in value &&
  typeof value.isTold === 'boolean';

/** A document that cannot be understood tells of nothing: twice is better than never. */
const entriesIn = (value: unknown): readonly ToldAlert[] =>
  Array.isArray(value) ? value.filter(isEntry) : [];

/** Whether an entry still speaks for its alert; one from the future does not. */
const isInForce = (entry: ToldAlert, now: Instant, repeatEveryMs: number): boolean =>
  entry.at <= now && since(entry.at, now) < (entry.isTold ? repeatEveryMs : CLAIM_MS);

/**
 * Which alerts people were told of, by subject, for all workers together. It is claimed before and noted afterwards, so that of two
 * workers one tells it, and one that ends in between is followed by another.
 */
export class ToldAlerts {
  private readonly store: StateStore;
  private readonly repeatEveryMs: number;

  constructor(store: StateStore, repeatEveryMs: number) {
    this.store = store;
    this.repeatEveryMs = repeatEveryMs;
  }

  /** False when it was told, or somebody else is about to. Throws `StoreUnavailable`. */
  async claim(subject: string, id: string, now: Instant): Promise<boolean> {
    const isOurs = await updateDocument(this.store, keyOf(subject), (value) => {
      const entries = this.inForce(value, now);
      if (entries.some((entry) => entry.id === id)) return { result: false };
      const claimed = { id, at: now, isTold: false };
      return { next: [...entries, claimed].slice(-ENTRIES_MAX), result: true };
    });
    return isOurs ?? true;
  }

  /** Notes that it was told, or gives the claim back. Throws `StoreUnavailable`. */
  async settle(subject: string, id: string, isTold: boolean, now: Instant): Promise<void> {
    await updateDocument(this.store, keyOf(subject), (value) => {
      const others = this.inForce(value, now).filter((entry) => entry.id !== id);
      const next = isTold ? [...others, { id, at: now, isTold }] : others;
      return { next, result: null };
    });
  }

  private inForce(value: unknown, now: Instant): readonly ToldAlert[] {
    return entriesIn(value).filter((entry) => isInForce(entry, now, this.repeatEveryMs));
  }
}
