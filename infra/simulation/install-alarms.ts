import { instant } from '../../shared/domain/units';
import { type RegionWorld } from './region-world';

const RULES = [
  { name: 'unhealthy', metric: 'UnhealthyServerCount', statistics: 'Maximum', threshold: 1 },
  { name: 'upstream-5xx', metric: 'UpstreamCode5xx', statistics: 'Average', threshold: 5 },
];

/** The alarms that a careful operator has: a backend is unhealthy, backends answer with errors. They call on-alarm. */
export async function installAlarms({ region, regionId, pools }: RegionWorld): Promise<void> {
  for (const { loadBalancerId } of pools.flatMap(({ targets }) => targets))
    for (const rule of RULES)
      await region.rpc.call(
        {
          ...{ product: 'Cms', version: '2019-01-01', action: 'PutResourceMetricRule' },
          query: {
            RegionId: regionId,
            RuleId: `${rule.name}-${loadBalancerId}`,
            RuleName: `${rule.name}-${loadBalancerId}`,
            Namespace: 'acs_slb_dashboard',
            MetricName: rule.metric,
            ContactGroups: 'on-call',
            Resources: JSON.stringify([{ instanceId: loadBalancerId }]),
            Period: '60',
            Webhook: 'http://on-alarm.local/',
            Escalations: {
              Critical: {
                Statistics: rule.statistics,
                ComparisonOperator: 'GreaterThanOrEqualToThreshold',
                Threshold: String(rule.threshold),
                Times: 1,
              },
            },
          },
        },
        { deadline: instant(Number.MAX_SAFE_INTEGER) },
      );
}
