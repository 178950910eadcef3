import { HEARTBEAT_METRIC } from '../../shared/adapters/alicloud/custom-metric-heartbeat';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { plus } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { putAlarmRule } from './put-alarm-rule';

const CALL_MS = 10_000;

export interface HeartbeatAlarm {
  readonly rpc: Rpc;
  readonly clock: Clock;
  readonly regionId: string;
  readonly accountId: string;
  /** Calls people. Never one of our own functions: they are what may have died. */
  readonly webhook: string;
  /** Silence that is noticed; default 300 s, so that a late timer or two alarm nobody. */
  readonly periodSeconds?: number;
}

/**
 * The rule that notices when the loop itself dies: five minutes without a heartbeat, whatever the reason. Alarms on a metric that is
 * absent take `INSUFFICIENT_DATA`; without it a rule keeps the state of the last point for ever. The threshold is a second line: the
 * heartbeat stops by itself long before an hour.
 */
export async function installHeartbeatAlarm(alarm: HeartbeatAlarm): Promise<void> {
  const { rpc, clock, regionId, accountId, webhook, periodSeconds = 300 } = alarm;
  const rule = {
    ...{ name: 'evenkeel-heartbeat', metric: HEARTBEAT_METRIC, webhook, periodSeconds },
    namespace: `acs_customMetric_${accountId}`,
    resource: { region: regionId },
    ...{ statistics: 'Value', threshold: 3600, noData: 'INSUFFICIENT_DATA' as const },
  };
  await putAlarmRule(rpc, regionId, rule, plus(clock.now(), CALL_MS));
}
