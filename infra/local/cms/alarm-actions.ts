import { type Action, type Parameters, VendorError } from '../contracts';
import {
  clampedNumber,
  jsonArray,
  listOf,
  pageByNumber,
  requiredText,
  structuresOf,
} from '../request-parameters';
import { type AlarmRule, type AlarmTarget, type Escalation, readAlarmRule } from './alarm-rule';
import { type AlertLogEntry } from './alert-log';
import { invalidParameter, notFound, SUCCESS } from './cms-errors';
import { type CmsModel } from './cms-model';

const putRule = (model: CmsModel, parameters: Parameters): object => {
  const earlier = model.alarms.find(requiredText(parameters, 'RuleId'));
  const rule = readAlarmRule(parameters, model.options.clock.now(), earlier);
  const offered = model.store.statisticsOf(rule);
  const missing = rule.escalations.find(
    ({ statistics }) => offered !== undefined && !offered.includes(statistics),
  );
  if (missing !== undefined)
    throw invalidParameter(
      `The metric ${rule.metricName} has no statistic ${missing.statistics}; it has ${offered?.join(', ') ?? 'none'}.`,
    );
  model.alarms.put(rule);
  return SUCCESS;
};

const putRules = (model: CmsModel, parameters: Parameters): object => {
  const failed = structuresOf(parameters, 'Rules').flatMap((rule) => {
    try {
      putRule(model, rule);
      return [];
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      return [
        {
          RuleId: rule['RuleId'] ?? '',
          Result: { Code: String(error.status), Message: error.message, Success: false },
        },
      ];
    }
  });
  return { ...SUCCESS, ...(failed.length === 0 ? {} : { FailedListResult: { Target: failed } }) };
};

const describeEscalation = (rule: AlarmRule, level: Escalation['level']): object => {
  const found = rule.escalations.find((one) => one.level === level);
  if (found === undefined) return {};
  return {
    Statistics: found.statistics,
    ComparisonOperator: found.operator,
    Threshold: String(found.threshold),
    Times: found.times,
  };
};

const describeRule = (model: CmsModel, rule: AlarmRule): object => ({
  RuleId: rule.ruleId,
  RuleName: rule.ruleName,
  Namespace: rule.namespace,
  MetricName: rule.metricName,
  ContactGroups: rule.contactGroups,
  Resources: rule.resourcesText,
  Dimensions: rule.resourcesText,
  Period: String(rule.periodS),
  SilenceTime: rule.silenceTimeS,
  EffectiveInterval: rule.effectiveInterval,
  NoDataPolicy: rule.noDataPolicy,
  SendOK: rule.sendsOk,
  Webhook: rule.webhook,
  SourceType: 'METRIC',
  EnableState: rule.isEnabled,
  // Callbacks say ALERT for the same thing.
  AlertState: model.alarms.stateOf(rule.ruleId),
  Escalations: {
    Critical: describeEscalation(rule, 'CRITICAL'),
    Warn: describeEscalation(rule, 'WARN'),
    Info: describeEscalation(rule, 'INFO'),
  },
  Labels: { Labels: rule.labels.map(({ key, value }) => ({ Key: key, Value: value })) },
  GmtCreate: rule.createdAt,
  GmtUpdate: String(rule.updatedAt),
});

const ruleFilter = (model: CmsModel, parameters: Parameters): ((rule: AlarmRule) => boolean) => {
  const ids = parameters['RuleIds']?.split(',').map((id) => id.trim());
  const is = (name: string, value: string): boolean => (parameters[name] ?? value) === value;
  return (rule) =>
    (ids?.includes(rule.ruleId) ?? true) &&
    is('Namespace', rule.namespace) &&
    is('MetricName', rule.metricName) &&
    is('EnableState', String(rule.isEnabled)) &&
    is('AlertState', model.alarms.stateOf(rule.ruleId)) &&
    rule.ruleName.includes(parameters['RuleName'] ?? '');
};

const describeRules = (model: CmsModel, parameters: Parameters): object => {
  const found = model.alarms.rules().filter(ruleFilter(model, parameters));
  const number = clampedNumber(parameters, 'Page', {
    fallback: 1,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
  });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: 100 });
  const rows = pageByNumber(found, number, size).map((rule) => describeRule(model, rule));
  return { ...SUCCESS, Code: 200, Total: String(found.length), Alarms: { Alarm: rows } };
};

/** Applies to each named rule; 404 when one of them is not there. */
const forEachRule =
  (model: CmsModel, name: 'Id' | 'RuleId', apply: (ruleId: string) => boolean): Action =>
  (parameters) => {
    const ids = listOf(parameters, name);
    const missing = ids.find((id) => model.alarms.find(id) === undefined);
    if (ids.length === 0 || missing !== undefined)
      throw notFound(`The alarm rule ${missing ?? ''} does not exist.`);
    for (const id of ids) apply(id);
    return SUCCESS;
  };

const targetOf = (target: Parameters): AlarmTarget => {
  const levels =
    target['Level'] === undefined
      ? []
      : jsonArray(target['Level'], () => invalidParameter('Level is not a JSON array.'));
  return {
    id: requiredText(target, 'Id'),
    arn: requiredText(target, 'Arn'),
    levels: levels.map(String),
  };
};

const putTargets = (model: CmsModel, parameters: Parameters): object => {
  const ruleId = requiredText(parameters, 'RuleId');
  if (!model.alarms.putTargets(ruleId, structuresOf(parameters, 'Targets').map(targetOf)))
    throw notFound(`The alarm rule ${ruleId} does not exist.`);
  return { ...SUCCESS, FailData: { Targets: { Target: [] } } };
};

const describeTargets = (model: CmsModel, parameters: Parameters): object => {
  const targets = model.alarms.targetsOf(requiredText(parameters, 'RuleId'));
  return {
    ...SUCCESS,
    Targets: {
      Target: targets.map(({ id, arn, levels }) => ({
        Id: id,
        Arn: arn,
        Level: JSON.stringify(levels),
      })),
    },
  };
};

const deleteTargets = (model: CmsModel, parameters: Parameters): object => {
  const ruleId = requiredText(parameters, 'RuleId');
  if (!model.alarms.deleteTargets(ruleId, listOf(parameters, 'TargetIds')))
    throw notFound(`The alarm rule ${ruleId} does not exist.`);
  return { ...SUCCESS, FailIds: { TargetIds: { TargetId: [] } } };
};

const sendStatus = (entry: AlertLogEntry): string => {
  if (entry.message.rule.webhook === '') return '2';
  return entry.delivery?.isAccepted === false ? '1' : '0';
};

const describeLogEntry = (entry: AlertLogEntry): object => {
  const { rule, notice, dimensions, at } = entry.message;
  const { webhook } = rule;
  return {
    LogId: entry.logId,
    AlertTime: String(at),
    RuleId: rule.ruleId,
    RuleName: rule.ruleName,
    Namespace: rule.namespace,
    MetricName: rule.metricName,
    Product: rule.namespace.split('_')[1] ?? '',
    EventName: notice.alertState,
    Level: notice.level,
    LevelChange: `${notice.previous ?? 'OK'}->${notice.level}`,
    InstanceId: dimensions['instanceId'] ?? '',
    Dimensions: Object.entries(dimensions).map(([Key, Value]) => ({ Key, Value })),
    ContactGroups: [rule.contactGroups],
    SendStatus: sendStatus(entry),
    Message: JSON.stringify({
      alertState: notice.alertState,
      transId: notice.transId,
      curValue: notice.value,
    }),
    WebhookList:
      webhook === '' || entry.delivery === undefined
        ? []
        : [{ code: entry.delivery.code, message: entry.delivery.message, url: webhook }],
  };
};

/** `DescribeAlertLogList`, newest first; times in milliseconds. */
const describeLog = (model: CmsModel, parameters: Parameters): object => {
  const is = (name: string, value: string): boolean => (parameters[name] ?? value) === value;
  const from = Number(parameters['StartTime'] ?? 0);
  const to = Number(parameters['EndTime'] ?? Number.MAX_SAFE_INTEGER);
  const found = model.alertLog.entries
    .filter(
      ({ message: { rule, notice, at } }) =>
        at >= from &&
        at <= to &&
        is('RuleId', rule.ruleId) &&
        is('Namespace', rule.namespace) &&
        is('MetricName', rule.metricName) &&
        is('Level', notice.level),
    )
    .toReversed();
  const number = clampedNumber(parameters, 'PageNumber', {
    fallback: 1,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
  });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: 100 });
  return {
    ...SUCCESS,
    PageNumber: number,
    PageSize: size,
    AlertLogList: pageByNumber(found, number, size).map(describeLogEntry),
  };
};

export const alarmActions = (model: CmsModel): Readonly<Record<string, Action>> => ({
  PutResourceMetricRule: (parameters) => putRule(model, parameters),
  PutResourceMetricRules: (parameters) => putRules(model, parameters),
  DescribeMetricRuleList: (parameters) => describeRules(model, parameters),
  DeleteMetricRules: forEachRule(model, 'Id', (id) => model.alarms.delete(id)),
  EnableMetricRules: forEachRule(model, 'RuleId', (id) => model.alarms.setEnabled(id, true)),
  DisableMetricRules: forEachRule(model, 'RuleId', (id) => model.alarms.setEnabled(id, false)),
  PutMetricRuleTargets: (parameters) => putTargets(model, parameters),
  DeleteMetricRuleTargets: (parameters) => deleteTargets(model, parameters),
  DescribeMetricRuleTargets: (parameters) => describeTargets(model, parameters),
  DescribeAlertLogList: (parameters) => describeLog(model, parameters),
});
