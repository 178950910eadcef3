import { describe, expect, it } from '@jest/globals';
import { checkCaller } from '../../../functions/on-alarm/check-caller';
import { readAlarmCall } from '../../../functions/on-alarm/event';
import { instant } from '../../../shared/domain/units';
import { type HttpRequest } from '../../../shared/runtime/http-event';
import { callSignature } from '../../../shared/runtime/secret';

const request = (body: string, query: Record<string, string> = {}): HttpRequest => ({
  method: 'POST',
  path: '/secret',
  headers: {},
  query,
  body: Buffer.from(body),
});
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const FIELDS = {
  alertName: 'cpu',
  alertState: 'ALERT',
  dimensions: '{userId=12, instanceId=lb-1}',
};

describe('reading an alarm', () => {
  it.each([
    ['acs_slb', '{userId=12, instanceId=lb-1, port=80}', 'lb-1'],
    [
      'acs_slb_dashboard',
      '{instanceId=lb-1,vip=10.0.0.1, port=80}'.replace(',vip', ', vip'),
      'lb-1',
    ],
    ['acs_ecs', '{userId=12, instanceId=i-bp1}', 'i-bp1'],
    ['acs_ecs_dashboard', '[{"userId":"12","instanceId":"i-bp1"}]', 'i-bp1'],
  ])('takes the id out of the dimensions under %s', (namespace, dimensions, id) => {
    const call = readAlarmCall(request(form({ ...FIELDS, namespace, dimensions })));
    expect(call).toMatchObject({
      kind: 'threshold-alarm',
      resourceIds: [id],
      detail: 'alarm cpu ALERT',
    });
  });

  it.each([
    ['seconds', '1508136760', 1508136760000],
    ['milliseconds', '1685646149981', 1685646149981],
    ['neither', 'today', null],
    ['text null', 'null', null],
  ])('reads a timestamp in %s', (_, timestamp, at) => {
    expect(readAlarmCall(request(form({ ...FIELDS, timestamp }))).at).toBe(at);
  });

  it('treats the text null as absent', () => {
    const call = readAlarmCall(
      request(form({ ...FIELDS, alertName: 'null', ruleId: 'rule-7', instanceId: 'null' })),
    );
    expect(call).toMatchObject({ detail: 'alarm rule-7 ALERT', resourceIds: ['lb-1'] });
  });

  it('reads the JSON of before 2019 and of rule targets', () => {
    const old = {
      alertName: 'cpu',
      alertState: 'ALARM',
      dimensions: [{ instanceId: 'lb-1' }],
      timestamp: 1508136760,
    };
    expect(readAlarmCall(request(JSON.stringify(old)))).toMatchObject({
      resourceIds: ['lb-1'],
      at: 1508136760000,
    });
    const target = {
      ruleId: 'r',
      ruleName: 'cpu',
      curLevel: 'WARN',
      metricData: { instanceId: 'i-1' },
      resources: '[{"instanceId":"i-1"}]',
    };
    expect(readAlarmCall(request(JSON.stringify(target)))).toMatchObject({
      resourceIds: ['i-1'],
      detail: 'alarm cpu WARN',
    });
  });

  it.each([
    ['an object', { instanceId: 'i-2' }],
    ['text', '{"instanceId":"i-2"}'],
  ])('reads an event rule’s callback with its content as %s', (_, content) => {
    const event = {
      ver: '1.0',
      product: 'ECS',
      resourceId: 'acs:ecs:cn-hangzhou:1:instance/i-1',
      name: 'Instance:StateChange',
      content,
    };
    expect(readAlarmCall(request(JSON.stringify(event)))).toMatchObject({
      kind: 'system-event',
      resourceIds: ['i-1', 'i-2'],
      detail: 'system event Instance:StateChange',
    });
  });

  it('reads an event subscription’s callback as JSON and as a form whose fields are JSON text', () => {
    const alert = {
      eventName: 'Instance:StateChange',
      eventContentMap: { resourceId: 'i-1' },
      arn: 'acs:ecs:cn-hangzhou:1:instance/i-1',
    };
    const expected = {
      kind: 'system-event',
      resourceIds: ['i-1'],
      detail: 'system event Instance:StateChange',
    };
    expect(
      readAlarmCall(request(JSON.stringify({ alert, subscription: {}, batchId: 'b' }))),
    ).toMatchObject(expected);
    expect(
      readAlarmCall(request(form({ alert: JSON.stringify(alert), subscription: '{}' }))),
    ).toMatchObject(expected);
  });

  it('adds the pools that the query names', () => {
    expect(readAlarmCall(request(form(FIELDS), { pool: 'web,api' })).pools).toEqual(['web', 'api']);
  });

  it('cuts a long name short', () => {
    expect(
      readAlarmCall(request(form({ ...FIELDS, alertName: 'x'.repeat(500) }))).detail,
    ).toHaveLength(120);
  });

  it.each([
    ['an unknown key in a generic call', '{"pools":["web"],"weight":0}'],
    ['a list', '[1]'],
    ['a threshold alarm without a state', 'alertName=cpu'],
  ])('refuses %s', (_, body) => {
    expect(() => readAlarmCall(request(body))).toThrow('no alarm, system event or generic call');
  });
});

describe('a signed call', () => {
  it('names no pool outside of what is signed', () => {
    const secret = 'a-secret-of-the-test';
    const call = request('{"pools":["web"]}');
    const headers = {
      'x-evenkeel-timestamp': '1767225600',
      'x-evenkeel-signature': callSignature('1767225600', call.body, secret),
    };
    const settings = { secrets: [secret], skewMs: 1000, now: instant(1767225600000) };
    expect(() => checkCaller({ ...call, headers }, settings)).not.toThrow();
    expect(() => checkCaller({ ...call, headers, query: { pool: 'api' } }, settings)).toThrow(
      'names its pools in the body',
    );
  });
});

describe('dimensions of a megabyte', () => {
  it('are refused for their length, before they are taken apart', () => {
    const dimensions = `{${'instanceId=lb-1, } '.repeat(50_000)}`;
    expect(() => readAlarmCall(request(form({ ...FIELDS, dimensions })))).toThrow('too long');
    const generic = { product: 'ECS', name: 'x', content: { instanceId: dimensions } };
    expect(readAlarmCall(request(JSON.stringify(generic))).resourceIds).toEqual([]);
  });
});
