import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { checkAlarms, type AlarmContext } from '../../../infra/doctor/check-alarms';
import { checkCredentials, checkQuota } from '../../../infra/doctor/check-account';
import { checkEndpoints } from '../../../infra/doctor/check-endpoints';
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
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import { instant } from '../../../shared/domain/units';
import { planPool } from '../../../shared/operate/plan-pool';
import { type TickDigest } from '../../../shared/ports/tick-archive';
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
    const findings = await checkEndpoints({ endpoints, now: Date.now, ...quiet });
    expect(brief(findings)).toEqual([`ok ${new URL(up).host}`, 'problem 127.0.0.1:9', 'ok clock']);
    expect(findings[1]?.sentence).toMatch(/^Slb cannot be reached at 127\.0\.0\.1:9/);
  });

  it.each([
    [60_000, 'warning', 'ahead'],
    [-900_000, 'problem', 'behind'],
  ])('a clock that is %d ms off is found', async (offMs, status, word) => {
    const endpoints = [{ name: 'Ecs', url: await serve(() => Date.now() - offMs) }];
    const findings = await checkEndpoints({ endpoints, now: Date.now, ...quiet });
    expect(findings[1]).toMatchObject({ check: 'clock', status });
    expect(findings[1]?.sentence).toContain(word);
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
      endpoints: { endpoints: [], now: Date.now, ...quiet },
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
    expect((await checkPools(without)).map(({ sentence }) => sentence).join(' ')).toMatch(
      /checks nobody’s health/,
    );
    const bare = await scene((seen) => ({
      ...seen,
      targets: seen.targets.map((target) => ({ ...target, listeners: [] })),
    }));
    expect((await checkPools(bare)).map(({ sentence }) => sentence).join(' ')).toMatch(
      /No listener/,
    );
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
    const setup = setupIn(region);
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
    return { region, context, setUp };
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
});
