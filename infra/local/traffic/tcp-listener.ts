import { type Server, type Socket, connect, createServer } from 'node:net';
import { type Listener } from '../slb/listener';
import { ListenerRouter } from '../slb/listener-router';
import { type RouteMember, memberKey } from '../slb/load-balancer';
import { ConnectionLedger } from './connection-ledger';
import {
  type ListenerServer,
  type ListenerServerOptions,
  type SocketAddress,
  listen,
} from './listener-server';
import { SourceSessions } from './source-sessions';

/** A TCP listener: each connection goes to one backend and stays there. A backend that cannot be reached resets its client; no other is tried. */
export class TcpListener implements ListenerServer {
  private readonly options: ListenerServerOptions;
  private readonly router: ListenerRouter;
  private readonly ledger: ConnectionLedger;
  private readonly sessions: SourceSessions;
  private readonly server: Server;
  private listener: Listener;

  constructor(options: ListenerServerOptions) {
    this.options = options;
    this.listener = options.listener;
    this.router = new ListenerRouter(options, options.health, options.behaviour);
    this.ledger = new ConnectionLedger(options.clock, options.behaviour);
    this.sessions = new SourceSessions(options.clock);
    this.server = createServer(
      { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
      (client) => this.accept(client),
    );
  }

  open(address: SocketAddress): Promise<SocketAddress> {
    return listen(this.server, address);
  }

  update(listener: Listener, members: readonly RouteMember[]): void {
    this.listener = listener;
    for (const gone of this.router.update(listener, members)) this.forsake(memberKey(gone));
  }

  forsake(key: string): void {
    this.ledger.forsake(key, this.listener.settings);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.ledger.cutAll();
    await closed;
  }

  private accept(client: Socket): void {
    const { counters } = this.options;
    counters.newConnections++;
    const member = this.choose(client);
    if (member === undefined) {
      counters.droppedConnections++;
      client.on('error', ignore);
      return void client.resetAndDestroy();
    }
    counters.activeConnections++;
    client.once('close', () => counters.activeConnections--);
    this.forward(client, member);
  }

  private choose(client: Socket): RouteMember | undefined {
    const { persistenceTimeoutS } = this.listener.settings;
    const sourceAddress = client.remoteAddress ?? '';
    const kept = persistenceTimeoutS > 0 ? this.sessions.find(sourceAddress) : undefined;
    const stayed =
      kept === undefined ? undefined : this.router.stay((member) => memberKey(member) === kept);
    const member =
      stayed ??
      this.router.pick({ sourceAddress, sourcePort: client.remotePort ?? 0 }, (key) =>
        this.ledger.count(key),
      );
    if (member !== undefined && persistenceTimeoutS > 0)
      this.sessions.keep(sourceAddress, memberKey(member), persistenceTimeoutS * 1000);
    return member;
  }

  private forward(client: Socket, member: RouteMember): void {
    const { counters } = this.options;
    const backend = connect({
      host: member.address,
      port: member.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const cut = (): void => {
      client.resetAndDestroy();
      backend.destroy();
    };
    const strike = this.ledger.enter(memberKey(member), cut);
    // Both directions pass through the client's socket, so its idle time is the connection's.
    client.setTimeout(this.listener.settings.establishedTimeoutS * 1000, cut);
    client.once('error', cut);
    backend.once('error', cut);
    client.once('close', () => {
      strike();
      backend.destroy();
    });
    backend.once('connect', () => void client.pipe(backend).pipe(client));
    backend.once('close', (hadError) => (hadError ? cut() : client.destroySoon()));
    client.on('data', (chunk) => (counters.bytesIn += chunk.length));
    backend.on('data', (chunk) => (counters.bytesOut += chunk.length));
  }
}

const ignore = (): void => undefined;
