import { type ListenerKey, listenerId } from './listener';

export type StatusClass = '2xx' | '3xx' | '4xx' | '5xx' | 'other';
export type StatusCounts = Record<StatusClass, number>;

/** Running totals of one listener since it was first seen; connections that are open are a level. Fractions come from simulated traffic. */
export interface ListenerCounters {
  requests: number;
  latencyMs: number;
  readonly statuses: StatusCounts;
  upstreamResponses: number;
  upstreamLatencyMs: number;
  readonly upstreamStatuses: StatusCounts;
  activeConnections: number;
  newConnections: number;
  droppedConnections: number;
  bytesIn: number;
  bytesOut: number;
}

const noStatuses = (): StatusCounts => ({ '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, other: 0 });

export const newCounters = (): ListenerCounters => ({
  requests: 0,
  latencyMs: 0,
  statuses: noStatuses(),
  upstreamResponses: 0,
  upstreamLatencyMs: 0,
  upstreamStatuses: noStatuses(),
  activeConnections: 0,
  newConnections: 0,
  droppedConnections: 0,
  bytesIn: 0,
  bytesOut: 0,
});

/** Example: 204 is `2xx`, 101 is `other`. */
export function statusClass(status: number): StatusClass {
  const digit = Math.floor(status / 100);
  return digit >= 2 && digit <= 5 ? (`${digit as 2 | 3 | 4 | 5}xx` as const) : 'other';
}

/** The counters of every listener: written by the data plane or the simulated traffic, read by the metric source. */
export class CounterRegistry {
  private readonly counters = new Map<string, ListenerCounters>();

  of(listener: ListenerKey): ListenerCounters {
    const id = listenerId(listener);
    const counters = this.counters.get(id) ?? newCounters();
    this.counters.set(id, counters);
    return counters;
  }
}
