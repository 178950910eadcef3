import { z } from 'zod';
import { EventError } from '../../shared/runtime/event-error';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { type Instant } from '../../shared/domain/units';
import { type OutsideVerdict } from '../../shared/wake/take-verdict';

export interface VerdictCall {
  readonly verdict: OutsideVerdict;
  readonly signature: string;
}

/** A verdict is short; whatever is longer is looked at only after its caller is known. */
const BODY_BYTES_MAX = 4096;

const word = z.string().min(1).max(128);
const verdictCall = z.strictObject({
  kind: z.literal('verdict'),
  name: word,
  voter: word,
  siteName: word,
  answer: z.enum(['up', 'down', 'unknown']),
  at: z.int().nonnegative(),
  nonce: z.string().regex(/^[\w.-]{8,128}$/),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * The verdict of an outside voter, or null when the call is something else. `signature` is the lower-case hex HMAC-SHA256, with the
 * voter’s own secret, over `evenkeel-verdict.` and the other fields without `kind` as JSON with sorted keys and no spaces. Throws
 * `EventError` 400 when it calls itself a verdict and is none.
 */
export function readVerdictCall({ body }: HttpRequest): VerdictCall | null {
  if (body.byteLength > BODY_BYTES_MAX) return null;
  const fields = jsonOf(body.toString('utf8'));
  if (!z.looseObject({ kind: z.literal('verdict') }).safeParse(fields).success) return null;
  const parsed = verdictCall.safeParse(fields);
  if (!parsed.success)
    throw new EventError(
      400,
      `The verdict is malformed: ${parsed.error.issues.map((issue) => issue.path.join('.') || issue.code).join(', ')}.`,
    );
  const { signature, name, voter, siteName, answer, at, nonce } = parsed.data;
  return { verdict: { name, voter, siteName, answer, at: at as Instant, nonce }, signature };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
