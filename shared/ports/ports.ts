import { type Alerts } from './alerts';
import { type CallCounts } from './call-counts';
import { type Clock } from './clock';
import { type Compute } from './compute';
import { type Fleet } from './fleet';
import { type LoadBalancer } from './load-balancer';
import { type Log } from './log';
import { type Metrics } from './metrics';
import { type Prober } from './prober';
import { type RequestStatisticsSource } from './request-statistics';
import { type StateStore } from './state-store';
import { type TickArchive } from './tick-archive';
import { type Trace } from './trace';

/** Everything one turn of the loop may touch. Adapters are put together in `adapters/production.ts`. */
export interface Ports {
  /** `recorded` under the dry-run adapter: cloud writes are written down and not sent. */
  readonly writes: 'real' | 'recorded';
  readonly loadBalancer: LoadBalancer;
  readonly compute: Compute;
  readonly fleet: Fleet;
  readonly metrics: Metrics;
  readonly prober: Prober;
  readonly requestStatistics: RequestStatisticsSource | null;
  readonly store: StateStore;
  readonly archive: TickArchive;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls of the cloud that were made; left out: nobody counts them. */
  readonly calls?: CallCounts;
  /** Spans for whoever collects them; left out: nobody does. */
  readonly trace?: Trace;
}
