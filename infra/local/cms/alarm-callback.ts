import { createHash } from 'node:crypto';
import { type AlarmRule, OPERATORS } from './alarm-rule';
import { type AlarmNotice } from './evaluate-alarm';
import { type Dimensions } from './metric-store';

/** A notice with all that its delivery needs to know. */
export interface AlarmMessage {
  readonly rule: AlarmRule;
  readonly notice: AlarmNotice;
  readonly dimensions: Dimensions;
  readonly at: number;
}

export interface CallbackSettings {
  readonly accountId: string;
  readonly regionId: string;
  /** Old deliveries stamp seconds, newer ones milliseconds. */
  readonly timestampUnit: 'seconds' | 'milliseconds';
  readonly nameOf: (instanceId: string) => string | undefined;
}

/** Absent values travel as this text. */
const ABSENT = 'null';

/** `acs_ecs_dashboard` is also written `acs_ecs`. */
const shortNamespace = (namespace: string): string => namespace.replace(/_dashboard$/, '');

/** Example: `UnhealthyServerCount` → `Unhealthy server count`: what people read differs from the metric's name. */
const displayName = (metricName: string): string => {
  const words = metricName
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const unitOf = (metricName: string): string => {
  if (/utili[sz]ation|cpu_|percent/i.test(metricName)) return '%';
  if (/count|connection/i.test(metricName)) return 'count';
  return ABSENT;
};

/** A map as Java prints it: `{userId=1, instanceId=i-1}`. It is not JSON. */
const javaMap = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([key, value]) => `${key}=${value}`).join(', ')}}`;

const minutesText = (ms: number): string => `${Math.floor(ms / 60_000)} minutes`;

const expressionOf = ({ escalation }: AlarmNotice): string => {
  if (escalation === undefined) return ABSENT;
  return `$${escalation.statistics}${OPERATORS[escalation.operator].sign}${escalation.threshold}`;
};

/** The base64 of twenty bytes. How the vendor makes it is unpublished, so nobody can verify it. */
const signatureOf = (message: AlarmMessage): string =>
  createHash('sha1').update(`${message.notice.transId} ${message.at}`).digest('base64');

/** Body of a threshold alarm's webhook call: form-encoded, fields in the order in which they are seen to arrive. */
export function alarmForm(message: AlarmMessage, settings: CallbackSettings): string {
  const { rule, notice, dimensions, at } = message;
  const instanceId = dimensions['instanceId'];
  const fields: Readonly<Record<string, string>> = {
    lastTime: minutesText(at - notice.alarmedAt),
    rawMetricName: rule.metricName,
    expression: expressionOf(notice),
    metricName: displayName(rule.metricName),
    instanceName: (instanceId === undefined ? undefined : settings.nameOf(instanceId)) ?? ABSENT,
    signature: signatureOf(message),
    transId: notice.transId,
    groupId: ABSENT,
    regionName: settings.regionId,
    productGroupName: ABSENT,
    metricProject: shortNamespace(rule.namespace),
    userId: settings.accountId,
    curValue: notice.value === undefined ? ABSENT : String(notice.value),
    unit: unitOf(rule.metricName),
    alertName: rule.ruleName,
    regionId: settings.regionId,
    namespace: rule.namespace,
    triggerLevel: notice.level,
    alertState: notice.alertState,
    preTriggerLevel: notice.previous ?? ABSENT,
    ruleId: rule.ruleId,
    dimensions: javaMap([['userId', settings.accountId], ...Object.entries(dimensions)]),
    timestamp: String(settings.timestampUnit === 'seconds' ? Math.floor(at / 1000) : at),
    ...(rule.labels.length === 0
      ? {}
      : { customLabels: javaMap(rule.labels.map(({ key, value }) => [key, value])) }),
  };
  return new URLSearchParams(fields).toString();
}

const describeEscalation = ({ escalation, level }: AlarmNotice): object => {
  if (escalation === undefined) return { level };
  const { operator, statistics, threshold, times } = escalation;
  return {
    comparisonOperator: operator,
    level: escalation.level,
    statistics,
    tag: '',
    threshold: String(threshold),
    times,
  };
};

/** What a function that is an alarm's target is called with: JSON, with parts of it as text inside. */
export function alarmTargetPayload(message: AlarmMessage, settings: CallbackSettings): object {
  const { rule, notice, dimensions, at } = message;
  const value =
    notice.escalation === undefined ? {} : { [notice.escalation.statistics]: notice.value };
  return {
    ruleId: rule.ruleId,
    ruleName: rule.ruleName,
    curLevel: notice.level,
    preLevel: notice.previous ?? 'OK',
    resources: JSON.stringify([dimensions]),
    escalation: describeEscalation(notice),
    metricData: { timestamp: at, userId: settings.accountId, ...dimensions, ...value },
    metricName: `${rule.metricName}#${rule.periodS}`,
    namespace: rule.namespace,
    period: String(rule.periodS),
    lastTime: at - notice.alarmedAt,
    time: at,
    userId: settings.accountId,
    eventName: notice.alertState === 'OK' ? 'AlertOk' : 'Alert',
    eventType: 'Alert',
    batchId: notice.transId,
    version: '1.0',
  };
}
