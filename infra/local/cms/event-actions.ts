import { type Action, type Parameters } from '../contracts';
import { clampedNumber, listOf, pageByNumber, requiredText } from '../request-parameters';
import { invalidParameter, notFound, SUCCESS } from './cms-errors';
import { type CmsModel } from './cms-model';
import { type EventRule, readEventRule, readEventTargets } from './event-rule';
import { type SystemEvent } from './system-event';

const TARGETS_MAX = 5;
/** Larger numbers are milliseconds, smaller ones seconds. */
const SECONDS_MAX = 100_000_000_000;

const putRule = (model: CmsModel, parameters: Parameters): object => {
  const rule = readEventRule(parameters);
  if (rule.patterns.length === 0) throw invalidParameter('EventPattern is needed.');
  model.events.put(rule);
  return { ...SUCCESS, Data: '1' };
};

const putTargets = (model: CmsModel, parameters: Parameters): object => {
  const targets = readEventTargets(parameters);
  if (targets.length > TARGETS_MAX)
    throw invalidParameter('At most 5 targets of a kind can be specified.');
  const name = requiredText(parameters, 'RuleName');
  if (!model.events.putTargets(name, targets))
    throw notFound(`The event rule ${name} does not exist.`);
  return { ...SUCCESS, FailedParameterCount: '0' };
};

const deleteTargets = (model: CmsModel, parameters: Parameters): object => {
  model.events.deleteTargets(requiredText(parameters, 'RuleName'), listOf(parameters, 'Ids'));
  return SUCCESS;
};

const forEachRule =
  (apply: (name: string) => boolean): Action =>
  (parameters) => {
    const missing = listOf(parameters, 'RuleNames').filter((name) => !apply(name));
    if (missing.length > 0) throw notFound(`The event rule ${missing.join(', ')} does not exist.`);
    return SUCCESS;
  };

const describeRule = ({ name, description, isEnabled, patterns }: EventRule): object => ({
  Name: name,
  Description: description,
  EventType: 'SYSTEM',
  State: isEnabled ? 'ENABLED' : 'DISABLED',
  EventPattern: {
    EventPattern: patterns.map(({ product, names, levels, eventTypes }) => ({
      Product: product,
      NameList: { NameList: names },
      LevelList: { LevelList: levels },
      EventTypeList: { EventTypeList: eventTypes },
    })),
  },
});

const describeRules = (model: CmsModel, parameters: Parameters): object => {
  const prefix = parameters['NamePrefix'] ?? '';
  const found = model.events.rules().filter(({ name }) => name.startsWith(prefix));
  const number = clampedNumber(parameters, 'PageNumber', { fallback: 1, min: 1, max: 100_000 });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: 100 });
  const rows = pageByNumber(found, number, size).map(describeRule);
  return { ...SUCCESS, Total: found.length, EventRules: { EventRule: rows } };
};

const describeTargets = (model: CmsModel, parameters: Parameters): object => {
  const targets = model.events.targetsOf(requiredText(parameters, 'RuleName')) ?? [];
  const webhooks = targets.filter((target) => target.kind === 'webhook');
  const functions = targets.filter((target) => target.kind === 'function');
  return {
    ...SUCCESS,
    WebhookParameters: {
      WebhookParameter: webhooks.map(({ id, method, url }) => ({
        ...{ Id: id, Method: method, Protocol: 'http', Url: url },
      })),
    },
    FcParameters: {
      FCParameter: functions.map(({ id, regionId, serviceName, functionName }) => ({
        ...{ Id: id, Region: regionId, ServiceName: serviceName, FunctionName: functionName },
      })),
    },
  };
};

const contentOf = (text: string): Record<string, unknown> => {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  } catch {
    // Answered below, like every other text that is not an object.
  }
  throw invalidParameter('EventContent is not a JSON object.');
};

/** `SendDryRunSystemEvent`: an invented event on the same way as real ones. */
const sendDryRun = (model: CmsModel, parameters: Parameters): object => {
  const content = contentOf(parameters['EventContent'] ?? '{}');
  const [name, status] = splitStatus(requiredText(parameters, 'EventName'));
  const named = content['instanceId'] ?? content['resourceId'];
  const instanceId = typeof named === 'string' ? named : 'i-dryrun';
  const base = {
    product: requiredText(parameters, 'Product'),
    name,
    status,
    level: 'INFO',
    eventType: 'StatusNotification',
  };
  model.publish({
    ...base,
    resourceId: model.resourceId(instanceId),
    instanceName: instanceId,
    at: model.options.clock.now(),
    content,
  });
  return { ...SUCCESS, Success: 'true' };
};

const splitStatus = (text: string): readonly [name: string, status: string] => {
  const [, name, status] =
    /^(.+):(Scheduled|Inquiring|Executing|Executed|Avoided|Canceled|Failed)$/.exec(text) ?? [];
  return name === undefined || status === undefined ? [text, 'Normal'] : [name, status];
};

const timeOf = (parameters: Parameters, name: string, fallback: number): number => {
  const value = Number(parameters[name] ?? fallback);
  return value < SECONDS_MAX ? value * 1000 : value;
};

const describeEvent = (model: CmsModel, event: SystemEvent): object => ({
  Id: event.id,
  Name: event.name,
  Product: event.product,
  Level: event.level,
  Status: event.status,
  ResourceId: event.resourceId,
  RegionId: model.options.regionId,
  InstanceName: event.instanceName,
  GroupId: '0',
  Time: event.at,
  Content: JSON.stringify(event.content),
});

/** `DescribeSystemEventAttribute`, newest first; times in seconds or milliseconds. */
const describeEvents = (model: CmsModel, parameters: Parameters): object => {
  const is = (name: string, value: string): boolean => (parameters[name] ?? value) === value;
  const from = timeOf(parameters, 'StartTime', 0);
  const to = timeOf(parameters, 'EndTime', Number.MAX_SAFE_INTEGER);
  const keywords = parameters['SearchKeywords'] ?? '';
  const found = model.events.events
    .filter(
      (event) =>
        is('Product', event.product) &&
        is('Name', event.name) &&
        is('EventType', event.eventType) &&
        is('Level', event.level) &&
        is('Status', event.status),
    )
    .filter(({ at }) => at >= from && at <= to)
    .map((event) => describeEvent(model, event))
    .filter((row) => JSON.stringify(row).includes(keywords))
    .toReversed();
  const number = clampedNumber(parameters, 'PageNumber', {
    fallback: 1,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
  });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: 100 });
  return {
    ...SUCCESS,
    Success: 'true',
    SystemEvents: { SystemEvent: pageByNumber(found, number, size) },
  };
};

export const eventActions = (model: CmsModel): Readonly<Record<string, Action>> => ({
  PutEventRule: (parameters) => putRule(model, parameters),
  PutEventRuleTargets: (parameters) => putTargets(model, parameters),
  DescribeEventRuleList: (parameters) => describeRules(model, parameters),
  DescribeEventRuleTargetList: (parameters) => describeTargets(model, parameters),
  DeleteEventRuleTargets: (parameters) => deleteTargets(model, parameters),
  DeleteEventRules: forEachRule((name) => model.events.delete(name)),
  EnableEventRules: forEachRule((name) => model.events.setEnabled(name, true)),
  DisableEventRules: forEachRule((name) => model.events.setEnabled(name, false)),
  SendDryRunSystemEvent: (parameters) => sendDryRun(model, parameters),
  DescribeSystemEventAttribute: (parameters) => describeEvents(model, parameters),
});
