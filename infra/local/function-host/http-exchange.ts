import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type SignedRequest } from '../openapi/authenticate';
import { invalidArgument, PlatformError } from './platform-error';

/** Limits of the platform for one HTTP request. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;
const HEADER_BYTES_MAX = 8 * 1024;
const TARGET_BYTES_MAX = 4 * 1024;

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request as it arrived, and the address of who sent it. */
export interface HttpRequest extends SignedRequest {
  readonly protocol: string;
  readonly sourceAddress: string;
}

/** The reply for a platform error: `{ErrorCode, ErrorMessage}`. */
function platformErrorReply(error: unknown): HttpReply {
  const known =
    error instanceof PlatformError
      ? error
      : new PlatformError(500, 'InternalServerError', 'An internal error occurred.');
  const body = JSON.stringify({ ErrorCode: known.code, ErrorMessage: known.message });
  return {
    status: known.status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(body),
  };
}

/** Serves on a loopback port, a free one by default. A throwing `answer` becomes a platform error. Rejects when the port cannot be had. */
export async function serveHttp(
  answer: (request: HttpRequest) => Promise<HttpReply>,
  port = 0,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer({ maxHeaderSize: 4 * HEADER_BYTES_MAX }, (incoming, outgoing) => {
    readRequest(incoming)
      .then(answer)
      .catch(platformErrorReply)
      .then((reply) => sendReply(incoming, outgoing, reply))
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Ends a server and every connection it has. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const headers = headersOf(incoming);
  const target = incoming.url ?? '/';
  const headerBytes = incoming.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  if (headerBytes > HEADER_BYTES_MAX) throw invalidArgument('Headers may have 8 KB in all.');
  if (target.length > TARGET_BYTES_MAX) throw invalidArgument('Path and query may have 4 KB.');
  const [path = '/', ...query] = target.split('?');
  return {
    method: incoming.method ?? 'GET',
    path,
    headers,
    query: [...new URLSearchParams(query.join('?'))],
    form: [],
    body: await readBody(incoming),
    protocol: `HTTP/${incoming.httpVersion}`,
    sourceAddress: incoming.socket.remoteAddress ?? '',
  };
}

const headersOf = (incoming: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  );

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw invalidArgument('A body may have 32 MB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sendReply(incoming: IncomingMessage, outgoing: ServerResponse, reply: HttpReply): void {
  if (!incoming.complete) outgoing.setHeader('connection', 'close');
  outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.byteLength });
  outgoing.end(reply.body);
}
