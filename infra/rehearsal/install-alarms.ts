import { SignedRpc } from '../../shared/adapters/alicloud/signed-rpc';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { plus } from '../../shared/domain/units';
import { type LocalRegion } from '../local/region';
import { type Pool } from './lay-out-pool';
import { putAlarmRule } from './put-alarm-rule';

const CALL_MS = 10_000;

/**
 * The three alarm rules that a careful operator would have: a backend is unhealthy, backends answer with errors, answers are slow.
 * They are put through the region's OpenAPI, like anybody's; each calls `callback` when it goes off.
 */
export async function installAlarms(
  region: LocalRegion,
  pool: Pick<Pool, 'loadBalancerId'>,
  alarm: { readonly callback: string; readonly responseTimeMs: number },
): Promise<void> {
  const rules = [
    { name: 'unhealthy', metric: 'UnhealthyServerCount', statistics: 'Maximum', threshold: 1 },
    { name: 'upstream-5xx', metric: 'UpstreamCode5xx', statistics: 'Average', threshold: 1 },
    { name: 'response-time', metric: 'Rt', statistics: 'Average', threshold: alarm.responseTimeMs },
  ];
  const clock = new SystemClock();
  const rpc = new SignedRpc({
    regionId: region.regionId,
    endpoint: region.endpoints.openapi,
    protocol: 'HTTP',
    credentials: async () =>
      Promise.resolve({ accessKeyId: region.accessKeyId, accessKeySecret: region.accessKeySecret }),
    clock,
  });
  for (const rule of rules) {
    const put = {
      ...rule,
      name: `evenkeel-${rule.name}`,
      namespace: 'acs_slb_dashboard',
      resource: { instanceId: pool.loadBalancerId },
      webhook: alarm.callback,
    };
    await putAlarmRule(rpc, region.regionId, put, plus(clock.now(), CALL_MS));
  }
}
