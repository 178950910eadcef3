import { type Parameters } from '../contracts';
import { clampedNumber, jsonArray, requiredText, structuresOf } from '../request-parameters';
import { invalidParameter } from './cms-errors';
import { type Dimensions } from './metric-store';

export const LEVELS = ['CRITICAL', 'WARN', 'INFO'] as const;
export type Level = (typeof LEVELS)[number];

/** Operators that compare with the threshold; those that compare with the past are not served. */
export const OPERATORS = {
  GreaterThanOrEqualToThreshold: {
    sign: '>=',
    holds: (value: number, threshold: number): boolean => value >= threshold,
  },
  GreaterThanThreshold: {
    sign: '>',
    holds: (value: number, threshold: number): boolean => value > threshold,
  },
  LessThanOrEqualToThreshold: {
    sign: '<=',
    holds: (value: number, threshold: number): boolean => value <= threshold,
  },
  LessThanThreshold: {
    sign: '<',
    holds: (value: number, threshold: number): boolean => value < threshold,
  },
  NotEqualToThreshold: {
    sign: '!=',
    holds: (value: number, threshold: number): boolean => value !== threshold,
  },
  EqualToThreshold: {
    sign: '==',
    holds: (value: number, threshold: number): boolean => value === threshold,
  },
} as const;
type Operator = keyof typeof OPERATORS;

const STATISTICS = ['Average', 'Minimum', 'Maximum', 'Sum', 'Value'] as const;
type Statistic = (typeof STATISTICS)[number];

export interface Escalation {
  readonly level: Level;
  readonly statistics: Statistic;
  readonly operator: Operator;
  readonly threshold: number;
  /** Consecutive periods that must breach. */
  readonly times: number;
}

export interface AlarmRule {
  readonly ruleId: string;
  readonly ruleName: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly contactGroups: string;
  /** As they were given, and read; null stands for all. */
  readonly resourcesText: string;
  readonly resources: readonly Dimensions[] | null;
  readonly periodS: number;
  readonly silenceTimeS: number;
  /** `00:00-23:59`, in UTC+8. */
  readonly effectiveInterval: string;
  readonly noDataPolicy: 'KEEP_LAST_STATE' | 'INSUFFICIENT_DATA' | 'OK';
  readonly sendsOk: boolean;
  readonly webhook: string;
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  /** Most severe first. */
  readonly escalations: readonly Escalation[];
  readonly isEnabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A target besides the webhook. Only functions are called; other kinds are kept and shown. */
export interface AlarmTarget {
  readonly id: string;
  readonly arn: string;
  readonly levels: readonly string[];
}

const NATIVE_PERIOD_S = 60;
const LONGEST_S = 365 * 86_400;

const oneOf = <T extends string>(values: readonly T[], text: string, name: string): T => {
  const found = values.find((value) => value === text);
  if (found === undefined) throw invalidParameter(`The parameter ${name} is not valid: ${text}.`);
  return found;
};

const escalationOf = (parameters: Parameters, level: Level): readonly Escalation[] => {
  const name = `Escalations.${level.charAt(0)}${level.slice(1).toLowerCase()}`;
  const fields = ['Statistics', 'ComparisonOperator', 'Threshold', 'Times'].map(
    (field) => parameters[`${name}.${field}`],
  );
  if (fields.every((field) => field === undefined)) return [];
  const [statistics, operator, threshold, times] = fields;
  if (
    statistics === undefined ||
    operator === undefined ||
    threshold === undefined ||
    times === undefined
  )
    throw invalidParameter(`${name} needs Statistics, ComparisonOperator, Threshold and Times.`);
  if (Number.isNaN(Number(threshold)) || threshold.trim() === '')
    throw invalidParameter(`${name}.Threshold is not a number.`);
  const values = Object.keys(OPERATORS) as Operator[];
  return [
    {
      level,
      statistics: oneOf(STATISTICS, statistics, `${name}.Statistics`),
      operator: oneOf(values, operator, `${name}.ComparisonOperator`),
      threshold: Number(threshold),
      times: clampedNumber({ times }, 'times', { fallback: 3, min: 1, max: 1000 }),
    },
  ];
};

const resourcesOf = (text: string): readonly Dimensions[] | null => {
  if (text === '') return null;
  const list = jsonArray(text, () => invalidParameter('Resources is not a JSON array.'));
  const dimensions = list.map((one) =>
    Object.fromEntries(Object.entries(one as object).map(([key, value]) => [key, String(value)])),
  );
  return dimensions.some((one) => one['resource'] === '_ALL') ? null : dimensions;
};

const periodOf = (parameters: Parameters): number => {
  const periodS = clampedNumber(parameters, 'Period', {
    fallback: NATIVE_PERIOD_S,
    min: 1,
    max: LONGEST_S,
  });
  if (periodS % NATIVE_PERIOD_S !== 0)
    throw invalidParameter('Period is not a multiple of the period of the metric.');
  return periodS;
};

const webhookOf = (parameters: Parameters): string => {
  const webhook = parameters['Webhook'] ?? '';
  if (webhook !== '' && !/^https?:\/\/\S+$/.test(webhook))
    throw invalidParameter('Webhook is not an HTTP address.');
  return webhook;
};

/** A rule as `PutResourceMetricRule` describes it; `earlier` is the rule that it replaces. */
export function readAlarmRule(parameters: Parameters, now: number, earlier?: AlarmRule): AlarmRule {
  const escalations = LEVELS.flatMap((level) => escalationOf(parameters, level));
  if (escalations.length === 0)
    throw invalidParameter(
      'At least one level of Escalations is needed; composite expressions are not served here.',
    );
  const resourcesText = parameters['Resources'] ?? '';
  return {
    ruleId: requiredText(parameters, 'RuleId'),
    ruleName: requiredText(parameters, 'RuleName'),
    namespace: requiredText(parameters, 'Namespace'),
    metricName: requiredText(parameters, 'MetricName'),
    contactGroups: requiredText(parameters, 'ContactGroups'),
    resourcesText,
    resources: resourcesOf(resourcesText),
    periodS: periodOf(parameters),
    silenceTimeS: clampedNumber(parameters, 'SilenceTime', {
      fallback: 86_400,
      min: 60,
      max: LONGEST_S,
    }),
    effectiveInterval: parameters['EffectiveInterval'] ?? '00:00-23:59',
    noDataPolicy: oneOf(
      ['KEEP_LAST_STATE', 'INSUFFICIENT_DATA', 'OK'],
      parameters['NoDataPolicy'] ?? 'KEEP_LAST_STATE',
      'NoDataPolicy',
    ),
    sendsOk: parameters['SendOK'] !== 'false',
    webhook: webhookOf(parameters),
    labels: structuresOf(parameters, 'Labels').map(({ Key: key = '', Value: value = '' }) => ({
      key,
      value,
    })),
    escalations,
    isEnabled: earlier?.isEnabled ?? true,
    createdAt: earlier?.createdAt ?? now,
    updatedAt: now,
  };
}
