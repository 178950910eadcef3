import { type InstanceDirectory, type InstanceView } from '../contracts';
import { type HealthEngine } from './health-engine';
import { type Listener, listenerId } from './listener';
import { type CounterRegistry, type ListenerCounters } from './listener-counters';
import { ListenerRouter } from './listener-router';
import { type RouteMember } from './load-balancer';
import { type SlbModel } from './model';

export interface SimulatedTrafficOptions {
  readonly model: SlbModel;
  readonly health: HealthEngine;
  readonly directory: InstanceDirectory;
  readonly counters: CounterRegistry;
  /** Time a vCPU works on one request, before the instance's latency fault. */
  readonly serviceTimeMs?: number;
  readonly bytesPerRequest?: number;
}

/** What one backend made of its share of a tick. */
export interface BackendTraffic {
  readonly serverId: string;
  readonly requests: number;
  readonly failed: number;
  readonly latencyMs: number;
}

export interface TrafficTick {
  readonly requests: number;
  readonly failed: number;
  /** Mean over the requests that were answered; 0 when none was. */
  readonly latencyMs: number;
  readonly backends: readonly BackendTraffic[];
}

/** How a backend answers: the share that fails by itself (permille), the status clients see then, and latency. */
interface Response {
  readonly failedShare: number;
  readonly latencyMs: number;
  readonly isUpstream: boolean;
}

/** Latency grows with 1 ÷ (1 − use) up to this use; the excess over full use fails. */
const BUSY_MAX = 0.98;

/**
 * Traffic as a fluid, for runs without sockets: each tick's requests are split by weight over the backends that may serve, each backend fails
 * the share that its faults and its capacity (vCPU ÷ service time) imply, and the listener's counters are moved as real traffic would.
 *
 * Example: 100 requests on weights 30 and 90, the second with 200 ‰ errors: 25 and 75 requests, 0 and 15 failed.
 */
export class SimulatedTraffic {
  private readonly options: SimulatedTrafficOptions;
  private readonly routers = new Map<string, ListenerRouter>();
  private readonly unsubscribe: () => void;

  constructor(options: SimulatedTrafficOptions) {
    this.options = options;
    this.unsubscribe = options.model.onApplied((loadBalancerId) => this.sync(loadBalancerId));
    for (const { loadBalancerId } of options.model.loadBalancers()) this.sync(loadBalancerId);
  }

  stop(): void {
    this.unsubscribe();
  }

  /** Offers `requestsPerSecond` to a listener for `spanMs`, with weights as last applied. A listener that does not serve fails all. */
  offer(listener: Listener, requestsPerSecond: number, spanMs: number): TrafficTick {
    const requests = (requestsPerSecond * spanMs) / 1000;
    const counters = this.options.counters.of(listener);
    const candidates = this.routers.get(listenerId(listener))?.candidates() ?? [];
    const isByWeight = listener.settings.scheduler !== 'rr';
    const total = candidates.reduce((sum, { weight }) => sum + (isByWeight ? weight : 1), 0);
    counters.newConnections += requests;
    if (total === 0) return this.refuse(counters, requests);
    const backends = candidates.map((member) => {
      const share = (requests * (isByWeight ? member.weight : 1)) / total;
      return this.serve(counters, member, { requests: share, perSecond: (share * 1000) / spanMs });
    });
    return summary(requests, backends);
  }

  private sync(loadBalancerId: string): void {
    const { model, health } = this.options;
    for (const id of this.routers.keys())
      if (id.startsWith(`${loadBalancerId}_`)) this.routers.delete(id);
    for (const listener of model.listenersOf(loadBalancerId).filter((one) => model.isServing(one)))
      this.routers.set(
        listenerId(listener),
        new ListenerRouter({ listener, members: model.route(listener) }, health, model.behaviour),
      );
  }

  private refuse(counters: ListenerCounters, requests: number): TrafficTick {
    counters.requests += requests;
    counters.statuses['5xx'] += requests;
    counters.droppedConnections += requests;
    return { requests, failed: requests, latencyMs: 0, backends: [] };
  }

  private serve(
    counters: ListenerCounters,
    member: RouteMember,
    load: { readonly requests: number; readonly perSecond: number },
  ): BackendTraffic {
    const instance = this.options.directory.findByAddress(member.address, member.port);
    const response = this.respond(instance, load.perSecond);
    const failed = (load.requests * response.failedShare) / 1000;
    const answered = response.isUpstream ? load.requests : load.requests - failed;
    const bytes = load.requests * (this.options.bytesPerRequest ?? 1000);
    counters.requests += load.requests;
    counters.latencyMs += load.requests * response.latencyMs;
    counters.statuses['2xx'] += load.requests - failed;
    counters.statuses['5xx'] += failed;
    counters.upstreamResponses += answered;
    counters.upstreamLatencyMs += answered * response.latencyMs;
    counters.upstreamStatuses['2xx'] += load.requests - failed;
    counters.upstreamStatuses['5xx'] += response.isUpstream ? failed : 0;
    counters.bytesIn += bytes;
    counters.bytesOut += bytes;
    return {
      serverId: member.serverId,
      requests: load.requests,
      failed,
      latencyMs: response.latencyMs,
    };
  }

  private respond(instance: InstanceView | undefined, perSecond: number): Response {
    if (instance?.status !== 'Running' || !instance.isServiceUp || instance.faults.isCrashed)
      return { failedShare: 1000, latencyMs: 0, isUpstream: false };
    if (instance.faults.isHung) return { failedShare: 1000, latencyMs: 60_000, isUpstream: false };
    const serviceMs = ((this.options.serviceTimeMs ?? 20) * instance.faults.latencyFactor) / 1000;
    const use = (perSecond * serviceMs) / (1000 * instance.cpuCount);
    const latencyMs = serviceMs / (1 - Math.min(use, BUSY_MAX));
    if (use <= 1) return { failedShare: instance.faults.errorShare, latencyMs, isUpstream: true };
    const served = 1 / use;
    return {
      failedShare: 1000 - served * (1000 - instance.faults.errorShare),
      latencyMs,
      isUpstream: false,
    };
  }
}

function summary(requests: number, backends: readonly BackendTraffic[]): TrafficTick {
  const failed = backends.reduce((sum, backend) => sum + backend.failed, 0);
  const latencySum = backends.reduce(
    (sum, backend) => sum + (backend.requests - backend.failed) * backend.latencyMs,
    0,
  );
  return {
    requests,
    failed,
    latencyMs: requests > failed ? latencySum / (requests - failed) : 0,
    backends,
  };
}
