import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type InstanceFaults, NO_FAULTS } from '../contracts';
import { seededRandom } from '../seeded-random';
import { WorkerPool } from './worker-pool';

/** What the service on an instance costs and how it behaves when it is well. */
export interface ServiceSettings {
  /** Mean time that one request keeps one vCPU busy. */
  readonly serviceTimeMs: number;
  /** Service times are spread evenly over mean ± this share, in permille. */
  readonly serviceTimeSpread: number;
  /** Requests that may wait for a vCPU; more are answered 503 at once. */
  readonly queueLimit: number;
  /** Answered at once, without a vCPU. */
  readonly healthPath: string;
}

export const DEFAULT_SERVICE: ServiceSettings = {
  serviceTimeMs: 20,
  serviceTimeSpread: 500,
  queueLimit: 512,
  healthPath: '/health',
};

export interface ServicePlace {
  readonly instanceId: string;
  readonly address: string;
  readonly servicePort: number;
  readonly cpuCount: number;
}

/** Cumulative figures; the reader takes differences. */
export interface ServiceUsage {
  readonly busyMs: number;
  readonly atMs: number;
  readonly connections: number;
}

/** Longer than any client keeps an idle connection, so that the client closes first. */
const KEEP_ALIVE_MS = 65_000;

/**
 * The software of an instance: an HTTP server whose vCPUs are concurrent workers with a service time and a queue.
 * Every reply names the instance in `x-backend`.
 */
export class InstanceService {
  private readonly place: ServicePlace;
  private readonly settings: ServiceSettings;
  private readonly server: Server;
  private readonly workers: WorkerPool;
  private readonly random: () => number;
  private readonly held: ServerResponse[] = [];
  private faults: InstanceFaults = NO_FAULTS;
  private connections = 0;

  constructor(place: ServicePlace, settings: ServiceSettings, seed: number) {
    this.place = place;
    this.settings = settings;
    this.random = seededRandom(seed);
    this.workers = new WorkerPool({
      workerCount: place.cpuCount,
      queueLimit: settings.queueLimit,
      now: () => performance.now(),
    });
    this.server = createServer((request, response) => this.serve(request, response));
    this.server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.server.on('connection', (socket) => {
      this.connections += 1;
      socket.on('close', () => (this.connections -= 1));
    });
  }

  /** Resolves with the port; rejects when the address cannot be had. */
  async listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.place.servicePort, this.place.address, () =>
        resolve((this.server.address() as AddressInfo).port),
      );
    });
  }

  /** Takes effect on the next request; requests held by a hang that ends are answered. A crash is the process's to carry out. */
  applyFaults(faults: InstanceFaults): void {
    this.faults = faults;
    if (!faults.isHung)
      for (const response of this.held.splice(0)) this.answer(response, 200, 'ok\n');
  }

  usage(): ServiceUsage {
    return {
      busyMs: this.workers.usage().busyMs,
      atMs: performance.now(),
      connections: this.connections,
    };
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const isHealthCheck = request.url?.split('?')[0] === this.settings.healthPath;
    const status = this.statusOf(isHealthCheck);
    const finish = (): void => this.answer(response, status, status === 200 ? 'ok\n' : 'error\n');
    if (isHealthCheck) {
      finish();
      return;
    }
    const work = {
      serviceTimeMs: this.serviceTimeMs(),
      isAbandoned: () => response.destroyed,
      finish,
    };
    if (this.faults.isHung) this.held.push(response);
    else if (!this.workers.offer(work)) this.answer(response, 503, 'queue full\n');
  }

  private statusOf(isHealthCheck: boolean): number {
    const isSpared = isHealthCheck && this.faults.sparesHealthChecks;
    return !isSpared && this.random() * 1000 < this.faults.errorShare ? 500 : 200;
  }

  private serviceTimeMs(): number {
    const spread = ((2 * this.random() - 1) * this.settings.serviceTimeSpread) / 1000;
    return (this.settings.serviceTimeMs * (1 + spread) * this.faults.latencyFactor) / 1000;
  }

  private answer(response: ServerResponse, status: number, body: string): void {
    if (response.destroyed) return;
    if (this.faults.isHung) {
      this.held.push(response);
      return;
    }
    response.writeHead(status, {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(body),
      'x-backend': this.place.instanceId,
    });
    response.end(body);
  }
}
