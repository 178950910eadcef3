import { describe, expect, it } from '@jest/globals';
import { chooseSecret } from '../../../infra/install/alarm-secret';
import {
  carryOut,
  type InstallContext,
  planInstall,
  planUninstall,
} from '../../../infra/install/install-session';
import { functionPrice, metricPrice, monthlyCosts } from '../../../infra/install/monthly-costs';
import { type PlannedItem } from '../../../infra/install/plan-setup';
import { setupLines } from '../../../infra/cli/render/install-lines';
import {
  createInProcessRegion,
  type InProcessRegion,
} from '../../../infra/local/in-process-region';
import { CmsAlarmSetup } from '../../../shared/adapters/alicloud/cms-alarm-setup';
import { loadPolicy } from '../../../shared/config/load-policy';
import { instant } from '../../../shared/domain/units';
import { createColors } from 'picocolors';

const ACCOUNT = '1234567890123456';
const OPTIONS = { deadline: instant(Number.MAX_SAFE_INTEGER) };
const SECRET = 'the-secret-of-the-alarms';

const POLICY = `
version: 1
region: cn-local
alarmSecret: { current: env:ALARM, next: env:ALARM_NEXT }
alarms: { callback: https://on-alarm.example/, contacts: [ann] }
pools:
  - { name: web, targets: [{ loadBalancer: lb-1 }] }
  - { name: api, targets: [{ loadBalancer: lb-2 }, { loadBalancer: lb-1, serverGroup: rsp-1 }] }
`;

function fleetOf(text: string): InstallContext['fleet'] {
  const loaded = loadPolicy(text, 'evenkeel.yaml');
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

interface Scene extends InstallContext {
  readonly region: InProcessRegion;
  readonly again: (more: Partial<InstallContext>) => Scene;
  readonly setup: CmsAlarmSetup;
}

function sceneOf(region: InProcessRegion, more: Partial<InstallContext> = {}): Scene {
  const { rpc } = region;
  const setup = new CmsAlarmSetup({ rpc, regionId: 'cn-local', accountId: ACCOUNT });
  return {
    ...{ region, setup, fleet: fleetOf(POLICY), setupIn: () => setup, accountId: ACCOUNT },
    ...{ service: null, eventFunction: 'evenkeel-on-event', variables: { ALARM: SECRET } },
    callOptions: () => OPTIONS,
    ...more,
    again: (changed) => sceneOf(region, { ...more, ...changed }),
  };
}

function scene(more: Partial<InstallContext> = {}): Scene {
  const region = createInProcessRegion();
  region.cms.contacts.add('ann');
  return sceneOf(region, more);
}

/** `+ rule` for each change, sorted. */
const changes = (items: readonly PlannedItem[]): readonly string[] =>
  items
    .filter(({ change }) => change !== 'keep')
    .map(({ change, item }) => `${change} ${item.value.name.replace('evenkeel_main_', '')}`)
    .sort();

async function install(at: Scene): Promise<readonly string[]> {
  const { items } = await planInstall(at);
  await carryOut(items, at, () => undefined);
  return changes(items);
}

const EVERYTHING = [
  'create heartbeat',
  'create instances',
  'create lb-1_errors',
  'create lb-1_response-time',
  'create lb-1_unhealthy',
  'create lb-2_errors',
  'create lb-2_response-time',
  'create lb-2_unhealthy',
  'create people',
];

describe('install', () => {
  it('sets everything up once per load balancer, and the second time there is no change', async () => {
    const at = scene();
    expect(await install(at)).toEqual(EVERYTHING);
    expect(at.region.cms.alarms.find('evenkeel_main_lb-1_unhealthy')).toMatchObject({
      metricName: 'UnhealthyServerCount',
      webhook: `https://on-alarm.example/${SECRET}`,
      contactGroups: 'evenkeel_main_people',
      isEnabled: true,
    });
    expect(at.region.cms.alarms.find('evenkeel_main_heartbeat')).toMatchObject({
      noDataPolicy: 'INSUFFICIENT_DATA',
      webhook: '',
      periodS: 300,
    });
    expect(changes((await planInstall(at)).items)).toEqual([]);
    const writes = at.region.requestLog.find({ action: 'PutResourceMetricRule' }).length;
    expect(await install(at)).toEqual([]);
    expect(at.region.requestLog.find({ action: 'PutResourceMetricRule' })).toHaveLength(writes);
  });

  it('tells what a person changed from what the policy changed, and puts both right', async () => {
    const at = scene();
    await install(at);
    const [rule] = await at.setup.alarmRules('evenkeel_main_lb-1_errors', OPTIONS);
    await at.setup.putAlarmRule(
      { ...rule!, conditions: [{ ...rule!.conditions[0]!, threshold: 500 }] },
      OPTIONS,
    );
    at.region.cms.alarms.setEnabled('evenkeel_main_lb-2_errors', false);
    const { items } = await planInstall(at);
    expect(changes(items)).toEqual(['restore lb-1_errors', 'restore lb-2_errors']);
    expect(items.find(({ change }) => change === 'restore')?.differences).toEqual([
      {
        fact: 'alarm',
        from: 'critical: Average >= 500, 1 in a row',
        to: 'critical: Average >= 1, 1 in a row',
      },
    ]);
    await install(at);
    expect(changes((await planInstall(at)).items)).toEqual([]);
    expect(at.region.cms.alarms.find('evenkeel_main_lb-2_errors')?.isEnabled).toBe(true);
    const fleet = fleetOf(
      POLICY.replace('contacts:', 'unhealthyServers: 3, events: false, contacts:'),
    );
    expect(await install(at.again({ fleet }))).toEqual([
      'remove instances',
      'update lb-1_unhealthy',
      'update lb-2_unhealthy',
    ]);
  });

  it('takes away what is not wanted any more, and uninstall everything of ours and nothing else', async () => {
    const at = scene();
    const mine = { ...(await rulesOf(at)), labels: {} };
    await at.setup.putContactGroup({ name: 'theirs', description: '', contacts: ['ann'] }, OPTIONS);
    await at.setup.putAlarmRule({ ...mine, name: 'theirs' }, OPTIONS);
    await at.setup.putAlarmRule({ ...mine, name: 'evenkeel_main_by-hand' }, OPTIONS);
    await at.setup.putAlarmRule({ ...mine, name: 'evenkeel_main-2_errors' }, OPTIONS);
    const fewer = fleetOf(POLICY.replace(/ {2}- \{ name: api.*\n/, ''));
    expect(await install(at.again({ fleet: fewer }))).toEqual([
      'leave by-hand',
      'remove lb-2_errors',
      'remove lb-2_response-time',
      'remove lb-2_unhealthy',
    ]);
    const planned = await planUninstall(at);
    await carryOut(planned, at, () => undefined);
    expect(at.region.cms.alarms.rules().map(({ ruleId }) => ruleId)).toEqual([
      'theirs',
      'evenkeel_main_by-hand',
      'evenkeel_main-2_errors',
    ]);
    expect(at.region.cms.events.rules()).toEqual([]);
    expect([...at.region.cms.contactGroups.keys()]).toEqual(['theirs']);
    expect(changes(await planUninstall(at))).toEqual(['leave by-hand']);
  });

  it('calls functions by name where there is no address, also in a service', async () => {
    const fleet = fleetOf(POLICY.replace('callback: https://on-alarm.example/, ', ''));
    const at = scene({ fleet, service: 'evenkeel', variables: {} });
    await install(at);
    expect(at.region.cms.alarms.targetsOf('evenkeel_main_lb-1_errors')).toMatchObject([
      { arn: `acs:fc:cn-local:${ACCOUNT}:services/evenkeel/functions/evenkeel-on-event` },
    ]);
    expect(changes((await planInstall(at)).items)).toEqual([]);
    const withAddress = at.again({ fleet: fleetOf(POLICY), variables: { ALARM: SECRET } });
    await install(withAddress);
    expect(at.region.cms.alarms.targetsOf('evenkeel_main_lb-1_errors')).toEqual([]);
    expect(at.region.cms.events.targetsOf('evenkeel_main_instances')).toMatchObject([
      { kind: 'webhook' },
    ]);
    expect(changes((await planInstall(withAddress)).items)).toEqual([]);
  });

  it('makes a secret where there is none, keeps it where rules carry it, and rotates to the next one', async () => {
    const at = scene({ variables: {} });
    const first = await planInstall(at);
    expect(first.secret).toMatchObject({ from: 'new', variable: 'ALARM' });
    await carryOut(first.items, at, () => undefined);
    const second = await planInstall(at);
    expect(second.secret?.from).toBe('rule');
    expect(changes(second.items)).toEqual([]);
    const next = 'the-next-secret-of-the-alarms';
    const rotated = await planInstall(at.again({ variables: { ALARM: SECRET, ALARM_NEXT: next } }));
    expect(rotated.secret).toMatchObject({ from: 'next', variable: 'ALARM_NEXT' });
    const text = setupLines(rotated.items, createColors(false)).join('\n');
    expect(text).toContain(
      'calls: https://on-alarm.example/… → https://on-alarm.example/… with another secret',
    );
    for (const secret of [SECRET, next, first.secret!.secret.reveal()])
      expect(text).not.toContain(secret);
    expect(JSON.stringify(rotated.secret)).not.toContain(next);
  });

  it('takes the current secret when the next one is not known here', () => {
    const found = { callback: 'https://a.example', items: [], newSecret: () => 'new' };
    const references = { current: 'env:ALARM', next: 'env:ALARM_NEXT' } as const;
    const chosen = chooseSecret(references, { ALARM: SECRET }, found);
    expect(chosen).toMatchObject({ from: 'current', variable: 'ALARM' });
    expect(chosen.secret.reveal()).toBe(SECRET);
  });
});

/** Any rule as it is written, to be copied by people. */
async function rulesOf(at: Scene) {
  await install(at);
  const [rule] = await at.setup.alarmRules('evenkeel_main_lb-1_errors', OPTIONS);
  return rule!;
}

describe('the bill', () => {
  const prices = {
    ...{ currency: 'CNY', perVcpuSecond: 0.00009, perGigabyteSecond: 0.000009 },
    ...{ perMillionInvocations: 0.9, perThousandMetricCalls: 0.012 },
  };

  it('is reckoned as its examples say', () => {
    const deployment = { workerVcpu: 0.35, workerMemoryMb: 512 };
    const timer = functionPrice({ invocations: 43_200, seconds: 43_200 }, deployment, prices);
    expect(timer).toBeCloseTo(1.594, 3);
    expect(metricPrice(1_150_000, prices)).toBeCloseTo(1.8, 10);
    expect(metricPrice(900_000, prices)).toBe(0);
  });

  it('counts the timer, the pools and the calls of everybody in the account', () => {
    const one = monthlyCosts(fleetOf(POLICY));
    const busy = monthlyCosts(fleetOf(`${POLICY}deployment: { otherMetricCalls: 2000000 }\n`));
    expect(one.lines.map(({ what }) => what)).toEqual([
      'on-timer',
      'reconcile-pool (2 pools)',
      'CloudMonitor reads',
    ]);
    expect(one.total).toBeGreaterThan(0);
    expect(busy.metricCalls).toBe(one.metricCalls + 2_000_000);
    expect(busy.total).toBeGreaterThan(one.total + 12);
    expect(one.assumptions.join(' ')).toMatch(/UNCONFIRMED/);
  });
});
