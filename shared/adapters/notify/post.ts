import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type ChannelReply, type Envelope } from './format';

const REPLY_BYTES_MAX = 65_536;

/** Why nothing came back. It never names the address, which is a secret. */
export class PostFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'PostFailure';
    this.code = code;
  }
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Whoever listens on the way there is on this machine. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);

/** Throws `PostFailure` for what is no address, and for one that would show the token to whoever listens on the way. */
function addressOf(text: string, query: Envelope['query']): URL {
  if (!URL.canParse(text)) throw new PostFailure('bad-address', 'the address is not a URL');
  const url = new URL(text);
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  if (!isSafe) throw new PostFailure('bad-address', 'the address must begin with https://');
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  return url;
}

/**
 * One POST over a connection of its own: a kept one would be dead after the platform froze the function. It is over after `timeoutMs`,
 * whatever the other side does; redirects are not followed. Throws `PostFailure`.
 */
export async function post(
  address: string,
  { body, query, headers }: Envelope,
  timeoutMs: number,
): Promise<ChannelReply> {
  const url = addressOf(address, query);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'evenkeel',
        connection: 'close',
        ...headers,
      },
    });
    const timer = setTimeout(() => fail('timeout', `no answer within ${timeoutMs} ms`), timeoutMs);
    const fail = (code: string, message: string): void => {
      clearTimeout(timer);
      reject(new PostFailure(code, message));
      outgoing.destroy();
    };
    outgoing.on('error', ({ code }: NodeJS.ErrnoException) =>
      fail('connection-failed', `the connection failed (${code ?? 'unknown'})`),
    );
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const answered = (): void => {
        clearTimeout(timer);
        const retryAfter = response.headers['retry-after'] ?? null;
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, body: text, retryAfter });
      };
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > REPLY_BYTES_MAX) fail('unreadable-reply', 'the answer is too long');
        else chunks.push(chunk);
      });
      response.on('end', answered);
      response.on('error', () => fail('connection-failed', 'the answer broke off'));
    });
    outgoing.end(body);
  });
}
