import { HEARTBEAT_METRIC } from '../../shared/adapters/alicloud/custom-metric-heartbeat';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { plus } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';

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
  const query = {
    RegionId: regionId,
    RuleId: 'evenkeel-heartbeat',
    RuleName: 'evenkeel-heartbeat',
    Namespace: `acs_customMetric_${accountId}`,
    MetricName: HEARTBEAT_METRIC,
    ContactGroups: 'on-call',
    Resources: JSON.stringify([{ region: regionId }]),
    Period: String(periodSeconds),
    NoDataPolicy: 'INSUFFICIENT_DATA',
    Webhook: webhook,
    Escalations: {
      Critical: {
        Statistics: 'Value',
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: '3600',
        Times: 1,
      },
    },
  };
  await rpc.call(
    { product: 'Cms', version: '2019-01-01', action: 'PutResourceMetricRule', query },
    { deadline: plus(clock.now(), CALL_MS) },
  );
}
