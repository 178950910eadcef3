import {
  PutMetricRuleTargetsRequest,
  PutMetricRuleTargetsRequestTargets,
} from '@alicloud/cms20190101/dist/models/PutMetricRuleTargetsRequest';
import {
  PutResourceMetricRuleRequest,
  PutResourceMetricRuleRequestEscalations,
  PutResourceMetricRuleRequestEscalationsCritical,
  PutResourceMetricRuleRequestEscalationsInfo,
  PutResourceMetricRuleRequestEscalationsWarn,
  PutResourceMetricRuleRequestLabels,
} from '@alicloud/cms20190101/dist/models/PutResourceMetricRuleRequest';
import { type AlarmCondition, type AlarmRule, type AlarmTarget } from '../../ports/alarm-setup';
import { type Fields, fieldsAt, flagAt, numberAt, optionalListAt, textAt } from './reply';

/** All targets of ours have this id: putting one again replaces it. */
export const TARGET_ID = 'evenkeel';

const LEVELS: Readonly<Record<string, AlarmCondition['level']>> = {
  Critical: 'critical',
  Warn: 'warning',
  Info: 'info',
};

const NO_DATA: readonly AlarmRule['noData'][] = ['KEEP_LAST_STATE', 'INSUFFICIENT_DATA', 'OK'];
/** The vendor's own, where a rule does not say it. */
const DEFAULT_PERIOD_SECONDS = 60;
const DEFAULT_REPEAT_SECONDS = 86_400;

function escalationsOf(
  conditions: readonly AlarmCondition[],
): PutResourceMetricRuleRequestEscalations {
  const of = (level: AlarmCondition['level']) => {
    const found = conditions.find((condition) => condition.level === level);
    return (
      found && {
        statistics: found.statistics,
        comparisonOperator: found.operator,
        threshold: String(found.threshold),
        times: found.times,
      }
    );
  };
  const [critical, warn, info] = [of('critical'), of('warning'), of('info')];
  return new PutResourceMetricRuleRequestEscalations({
    ...(critical && { critical: new PutResourceMetricRuleRequestEscalationsCritical(critical) }),
    ...(warn && { warn: new PutResourceMetricRuleRequestEscalationsWarn(warn) }),
    ...(info && { info: new PutResourceMetricRuleRequestEscalationsInfo(info) }),
  });
}

/** Parameters of `PutResourceMetricRule`, which replaces the rule of that id. */
export const ruleQuery = (rule: AlarmRule): Readonly<Record<string, unknown>> =>
  new PutResourceMetricRuleRequest({
    ruleId: rule.name,
    ruleName: rule.name,
    namespace: rule.namespace,
    metricName: rule.metric,
    resources: JSON.stringify([rule.resource]),
    contactGroups: rule.contactGroup,
    period: String(rule.periodSeconds),
    silenceTime: rule.repeatSeconds,
    noDataPolicy: rule.noData,
    escalations: escalationsOf(rule.conditions),
    labels: Object.entries(rule.labels).map(
      ([key, value]) => new PutResourceMetricRuleRequestLabels({ key, value }),
    ),
    ...(rule.target?.kind === 'webhook' && { webhook: rule.target.url }),
  }).toMap();

/**
 * A function as CloudMonitor addresses it. With a service it is that of the published form; without one UNCONFIRMED.
 *
 * Example: `acs:fc:cn-hangzhou:123:services/evenkeel/functions/on-event`.
 */
const arnOf = (
  { regionId, service, functionName }: AlarmTarget & { readonly kind: 'function' },
  accountId: string,
): string =>
  `acs:fc:${regionId}:${accountId}:${service === null ? '' : `services/${service}/`}functions/${functionName}`;

const ARN = /^acs:fc:([^:]*):[^:]*:(?:services\/([^/]+)\/)?functions\/([^/]+)/;

/** Parameters of `PutMetricRuleTargets`: every level rings. */
export const targetQuery = (
  name: string,
  target: AlarmTarget & { readonly kind: 'function' },
  accountId: string,
): Readonly<Record<string, unknown>> =>
  new PutMetricRuleTargetsRequest({
    ruleId: name,
    targets: [
      new PutMetricRuleTargetsRequestTargets({
        id: TARGET_ID,
        arn: arnOf(target, accountId),
        level: '["INFO","WARN","CRITICAL"]',
      }),
    ],
  }).toMap();

/** The function that a rule rings besides an address, of the reply of `DescribeMetricRuleTargets`. */
export function functionTargetOf(reply: Fields): AlarmTarget | null {
  for (const target of optionalListAt(reply, 'Targets', 'Target')) {
    const [, regionId, service, functionName] = ARN.exec(textAt(target, 'Arn')) ?? [];
    if (regionId !== undefined && functionName !== undefined)
      return { kind: 'function', regionId, service: service ?? null, functionName };
  }
  return null;
}

const conditionsOf = (rule: Fields): readonly AlarmCondition[] =>
  Object.entries(LEVELS).flatMap(([name, level]) => {
    const found = fieldsAt(fieldsAt(rule, 'Escalations'), name);
    const threshold = numberAt(found, 'Threshold');
    if (threshold === undefined) return [];
    return [
      {
        level,
        statistics: textAt(found, 'Statistics'),
        operator: textAt(found, 'ComparisonOperator'),
        threshold,
        times: numberAt(found, 'Times') ?? 1,
      },
    ];
  });

/** The first resource of a rule: ours have one. What cannot be read is none. */
function resourceOf(rule: Fields): AlarmRule['resource'] {
  try {
    const list: unknown = JSON.parse(textAt(rule, 'Resources'));
    const first: unknown = Array.isArray(list) ? list[0] : undefined;
    const entries = typeof first === 'object' && first !== null ? Object.entries(first) : [];
    return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
  } catch {
    return {};
  }
}

/** A rule as `DescribeMetricRuleList` shows it; its targets come apart. */
export function readRule(rule: Fields): AlarmRule {
  const webhook = textAt(rule, 'Webhook');
  return {
    name: textAt(rule, 'RuleId'),
    namespace: textAt(rule, 'Namespace'),
    metric: textAt(rule, 'MetricName'),
    resource: resourceOf(rule),
    conditions: conditionsOf(rule),
    periodSeconds: numberAt(rule, 'Period') ?? DEFAULT_PERIOD_SECONDS,
    repeatSeconds: numberAt(rule, 'SilenceTime') ?? DEFAULT_REPEAT_SECONDS,
    noData: NO_DATA.find((one) => one === textAt(rule, 'NoDataPolicy')) ?? 'KEEP_LAST_STATE',
    contactGroup: textAt(rule, 'ContactGroups'),
    target: webhook === '' ? null : { kind: 'webhook', url: webhook },
    labels: Object.fromEntries(
      optionalListAt(rule, 'Labels', 'Labels').map((label) => [
        textAt(label, 'Key'),
        textAt(label, 'Value'),
      ]),
    ),
    isEnabled: flagAt(rule, 'EnableState'),
  };
}
