import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type AlarmSetup } from '../../shared/ports/alarm-setup';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { monthlyCosts } from '../install/monthly-costs';
import { isDenial } from './check-permissions';
import { type Finding, unwell, well } from './finding';

export interface AccountContext {
  readonly fleet: FleetPolicy;
  readonly rpc: Rpc;
  readonly setup: AlarmSetup;
  readonly callOptions: () => CallOptions;
}

const BAD_KEY =
  /^(MissingCredentials|InvalidAccessKeyId|InvalidSecurityToken|MissingSecurityToken|SignatureDoesNotMatch|IncompleteSignature|InvalidCredentials|InvalidTimeStamp)/;

/** Whether the key that signs is known and right; what it may do is another check. */
export async function checkCredentials({
  fleet,
  rpc,
  callOptions,
}: AccountContext): Promise<Finding> {
  const query = { RegionId: fleet.regionId, InstanceIds: '["i-evenkeel0doctor0nobody"]' };
  try {
    await rpc.call(
      { product: 'Ecs', version: '2014-05-26', action: 'DescribeInstances', query },
      callOptions(),
    );
    return well('credentials', 'credentials', 'The credentials are accepted.');
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { code } = error.details;
    if (isDenial(error)) return well('credentials', 'credentials', 'The credentials are accepted.');
    if (BAD_KEY.test(code))
      return unwell('credentials', 'credentials', {
        sentence: `The credentials are refused: ${code}.`,
        remedy:
          'Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (with ALIBABA_CLOUD_SECURITY_TOKEN for temporary ones), and keep the clock right.',
      });
    return unwell('credentials', 'credentials', {
      status: 'warning',
      sentence: `Nobody knows whether the credentials are accepted: ${code}.`,
      remedy: 'See what is said of endpoints.',
    });
  }
}

const NEARLY = 0.8;

/** CloudMonitor's calls of the month: used, and needed by the policy. */
export async function checkQuota({ fleet, setup, callOptions }: AccountContext): Promise<Finding> {
  const subject = 'CloudMonitor calls';
  const { metricCalls, freeMetricCalls } = monthlyCosts(fleet);
  try {
    const { limit, used } = await setup.metricQuota(callOptions());
    if (limit === null || used === null)
      return unwell('quota', subject, {
        status: 'skipped',
        sentence: `CloudMonitor does not say how many calls are used; the policy needs about ${metricCalls} of ${freeMetricCalls} free ones a month.`,
        remedy: 'Look at the quota in its console.',
      });
    const sentence = `${used} of ${limit} calls of this month are used; the policy needs about ${metricCalls} a month.`;
    if (used < limit * NEARLY && metricCalls <= limit) return well('quota', subject, sentence);
    return unwell('quota', subject, {
      status: used >= limit ? 'problem' : 'warning',
      sentence,
      remedy:
        'Switch on pay-as-you-go for CloudMonitor and raise deployment.metricCalls, or find who else calls; healing goes on without metrics.',
    });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return unwell('quota', subject, {
      status: 'skipped',
      sentence: `The quota could not be read: ${error.details.code}.`,
      remedy: 'Give the person who runs this cms:DescribeMonitorResourceQuotaAttribute.',
    });
  }
}
