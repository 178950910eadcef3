/** What an alarm says, as far as it matters: whom to look at. Nothing in it is taken for a fact about the world. */
export interface AlarmCall {
  readonly kind: 'threshold-alarm' | 'system-event' | 'alertmanager' | 'generic';
  readonly pools: readonly string[];
  readonly resourceIds: readonly string[];
  /** A short text for the tick: name and state of the alarm. */
  readonly detail: string;
  /** Epoch milliseconds; null when it does not say. */
  readonly at: number | null;
}

const DETAIL_LENGTH_MAX = 120;

/** As much of a text as a tick shows of what woke it. */
export const shortDetail = (text: string): string => text.slice(0, DETAIL_LENGTH_MAX);
