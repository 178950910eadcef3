import { type NotificationSettings } from '../../config/notification-settings';
import { instant, plus, type Instant } from '../../domain/units';
import { type StateStore } from '../../ports/state-store';
import { updateDocument } from '../../ports/update-document';
import { type Notice } from './notice';

/** A notice that nobody took. */
interface WaitingNotice {
  readonly notice: Notice;
  /** Times that it was sent. */
  readonly attempts: number;
  readonly notBefore: Instant;
}

/** One document for all subjects: whoever works next tries, wherever the alert came from. */
export const WAITING_NOTICES_KEY = 'notices-waiting';
/** What more does not fit is only logged: people who are not told of a hundred things need not wait for more. */
const ENTRIES_MAX = 100;
/** How many one turn tries. */
const AT_ONCE = 5;
const CLAIM_MS = 30_000;
const WAIT_MAX_MS = 5 * 60_000;

const isWaiting = (value: unknown): value is WaitingNotice =>
  typeof value === 'object' &&
  value !== null &&
  'attempts' in value &&
  typeof value.attempts === 'number' &&
  'notBefore' in value &&
  typeof value.notBefore === 'number' &&
  'notice' in value &&
  typeof value.notice === 'object' &&
  value.notice !== null &&
  'key' in value.notice &&
  'links' in value.notice;

const entriesIn = (value: unknown): readonly WaitingNotice[] =>
  Array.isArray(value) ? value.filter(isWaiting) : [];

const isSame = (a: Notice, b: Notice): boolean =>
  a.subject === b.subject && a.key === b.key && a.severity === b.severity;

type Limits = Pick<NotificationSettings, 'attemptsMax' | 'retryAfterMs'>;

/** `given-up`: sent often enough. `full`: so many wait already. */
export type WaitResult = 'waiting' | 'given-up' | 'full';

/** Critical notices that no channel took, for the next turns to try again. */
export class WaitingNotices {
  private readonly store: StateStore;
  private readonly limits: Limits;

  constructor(store: StateStore, limits: Limits) {
    this.store = store;
    this.limits = limits;
  }

  /** Puts one by that was sent `attempts` times in vain. Throws `StoreUnavailable`. */
  async putBy(notice: Notice, attempts: number, now: Instant): Promise<WaitResult> {
    const { attemptsMax, retryAfterMs } = this.limits;
    const isOver = attempts >= attemptsMax;
    const waitMs = Math.min(WAIT_MAX_MS, retryAfterMs * 2 ** (attempts - 1));
    const entry = { notice, attempts, notBefore: plus(now, waitMs) };
    const result = await updateDocument(this.store, WAITING_NOTICES_KEY, (value) => {
      const entries = entriesIn(value);
      const others = entries.filter((one) => !isSame(one.notice, notice));
      const known = entries.find((one) => isSame(one.notice, notice));
      // Raised anew while it waits: what was tried counts on.
      if (known !== undefined && known.attempts >= attempts) return { result: 'waiting' as const };
      if (isOver) return { next: others, result: 'given-up' as const };
      if (others.length >= ENTRIES_MAX) return { result: 'full' as const };
      return { next: [...others, entry], result: 'waiting' as const };
    });
    return result ?? 'full';
  }

  /** Forgets one that was told. Throws `StoreUnavailable`. */
  async remove(notice: Notice): Promise<void> {
    await updateDocument(this.store, WAITING_NOTICES_KEY, (value) => {
      const entries = entriesIn(value);
      const others = entries.filter((one) => !isSame(one.notice, notice));
      return others.length === entries.length ? { result: null } : { next: others, result: null };
    });
  }

  /** Those that are due, for this worker to send; others leave them alone meanwhile. Throws `StoreUnavailable`. */
  async takeDue(now: Instant): Promise<readonly WaitingNotice[]> {
    const due = await updateDocument(this.store, WAITING_NOTICES_KEY, (value) => {
      const entries = entriesIn(value);
      const taken = entries.filter(({ notBefore }) => notBefore <= now).slice(0, AT_ONCE);
      const next = entries.map((entry) =>
        taken.includes(entry) ? { ...entry, notBefore: instant(now + CLAIM_MS) } : entry,
      );
      return taken.length === 0 ? { result: taken } : { next, result: taken };
    });
    return due ?? [];
  }
}
