import { type FcContext, type FcHandler } from './fc-context';
import { type HttpReply } from './http-event';

/**
 * The request that an HTTP trigger of FC 2.0 hands to a function of Node.js. `body` is missing in older runtimes, where it is read from
 * the request itself.
 */
interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly clientIP?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly queries?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | string;
}

/** Where FC 2.0 takes the reply. */
interface ServiceResponse {
  setStatusCode(status: number): void;
  setHeader(name: string, value: string): void;
  send(body: Buffer): void;
}

const isServiceResponse = (value: unknown): value is ServiceResponse =>
  typeof (value as ServiceResponse | null)?.setStatusCode === 'function';

/**
 * Makes a handler of HTTP events (FC 3.0, version 1) answer HTTP triggers of FC 2.0 too, which call `(request, response, context)`.
 * Which one calls shows in the second argument. Source: the Node.js pages “HTTP handler” of both generations.
 */
export function answeringBoth(handler: FcHandler): FcHandler {
  return async (...given: readonly unknown[]) => {
    const [first, second, third] = given;
    if (!isServiceResponse(second)) return handler(first as Buffer, second as FcContext);
    const event = await eventOf(first as ServiceRequest);
    const reply = (await handler(event, third as FcContext)) as HttpReply;
    second.setStatusCode(reply.statusCode);
    for (const [name, value] of Object.entries(reply.headers)) second.setHeader(name, value);
    second.send(Buffer.from(reply.body, reply.isBase64Encoded ? 'base64' : 'utf8'));
    return undefined;
  };
}

async function eventOf(request: ServiceRequest): Promise<Buffer> {
  const { method, path, headers = {}, queries = {}, clientIP } = request;
  const queryParameters = Object.fromEntries(
    Object.entries(queries).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.join(','),
    ]),
  );
  return Buffer.from(
    JSON.stringify({
      version: 'v1',
      rawPath: path,
      headers,
      queryParameters,
      body: (await bodyOf(request)).toString('base64'),
      isBase64Encoded: true,
      requestContext: { http: { method, path, sourceIp: clientIP } },
    }),
  );
}

async function bodyOf(request: ServiceRequest): Promise<Buffer> {
  if (request.body !== undefined) return Buffer.from(request.body as string);
  if (!(Symbol.asyncIterator in request)) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of request as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
