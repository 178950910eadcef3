import { createHmac } from 'node:crypto';
import { bytesOf, type Format } from './format';
import { OBSERVED, titleOf } from './notice';
import { oneLine } from './plain-text';

/**
 * Any receiver of signed JSON. Header `X-Evenkeel-Signature` is the lower-case hex HMAC-SHA256 by the secret over
 * `<X-Evenkeel-Timestamp>.<body>`, the timestamp in seconds: the scheme that on-alarm itself accepts. Any 2xx is taken. Texts are
 * plain: whoever shows them escapes them.
 */
export const WEBHOOK: Format = {
  bytesMax: 65_536,
  envelope: (notice, secret, now) => {
    const { at, mode, message, explanation, ...rest } = notice;
    const body = JSON.stringify({
      schema: 1,
      ...rest,
      title: oneLine(titleOf(notice)),
      message: oneLine(message),
      explanation,
      mode,
      ...(mode === 'observe' && { note: OBSERVED }),
      at: new Date(at).toISOString(),
    });
    if (secret === null) return { body };
    const timestamp = String(Math.floor(now / 1000));
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'x-evenkeel-timestamp': timestamp, 'x-evenkeel-signature': signature };
    return { body, headers };
  },
  lengthOf: ({ body }) => bytesOf(body),
  verdict: () => ({ kind: 'taken' }),
};
