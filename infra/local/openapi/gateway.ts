import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type AccessKeys } from './access-keys';
import { type Answer, answerOf, type AnswerSettings, type RawRequest } from './answer';
import { type ControlPlane } from './control-plane';
import { NonceMemory } from './nonce-memory';

export interface GatewayOptions {
  readonly controlPlane: ControlPlane;
  readonly accessKeys: AccessKeys;
  /** 0 takes a free port. */
  readonly port?: number;
  readonly clockSkewMs?: number;
  readonly nonceCapacity?: number;
  readonly bodyBytesMax?: number;
  /** URL and headers together: whole scripts travel in the query. */
  readonly headerBytesMax?: number;
}

export interface Gateway {
  /** `127.0.0.1:PORT`, as the vendor's clients want their endpoint. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

const BODY_BYTES_MAX = 10_000_000;
const HEADER_BYTES_MAX = 256 * 1024;

/** Serves the region's OpenAPI over HTTP on the loopback: RPC style, GET and POST, both signatures verified. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const authentication = {
    accessKeys: options.accessKeys,
    nonces: new NonceMemory(options.nonceCapacity ?? 100_000),
    clockSkewMs: options.clockSkewMs ?? 15 * 60_000,
    now: () => options.controlPlane.clock.now(),
  };
  const settings = {
    controlPlane: options.controlPlane,
    authentication,
    bodyBytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX,
  };
  const server = createServer(
    { maxHeaderSize: options.headerBytesMax ?? HEADER_BYTES_MAX },
    (request, response) => {
      void serve(request, response, settings);
    },
  );
  await listen(server, options.port ?? 0);
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  settings: AnswerSettings & { readonly bodyBytesMax: number },
): Promise<void> {
  response.on('error', () => undefined); // the caller hung up; there is nobody to tell
  try {
    const body = await readBody(request, settings.bodyBytesMax);
    send(response, await answerOf(rawRequestOf(request, body), settings));
  } catch {
    response.destroy();
  }
}

/** The body's bytes, or null when there are more than `bytesMax`; rejects when the caller hangs up first. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
  }
  return bytes <= bytesMax ? Buffer.concat(chunks) : null;
}

function rawRequestOf(request: IncomingMessage, body: Buffer | null): RawRequest {
  const [path = '/', ...rest] = (request.url ?? '/').split('?');
  return {
    method: request.method ?? '',
    path,
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    encodedQuery: rest.join('?'),
    body,
  };
}

function send(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case 'reply':
      response.writeHead(answer.status, {
        ...answer.headers,
        'content-length': Buffer.byteLength(answer.body),
      });
      response.end(answer.body);
      return;
    case 'reset':
      response.destroy();
      return;
    case 'silence':
      return;
  }
}
