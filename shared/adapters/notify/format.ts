import { type Instant } from '../../domain/units';
import { type Notice } from './notice';

/** One POST of JSON, its address apart. */
export interface Envelope {
  readonly body: string;
  /** Added to the address. */
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a service answered. */
export interface ChannelReply {
  readonly status: number;
  readonly body: string;
  /** Seconds or a date; null when it did not say. */
  readonly retryAfter: string | null;
}

/** What became of one message. */
export type Delivery =
  | { readonly kind: 'taken' }
  /** Nothing may be sent for a while. */
  | { readonly kind: 'limited'; readonly code: string; readonly restMs: number }
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string };

/** The form of one vendor's messages. */
export interface Format {
  /** The service refuses what is longer; counted by `lengthOf`. */
  readonly bytesMax: number;
  /** What a notice becomes, signed where there is a secret. */
  envelope(notice: Notice, secret: string | null, now: Instant): Envelope;
  /** Bytes that the service counts. */
  lengthOf(envelope: Envelope): number;
  /** Judges an answer of status 2xx; any other status is a failure or a limit for all. */
  verdict(reply: ChannelReply): Delivery;
}

export const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

const CUT = ' … (cut: the service takes no more; explain tells the whole)';

/** The notice with its message cut, and a note that it was, so that the service takes it. */
export function fitted(
  notice: Notice,
  format: Format,
  { secret, now }: { readonly secret: string | null; readonly now: Instant },
): Envelope {
  const signs = Array.from(notice.message);
  let kept = signs.length;
  let envelope = format.envelope(notice, secret, now);
  while (format.lengthOf(envelope) > format.bytesMax && kept > 0) {
    kept = Math.floor((kept * 9) / 10);
    const message = `${signs.slice(0, kept).join('')}${CUT}`;
    envelope = format.envelope({ ...notice, message }, secret, now);
  }
  return envelope;
}

const MINUTE = 60_000;
const REST_MAX_MS = 10 * MINUTE;

/** How long to rest after a refusal for being too fast. Example: `Retry-After: 30` → 30,000; nothing said → a minute. */
export function restOf(retryAfter: string | null, now: Instant): number {
  if (retryAfter === null) return MINUTE;
  const asked = /^\d{1,6}$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - now;
  return Number.isNaN(asked) ? MINUTE : Math.min(REST_MAX_MS, Math.max(1000, asked));
}

/** A code that stands in an answer of status 200: 0 is taken. */
export function codeVerdict(
  { body }: ChannelReply,
  fields: readonly string[],
  limits: Readonly<Record<number, number>>,
): Delivery {
  const reply = parsed(body);
  const code = fields.map((field) => reply[field]).find((value) => typeof value === 'number');
  if (typeof code !== 'number')
    return { kind: 'failed', code: 'unreadable-reply', detail: 'the answer holds no code' };
  if (code === 0) return { kind: 'taken' };
  const restMs = limits[code];
  if (restMs !== undefined) return { kind: 'limited', code: `code-${code}`, restMs };
  const said = reply['errmsg'] ?? reply['msg'] ?? reply['StatusMessage'];
  return { kind: 'failed', code: `code-${code}`, detail: typeof said === 'string' ? said : '' };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
