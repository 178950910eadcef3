import { describe, expect, it } from '@jest/globals';
import {
  defaultCredentials,
  givenCredentials,
} from '../../../shared/adapters/alicloud/credentials';
import { dryRun } from '../../../shared/adapters/dry-run';
import { LogAlerts } from '../../../shared/adapters/log-alerts';
import { productionPorts } from '../../../shared/adapters/production';
import { redact } from '../../../shared/adapters/redact';
import { JsonLog } from '../../../shared/adapters/system/json-log';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { tickIds } from '../../../shared/adapters/system/tick-ids';
import { millis } from '../../../shared/domain/units';
import { ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

describe('the JSON log', () => {
  const lines: string[] = [];
  const log = new JsonLog({ clock: new TestClock(), writeLine: (line) => lines.push(line) });

  it('writes one line per call, without secrets and URLs', () => {
    log.warn('GET https://x.example/?Signature=abc failed', {
      pool: 'web',
      steps: 2,
      token: undefined,
      detail: 'accessKeySecret=verysecret\nnext line',
    });
    expect(lines[0]).not.toContain('\n');
    expect(JSON.parse(lines[0]!)).toEqual({
      time: '2026-11-21T03:00:00.000Z',
      level: 'warn',
      message: 'GET [url] failed',
      pool: 'web',
      steps: 2,
      detail: 'accessKeySecret=[redacted]\nnext line',
    });
  });

  it('carries alerts at their severity', async () => {
    await new LogAlerts(log).raise('web', {
      key: 'k',
      severity: 'critical',
      reason: 'panic',
      instanceId: null,
      message: 'everything is sick',
    });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      level: 'error',
      message: 'everything is sick',
      alert: true,
      pool: 'web',
      key: 'k',
      severity: 'critical',
    });
  });
});

describe('redaction', () => {
  it('cuts long texts', () => {
    expect(redact('x'.repeat(600))).toHaveLength(500);
    expect(redact('x'.repeat(500))).toBe('x'.repeat(500));
  });

  it.each([
    'token: abc123',
    'password="hunter2"',
    'Bearer abc.def.ghi',
    'Basic dXNlcjpwYXNz',
    'redis://:hunter2@10.0.0.1/0',
  ])('hides %s', (text) => {
    expect(redact(`before ${text} after`)).not.toMatch(/abc|hunter2|dXNlcjpwYXNz/);
    expect(redact(`before ${text} after`)).toMatch(/^before .* after$/);
  });
});

describe('tick ids', () => {
  it('sort by time and differ by chance', () => {
    const clock = new TestClock();
    const chance = [0.1, 0.9, 0.5];
    const next = tickIds(clock, { next: () => chance.shift()! });
    const first = next();
    const second = next();
    clock.advance(1);
    const third = next();
    expect(first).toMatch(/^20261121T030000000Z-[0-9a-z]{6}$/);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(third > first && third > second).toBe(true);
  });
});

describe('the system clock', () => {
  it('sleeps as long as asked, and not at all for nothing', async () => {
    const clock = new SystemClock();
    const startedAt = clock.now();
    await clock.sleep(millis(0));
    await clock.sleep(millis(-5));
    await clock.sleep(millis(30));
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(29);
  });
});

describe('credentials', () => {
  it('are those given', async () => {
    const given = { accessKeyId: 'a', accessKeySecret: 'b', securityToken: 'c' };
    expect(await givenCredentials(given)()).toEqual(given);
  });

  it('come from the environment by the vendor’s chain, and stop with a clear error when there are none', async () => {
    const before = { ...process.env };
    try {
      Object.assign(process.env, {
        ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIenvironment',
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's3cret',
      });
      expect(await defaultCredentials()()).toEqual({
        accessKeyId: 'LTAIenvironment',
        accessKeySecret: 's3cret',
      });
      delete process.env['ALIBABA_CLOUD_ACCESS_KEY_ID'];
      delete process.env['ALIBABA_CLOUD_ACCESS_KEY_SECRET'];
      Object.assign(process.env, {
        ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
        HOME: '/nonexistent',
        ALIBABA_CLOUD_PROFILE: 'nobody',
      });
      await expect(defaultCredentials()()).rejects.toMatchObject({
        details: { code: 'MissingCredentials', reaction: 'stop', isAmbiguous: false },
      });
    } finally {
      for (const name of Object.keys(process.env))
        if (!(name in before)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
  });
});

describe('the dry run', () => {
  const clock = new TestClock();
  const rpc = new ScriptedRpc({});
  const real = productionPorts({
    regionId: 'cn-local',
    mode: 'enforce',
    rpc,
    clock,
    store: { kind: 'memory' },
    archive: { kind: 'memory' },
  });

  const option = {
    name: 'first',
    zoneId: 'z-a',
    vSwitchId: null,
    instanceType: 'ecs.c7.large',
    chargeType: 'spot',
    spotPriceMax: null,
    weight: null,
  } as const;
  const request = {
    clientToken: 'token',
    templateId: 'lt-1',
    templateVersion: null,
    option,
    count: 2,
    tags: {},
  };

  it('writes every write down and sends none', async () => {
    const { ports, written } = dryRun(real);
    const target = { loadBalancerId: 'lb-1', serverGroupId: 'default' };
    const change = { serverId: 'i-1', port: 80, weight: 0 };
    const order = {
      instanceId: 'i-1',
      command: 'true',
      timeoutMs: millis(1000),
      clientToken: 'op',
    };
    const soon = clock.in(1000);
    expect(await ports.loadBalancer.setWeights(target, [change], soon)).toEqual([
      { ...change, state: 'as-wanted' },
    ]);
    expect(await ports.compute.runCommand(order, soon)).toBe('recorded-op');
    await ports.compute.reboot('i-1', { force: true }, soon);
    await ports.compute.tag('i-1', { a: 'b' }, soon);
    await ports.compute.untag('i-1', ['a'], soon);
    const membership = { serverId: 'i-1', port: 80 };
    expect(await ports.loadBalancer.addMembers(target, [change], soon)).toEqual([
      { ...change, isAsWanted: true },
    ]);
    expect(await ports.loadBalancer.removeMembers(target, [membership], soon)).toEqual([
      { ...membership, weight: null, isAsWanted: true },
    ]);
    expect(await ports.fleet.launch(request, soon)).toEqual({
      kind: 'launched',
      instanceIds: ['recorded-token-1', 'recorded-token-2'],
      contradiction: null,
    });
    const accepted = [{ instanceId: 'i-1', kind: 'accepted' }];
    expect(await ports.fleet.start(['i-1'], soon)).toEqual(accepted);
    expect(await ports.fleet.stopEconomically(['i-1'], soon)).toEqual(accepted);
    expect(await ports.fleet.remove(['i-1'], { force: true }, soon)).toEqual(accepted);
    expect(written).toEqual([
      { kind: 'set-weights', target, changes: [change] },
      { kind: 'run-command', request: order },
      { kind: 'reboot', instanceId: 'i-1', force: true },
      { kind: 'tag', instanceId: 'i-1', tags: { a: 'b' } },
      { kind: 'untag', instanceId: 'i-1', keys: ['a'] },
      { kind: 'add-members', target, additions: [change] },
      { kind: 'remove-members', target, memberships: [membership] },
      { kind: 'launch', request },
      { kind: 'start', instanceIds: ['i-1'] },
      { kind: 'stop', instanceIds: ['i-1'] },
      { kind: 'remove', instanceIds: ['i-1'], force: true },
    ]);
    expect(rpc.calls).toHaveLength(0);
    expect([real.writes, ports.writes]).toEqual(['real', 'recorded']);
  });

  it('reads the real world', async () => {
    const { ports } = dryRun(real);
    const soon = clock.in(1000);
    const target = { loadBalancerId: 'lb-1', serverGroupId: 'rsp-1' };
    await Promise.allSettled([
      ports.loadBalancer.describeShape('lb-1', soon),
      ports.loadBalancer.describeMembers(target, soon),
      ports.loadBalancer.describeHealth('lb-1', soon),
      ports.loadBalancer.loadBalancersOf('i-1', soon),
      ports.loadBalancer.describeGroups('lb-1', soon),
      ports.compute.describeInstances(['i-1'], soon),
      ports.compute.describeEvents(['i-1'], soon),
      ports.compute.describeCommand('t-1', 'i-1', soon),
      ports.fleet.describeOwned('evenkeel:pool', 'web', soon),
      ports.fleet.describeFailedLaunches(['i-1'], soon),
      ports.fleet.spotPrices([option], soon),
      ports.fleet.describeTemplate('lt-1', null, soon),
    ]);
    expect(new Set(rpc.calls.map(({ action }) => action))).toEqual(
      new Set([
        'DescribeLoadBalancerAttribute',
        'DescribeLoadBalancerListeners',
        'DescribeVServerGroupAttribute',
        'DescribeHealthStatus',
        'DescribeLoadBalancers',
        'DescribeVServerGroups',
        'DescribeInstances',
        'DescribeInstancesFullStatus',
        'DescribeInstanceHistoryEvents',
        'DescribeInvocationResults',
        'DescribeSpotPriceHistory',
        'DescribeLaunchTemplateVersions',
      ]),
    );
  });
});
