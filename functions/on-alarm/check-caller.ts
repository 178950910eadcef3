import { EventError } from '../../shared/runtime/event-error';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { isSecret, verifySignedCall } from '../../shared/runtime/secret';
import { type Instant } from '../../shared/domain/units';

export interface CallerSettings {
  /** Current and next secret. Without any, nobody is let in. */
  readonly secrets: readonly string[];
  /** How far a signed call's timestamp may be from now. */
  readonly skewMs: number;
  readonly now: Instant;
}

export const SECRET_HEADER = 'x-evenkeel-secret';
export const TIMESTAMP_HEADER = 'x-evenkeel-timestamp';
export const SIGNATURE_HEADER = 'x-evenkeel-signature';

/**
 * Lets a caller in who knows a secret, or throws `EventError` 401. CloudMonitor cannot sign, so the secret stands in its callback's
 * URL: as the last part of the path, or as `?secret=`; others send `X-Evenkeel-Secret`, or as Alertmanager can, `Authorization`: the
 * secret as bearer token or, with any user, as the password of basic authentication. Better callers sign: `X-Evenkeel-Timestamp`
 * (epoch seconds or milliseconds) and `X-Evenkeel-Signature`, the lower-case hex HMAC-SHA256 of `<timestamp>.<body>`;
 * what the signature does not cover, `?pool=`, they leave out (400).
 */
export function checkCaller(request: HttpRequest, settings: CallerSettings): void {
  const signature = request.headers[SIGNATURE_HEADER];
  if (signature === undefined) {
    if (!isSecret(presentedSecret(request), settings.secrets))
      throw new EventError(401, 'The secret is wrong.');
    return;
  }
  if (request.query['pool'] !== undefined)
    throw new EventError(
      400,
      'A signed call names its pools in the body, which the signature covers.',
    );
  const timestamp = request.headers[TIMESTAMP_HEADER] ?? '';
  const verdict = verifySignedCall(
    { timestamp, signature, body: request.body },
    settings.secrets,
    settings,
  );
  if (verdict === 'stale') throw new EventError(401, 'The timestamp is too far from now.');
  if (verdict === 'wrong') throw new EventError(401, 'The signature is wrong.');
}

function presentedSecret({ headers, query, path }: HttpRequest): string {
  const inPath = path.slice(path.lastIndexOf('/') + 1);
  return (
    headers[SECRET_HEADER] ??
    authorized(headers['authorization']) ??
    query['secret'] ??
    decodedOr(inPath)
  );
}

/** Bearer token, or password of basic authentication; undefined where there is neither. */
function authorized(header: string | undefined): string | undefined {
  const [, scheme, word = ''] = /^(Bearer|Basic) +([\w+/=.~-]+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return word;
  const pair = Buffer.from(word, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
