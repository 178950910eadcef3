import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type Socket } from 'node:net';
import { type Listener } from '../slb/listener';
import { statusClass } from '../slb/listener-counters';
import { ListenerRouter } from '../slb/listener-router';
import { type RouteMember, memberKey } from '../slb/load-balancer';
import { ConnectionLedger } from './connection-ledger';
import { HttpExchange } from './http-exchange';
import {
  type ListenerServer,
  type ListenerServerOptions,
  type SocketAddress,
  listen,
} from './listener-server';
import { SESSION_COOKIE, cookieValue, liveToken, memberToken } from './session-cookie';
import { UpstreamPools } from './upstream-pools';

/**
 * An HTTP listener: a reverse proxy that chooses a backend for each request. Its own answers are 503 (no backend may serve), 502 (the backend
 * refused or broke off) and 504 (no answer within the request time-out). A failed request is never sent to another backend.
 */
export class HttpListener implements ListenerServer {
  private readonly options: ListenerServerOptions;
  private readonly router: ListenerRouter;
  private readonly ledger: ConnectionLedger;
  private readonly pools = new UpstreamPools();
  private readonly server: Server;
  private listener: Listener;

  constructor(options: ListenerServerOptions) {
    this.options = options;
    this.listener = options.listener;
    this.router = new ListenerRouter(options, options.health, options.behaviour);
    this.ledger = new ConnectionLedger(options.clock, options.behaviour);
    this.server = createServer(
      { noDelay: true, keepAliveTimeout: options.listener.settings.idleTimeoutS * 1000 },
      (request, response) => this.serve(request, response),
    );
    this.server.on('connection', (client) => this.count(client));
    this.server.on('clientError', (_error, client) => void client.destroy());
  }

  open(address: SocketAddress): Promise<SocketAddress> {
    return listen(this.server, address);
  }

  update(listener: Listener, members: readonly RouteMember[]): void {
    this.listener = listener;
    this.server.keepAliveTimeout = listener.settings.idleTimeoutS * 1000;
    for (const gone of this.router.update(listener, members)) {
      this.forsake(memberKey(gone));
      this.pools.retire(memberKey(gone));
    }
  }

  forsake(key: string): void {
    this.ledger.forsake(key, this.listener.settings);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.ledger.cutAll();
    this.server.closeAllConnections();
    await closed;
    this.pools.close();
  }

  private count(client: Socket): void {
    const { counters } = this.options;
    counters.newConnections++;
    counters.activeConnections++;
    client.once('close', () => counters.activeConnections--);
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.options.isLost?.(request) === true) return void request.socket.resetAndDestroy();
    this.measure(request, response);
    const kept = this.sessionMember(request);
    const { remoteAddress, remotePort } = request.socket;
    const flow = { sourceAddress: remoteAddress ?? '', sourcePort: remotePort ?? 0 };
    const member = kept ?? this.router.pick(flow, (key) => this.ledger.count(key));
    if (member === undefined) return void response.writeHead(503, { 'content-length': 0 }).end();
    const exchange = new HttpExchange({
      request,
      response,
      member,
      settings: this.listener.settings,
      agent: this.pools.agent(memberKey(member)),
      counters: this.options.counters,
      now: () => this.options.clock.now(),
      isNewSession: kept === undefined,
    });
    const strike = this.ledger.enter(memberKey(member), () => exchange.cut());
    response.once('close', strike);
    exchange.begin();
  }

  /** The backend that the client's session cookie names, if it may keep it. */
  private sessionMember(request: IncomingMessage): RouteMember | undefined {
    const { stickySession, stickySessionType, cookie, cookieTimeoutS } = this.listener.settings;
    if (!stickySession) return undefined;
    const isInserted = stickySessionType === 'insert';
    const value = cookieValue(request.headers.cookie, isInserted ? SESSION_COOKIE : cookie);
    const token = isInserted ? liveToken(value, this.options.clock.now(), cookieTimeoutS) : value;
    return token === undefined
      ? undefined
      : this.router.stay((member) => memberToken(member) === token);
  }

  private measure(request: IncomingMessage, response: ServerResponse): void {
    const { counters } = this.options;
    const { socket } = request;
    const startedAt = performance.now();
    const before = socketBytes.get(socket) ?? { read: 0, written: 0 };
    response.once('close', () => {
      const after = { read: socket.bytesRead, written: socket.bytesWritten };
      socketBytes.set(socket, after);
      counters.requests++;
      counters.latencyMs += performance.now() - startedAt;
      counters.statuses[response.headersSent ? statusClass(response.statusCode) : 'other']++;
      counters.bytesIn += after.read - before.read;
      counters.bytesOut += after.written - before.written;
    });
  }
}

/** Bytes of a connection that are counted already. */
const socketBytes = new WeakMap<Socket, { readonly read: number; readonly written: number }>();
