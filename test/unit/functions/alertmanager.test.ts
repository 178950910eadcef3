import { describe, expect, it } from '@jest/globals';
import { checkCaller } from '../../../functions/on-alarm/check-caller';
import { readAlarmCall } from '../../../functions/on-alarm/event';
import { instant } from '../../../shared/domain/units';
import { type HttpRequest } from '../../../shared/runtime/http-event';

/** As prometheus.io documents it for `webhook_config`, and as Alertmanager 0.2x sends it. */
const WEBHOOK = {
  version: '4',
  groupKey: '{}:{alertname="EvenkeelPanic"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'evenkeel',
  groupLabels: { alertname: 'BackendErrors' },
  commonLabels: { alertname: 'BackendErrors', severity: 'critical' },
  commonAnnotations: { summary: 'many errors' },
  externalURL: 'http://alertmanager.example.com:9093',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'BackendErrors', pool: 'web', instance_id: 'i-bp1' },
      annotations: { summary: 'many errors' },
      startsAt: '2026-11-21T10:42:00.000Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.example.com:9090/graph?g0.expr=x',
      fingerprint: '3b6d3d2f8d1a2c11',
    },
    {
      status: 'resolved',
      labels: { alertname: 'BackendErrors', loadBalancerId: 'lb-api', instance: '10.0.0.1:9100' },
      annotations: {},
      startsAt: '2026-11-21T10:40:00.000Z',
      endsAt: '2026-11-21T10:41:00.000Z',
      generatorURL: '',
      fingerprint: '0a6d3d2f8d1a2c12',
    },
  ],
};
const request = (body: unknown, parts: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'POST', path: '/', headers: {}, query: {} },
  body: Buffer.from(JSON.stringify(body)),
  ...parts,
});

describe('a webhook of Alertmanager', () => {
  it('concerns the pools, load balancers and instances that its alerts’ labels name', () => {
    expect(readAlarmCall(request(WEBHOOK))).toEqual({
      kind: 'alertmanager',
      pools: ['web'],
      resourceIds: ['i-bp1', 'lb-api'],
      detail: 'alerts BackendErrors firing: 1 firing, 1 resolved',
      at: Date.parse('2026-11-21T10:42:00.000Z'),
    });
  });

  it('wakes when it is resolved, too, and takes pools from the address', () => {
    const resolved = { ...WEBHOOK, status: 'resolved', alerts: [WEBHOOK.alerts[1]] };
    const call = readAlarmCall(request(resolved, { query: { pool: 'api' } }));
    expect(call).toMatchObject({ pools: ['api'], resourceIds: ['lb-api'] });
    expect(call.detail).toContain('resolved: 0 firing, 1 resolved');
  });

  it('is taken with a group that has no alert, no common labels, or fields that are not known yet', () => {
    const bare = { ...WEBHOOK, commonLabels: undefined, alerts: [] };
    const call = readAlarmCall(request({ ...bare, notificationReason: 'first' }));
    expect(call).toMatchObject({ kind: 'alertmanager', pools: [], resourceIds: [], at: null });
  });

  it.each([
    ['another version', { ...WEBHOOK, version: '5' }],
    ['labels that are no texts', { ...WEBHOOK, alerts: [{ status: 'firing', labels: { a: 1 } }] }],
    ['a status nobody knows', { ...WEBHOOK, status: 'maybe' }],
    ['too many alerts', { ...WEBHOOK, alerts: Array(1001).fill(WEBHOOK.alerts[0]) }],
  ])('is refused with %s', (_, body) => {
    expect(() => readAlarmCall(request(body))).toThrow('no alarm');
  });

  it('concerns a hundred pools at most, each once', () => {
    const alerts = Array.from({ length: 300 }, (_, index) => ({
      ...WEBHOOK.alerts[0],
      labels: { pool: `p-${index % 150}` },
    }));
    expect(readAlarmCall(request({ ...WEBHOOK, alerts })).pools).toHaveLength(100);
  });
});

describe('Alertmanager as a caller', () => {
  const SECRET = 'current-secret-0123456789';
  const settings = { secrets: [SECRET, 'next-secret-9876543210'], skewMs: 1000, now: instant(0) };
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
  const call = (authorization: string) => () =>
    checkCaller(request(WEBHOOK, { headers: { authorization } }), settings);

  it.each([
    ['a bearer token', `Bearer ${SECRET}`],
    ['the next secret during a rotation', 'Bearer next-secret-9876543210'],
    ['the password of any user', basic(`alertmanager:${SECRET}`)],
  ])('is let in with %s', (_, authorization) => {
    expect(call(authorization)).not.toThrow();
  });

  it.each([
    ['another token', 'Bearer wrong-secret-0123456789'],
    ['the secret as the user', basic(`${SECRET}:`)],
    ['another scheme', `Digest ${SECRET}`],
    ['no word', 'Bearer '],
    ['what is no base64', 'Basic ****'],
  ])('is sent away with %s', (_, authorization) => {
    expect(call(authorization)).toThrow('The secret is wrong.');
  });
});
