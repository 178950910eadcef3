import { type IncomingMessage } from 'node:http';
import { type AddressInfo, type Server } from 'node:net';
import { type LocalClock } from '../contracts';
import { type SlbBehaviour } from '../slb/behaviour';
import { type HealthEngine } from '../slb/health-engine';
import { type Listener } from '../slb/listener';
import { type ListenerCounters } from '../slb/listener-counters';
import { type RouteMember } from '../slb/load-balancer';

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** What every listener's server is made of. */
export interface ListenerServerOptions {
  readonly listener: Listener;
  readonly members: readonly RouteMember[];
  readonly health: Pick<HealthEngine, 'isFit'>;
  readonly behaviour: SlbBehaviour;
  readonly counters: ListenerCounters;
  readonly clock: LocalClock;
  /** Whether a request is lost on its way here: its connection is reset before anything counts it. HTTP only. */
  readonly isLost?: (request: IncomingMessage) => boolean;
}

/** One listener's real socket and what it does with clients. */
export interface ListenerServer {
  /** Binds the socket and resolves to where clients reach it. */
  open(address: SocketAddress): Promise<SocketAddress>;
  /** Takes over changed settings, members and weights. */
  update(listener: Listener, members: readonly RouteMember[]): void;
  /** The backend turned abnormal: what it has open ends as the drain setting says. */
  forsake(memberKey: string): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

/** Errors that mean “not on this address or port, try a free one”. */
const UNAVAILABLE = new Set(['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL']);

/**
 * Listens on the wanted address, else on a free port of the same address, else on a free port of 127.0.0.1: a privileged or taken port
 * must not keep a load balancer from being rehearsed. Rejects with the last error of the system.
 */
export async function listen(server: Server, wanted: SocketAddress): Promise<SocketAddress> {
  const attempts = [wanted, { host: wanted.host, port: 0 }, { host: '127.0.0.1', port: 0 }];
  let lastError: unknown;
  for (const attempt of attempts) {
    try {
      return await listenOn(server, attempt);
    } catch (error) {
      lastError = error;
      if (!UNAVAILABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  throw lastError;
}

const listenOn = (server: Server, { host, port }: SocketAddress): Promise<SocketAddress> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
