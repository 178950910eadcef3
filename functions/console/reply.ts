import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type HttpReply, type HttpRequest } from '../../shared/runtime/http-event';

/**
 * Nothing but our own files may be loaded, run or called, nobody may frame the page, and no script or style stands in the markup:
 * a name that somebody chose with care stays text.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

/** On every reply, whatever it is. Browsers heed the promise of HTTPS, for a year, where they were told over HTTPS. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
};

/** Smaller bodies are not worth compressing. */
const COMPRESSED_FROM_BYTES = 1000;
/** Fast rather than small: a third of a vCPU answers while somebody waits. */
const COMPRESSION_LEVEL = 4;
/** The platform’s limit is 32 MB with base64; nothing of ours comes near, so more than this is a mistake. */
const BODY_BYTES_MAX = 8_000_000;

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export const json = (
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(JSON.stringify(body), 'utf8'),
  headers,
});

export const text = (body: string, contentType = 'text/plain; charset=utf-8'): Answer => ({
  status: 200,
  contentType,
  body: Buffer.from(body, 'utf8'),
});

const tagOf = (body: Buffer): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

const isKnownTo = ({ headers }: HttpRequest, tag: string): boolean =>
  (headers['if-none-match'] ?? '')
    .split(',')
    .some((known) => known.trim().replace(/^W\//, '') === tag);

const takesGzip = ({ headers }: HttpRequest): boolean =>
  /(^|,)\s*gzip\s*(;q=(?!0(\.0*)?\s*(,|$))|,|$)/i.test(headers['accept-encoding'] ?? '');

/**
 * The reply of the trigger: with the security headers, unchanged content as 304 without a body, larger content compressed. `now` is the
 * server’s clock, by which the page tells ages.
 */
export function replyOf(answer: Answer, request: HttpRequest, now: number): HttpReply {
  const { status, contentType, body } = answer;
  if (body.byteLength > BODY_BYTES_MAX)
    throw new Error(`A reply of ${body.byteLength} bytes is larger than any should be.`);
  const tag = request.method === 'GET' && status === 200 ? tagOf(body) : null;
  const headers = {
    ...SECURITY_HEADERS,
    'Cache-Control': tag === null ? 'no-store' : 'private, no-cache',
    'X-Evenkeel-Now': String(now),
    ...(tag === null ? {} : { ETag: tag, Vary: 'Accept-Encoding, Cookie' }),
    ...answer.headers,
  };
  if (tag !== null && isKnownTo(request, tag))
    return { statusCode: 304, headers, body: '', isBase64Encoded: false };
  const isSmall = body.byteLength < COMPRESSED_FROM_BYTES || !takesGzip(request);
  return {
    statusCode: status,
    headers: {
      ...headers,
      'Content-Type': contentType,
      ...(isSmall ? {} : { 'Content-Encoding': 'gzip' }),
    },
    body: (isSmall ? body : gzipSync(body, { level: COMPRESSION_LEVEL })).toString('base64'),
    isBase64Encoded: true,
  };
}
