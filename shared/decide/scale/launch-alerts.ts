import { type Alert } from '../../domain/proposal';
import { type BackOffMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { ceilDiv, since } from '../../domain/units';
import { type Sources } from './sources';
import { type LaunchReview } from './review-launches';

/** What people have to know of launches: only they can raise a quota, mend a template or pay a bill. */
export function launchAlerts(
  review: LaunchReview,
  policy: ScalePolicy,
  { memory, pool }: Pick<Sources, 'memory' | 'pool'>,
): readonly Alert[] {
  const { poolName, takenAt } = pool;
  const refusals = Object.entries(memory.backOff)
    .filter(([, backOff]) => backOff.until > takenAt && NEEDS_PEOPLE[backOff.kind] !== undefined)
    .map(([key, backOff]): Alert => ({
      key: `launch-refused/${key}`,
      severity: 'critical',
      reason: 'launch-refused',
      instanceId: null,
      message: `${poolName}: ${key} cannot be launched (${backOff.code}). ${NEEDS_PEOPLE[backOff.kind] ?? ''}`,
    }));
  const lost = review.lost.map(({ instanceId, option }): Alert => ({
    key: `launch-lost/${instanceId}`,
    severity: 'warning',
    reason: 'launch-lost',
    instanceId,
    message: `${poolName}: ${instanceId}, launched as ${option}, never came up.`,
  }));
  const abandoned = review.abandoned.map(({ operationId }): Alert => ({
    key: `launch-abandoned/${operationId}`,
    severity: 'warning',
    reason: 'launch-abandoned',
    instanceId: null,
    message: `${poolName}: nobody knows what became of ${operationId}; it is not asked for again. What it launched is found by its tag.`,
  }));
  return [...refusals, ...lost, ...abandoned, ...breakerAlert(policy, memory, pool)];
}

const NEEDS_PEOPLE: Partial<Record<BackOffMemory['kind'], string>> = {
  quota: 'Have the quota raised, or name another way to launch.',
  configuration: 'Mend the launch template or the option; it is not tried until then.',
  account: 'The account may not launch: look at its balance and permissions.',
};

function breakerAlert(
  { launch }: ScalePolicy,
  { breakerOpenUntil, failedLaunches }: Sources['memory'],
  { poolName, takenAt }: Sources['pool'],
): readonly Alert[] {
  const openUntil = breakerOpenUntil ?? takenAt;
  if (openUntil <= takenAt) return [];
  const why =
    failedLaunches >= launch.breaker.failures
      ? `${failedLaunches} launches in a row came to nothing`
      : 'the account may not launch';
  const leftSeconds = ceilDiv(since(takenAt, openUntil), 1000);
  return [
    {
      key: 'launch-breaker',
      severity: 'critical',
      reason: 'launch-breaker',
      instanceId: null,
      message: `${poolName}: ${why}. Launching stops for ${leftSeconds} s.`,
    },
  ];
}
