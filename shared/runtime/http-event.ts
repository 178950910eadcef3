import { z } from 'zod';
import { EventError, malformed } from './event-error';

/** A request that reached an HTTP trigger. Header names in lower case; body decoded from base64. */
export interface HttpRequest {
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Address of whoever asks; left out where nobody tells. */
  readonly sourceAddress?: string;
}

export interface HttpReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

const text = z.record(z.string(), z.string());
const httpEvent = z.object({
  version: z.literal('v1'),
  rawPath: z.string(),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
  headers: text.default({}),
  queryParameters: text.default({}),
  requestContext: z.object({
    http: z.object({ method: z.string(), sourceIp: z.string().optional() }),
  }),
});

/** Reads a version 1 event of an HTTP trigger. Throws `EventError`: 400 for another shape, 413 for a body over the limit. */
export function readHttpRequest(event: unknown, bodyBytesMax: number): HttpRequest {
  const parsed = httpEvent.safeParse(event);
  if (!parsed.success) throw malformed('This function answers HTTP requests only.');
  const { rawPath, headers, queryParameters, isBase64Encoded, requestContext } = parsed.data;
  const body = Buffer.from(parsed.data.body, isBase64Encoded ? 'base64' : 'utf8');
  if (body.byteLength > bodyBytesMax)
    throw new EventError(413, `The body is larger than ${bodyBytesMax} bytes.`);
  return {
    method: requestContext.http.method,
    path: rawPath,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    query: queryParameters,
    body,
    ...(requestContext.http.sourceIp === undefined
      ? {}
      : { sourceAddress: requestContext.http.sourceIp }),
  };
}

export const jsonReply = (statusCode: number, body: object): HttpReply => ({
  statusCode,
  headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});
