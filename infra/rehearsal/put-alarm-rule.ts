import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { type Instant } from '../../shared/domain/units';

/** A threshold that calls an address when a metric reaches it. */
export interface AlarmRule {
  /** The rule’s id and its name; putting it again replaces it. */
  readonly name: string;
  readonly namespace: string;
  readonly metric: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly statistics: string;
  readonly threshold: number;
  readonly webhook: string;
  readonly periodSeconds?: number;
  /** State of the rule while no points come; left out: that of the last point. */
  readonly noData?: 'INSUFFICIENT_DATA';
}

/** Puts a rule through the region’s OpenAPI, like anybody’s. Source: CloudMonitor 2019-01-01, PutResourceMetricRule. */
export async function putAlarmRule(
  rpc: Rpc,
  regionId: string,
  rule: AlarmRule,
  deadline: Instant,
): Promise<void> {
  const { name, namespace, metric, resource, statistics, threshold, webhook } = rule;
  const query = {
    RegionId: regionId,
    RuleId: name,
    RuleName: name,
    Namespace: namespace,
    MetricName: metric,
    ContactGroups: 'on-call',
    Resources: JSON.stringify([resource]),
    Period: String(rule.periodSeconds ?? 60),
    ...(rule.noData !== undefined && { NoDataPolicy: rule.noData }),
    Webhook: webhook,
    Escalations: {
      Critical: {
        Statistics: statistics,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Threshold: String(threshold),
        Times: 1,
      },
    },
  };
  await rpc.call(
    { product: 'Cms', version: '2019-01-01', action: 'PutResourceMetricRule', query },
    { deadline },
  );
}
