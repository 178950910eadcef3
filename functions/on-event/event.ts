import { z } from 'zod';

const name = z.string().min(1).max(512);

const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: name,
  source: name,
  type: name,
  subject: z.string().optional(),
  data: z.unknown().optional(),
});
/** CloudMonitor's event rule delivered to a function. */
const legacyEvent = z.looseObject({
  product: name,
  name,
  resourceId: z.string().optional(),
  content: z.unknown(),
});
/** CloudMonitor's event subscription. */
const subscribedEvent = z.looseObject({ alert: z.looseObject({}), subscription: z.unknown() });

/** A threshold alarm of a rule whose target is a function: there is no address to call then. */
const thresholdAlarm = z.looseObject({ ruleId: name, curLevel: name, ruleName: name.optional() });

const oneEvent = z.union([cloudEvent, legacyEvent, subscribedEvent, thresholdAlarm]);

/** One event or a batch of them: EventBridge sends either. */
export const onEventInput = z.union([
  oneEvent.transform((event) => [event]),
  z.array(oneEvent).min(1).max(1000),
]);

export type OnEventInput = z.infer<typeof onEventInput>;

/** Type of the event, for people. Example: `ecs:Instance:StateChange`. */
export function eventLabel(event: OnEventInput[number]): string {
  const label = labelOf(event);
  return typeof label === 'string' ? label.slice(0, 80) : 'unnamed event';
}

function labelOf(event: OnEventInput[number]): unknown {
  if ('type' in event) return event.type;
  if ('name' in event) return event.name;
  return 'ruleId' in event ? `alarm ${String(event.ruleName ?? event.ruleId)}` : 'subscribed event';
}
