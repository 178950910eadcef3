import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface ReceivedMessage {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body. */
  readonly json: unknown;
}

export interface ScriptedReply {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing is answered at all. */
  readonly isHanging?: boolean;
}

export interface ChannelServer {
  readonly url: string;
  readonly received: readonly ReceivedMessage[];
  /** What is answered from now on. */
  answer: (reply: ScriptedReply) => void;
  readonly stop: () => Promise<void>;
}

/** A robot’s address on loopback: keeps what it receives, and answers what it is told to. */
export async function startChannelServer(first: ScriptedReply = {}): Promise<ChannelServer> {
  const received: ReceivedMessage[] = [];
  let reply = first;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const text = Buffer.concat(chunks).toString('utf8');
      const { headers } = request;
      const json: unknown = JSON.parse(text);
      received.push({ path: url.pathname, query: url.searchParams, headers, text, json });
      const { status = 200, body = '{"errcode":0,"errmsg":"ok"}', isHanging = false } = reply;
      if (!isHanging) response.writeHead(status, reply.headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/robot/send?access_token=token-0123456789`,
    received,
    answer: (next) => void (reply = next),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
