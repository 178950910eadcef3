import { type ChannelSettings } from '../../config/notification-settings';
import { callBudget, callsKept } from '../../domain/call-budget';
import { instant, since, type Instant } from '../../domain/units';
import { StoreUnavailable, type StateStore } from '../../ports/state-store';
import { updateDocument } from '../../ports/update-document';
import { type BucketRecord, takenTokens } from '../token-rules';
import { type Delivery } from './format';
import { type Notice } from './notice';

/** What became of a channel's messages since the store was new; the figures of a console or of metrics. */
export interface ChannelRecord {
  readonly taken: number;
  readonly failed: number;
  /** Not sent, because it was too many. */
  readonly limited: number;
  /** Nothing is sent before. */
  readonly restUntil: Instant;
  readonly lastFailure: { readonly at: Instant; readonly code: string } | null;
}

const NEW: ChannelRecord = {
  ...{ taken: 0, failed: 0, limited: 0, lastFailure: null },
  restUntil: instant(0),
};

/** Where a channel's figures stand in the state store. */
export const channelKey = (name: string): string => `notice-channels/${name}`;

/** Figures that stand there; new ones where there are none. */
export function channelRecord(value: unknown): ChannelRecord {
  if (typeof value !== 'object' || value === null) return NEW;
  const read = { ...NEW, ...value };
  const figures = [read.taken, read.failed, read.limited, read.restUntil];
  return figures.every((figure) => Number.isSafeInteger(figure)) ? read : NEW;
}

/** What one warm program remembers of a channel, for the time without the store. */
export interface LocalGate {
  bucket?: BucketRecord;
  restUntil?: Instant;
}

/** Keeps a channel within its limit, for all workers together; without the store, for this program alone. */
export class ChannelGate {
  private readonly settings: ChannelSettings;
  private readonly store: StateStore;
  private readonly local: LocalGate;

  constructor(settings: ChannelSettings, store: StateStore, local: LocalGate) {
    this.settings = settings;
    this.store = store;
    this.local = local;
  }

  /** Null when a message may be sent; else why not. */
  async refusal(severity: Notice['severity'], now: Instant): Promise<Delivery | null> {
    const restUntil = await this.restUntil();
    if (restUntil > now) return { kind: 'limited', code: 'resting', restMs: since(now, restUntil) };
    const { isGranted, waitMs } = await this.grant(severity, now);
    return isGranted ? null : { kind: 'limited', code: 'channel-limit', restMs: waitMs };
  }

  /** Counts what became of a message. Without the store nothing is counted but in the log. */
  async note(delivery: Delivery, now: Instant): Promise<void> {
    const isOwnLimit =
      delivery.kind === 'limited' && ['resting', 'channel-limit'].includes(delivery.code);
    const restUntil =
      delivery.kind === 'limited' && !isOwnLimit ? instant(now + delivery.restMs) : null;
    if (restUntil !== null) this.local.restUntil = restUntil;
    const key = channelKey(this.settings.name);
    await unlessUnavailable(() =>
      updateDocument(this.store, key, (value) => {
        const record = channelRecord(value);
        return { next: noted(record, delivery, restUntil, now), result: null };
      }),
    );
  }

  private async restUntil(): Promise<Instant> {
    const key = channelKey(this.settings.name);
    const stored = await unlessUnavailable(() => this.store.read(key));
    const here = this.local.restUntil ?? instant(0);
    return instant(Math.max(here, channelRecord(stored?.value).restUntil));
  }

  private async grant(
    severity: Notice['severity'],
    now: Instant,
  ): Promise<{ readonly isGranted: boolean; readonly waitMs: number }> {
    const budget = callBudget(this.settings.perMinute);
    const reserve = callsKept(budget.capacity, severity === 'critical' ? 'restore' : 'ramp');
    const request = { ...budget, count: 1, reserve };
    const granted = await unlessUnavailable(() =>
      this.store.takeTokens(`notify/${this.settings.name}`, request),
    );
    if (granted !== null) return granted;
    const { record, grant } = takenTokens(this.local.bucket, request, now);
    this.local.bucket = record;
    return grant;
  }
}

function noted(
  record: ChannelRecord,
  delivery: Delivery,
  restUntil: Instant | null,
  now: Instant,
): ChannelRecord {
  const counted = { ...record, [delivery.kind]: record[delivery.kind] + 1 };
  return {
    ...counted,
    ...(restUntil !== null && { restUntil }),
    ...(delivery.kind !== 'taken' && { lastFailure: { at: now, code: delivery.code } }),
  };
}

/** What is of use without the store too: null then. */
export async function unlessUnavailable<T>(use: () => Promise<T>): Promise<T | null> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}
