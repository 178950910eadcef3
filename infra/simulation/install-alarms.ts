import { instant } from '../../shared/domain/units';
import { putAlarmRule } from '../rehearsal/put-alarm-rule';
import { type RegionWorld } from './region-world';

const RULES = [
  { name: 'unhealthy', metric: 'UnhealthyServerCount', statistics: 'Maximum', threshold: 1 },
  { name: 'upstream-5xx', metric: 'UpstreamCode5xx', statistics: 'Average', threshold: 5 },
];

/** The alarms that a careful operator has: a backend is unhealthy, backends answer with errors. They call on-alarm. */
export async function installAlarms({ region, regionId, pools }: RegionWorld): Promise<void> {
  for (const { loadBalancerId } of pools.flatMap(({ targets }) => targets))
    for (const rule of RULES) {
      const put = {
        ...rule,
        name: `${rule.name}-${loadBalancerId}`,
        namespace: 'acs_slb_dashboard',
        resource: { instanceId: loadBalancerId },
        webhook: 'http://on-alarm.local/',
      };
      await putAlarmRule(region.rpc, regionId, put, instant(Number.MAX_SAFE_INTEGER));
    }
}
