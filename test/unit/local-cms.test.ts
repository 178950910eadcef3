import { describe, expect, it } from '@jest/globals';
import { type CloudEvent } from '../../infra/local/cms/system-event';
import { REHEARSAL_TIMES } from '../../infra/local/contracts';
import {
  datapoints,
  type LocalCms,
  localCms,
  passPeriod,
  unhealthyRule,
} from '../support/local-cms';
import { localEcs } from '../support/local-ecs';
import { callAction, refusalOf } from '../support/wire';

const start = Date.UTC(2026, 0, 1);
const minute = (count: number): number => start + count * 60_000;
const passAll = async (cms: LocalCms, values: readonly (number | undefined)[]): Promise<void> => {
  for (const value of values) await passPeriod(cms, value);
};
const formOf = ({ posts }: LocalCms, index: number): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(posts.at(index)?.body ?? ''));

describe('metric queries', () => {
  it('give datapoints as text inside the reply, the code as text, dimensions as text', async () => {
    const cms = localCms();
    await passAll(cms, [3, 3]);
    const reply = await callAction(cms.service, 'DescribeMetricLast', {
      Namespace: 'acs_slb_dashboard',
      MetricName: 'UnhealthyServerCount',
    });
    expect(reply.body).toMatchObject({ Success: true, Code: '200', Period: '60' });
    expect(JSON.parse(reply.text('Datapoints'))).toEqual([
      {
        timestamp: minute(1),
        userId: '1234567890123456',
        instanceId: 'lb-1',
        port: '80',
        vip: '10.0.0.1',
        Average: 3,
        Maximum: 3,
        Minimum: 3,
      },
    ]);
  });

  it('show a point only after its delay, and nothing where nothing was measured', async () => {
    const cms = localCms();
    expect(await datapoints(cms.service, 'DescribeMetricLast')).toEqual([]);
    await passAll(cms, [1]);
    expect(await datapoints(cms.service, 'DescribeMetricLast')).toEqual([]);
    await cms.clock.advance(59_999);
    expect(await datapoints(cms.service, 'DescribeMetricLast')).toEqual([]);
    await cms.clock.advance(1);
    expect(await datapoints(cms.service, 'DescribeMetricLast')).toHaveLength(1);
    expect(
      await datapoints(cms.service, 'DescribeMetricLast', { MetricName: 'HealthyServerCount' }),
    ).toEqual([]);
  });

  it('leave a gap, not a zero, where a source fails', async () => {
    const cms = localCms();
    await passAll(cms, [1]);
    cms.source.error = new Error('unreachable');
    await cms.clock.advance(60_000);
    cms.source.error = undefined;
    await passAll(cms, [2, 2]);
    const points = await datapoints(cms.service, 'DescribeMetricList', {
      StartTime: String(start),
    });
    expect(points.map(({ timestamp }) => timestamp)).toEqual([minute(1), minute(3)]);
  });

  it('exclude the start and include the end', async () => {
    const cms = localCms();
    await passAll(cms, [1, 2, 3, 4, 5]);
    const points = await datapoints(cms.service, 'DescribeMetricList', {
      StartTime: String(minute(1)),
      EndTime: String(minute(3)),
    });
    expect(points.map(({ Average }) => Average)).toEqual([2, 3]);
    const text = await datapoints(cms.service, 'DescribeMetricList', {
      StartTime: '2026-01-01 00:01:00',
      EndTime: '2026-01-01T00:03:00Z',
    });
    expect(text).toEqual(points);
  });

  it('page, and aggregate over longer periods', async () => {
    const cms = localCms();
    await passAll(cms, [1, 2, 3, 4, 5, 6, 7]);
    const query = {
      Namespace: 'acs_slb_dashboard',
      MetricName: 'UnhealthyServerCount',
      StartTime: String(start),
      Length: '4',
    };
    const first = await callAction(cms.service, 'DescribeMetricList', query);
    const second = await callAction(cms.service, 'DescribeMetricList', {
      ...query,
      NextToken: first.text('NextToken'),
    });
    const sizes = [first, second].map(
      (page) => (JSON.parse(page.text('Datapoints')) as object[]).length,
    );
    expect(sizes).toEqual([4, 2]);
    expect(second.value('NextToken')).toBeUndefined();
    const long = await datapoints(cms.service, 'DescribeMetricList', {
      StartTime: String(start),
      Period: '300',
    });
    expect(long).toMatchObject([{ timestamp: minute(5), Average: 3, Maximum: 5, Minimum: 1 }]);
  });

  it('filter by up to 50 dimensions and refuse nonsense', async () => {
    const cms = localCms();
    await passAll(cms, [1, 1]);
    expect(
      await datapoints(cms.service, 'DescribeMetricLast', {
        Dimensions: '[{"instanceId":"lb-1","port":80}]',
      }),
    ).toHaveLength(1);
    expect(
      await datapoints(cms.service, 'DescribeMetricLast', {
        Dimensions: '[{"instanceId":"lb-2"}]',
      }),
    ).toEqual([]);
    const base = { Namespace: 'acs_slb_dashboard', MetricName: 'UnhealthyServerCount' };
    const many = JSON.stringify(
      Array.from({ length: 51 }, (_, index) => ({ instanceId: `lb-${index}` })),
    );
    for (const bad of [
      { Dimensions: many },
      { Dimensions: '{' },
      { Period: '61' },
      { StartTime: 'yesterday' },
      { StartTime: String(minute(9)), EndTime: String(minute(8)) },
    ]) {
      expect(await refusalOf(cms.service, 'DescribeMetricList', { ...base, ...bad })).toBe(
        '400 ParameterInvalid',
      );
    }
  });

  it('are counted together and refused when the month’s free calls are used up', async () => {
    const cms = localCms({ freeCallsPerMonth: 2 });
    const query = { Namespace: 'acs_slb_dashboard', MetricName: 'UnhealthyServerCount' };
    await callAction(cms.service, 'DescribeMetricLast', query);
    await callAction(cms.service, 'DescribeMetricList', query);
    expect(await refusalOf(cms.service, 'DescribeMetricData', query)).toBe(
      '403 QuotaExceeded.MonthlyFreeCalls',
    );
    expect(cms.model.quota.usedThisMonth).toBe(2);
    await cms.clock.advance(31 * 86_400_000);
    expect(cms.model.quota.usedThisMonth).toBe(0);
  });

  it('find what PutCustomMetric reported', async () => {
    const cms = localCms();
    await callAction(cms.service, 'PutCustomMetric', {
      'MetricList.1.MetricName': 'jobs',
      'MetricList.1.Dimensions': '{"queue":"a"}',
      'MetricList.1.Values': '{"value":10.5}',
      'MetricList.1.Type': '0',
    });
    await cms.clock.advance(60_000);
    const points = await datapoints(cms.service, 'DescribeMetricLast', {
      Namespace: 'acs_customMetric_1234567890123456',
      MetricName: 'jobs',
    });
    expect(points).toMatchObject([{ queue: 'a', Value: 10.5 }]);
  });
});

describe('an alarm rule', () => {
  it('calls back after Times breaches in a row, form-encoded, fields in the known order', async () => {
    const cms = localCms();
    await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
    await passAll(cms, [0, 1, 0, 2, 3]);
    expect(cms.posts).toHaveLength(0);
    await passPeriod(cms, 3);
    expect(cms.posts).toHaveLength(1);
    expect(cms.posts[0]).toMatchObject({
      url: unhealthyRule['Webhook'],
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded; charset=UTF-8',
    });
    const form = formOf(cms, 0);
    expect(Object.keys(form)).toEqual(
      'lastTime rawMetricName expression metricName instanceName signature transId groupId regionName productGroupName metricProject userId curValue unit alertName regionId namespace triggerLevel alertState preTriggerLevel ruleId dimensions timestamp'.split(
        ' ',
      ),
    );
    expect(form).toMatchObject({
      ...{
        alertState: 'ALERT',
        triggerLevel: 'CRITICAL',
        preTriggerLevel: 'OK',
        curValue: '3',
        expression: '$Maximum>=1',
        ruleId: 'unhealthy-lb-1',
      },
      ...{
        rawMetricName: 'UnhealthyServerCount',
        metricName: 'Unhealthy server count',
        namespace: 'acs_slb_dashboard',
        metricProject: 'acs_slb',
      },
      ...{
        dimensions: '{userId=1234567890123456, instanceId=lb-1, port=80, vip=10.0.0.1}',
        groupId: 'null',
        instanceName: 'null',
        timestamp: String(minute(6)),
      },
    });
    expect(Buffer.from(form['signature'] ?? '', 'base64')).toHaveLength(20);
  });

  it('says null for the level before its first evaluation', async () => {
    const cms = localCms({ timestampUnit: 'seconds' });
    await callAction(cms.service, 'PutResourceMetricRule', {
      ...unhealthyRule,
      'Escalations.Critical.Times': '1',
    });
    await passAll(cms, [1, 1]);
    expect(formOf(cms, 0)).toMatchObject({
      preTriggerLevel: 'null',
      timestamp: String(minute(2) / 1000),
    });
  });

  it('tells the recovery with the same transId, and a new alarm with a new one', async () => {
    const cms = localCms();
    await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
    await passAll(cms, [1, 1, 0, 1, 1, 1]);
    const forms = cms.posts.map((_, index) => formOf(cms, index));
    expect(
      forms.map(({ alertState, triggerLevel, preTriggerLevel }) => [
        alertState,
        triggerLevel,
        preTriggerLevel,
      ]),
    ).toEqual([
      ['ALERT', 'CRITICAL', 'OK'],
      ['OK', 'OK', 'CRITICAL'],
      ['ALERT', 'CRITICAL', 'OK'],
    ]);
    expect(forms[1]?.['transId']).toBe(forms[0]?.['transId']);
    expect(forms[2]?.['transId']).not.toBe(forms[0]?.['transId']);
  });

  it('keeps the recovery to itself when told so', async () => {
    const cms = localCms();
    await callAction(cms.service, 'PutResourceMetricRule', { ...unhealthyRule, SendOK: 'false' });
    await passAll(cms, [1, 1, 0, 0]);
    expect(cms.posts.map((_, index) => formOf(cms, index)['alertState'])).toEqual(['ALERT']);
  });

  it('repeats a lasting alarm only after the silence time', async () => {
    const cms = localCms();
    await callAction(cms.service, 'PutResourceMetricRule', {
      ...unhealthyRule,
      SilenceTime: '300',
    });
    await passAll(
      cms,
      Array.from({ length: 14 }, () => 1),
    );
    expect(cms.posts.map((_, index) => formOf(cms, index)['timestamp'])).toEqual(
      [minute(3), minute(8), minute(13)].map(String),
    );
    expect(new Set(cms.posts.map((_, index) => formOf(cms, index)['transId'])).size).toBe(1);
  });

  it('moves between levels, the most severe one first', async () => {
    const cms = localCms();
    const warn = {
      'Escalations.Warn.Statistics': 'Maximum',
      'Escalations.Warn.ComparisonOperator': 'GreaterThanOrEqualToThreshold',
      'Escalations.Warn.Threshold': '1',
      'Escalations.Warn.Times': '1',
    };
    await callAction(cms.service, 'PutResourceMetricRule', {
      ...unhealthyRule,
      ...warn,
      'Escalations.Critical.Threshold': '5',
      'Escalations.Critical.Times': '1',
    });
    await passAll(cms, [0, 1, 6, 2, 0, 0]);
    expect(cms.posts.map((_, index) => formOf(cms, index)['triggerLevel'])).toEqual([
      'WARN',
      'CRITICAL',
      'WARN',
      'OK',
    ]);
  });

  it('without data keeps its state, or says so, or takes it for well: as the policy has it', async () => {
    const outcomes: Record<string, readonly (string | undefined)[]> = {};
    for (const NoDataPolicy of ['KEEP_LAST_STATE', 'INSUFFICIENT_DATA', 'OK']) {
      const cms = localCms();
      await callAction(cms.service, 'PutResourceMetricRule', { ...unhealthyRule, NoDataPolicy });
      await passAll(cms, [1, 1, undefined, undefined]);
      outcomes[NoDataPolicy] = cms.posts.map((_, index) => formOf(cms, index)['alertState']);
      if (NoDataPolicy === 'INSUFFICIENT_DATA')
        expect(formOf(cms, 1)).toMatchObject({ curValue: 'null', expression: '$Maximum>=1' });
    }
    expect(outcomes).toEqual({
      KEEP_LAST_STATE: ['ALERT'],
      INSUFFICIENT_DATA: ['ALERT', 'INSUFFICIENT_DATA'],
      OK: ['ALERT', 'OK'],
    });
  });

  it('tells of a named resource that never had data, once, and of its data later', async () => {
    const cms = localCms();
    const rule = {
      ...unhealthyRule,
      NoDataPolicy: 'INSUFFICIENT_DATA',
      'Escalations.Critical.Times': '1',
    };
    await callAction(cms.service, 'PutResourceMetricRule', rule);
    await passAll(cms, [undefined, undefined, undefined, 1, 0, 0]);
    const forms = cms.posts.map((_, index) => formOf(cms, index));
    expect(forms.map(({ alertState }) => alertState)).toEqual(['INSUFFICIENT_DATA', 'ALERT', 'OK']);
  });

  it('is listed with ALARM where the callback says ALERT, and starts over when it is put again', async () => {
    const cms = localCms();
    await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
    const stateOf = async () =>
      (await callAction(cms.service, 'DescribeMetricRuleList', { RuleIds: 'unhealthy-lb-1' })).rows(
        'Alarms.Alarm',
      )[0]?.['AlertState'];
    expect(await stateOf()).toBe('INSUFFICIENT_DATA');
    await passAll(cms, [0, 1]);
    expect(await stateOf()).toBe('OK');
    await passAll(cms, [1, 1]);
    expect(await stateOf()).toBe('ALARM');
    expect(
      (await callAction(cms.service, 'DescribeMetricRuleList', { AlertState: 'OK' })).value(
        'Total',
      ),
    ).toBe('0');
    await callAction(cms.service, 'PutResourceMetricRule', {
      ...unhealthyRule,
      'Escalations.Critical.Threshold': '9',
    });
    expect(await stateOf()).toBe('INSUFFICIENT_DATA');
    expect((await callAction(cms.service, 'DescribeMetricRuleList')).value('Total')).toBe('1');
  });

  it('rests while it is disabled, outside its interval, and after it was deleted', async () => {
    const cms = localCms();
    const rule = { 'RuleId.1': 'unhealthy-lb-1' };
    // The run starts at 08:00 in UTC+8.
    await callAction(cms.service, 'PutResourceMetricRule', {
      ...unhealthyRule,
      EffectiveInterval: '22:00-06:00',
    });
    await passAll(cms, [1, 1, 1]);
    await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
    await callAction(cms.service, 'DisableMetricRules', rule);
    await passAll(cms, [1, 1, 1]);
    expect(cms.posts).toHaveLength(0);
    await callAction(cms.service, 'EnableMetricRules', rule);
    await passAll(cms, [1, 1]);
    expect(cms.posts).toHaveLength(1);
    await callAction(cms.service, 'DeleteMetricRules', { 'Id.1': 'unhealthy-lb-1' });
    await passAll(cms, [0, 0]);
    expect(cms.posts).toHaveLength(1);
    expect(await refusalOf(cms.service, 'DeleteMetricRules', { 'Id.1': 'unhealthy-lb-1' })).toBe(
      '404 ResourceNotFound',
    );
  });

  it('is refused when it is incomplete, nonsensical, or asks for a statistic that the metric lacks', async () => {
    const cms = localCms();
    await passAll(cms, [1]);
    const incomplete = Object.fromEntries(
      Object.entries(unhealthyRule).filter(([name]) => name !== 'Escalations.Critical.Times'),
    );
    for (const bad of [
      incomplete,
      { ...unhealthyRule, Webhook: 'ftp://x' },
      { ...unhealthyRule, Resources: 'lb-1' },
      { ...unhealthyRule, Period: '90' },
      { ...unhealthyRule, 'Escalations.Critical.Threshold': 'high' },
      { ...unhealthyRule, 'Escalations.Critical.ComparisonOperator': '>=' },
      { ...unhealthyRule, 'Escalations.Critical.Statistics': 'Sum' },
    ]) {
      expect(await refusalOf(cms.service, 'PutResourceMetricRule', bad)).toBe(
        '400 ParameterInvalid',
      );
    }
    expect(
      await refusalOf(cms.service, 'PutResourceMetricRule', { ...unhealthyRule, RuleId: '' }),
    ).toBe('400 MissingParameter');
  });

  it('calls a function that is its target', async () => {
    const calls: object[] = [];
    const cms = localCms({
      invokeFunction: (place, payload) => Promise.resolve(void calls.push({ place, payload })),
    });
    await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
    const arn = 'acs:fc:cn-hangzhou:1234567890123456:services/evenkeel/functions/on-alarm';
    await callAction(cms.service, 'PutMetricRuleTargets', {
      RuleId: 'unhealthy-lb-1',
      'Targets.1.Id': '1',
      'Targets.1.Arn': arn,
      'Targets.1.Level': '["CRITICAL"]',
    });
    await passAll(cms, [1, 1, 1]);
    expect(calls).toMatchObject([
      {
        place: { serviceName: 'evenkeel', functionName: 'on-alarm' },
        payload: {
          ruleId: 'unhealthy-lb-1',
          curLevel: 'CRITICAL',
          metricName: 'UnhealthyServerCount#60',
        },
      },
    ]);
  });

  it.each([500, 1000, 2000, 7000])(
    'goes off where a metric period takes %d ms',
    async (metricPeriodMs) => {
      const cms = localCms({ times: { ...REHEARSAL_TIMES, metricPeriodMs, metricDelayMs: 100 } });
      await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
      await callAction(cms.service, 'PutResourceMetricRule', {
        ...unhealthyRule,
        RuleId: 'five-minutes',
        Period: '300',
      });
      cms.source.state(1);
      await cms.clock.advance(11 * metricPeriodMs + 100);
      const rules = cms.posts.map(({ body }) => new URLSearchParams(body).get('ruleId'));
      expect(rules.sort()).toEqual(['five-minutes', 'unhealthy-lb-1']);
    },
  );

  it('lives faster under the rehearsal profile, by one factor', async () => {
    const cms = localCms({ times: REHEARSAL_TIMES });
    await callAction(cms.service, 'PutResourceMetricRule', { ...unhealthyRule, SilenceTime: '60' });
    cms.source.state(1);
    await cms.clock.advance(11_000);
    expect(cms.posts).toHaveLength(1);
    await cms.clock.advance(5_000);
    expect(cms.posts).toHaveLength(2);
  });
});

describe('a callback', () => {
  const raise = async (cms: LocalCms): Promise<void> => {
    await callAction(cms.service, 'PutResourceMetricRule', unhealthyRule);
    await passAll(cms, [1, 1, 1]);
  };
  const logOf = async ({ service }: LocalCms) =>
    (await callAction(service, 'DescribeAlertLogList', { RuleId: 'unhealthy-lb-1' })).rows(
      'AlertLogList',
    );

  it('is tried three times and then given up, and the log tells', async () => {
    const cms = localCms();
    cms.answers.push(500, 403, 503);
    await raise(cms);
    await cms.clock.advance(10_000);
    expect(cms.posts).toHaveLength(3);
    expect(new Set(cms.posts.map(({ body }) => body)).size).toBe(1);
    expect(await logOf(cms)).toMatchObject([
      {
        RuleId: 'unhealthy-lb-1',
        Level: 'CRITICAL',
        SendStatus: '1',
        WebhookList: [{ code: '503', url: unhealthyRule['Webhook'] }],
      },
    ]);
  });

  it('waits five seconds for an answer, then tries again', async () => {
    const cms = localCms();
    cms.answers.push('hang');
    await raise(cms);
    await cms.clock.advance(4_999);
    expect(cms.posts).toHaveLength(1);
    await cms.clock.advance(1_001);
    expect(cms.posts).toHaveLength(2);
    expect(await logOf(cms)).toMatchObject([
      { SendStatus: '0', WebhookList: [{ code: '200', message: 'success' }] },
    ]);
  });
});

describe('system events', () => {
  const withEcs = (options: Parameters<typeof localCms>[0] = {}) => {
    const bus: CloudEvent[] = [];
    const cms = localCms({ onCloudEvent: (event) => void bus.push(event), ...options });
    const ecs = localEcs({ clock: cms.clock });
    ecs.model.onEvent((event) => cms.model.receive(event));
    return { cms, ecs, bus };
  };
  const spot = { instanceType: 'ecs.c7.large', isBooted: true, isSpot: true, name: 'web-1' };

  it('reach a webhook in the legacy shape when their rule matches', async () => {
    const { cms, ecs } = withEcs();
    await callAction(cms.service, 'PutEventRule', {
      RuleName: 'spot',
      'EventPattern.1.Product': 'ECS',
      'EventPattern.1.NameList.1': 'Instance:PreemptibleInstanceInterruption',
      'EventPattern.1.LevelList.1': '*',
    });
    await callAction(cms.service, 'PutEventRuleTargets', {
      RuleName: 'spot',
      'WebhookParameters.1.Id': '1',
      'WebhookParameters.1.Url': 'http://127.0.0.1:9/event',
      'WebhookParameters.1.Method': 'POST',
    });
    const id = await ecs.model.createInstance(spot);
    ecs.model.reclaimSpot(id);
    await cms.clock.advance(1_000);
    expect(cms.posts).toHaveLength(1);
    expect(JSON.parse(cms.posts[0]?.body ?? '')).toMatchObject({
      ...{
        ver: '1.0',
        product: 'ECS',
        level: 'WARN',
        instanceName: 'web-1',
        name: 'Instance:PreemptibleInstanceInterruption',
        status: 'Normal',
        eventTime: '20260101T080000.000+0800',
      },
      ...{
        resourceId: `acs:ecs:cn-hangzhou:1234567890123456:instance/${id}`,
        content: { instanceId: id, action: 'delete' },
      },
    });
    await callAction(cms.service, 'DisableEventRules', { 'RuleNames.1': 'spot' });
    ecs.model.reclaimSpot(id);
    await cms.clock.advance(1_000);
    expect(cms.posts).toHaveLength(1);
  });

  it('carry their status in the name there, but not in a CloudEvent’s type', async () => {
    const calls: object[] = [];
    const { cms, ecs, bus } = withEcs({
      eventContentAs: 'text',
      invokeFunction: (_, payload) => Promise.resolve(void calls.push(payload)),
    });
    await callAction(cms.service, 'PutEventRule', {
      RuleName: 'all',
      'EventPattern.1.Product': 'ecs',
      'EventPattern.1.NameList.1': 'Instance:SystemMaintenance.Reboot:Scheduled',
    });
    await callAction(cms.service, 'PutEventRuleTargets', {
      RuleName: 'all',
      'FcParameters.1.Id': '1',
      'FcParameters.1.Region': 'cn-hangzhou',
      'FcParameters.1.ServiceName': 's',
      'FcParameters.1.FunctionName': 'on-event',
    });
    const id = await ecs.model.createInstance(spot);
    ecs.model.scheduleReboot(id, cms.clock.now() + 3_600_000);
    await cms.clock.advance(1_000);
    expect(calls).toMatchObject([
      {
        name: 'Instance:SystemMaintenance.Reboot:Scheduled',
        level: 'CRITICAL',
        content: expect.stringContaining('"eventStatus":"Scheduled"'),
      },
    ]);
    expect(bus.at(-1)).toMatchObject({
      ...{
        specversion: '1.0',
        source: 'acs.ecs',
        type: 'ecs:Instance:SystemMaintenance.Reboot',
        time: '2026-01-01T08:00:00.000+08:00',
      },
      ...{
        subject: `acs:ecs:cn-hangzhou:1234567890123456:instance/${id}`,
        data: { instanceId: id, eventStatus: 'Scheduled' },
        aliyuneventbusname: 'default',
      },
    });
  });

  it('come off the bus again when the taker failed, three times at most', async () => {
    let failures = 2;
    const taken: string[] = [];
    const { cms, ecs } = withEcs({
      onCloudEvent: (event) => {
        taken.push(event.id);
        return failures-- > 0 ? Promise.reject(new Error('busy')) : undefined;
      },
    });
    await ecs.model.createInstance(spot);
    await cms.clock.advance(60_000);
    const [first] = taken;
    expect(taken.filter((id) => id === first).length).toBeGreaterThan(1);
    failures = 1_000;
    taken.length = 0;
    cms.model.publish({
      product: 'ECS',
      name: 'Instance:StateChange',
      status: 'Normal',
      level: 'INFO',
      eventType: 'StatusNotification',
      resourceId: 'r',
      instanceName: 'n',
      at: cms.clock.now(),
      content: {},
    });
    await cms.clock.advance(600_000);
    expect(taken).toHaveLength(4);
  });

  it('may come twice and out of order, with the same id', async () => {
    const { cms, ecs, bus } = withEcs({
      eventDisorder: { duplicateShare: 1000, reorderShare: 500, lateMs: 5_000 },
      seed: 7,
    });
    for (let index = 0; index < 10; index += 1) {
      await ecs.model.createInstance(spot);
      await cms.clock.advance(1_000);
    }
    await cms.clock.advance(10_000);
    const ids = bus.map(({ id }) => id);
    expect(ids.length).toBe(2 * new Set(ids).size);
    const firsts = bus.filter(({ id }, index) => ids.indexOf(id) === index).map(({ time }) => time);
    expect(firsts).not.toEqual(firsts.toSorted());
  });

  it('can be looked up, times in seconds or milliseconds', async () => {
    const { cms, ecs } = withEcs();
    await cms.clock.advance(60_000);
    const id = await ecs.model.createInstance(spot);
    const search = async (StartTime: number) =>
      (
        await callAction(cms.service, 'DescribeSystemEventAttribute', {
          Product: 'ECS',
          Name: 'Instance:StateChange',
          StartTime: String(StartTime),
        })
      ).rows('SystemEvents.SystemEvent');
    expect(await search(minute(1))).toEqual(await search(minute(1) / 1000));
    const [event] = await search(minute(1));
    expect(JSON.parse(String(event?.['Content']))).toMatchObject({
      resourceId: id,
      state: 'Running',
    });
    expect(await search(minute(2))).toEqual([]);
  });

  it('can be invented for a dry run of the whole way', async () => {
    const { cms, bus } = withEcs();
    await callAction(cms.service, 'SendDryRunSystemEvent', {
      Product: 'ECS',
      EventName: 'Instance:SystemFailure.Reboot:Executing',
      EventContent: '{"instanceId":"i-1"}',
    });
    await cms.clock.advance(1_000);
    expect(bus).toMatchObject([
      { type: 'ecs:Instance:SystemFailure.Reboot', data: { instanceId: 'i-1' } },
    ]);
    expect(
      await refusalOf(cms.service, 'SendDryRunSystemEvent', {
        Product: 'ECS',
        EventName: 'x',
        EventContent: '[',
      }),
    ).toBe('400 ParameterInvalid');
  });
});
