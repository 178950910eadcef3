import {
  PutEventRuleRequest,
  PutEventRuleRequestEventPattern,
} from '@alicloud/cms20190101/dist/models/PutEventRuleRequest';
import {
  PutEventRuleTargetsRequest,
  PutEventRuleTargetsRequestFcParameters,
  PutEventRuleTargetsRequestWebhookParameters,
} from '@alicloud/cms20190101/dist/models/PutEventRuleTargetsRequest';
import { type AlarmTarget, type EventRule } from '../../ports/alarm-setup';
import { TARGET_ID } from './alarm-rules';
import { type Fields, fieldsAt, optionalListAt, textAt } from './reply';

/** Parameters of `PutEventRule`, which replaces the rule of that name. Any level and status: the names say enough. */
export const eventRuleQuery = (rule: EventRule): Readonly<Record<string, unknown>> =>
  new PutEventRuleRequest({
    ruleName: rule.name,
    description: rule.description,
    eventType: 'SYSTEM',
    state: rule.isEnabled ? 'ENABLED' : 'DISABLED',
    eventPattern: [
      new PutEventRuleRequestEventPattern({
        product: rule.product,
        nameList: [...rule.eventNames],
        levelList: ['*'],
        eventTypeList: ['*'],
      }),
    ],
  }).toMap();

/** Parameters of `PutEventRuleTargets`. */
export const eventTargetQuery = (
  name: string,
  target: AlarmTarget,
): Readonly<Record<string, unknown>> =>
  new PutEventRuleTargetsRequest({
    ruleName: name,
    ...(target.kind === 'webhook'
      ? {
          webhookParameters: [
            new PutEventRuleTargetsRequestWebhookParameters({
              ...{ id: TARGET_ID, protocol: 'http', method: 'POST', url: target.url },
            }),
          ],
        }
      : {
          fcParameters: [
            new PutEventRuleTargetsRequestFcParameters({
              id: TARGET_ID,
              region: target.regionId,
              functionName: target.functionName,
              serviceName: target.service ?? '',
            }),
          ],
        }),
  }).toMap();

/** The first target of the reply of `DescribeEventRuleTargetList`: ours have one. */
function targetOf(reply: Fields): AlarmTarget | null {
  const [webhook] = optionalListAt(reply, 'WebhookParameters', 'WebhookParameter');
  if (webhook !== undefined) return { kind: 'webhook', url: textAt(webhook, 'Url') };
  const [called] = optionalListAt(reply, 'FcParameters', 'FCParameter');
  if (called === undefined) return null;
  const service = textAt(called, 'ServiceName');
  return {
    kind: 'function',
    regionId: textAt(called, 'Region'),
    service: service === '' ? null : service,
    functionName: textAt(called, 'FunctionName'),
  };
}

/** A rule of `DescribeEventRuleList` with its targets. */
export function readEventRule(rule: Fields, targets: Fields): EventRule {
  const [pattern = {}] = optionalListAt(rule, 'EventPattern', 'EventPattern');
  const names = fieldsAt(pattern, 'NameList')['NameList'];
  return {
    name: textAt(rule, 'Name'),
    description: textAt(rule, 'Description'),
    product: textAt(pattern, 'Product'),
    eventNames: Array.isArray(names) ? names.map(String) : [],
    target: targetOf(targets),
    isEnabled: textAt(rule, 'State') !== 'DISABLED',
  };
}
