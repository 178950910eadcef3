import { z } from 'zod';
import { EventError, malformed } from '../../shared/runtime/event-error';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { epochMs } from '../../shared/runtime/secret';
import { type AlarmCall, shortDetail as short } from './alarm-call';
import { alertGroup, alertGroupCall } from './alert-group';
import { DIMENSIONS_LENGTH_MAX, javaMap, resourceIds } from '../../shared/wake/resource-ids';

const name = z.string().max(512);

/** CloudMonitor's form, the same fields as the JSON of before 2019 and of rule targets. More fields may come. */
const thresholdAlarm = z
  .looseObject({
    alertName: name.optional(),
    ruleName: name.optional(),
    ruleId: name.optional(),
    alertState: name.optional(),
    curLevel: name.optional(),
    namespace: name.optional(),
    metricName: name.optional(),
    timestamp: z.union([z.string(), z.number()]).optional(),
    dimensions: z.unknown().optional(),
    metricData: z.unknown().optional(),
    resources: z.unknown().optional(),
  })
  .refine((alarm) => alarm.alertState !== undefined || alarm.curLevel !== undefined);

/** Event rule (`product`, `name`, `content`). */
const legacyEvent = z.looseObject({
  product: name,
  name,
  resourceId: name.optional(),
  content: z.unknown(),
});
/** Event subscription: everything is inside `alert`, which a form post carries as JSON text. */
const subscribedEvent = z.looseObject({ alert: z.unknown(), subscription: z.unknown() });

const list = z.array(z.string().min(1).max(128)).max(100);
/** Our own shape, for other monitoring systems. */
const genericCall = z.strictObject({
  pools: list.optional(),
  loadBalancerIds: list.optional(),
  instanceIds: list.optional(),
  reason: z.string().max(500).optional(),
});

/**
 * Reads a CloudMonitor callback (form or JSON, threshold or system event), a webhook of Prometheus’ Alertmanager or a generic JSON call. `?pool=` adds a pool by name. Throws
 * `EventError` 400 when it is none of them or was cut off.
 */
export function readAlarmCall(request: HttpRequest): AlarmCall {
  const text = utf8(request.body).trim();
  const fields = /^[{[]/.test(text) ? readJson(text) : readForm(text);
  const call = callOf(fields);
  const { pool } = request.query;
  return {
    ...call,
    pools: [
      ...new Set([...call.pools, ...(pool === undefined || pool === '' ? [] : pool.split(','))]),
    ],
  };
}

function utf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw malformed('The body is not UTF-8.');
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('The body is not whole JSON.');
  }
}

/** Fields of a form; CloudMonitor writes `null` for what it does not have. A cut-off escape is refused. */
function readForm(text: string): Readonly<Record<string, string>> {
  if (text === '') throw malformed('The body is empty.');
  const fields = text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw malformed('The form is cut off or not a form.');
    return [decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))] as const;
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== 'null'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The form is cut off in an escape.');
  }
}

function callOf(fields: unknown): AlarmCall {
  const group = alertGroup.safeParse(fields);
  if (group.success) return alertGroupCall(group.data);
  const subscribed = subscribedEvent.safeParse(fields);
  if (subscribed.success) return systemEvent(subscribed.data, eventName(subscribed.data.alert));
  const legacy = legacyEvent.safeParse(fields);
  if (legacy.success) return systemEvent(legacy.data, legacy.data.name);
  const alarm = thresholdAlarm.safeParse(fields);
  if (alarm.success) return thresholdCall(alarm.data);
  const generic = genericCall.safeParse(fields);
  if (generic.success) return genericOf(generic.data);
  throw new EventError(
    400,
    'The body is no alarm, system event or generic call that is known here.',
  );
}

const systemEvent = (fields: object, eventLabel: string): AlarmCall => ({
  kind: 'system-event',
  pools: [],
  resourceIds: resourceIds(fields),
  detail: short(`system event ${eventLabel}`),
  at: null,
});

function eventName(alert: unknown): string {
  const inner = typeof alert === 'string' ? readJson(alert) : alert;
  return z.looseObject({ eventName: name }).safeParse(inner).data?.eventName ?? 'without a name';
}

function thresholdCall(alarm: z.infer<typeof thresholdAlarm>): AlarmCall {
  const { dimensions } = alarm;
  if (typeof dimensions === 'string' && dimensions.length > DIMENSIONS_LENGTH_MAX)
    throw malformed('The dimensions are too long.');
  if (typeof dimensions === 'string' && !isWhole(dimensions))
    throw malformed('The dimensions are cut off.');
  const label = alarm.alertName ?? alarm.ruleName ?? alarm.ruleId ?? 'without a name';
  return {
    kind: 'threshold-alarm',
    pools: [],
    resourceIds: resourceIds(alarm),
    detail: short(`alarm ${label} ${alarm.alertState ?? alarm.curLevel ?? ''}`),
    at: alarm.timestamp === undefined ? null : epochMs(String(alarm.timestamp)),
  };
}

/** A Java map or JSON, closed as it was opened. */
const isWhole = (dimensions: string): boolean =>
  javaMap(dimensions) !== null || /^\s*\[.*\]\s*$/s.test(dimensions);

const genericOf = (call: z.infer<typeof genericCall>): AlarmCall => ({
  kind: 'generic',
  pools: call.pools ?? [],
  resourceIds: [...(call.loadBalancerIds ?? []), ...(call.instanceIds ?? [])],
  detail: short(`call ${call.reason ?? 'without a reason'}`),
  at: null,
});
