import { type IncomingMessage } from 'node:http';
import { type LocalClock } from '../contracts';
import { type HealthEngine } from '../slb/health-engine';
import { type Listener, listenerId } from '../slb/listener';
import { type CounterRegistry } from '../slb/listener-counters';
import { memberKey } from '../slb/load-balancer';
import { type SlbModel } from '../slb/model';
import { HttpListener } from './http-listener';
import { type ListenerServer, type SocketAddress } from './listener-server';
import { TcpListener } from './tcp-listener';

export interface DataPlaneOptions {
  readonly model: SlbModel;
  readonly health: HealthEngine;
  readonly clock: LocalClock;
  readonly counters: CounterRegistry;
}

interface OpenListener {
  readonly listener: Listener;
  readonly server: ListenerServer;
  readonly opened: Promise<SocketAddress | undefined>;
  address: SocketAddress | undefined;
}

/**
 * The load balancers' real traffic: one server per serving TCP or HTTP listener, on the load balancer's own loopback address, kept in step
 * with the model. Weights and members change as soon as the model has applied them, for new connections and requests only.
 */
export class DataPlane {
  /** Requests over HTTP that are lost on their way to this region, to rehearse networks that fail for some; to be changed at any time. */
  isLost: (request: IncomingMessage) => boolean = () => false;
  private readonly options: DataPlaneOptions;
  private readonly open = new Map<string, OpenListener>();
  private readonly closing = new Set<Promise<void>>();
  private unsubscribe: readonly (() => void)[] = [];

  constructor(options: DataPlaneOptions) {
    this.options = options;
  }

  /** Opens every serving listener and follows the model from then on. Resolves when their sockets are bound. */
  async start(): Promise<void> {
    const { model, health } = this.options;
    this.unsubscribe = [
      model.onApplied((loadBalancerId) => this.sync(loadBalancerId)),
      health.onVerdict(({ listener, member, verdict }) => {
        if (verdict === 'abnormal')
          this.open.get(listenerId(listener))?.server.forsake(memberKey(member));
      }),
    ];
    for (const { loadBalancerId } of model.loadBalancers()) this.sync(loadBalancerId);
    await this.settled();
  }

  /** Resolves when every listener that the model wants is bound, and every other closed. */
  async settled(): Promise<void> {
    await Promise.all([...[...this.open.values()].map(({ opened }) => opened), ...this.closing]);
  }

  /** Closes every listener and cuts its connections; `start` opens them again. */
  async stop(): Promise<void> {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    for (const id of [...this.open.keys()]) this.close(id);
    await this.settled();
  }

  /** Where clients reach a listener; undefined while it is not open. Usually the load balancer's address and port, else a free port. */
  dataPlaneAddress(loadBalancerId: string, port: number): SocketAddress | undefined {
    return [...this.open.values()].find(
      ({ listener }) => listener.loadBalancerId === loadBalancerId && listener.port === port,
    )?.address;
  }

  private sync(loadBalancerId: string): void {
    const { model } = this.options;
    const serving = model
      .listenersOf(loadBalancerId)
      .filter((listener) => listener.protocol !== 'udp' && model.isServing(listener));
    const wanted = new Set(serving.map(listenerId));
    for (const [id, { listener }] of this.open)
      if (listener.loadBalancerId === loadBalancerId && !wanted.has(id)) this.close(id);
    for (const listener of serving) {
      const entry = this.open.get(listenerId(listener));
      if (entry === undefined) this.begin(listener);
      else entry.server.update(listener, model.route(listener));
    }
  }

  private begin(listener: Listener): void {
    const { model, health, clock, counters } = this.options;
    const options = {
      listener,
      members: model.route(listener),
      health,
      behaviour: model.behaviour,
      counters: counters.of(listener),
      clock,
      isLost: (request: IncomingMessage) => this.isLost(request),
    };
    const server =
      listener.protocol === 'http' ? new HttpListener(options) : new TcpListener(options);
    const address = {
      host: model.loadBalancer(listener.loadBalancerId).address,
      port: listener.port,
    };
    const entry: OpenListener = {
      listener,
      server,
      opened: this.bind(listener, server, address),
      address: undefined,
    };
    // Whoever awaits `settled` sees the error; until then it must not count as unhandled.
    entry.opened.catch(() => undefined);
    this.open.set(listenerId(listener), entry);
  }

  private async bind(
    listener: Listener,
    server: ListenerServer,
    wanted: SocketAddress,
  ): Promise<SocketAddress> {
    const address = await server.open(wanted);
    const entry = this.open.get(listenerId(listener));
    if (entry?.server === server) entry.address = address;
    return address;
  }

  private close(id: string): void {
    const entry = this.open.get(id);
    if (entry === undefined) return;
    this.open.delete(id);
    const closed = entry.opened.then(
      () => entry.server.close(),
      () => undefined,
    );
    const done = closed.finally(() => this.closing.delete(done));
    this.closing.add(done);
  }
}
