import { Agent, type IncomingMessage, type RequestOptions, request as send } from 'node:http';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { type LoadSettings } from './load-options';
import { type LoadFailure } from './load-report';
import { lookupFunction, resolverCrowd } from './resolver-crowd';

/** How one request ended. */
export interface LoadAnswer {
  readonly failure?: LoadFailure;
  readonly backend?: string;
  /** Where it went, when the host is a name. */
  readonly address?: string;
}

export interface LoadClient {
  /** Sends the n-th request; it fails with `timeout` when it is not over within `timeoutMs`. Never rejects. */
  send(index: number, timeoutMs: number): Promise<LoadAnswer>;
  close(): void;
}

export const loadClient = (settings: LoadSettings): LoadClient =>
  settings.kind === 'http' ? new HttpLoadClient(settings) : tcpLoadClient(settings);

function failureOf(error: NodeJS.ErrnoException): LoadFailure {
  if (error.code === 'ENOTFOUND') return 'name';
  if (error.code === 'ECONNREFUSED') return 'refused';
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : 'other';
}

/** How new connections find the address: by the host itself (one entry, empty), or each by its resolver. */
const waysOf = ({ resolvers }: LoadSettings): readonly Way[] =>
  resolvers === undefined
    ? [{}]
    : resolverCrowd(resolvers).map((resolver) => ({ lookup: lookupFunction(resolver), family: 4 }));

interface Way {
  readonly lookup?: LookupFunction;
  readonly family?: 4;
}

/** The n-th request's way: a sticky client keeps its own. */
const placeOf = (index: number, { clients }: LoadSettings, ways: number): number =>
  (clients === 0 ? index : index % clients) % ways;

/** Tells the address that a socket goes to, at once when it is open already. */
function onAddress(socket: Socket, tell: (address: string) => void): void {
  if (socket.remoteAddress !== undefined) tell(socket.remoteAddress);
  else socket.once('lookup', (error: Error | null, address: string) => error ?? tell(address));
}

/** Idle connections are closed after this, well before any server would: a request never meets a connection that is being closed. */
const IDLE_MS = 2000;

class HttpLoadClient implements LoadClient {
  private readonly settings: LoadSettings;
  private readonly ways: readonly (Way & { readonly agent: Agent })[];
  private readonly jars = new Map<number, Map<string, string>>();

  constructor(settings: LoadSettings) {
    this.settings = settings;
    // An agent each, so that no client goes out over a connection that another's resolver chose.
    this.ways = waysOf(settings).map((way) => ({ ...way, agent: this.newAgent() }));
  }

  private newAgent(): Agent {
    return new Agent({
      keepAlive: this.settings.keepAlive,
      maxFreeSockets: this.settings.concurrency,
      scheduling: 'lifo',
      timeout: IDLE_MS,
      noDelay: true,
    });
  }

  send(index: number, timeoutMs: number): Promise<LoadAnswer> {
    const jar = this.jar(index);
    return new Promise((resolve) =>
      this.attempt({ jar, index, deadline: performance.now() + timeoutMs, conclude: resolve }),
    );
  }

  close(): void {
    for (const { agent } of this.ways) agent.destroy();
  }

  private jar(index: number): Map<string, string> | undefined {
    if (this.settings.clients === 0) return undefined;
    const client = index % this.settings.clients;
    const jar = this.jars.get(client) ?? new Map<string, string>();
    this.jars.set(client, jar);
    return jar;
  }

  private attempt(exchange: LoadExchange): void {
    const request = send(this.requestOptions(exchange));
    let went: Pick<LoadAnswer, 'address'> = {};
    const end = (answer: LoadAnswer): void => {
      clearTimeout(timer);
      exchange.conclude({ ...answer, ...went });
    };
    if (this.settings.resolvers !== undefined)
      request.once('socket', (socket) => onAddress(socket, (address) => (went = { address })));
    const timer = setTimeout(
      () => {
        end({ failure: 'timeout' });
        request.destroy();
      },
      Math.max(0, exchange.deadline - performance.now()),
    );
    request.once('response', (response) => receive(response, exchange.jar, end));
    request.once('error', (error) => end({ failure: failureOf(error) }));
    request.end();
  }

  private requestOptions({ jar, index }: LoadExchange): RequestOptions {
    const { host, port, path, sourceAddresses } = this.settings;
    const localAddress = sourceAddresses[index % Math.max(1, sourceAddresses.length)];
    const cookie = [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    return {
      host,
      port,
      path,
      ...this.ways[placeOf(index, this.settings, this.ways.length)],
      ...(localAddress !== undefined && { localAddress }),
      ...(cookie !== '' && { headers: { cookie } }),
    };
  }
}

interface LoadExchange {
  readonly jar: Map<string, string> | undefined;
  readonly index: number;
  readonly deadline: number;
  readonly conclude: (answer: LoadAnswer) => void;
}

function receive(
  response: IncomingMessage,
  jar: Map<string, string> | undefined,
  end: (answer: LoadAnswer) => void,
): void {
  const backend = response.headers['x-backend'];
  const named = typeof backend === 'string' ? { backend } : {};
  for (const header of response.headers['set-cookie'] ?? []) {
    const [name, value] = (header.split(';')[0] ?? '').split('=');
    if (name !== undefined && value !== undefined) jar?.set(name.trim(), value);
  }
  response.resume();
  response.once('error', () => end({ failure: 'reset', ...named }));
  response.once('end', () =>
    end((response.statusCode ?? 0) >= 500 ? { failure: 'status', ...named } : named),
  );
}

/** One connection per request: says a line of HTTP, so that any instance understands it, and reads until the other side ends. */
function tcpLoadClient(settings: LoadSettings): LoadClient {
  const question = `GET ${settings.path} HTTP/1.1\r\nHost: ${settings.host}\r\nConnection: close\r\n\r\n`;
  const { host, port, sourceAddresses } = settings;
  const ways = waysOf(settings);
  return {
    close: () => undefined,
    send: (index, timeoutMs) =>
      new Promise((resolve) => {
        const localAddress = sourceAddresses[index % Math.max(1, sourceAddresses.length)];
        const socket = connect({
          host,
          port,
          noDelay: true,
          ...ways[placeOf(index, settings, ways.length)],
          ...(localAddress !== undefined && { localAddress }),
        });
        const chunks: Buffer[] = [];
        let went: Pick<LoadAnswer, 'address'> = {};
        if (settings.resolvers !== undefined) onAddress(socket, (address) => (went = { address }));
        const end = (answer: LoadAnswer): void => {
          clearTimeout(timer);
          resolve({ ...answer, ...went });
          socket.destroy();
        };
        const timer = setTimeout(end, timeoutMs, { failure: 'timeout' });
        socket.once('connect', () => socket.write(question));
        socket.on('data', (chunk: Buffer) => chunks.push(chunk));
        socket.once('end', () => end(readAnswer(Buffer.concat(chunks).toString('latin1'))));
        socket.once('error', (error) => end({ failure: failureOf(error) }));
      }),
  };
}

/** Example: `HTTP/1.1 500 …` with `x-backend: i-1` is a failed status of `i-1`; no answer at all is a reset. */
function readAnswer(answer: string): LoadAnswer {
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1] ?? 0);
  const backend = /^x-backend: *([^\r\n]+)/im.exec(answer)?.[1];
  const named = backend === undefined ? {} : { backend };
  if (status === 0) return { failure: 'reset', ...named };
  return status >= 500 ? { failure: 'status', ...named } : named;
}
