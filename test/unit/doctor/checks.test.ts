import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { checkAlarms } from '../../../infra/doctor/check-alarms';
import { type AlarmContext } from '../../../infra/doctor/test-alarm';
import { checkCredentials, checkQuota } from '../../../infra/doctor/check-account';
import { checkEndpoints } from '../../../infra/doctor/check-endpoints';
import { checkNames } from '../../../infra/doctor/check-names';
import { checkFunctions, checkPools } from '../../../infra/doctor/check-pools';
import { isDenial } from '../../../infra/doctor/check-permissions';
import { examine, type DoctorContext } from '../../../infra/doctor/doctor';
import { type Finding } from '../../../infra/doctor/finding';
import { carryOut, type InstallContext, planInstall } from '../../../infra/install/install-session';
import {
  createInProcessRegion,
  type InProcessRegion,
} from '../../../infra/local/in-process-region';
import { CmsAlarmSetup } from '../../../shared/adapters/alicloud/cms-alarm-setup';
import { classifyVendorError } from '../../../shared/adapters/alicloud/error-table';
import { type Rpc } from '../../../shared/adapters/alicloud/rpc';
import { loadPolicy } from '../../../shared/config/load-policy';
import { Secret } from '../../../shared/config/secret';
import { type NameSnapshot } from '../../../shared/domain/failover/name-snapshot';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import { instant } from '../../../shared/domain/units';
import { planPool } from '../../../shared/operate/plan-pool';
import { type TickDigest } from '../../../shared/ports/tick-archive';
import { ok } from '../../support/builders';
import { aNamePolicy, aNameSnapshot, aSiteCapacity } from '../../support/name-builders';
import { createWorld } from '../../support/in-process-world';

const ACCOUNT = '1234567890123456';
const callOptions = () => ({ deadline: instant(Number.MAX_SAFE_INTEGER) });
const quiet = { tell: () => undefined };

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

function fleetOf(more = '') {
  const text = `{version: 1, region: cn-hangzhou, alarmSecret: { current: 'env:ALARM' }, alarms: { callback: 'https://a.example' }, pools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]${more}}`;
  const loaded = loadPolicy(text, 'evenkeel.yaml');
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

const brief = (findings: readonly Finding[]) =>
  findings.map(({ status, subject }) => `${status} ${subject}`);

const refusing = (code: string): Rpc => ({
  call: ({ action }) => Promise.reject(classifyVendorError({ action, code, message: 'no' })),
});

function setupIn(region: InProcessRegion) {
  return new CmsAlarmSetup({ rpc: region.rpc, regionId: region.regionId, accountId: ACCOUNT });
}

describe('endpoints and clock', () => {
  const serve = async (dateMs: () => number): Promise<string> => {
    const server: Server = createServer((_, response) => {
      response.sendDate = false;
      response.setHeader('date', new Date(dateMs()).toUTCString());
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('any answer is an answer; a refused connection is named with its host', async () => {
    const up = await serve(Date.now);
    const endpoints = [
      { name: 'Ecs', url: up },
      { name: 'Slb', url: 'http://127.0.0.1:9' },
    ];
    const findings = await checkEndpoints({ endpoints, channels: [], now: Date.now, ...quiet });
    expect(brief(findings)).toEqual([`ok ${new URL(up).host}`, 'problem 127.0.0.1:9', 'ok clock']);
    expect(findings[1]?.sentence).toMatch(/^Slb cannot be reached at 127\.0\.0\.1:9/);
  });

  it.each([
    [60_000, 'warning', 'ahead'],
    [-900_000, 'problem', 'behind'],
  ])('a clock that is %d ms off is found', async (offMs, status, word) => {
    const endpoints = [{ name: 'Ecs', url: await serve(() => Date.now() - offMs) }];
    const findings = await checkEndpoints({ endpoints, channels: [], now: Date.now, ...quiet });
    expect(findings[1]).toMatchObject({ check: 'clock', status });
    expect(findings[1]?.sentence).toContain(word);
  });
});

describe('channels that people are told through', () => {
  const TOKEN = 'token-of-the-robot';
  const examineAt = async (address: string | null) => {
    const secret = address === null ? null : new Secret(address);
    const channels = [{ name: 'ops', variable: 'EVENKEEL_NOTIFY_URL', address: secret }];
    const findings = await checkEndpoints({ endpoints: [], channels, now: Date.now, ...quiet });
    expect(JSON.stringify(findings)).not.toContain(TOKEN);
    return findings.find(({ check }) => check === 'endpoints');
  };

  it.each(['http', 'smtp'])(
    'are reached over %s by a connection that says nothing',
    async (scheme) => {
      const heard: Buffer[] = [];
      const server = createTcpServer((socket) => socket.on('data', (data) => heard.push(data)));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const found = await examineAt(`${scheme}://${TOKEN}@127.0.0.1:${port}/robot?access=${TOKEN}`);
      expect(found).toMatchObject({ status: 'ok', subject: 'channel ops' });
      expect(found?.sentence).toContain(`127.0.0.1:${port}`);
      await new Promise((resolve) => server.close(resolve));
      expect(heard).toEqual([]);
      const shut = await examineAt(`${scheme}://127.0.0.1:${port}/${TOKEN}`);
      expect(shut).toMatchObject({ status: 'problem' });
      expect(shut?.remedy).toMatch(/NAT gateway/);
    },
  );

  it('are named with what is wrong where nobody can try them', async () => {
    expect(await examineAt(null)).toMatchObject({
      status: 'skipped',
      sentence: expect.stringContaining('EVENKEEL_NOTIFY_URL is not set') as unknown,
    });
    for (const address of [TOKEN, `ftp://${TOKEN}.example`, `mailto:${TOKEN}`])
      expect(await examineAt(address)).toMatchObject({
        status: 'problem',
        sentence: 'EVENKEEL_NOTIFY_URL of channel ops holds no address.',
      });
  });
});

describe('names', () => {
  const policy = aNamePolicy({ homeRegionId: 'cn-hangzhou' });
  const rooms = Object.fromEntries(policy.sites.map(({ name }) => [name, ok(aSiteCapacity())]));
  const look = async (change: Partial<NameSnapshot> = {}) =>
    checkNames({
      ...{ fleet: { ...fleetOf(), names: [policy] }, ...quiet },
      lookFromFunction: () =>
        Promise.resolve(aNameSnapshot(policy, { capacities: rooms, ...change })),
    });

  it('are well where the function reads the records and hears everybody', async () => {
    expect(brief(await look())).toEqual([`ok ${policy.name}`]);
  });

  it('records that the function cannot read point at the way out of the VPC', async () => {
    const [found] = await look({ records: missing('read-failed') });
    expect(found).toMatchObject({ status: 'problem', subject: `${policy.name} Alidns` });
    expect(found?.remedy).toMatch(/NAT gateway/);
  });

  it('a vantage and a site’s region that are not heard are named', async () => {
    const { votes } = aNameSnapshot(policy);
    const [silent] = policy.vantages;
    const [site] = policy.sites;
    const findings = await look({
      votes: votes.filter(({ voter }) => voter !== silent?.regionId),
      capacities: { ...rooms, [site!.name]: missing('read-failed') },
    });
    expect(brief(findings)).toEqual([
      `problem ${policy.name} vantage ${silent?.regionId}`,
      `warning ${policy.name} site ${site?.name}`,
    ]);
  });

  it('what the function refuses is said; names of another home are theirs to look at', async () => {
    const context = { fleet: { ...fleetOf(), names: [policy] }, ...quiet };
    const refused = classifyVendorError({ action: 'operator', code: 'Refused', message: 'no' });
    const lookFromFunction = () => Promise.reject(refused);
    expect(brief(await checkNames({ ...context, lookFromFunction }))).toEqual([
      `problem ${policy.name}`,
    ]);
    const elsewhere = [{ ...policy, homeRegionId: 'cn-beijing' }];
    const fleet = { ...context.fleet, names: elsewhere };
    expect(await checkNames({ ...context, fleet, lookFromFunction })).toEqual([]);
  });
});

describe('credentials and quota', () => {
  it('tells a wrong key from one that may little', async () => {
    const account = { fleet: fleetOf(), setup: setupIn(createInProcessRegion()), callOptions };
    const status = async (code: string) =>
      (await checkCredentials({ ...account, rpc: refusing(code) })).status;
    expect(await status('InvalidAccessKeyId.NotFound')).toBe('problem');
    expect(await status('SignatureDoesNotMatch')).toBe('problem');
    expect(await status('Forbidden.RAM')).toBe('ok');
    expect(await status('Timeout')).toBe('warning');
  });

  it.each([
    [10, 'ok'],
    [90, 'warning'],
    [100, 'problem'],
  ])('%d of 100 calls used is %s', async (used, status) => {
    const setup = {
      metricQuota: () => Promise.resolve({ limit: 100 * 10_000, used: used * 10_000 }),
    };
    const account = { fleet: fleetOf(), rpc: refusing('x'), setup: setup as never, callOptions };
    expect((await checkQuota(account)).status).toBe(status);
  });

  it.each([
    ['Forbidden.RAM', true],
    ['Forbidden', true],
    ['Forbbiden.SubUser', true],
    ['NoPermission', true],
    ['AccessDenied', true],
    ['Forbidden.RecordLocked', false],
    ['Forbidden.RiskControl', false],
    ['InvalidInstanceId.NotFound', false],
  ])('%s denies: %s', (code, isSo) => {
    expect(isDenial(classifyVendorError({ action: 'a', code, message: '' }))).toBe(isSo);
  });

  it('with credentials that are refused nothing else is asked', async () => {
    const fleet = fleetOf();
    const account = {
      fleet,
      rpc: refusing('InvalidAccessKeyId.NotFound'),
      setup: null as never,
      callOptions,
    };
    const context = {
      ...{ account, skips: [] },
      endpoints: { endpoints: [], channels: [], now: Date.now, ...quiet },
    } as unknown as DoctorContext;
    const findings = await examine(context, () => undefined);
    expect(findings.map(({ check }) => check)).toEqual(['clock', 'credentials']);
  });
});

describe('pools and functions', () => {
  async function scene(change: (seen: PoolSnapshot) => PoolSnapshot = (seen) => seen) {
    const world = await createWorld({ count: 8 });
    ends.push(world.stop);
    const fleet = { ...fleetOf(), pools: [world.policy] };
    const look = async (): Promise<PoolSnapshot> => {
      const context = {
        ...{ fleet, policyHash: 'p', ports: world.ports, holder: 'test', newTickId: () => 'plan' },
        deadline: instant(world.clock.now() + 60_000),
      };
      return change((await planPool(world.policy, context)).pool);
    };
    return { fleet, look, lookFromFunction: look, ...quiet };
  }

  it('a healthy pool is well, seen from here and by the function', async () => {
    const context = await scene();
    expect(brief(await checkPools(context)).filter((one) => !one.startsWith('ok'))).toEqual([]);
    expect(brief(await checkFunctions(context))).toEqual(['ok web', 'ok web probe']);
  });

  it('a listener without health check and a target without listener are found', async () => {
    const without = await scene((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({
        ...target,
        listeners: target.listeners.map((one) => ({ ...one, hasHealthCheck: false })),
      })),
    }));
    const unchecked = await checkPools(without);
    expect(brief(unchecked)).toEqual(['warning web no-health-check']);
    expect(unchecked[0]?.sentence).toMatch(/has no health check/);
    const bare = await scene((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({ ...target, listeners: [] })),
    }));
    expect((await checkPools(bare)).map(({ sentence }) => sentence).join(' ')).toMatch(
      /No listener/,
    );
  });

  it('live listeners are held against the lint rules, whatever the file declares', async () => {
    const context = await scene((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({
        ...target,
        listeners: target.listeners.map((one) => ({ ...one, protocol: 'tcp', port: 4431 })),
      })),
    }));
    const facts = {
      ...{ members: null, latencyP99Ms: null, callsOwnLoadBalancer: true },
      ...{ quotas: { backendsPerLoadBalancer: 200, instances: null } },
      listeners: [{ port: 80, protocol: 'http', healthCheck: null }] as const,
    };
    const fleet = { ...context.fleet, facts: { web: facts } };
    const [found, ...others] = await checkPools({ ...context, fleet });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      ...{ status: 'problem', subject: 'web own-load-balancer' },
      remedy: expect.stringContaining('HTTP listener') as unknown,
    });
    expect(found?.sentence).toContain('tcp 4431');
    expect(brief(await checkPools({ ...(await scene()), fleet }))).toEqual(['ok web']);
  });

  it('backends that are normal and do not answer the probe point at the security group', async () => {
    const context = await scene((seen) => ({
      ...seen,
      backends: seen.backends.map((one) =>
        one.probe.kind === 'ok'
          ? {
              ...one,
              probe: {
                ...one.probe,
                value: { ...one.probe.value, failures: one.probe.value.probes },
              },
            }
          : one,
      ),
    }));
    const [, probe] = await checkFunctions(context);
    expect(probe).toMatchObject({ status: 'problem', subject: 'web probe' });
    expect(probe?.remedy).toMatch(/security group/);
  });

  it('a product that the function cannot read is named', async () => {
    const context = await scene((seen) => ({
      ...seen,
      backends: seen.backends.map((one) => ({ ...one, instance: missing('read-failed') })),
    }));
    expect(brief(await checkFunctions(context))).toContain('problem web ECS');
  });

  it('without functions to call it says so', async () => {
    const context = { ...(await scene()), lookFromFunction: null };
    expect(brief(await checkFunctions(context))).toEqual(['skipped operator']);
  });
});

describe('alarms', () => {
  function scene() {
    const region = createInProcessRegion({ regionId: 'cn-hangzhou' });
    const denied: string[] = [];
    const rpc: Rpc = {
      call: (request, options) =>
        denied.includes(request.action)
          ? refusing('Forbidden.RAM').call(request, options)
          : region.rpc.call(request, options),
    };
    const setup = new CmsAlarmSetup({ rpc, regionId: region.regionId, accountId: ACCOUNT });
    const install: InstallContext = {
      ...{ fleet: fleetOf(), setupIn: () => setup, accountId: ACCOUNT, service: null, callOptions },
      ...{ eventFunction: 'evenkeel-on-event', variables: { ALARM: 'a-secret-of-sixteen' } },
    };
    let time = 0;
    const context = (more: Partial<AlarmContext> = {}): AlarmContext => ({
      ...{ install, waitMs: 30_000, history: () => Promise.resolve([]), ...quiet },
      now: () => instant(time),
      sleep: (ms) => Promise.resolve(void (time += ms)),
      ...more,
    });
    const setUp = async () =>
      carryOut((await planInstall(install)).items, install, () => undefined);
    return { region, context, setUp, denied };
  }

  it('what is not installed is a problem, and no test alarm is fired', async () => {
    const { context, region } = scene();
    const findings = await checkAlarms(context());
    expect(findings.filter(({ status }) => status === 'problem')).toHaveLength(6);
    expect(brief(findings)).toContain('skipped test alarm');
    expect(region.cms.alarms.rules()).toEqual([]);
  });

  it('what a person changed is named with the fact', async () => {
    const { context, region, setUp } = scene();
    await setUp();
    region.cms.alarms.setEnabled('evenkeel_main_heartbeat', false);
    const findings = await checkAlarms(context({ waitMs: 0 }));
    expect(findings.map(({ sentence }) => sentence)).toEqual([
      'evenkeel_main_heartbeat was changed by somebody (enabled).',
    ]);
  });

  it('a test alarm whose tick comes is well, one whose tick does not is a problem; its rule is gone either way', async () => {
    const { context, region, setUp } = scene();
    await setUp();
    let looks = 0;
    const history = (): Promise<readonly TickDigest[]> => {
      const rule = region.cms.alarms.find('evenkeel_main_test');
      expect(rule?.webhook).toBe('https://a.example/a-secret-of-sixteen');
      const tick = { tickId: 't-1', wake: 'alarm', at: instant(2_000) };
      return Promise.resolve((looks += 1) < 3 ? [] : [tick as TickDigest]);
    };
    expect(brief(await checkAlarms(context({ history })))).toEqual(['ok rules', 'ok test alarm']);
    expect(region.cms.alarms.find('evenkeel_main_test')).toBeUndefined();
    expect(brief(await checkAlarms(context()))).toEqual(['ok rules', 'problem test alarm']);
    expect(region.cms.alarms.find('evenkeel_main_test')).toBeUndefined();
  });

  const woken = (): Promise<readonly TickDigest[]> =>
    Promise.resolve([{ tickId: 't-1', wake: 'alarm', at: instant(2_000) } as TickDigest]);

  it.each([
    ['DescribeContactGroupList', 'rules'],
    ['DescribeMetricRuleList', 'rules'],
    ['DescribeMetricRuleTargets', 'rules'],
    ['DescribeEventRuleList', 'rules'],
    ['DescribeEventRuleTargetList', 'rules'],
    ['PutResourceMetricRule', 'test alarm'],
    ['DeleteMetricRules', 'evenkeel_main_test'],
  ])('a person who may not call %s hears so, by name', async (action, subject) => {
    const { context, setUp, denied, region } = scene();
    await setUp();
    denied.push(action);
    const findings = await checkAlarms(context({ history: woken }));
    const problems = findings.filter(({ status }) => status === 'problem');
    expect(problems).toMatchObject([
      { subject, remedy: expect.stringContaining(`cms:${action}`) as unknown },
    ]);
    expect(problems[0]?.sentence).toContain(`${action} ended with Forbidden.RAM`);
    const isLeft = region.cms.alarms.find('evenkeel_main_test') !== undefined;
    expect(isLeft).toBe(action === 'DeleteMetricRules');
  });

  it('what was found of the rules stays, when no test alarm can be fired or taken away', async () => {
    const { context, setUp, denied, region } = scene();
    await setUp();
    region.cms.alarms.setEnabled('evenkeel_main_heartbeat', false);
    denied.push('PutResourceMetricRule');
    expect(brief(await checkAlarms(context()))).toEqual([
      'warning evenkeel_main_heartbeat',
      'problem test alarm',
    ]);
    denied.splice(0, 1, 'DeleteMetricRules');
    expect(brief(await checkAlarms(context({ history: woken })))).toEqual([
      'warning evenkeel_main_heartbeat',
      'ok test alarm',
      'problem evenkeel_main_test',
    ]);
    // The next look names it, and `install` takes it away.
    denied.splice(0);
    expect(brief(await checkAlarms(context({ waitMs: 0 })))).toContain(
      'warning evenkeel_main_test',
    );
  });
});
