import { type Parameters } from '../contracts';
import { listOf, requiredText, structuresOf } from '../request-parameters';
import { type SystemEvent } from './system-event';

interface EventPattern {
  readonly product: string;
  readonly names: readonly string[];
  readonly levels: readonly string[];
  readonly statuses: readonly string[];
  readonly eventTypes: readonly string[];
}

interface WebhookTarget {
  readonly kind: 'webhook';
  readonly id: string;
  readonly url: string;
  readonly method: 'GET' | 'POST';
}

interface FunctionTarget {
  readonly kind: 'function';
  readonly id: string;
  readonly regionId: string;
  readonly serviceName: string;
  readonly functionName: string;
}

export type EventTarget = WebhookTarget | FunctionTarget;

export interface EventRule {
  readonly name: string;
  readonly description: string;
  readonly patterns: readonly EventPattern[];
  readonly isEnabled: boolean;
}

export const readEventRule = (parameters: Parameters): EventRule => ({
  name: requiredText(parameters, 'RuleName'),
  description: parameters['Description'] ?? '',
  isEnabled: parameters['State'] !== 'DISABLED',
  patterns: structuresOf(parameters, 'EventPattern').map((pattern) => ({
    product: pattern['Product'] ?? '',
    names: listOf(pattern, 'NameList'),
    levels: listOf(pattern, 'LevelList'),
    statuses: listOf(pattern, 'StatusList'),
    eventTypes: listOf(pattern, 'EventTypeList'),
  })),
});

export const readEventTargets = (parameters: Parameters): readonly EventTarget[] => [
  ...structuresOf(parameters, 'WebhookParameters').map((target): EventTarget => {
    const method = target['Method']?.toUpperCase() === 'GET' ? 'GET' : 'POST';
    return { kind: 'webhook', id: target['Id'] ?? '', url: target['Url'] ?? '', method };
  }),
  ...structuresOf(parameters, 'FcParameters').map((target): EventTarget => {
    const place = { regionId: target['Region'] ?? '', serviceName: target['ServiceName'] ?? '' };
    return {
      kind: 'function',
      id: target['Id'] ?? '',
      ...place,
      functionName: target['FunctionName'] ?? '',
    };
  }),
];

const allows = (values: readonly string[], value: string): boolean =>
  values.length === 0 || values.includes('*') || values.includes(value);

/** A name is matched with and without its status: `Instance:SystemMaintenance.Reboot:Scheduled`. */
const matches = (pattern: EventPattern, event: SystemEvent): boolean =>
  pattern.product.toUpperCase() === event.product.toUpperCase() &&
  (allows(pattern.names, event.name) || pattern.names.includes(`${event.name}:${event.status}`)) &&
  allows(pattern.levels, event.level) &&
  allows(pattern.statuses, event.status) &&
  allows(pattern.eventTypes, event.eventType);

export const ruleMatches = (rule: EventRule, event: SystemEvent): boolean =>
  rule.isEnabled && rule.patterns.some((pattern) => matches(pattern, event));
