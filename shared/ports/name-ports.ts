import { type NameTick } from '../domain/failover/name-tick';
import { type Alerts } from './alerts';
import { type CallCounts } from './call-counts';
import { type Clock } from './clock';
import { type Dns } from './dns';
import { type Log } from './log';
import { type RegionPools } from './region-pools';
import { type StateStore } from './state-store';
import { type TickArchive } from './tick-archive';
import { type Trace } from './trace';
import { type Vantages } from './vantages';

/** Everything one turn of the loop about a name may touch. */
export interface NamePorts {
  /** `recorded` under the dry-run adapter: writes are written down and not sent. */
  readonly writes: 'real' | 'recorded';
  readonly dns: Dns;
  readonly vantages: Vantages;
  readonly regionPools: RegionPools;
  readonly store: StateStore;
  readonly archive: TickArchive<NameTick>;
  readonly alerts: Alerts;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls of the cloud since the last tick; left out: nobody counts them. */
  readonly calls?: CallCounts;
  /** Spans for whoever collects them; left out: nobody does. */
  readonly trace?: Trace;
}
