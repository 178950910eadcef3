import { z } from 'zod';
import { resourceIds } from '../../shared/wake/resource-ids';
import { type AlarmCall, shortDetail } from './alarm-call';

/** More than Alertmanager sends at once unless `max_alerts` is turned off. */
const ALERTS_MAX = 1000;
const status = z.enum(['firing', 'resolved']);
const texts = z.record(z.string(), z.string());

/**
 * A webhook of Prometheus’ Alertmanager, version 4: alerts of one group, each firing or resolved. More fields may come. Source:
 * prometheus.io, Alertmanager configuration, `webhook_config`.
 */
export const alertGroup = z.looseObject({
  version: z.literal('4'),
  groupKey: z.string(),
  status,
  receiver: z.string(),
  commonLabels: texts.default({}),
  alerts: z
    .array(z.looseObject({ status, labels: texts.default({}), startsAt: z.string().optional() }))
    .max(ALERTS_MAX),
});

/** Labels that name pools of ours, and at most so many pools in one call. */
const POOL_LABELS = ['pool', 'evenkeel_pool'];
const POOLS_MAX = 100;

/**
 * Whom the alerts of a group concern: pools by their `pool` label, as our own metrics have it, and load balancers and instances by labels
 * that carry their ids (`instance_id`, `loadBalancerId` and the like). A resolved alert is worth a look, too.
 */
export function alertGroupCall({
  alerts,
  commonLabels,
  ...group
}: z.infer<typeof alertGroup>): AlarmCall {
  const labels = [commonLabels, ...alerts.map((alert) => alert.labels)];
  const named = labels.flatMap((each) => POOL_LABELS.map((label) => each[label] ?? ''));
  const firing = alerts.filter((alert) => alert.status === 'firing').length;
  const name = commonLabels['alertname'] ?? alerts[0]?.labels['alertname'] ?? 'without a name';
  const starts = alerts.map(({ startsAt = '' }) => Date.parse(startsAt)).filter(Number.isFinite);
  return {
    kind: 'alertmanager',
    pools: [...new Set(named.filter((pool) => pool !== ''))].slice(0, POOLS_MAX),
    resourceIds: resourceIds(labels),
    detail: shortDetail(
      `alerts ${name} ${group.status}: ${firing} firing, ${alerts.length - firing} resolved`,
    ),
    at: starts.length === 0 ? null : Math.max(...starts),
  };
}
