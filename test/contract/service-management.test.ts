import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../infra/cli/program';
import { crc64 } from '../../infra/deploy/crc64';
import { repositoryRoot } from '../../infra/local/repository';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { ServiceManagement } from '../../shared/adapters/function-compute/service-management';
import {
  ACCOUNT_ID,
  REGION_ID,
  type SampleHost,
  startSampleHost,
} from '../support/sample-functions';

const root = repositoryRoot(__dirname);
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-fc2-'));
const ALARM_SECRET = 'alarm-secret-of-this-test';
const names = ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'] as const;
const before = names.map((name) => process.env[name]);
let sample: SampleHost;

beforeEach(async () => {
  sample = await startSampleHost({});
  useKey(sample.key.accessKeySecret);
});
afterEach(async () => sample.stop());
afterAll(() => {
  rmSync(folder, { recursive: true });
  names.forEach((name, index) => {
    const value = before[index];
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  });
});

/** The vendor's chain of credentials reads the process's own environment. */
function useKey(accessKeySecret: string): void {
  process.env['ALIBABA_CLOUD_ACCESS_KEY_ID'] = sample.key.accessKeyId;
  process.env['ALIBABA_CLOUD_ACCESS_KEY_SECRET'] = accessKeySecret;
}

async function deploy(...args: readonly string[]) {
  const out: string[] = [];
  let exit: number | null = null;
  let writesWhenPriced: number | null = null;
  const say = (text: string) => {
    if (text.startsWith('A month of the whole deployment')) writesWhenPriced = writes().length;
    out.push(text);
  };
  const program = buildProgram({
    terminal: { out: say, err: say, colours: createColors(false), isInteractive: false },
    variables: {
      ALIBABA_CLOUD_ACCOUNT_ID: ACCOUNT_ID,
      EVENKEEL_FC_ENDPOINT: sample.host.url.replace('http://', ''),
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_REGION: REGION_ID,
      EVENKEEL_VPC_ID: 'vpc-bp1example',
      EVENKEEL_VSWITCH_ID: 'vsw-bp1example',
      EVENKEEL_SECURITY_GROUP_ID: 'sg-bp1example',
      EVENKEEL_NAS_SERVER: 'abc.cn-hangzhou.nas.aliyuncs.com:/evenkeel',
      EVENKEEL_ALARM_SECRET: ALARM_SECRET,
    },
    now: Date.now,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  await program.parseAsync(['node', 'evenkeel', 'deploy', 'fc2', ...args]);
  const text = out.join('\n');
  expect(text).not.toContain(ALARM_SECRET);
  return { exit, text, writesWhenPriced };
}

const writes = () => sample.host.management.calls.filter((call) => !call.startsWith('GET'));
const service = () => sample.host.management.services.get('evenkeel');
const made = (name: string) => service()?.functions.get(`evenkeel-${name}`);

function changedFile(find: string, replace: string): string {
  const path = join(folder, 's.yaml');
  writeFileSync(path, readFileSync(join(root, 's.yaml'), 'utf8').replace(find, replace));
  return path;
}

describe('evenkeel deploy fc2', () => {
  it('shows a plan, and changes nothing before it is told to', async () => {
    const { exit, text } = await deploy('--plan');
    expect(exit).toBe(0);
    for (const line of [
      'create service evenkeel',
      'create function evenkeel-on-alarm',
      'create trigger every-minute of evenkeel-on-timer',
      'change instances of evenkeel-reconcile-pool: maximumInstanceCount',
      'Nothing was changed.',
    ])
      expect(text).toContain(line);
    expect(writes()).toEqual([]);
    expect((await deploy()).text).toContain('give --yes to order it, or --plan');
    expect(writes()).toEqual([]);
  });

  it('says what a month costs before anything is made', async () => {
    const policy = join(folder, 'evenkeel.yaml');
    const lines = ['version: 1', `region: ${REGION_ID}`];
    lines.push('pools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]');
    writeFileSync(policy, lines.join('\n'));
    const planned = await deploy('--plan', '--policy', policy);
    expect(planned.text).toMatch(/reconcile-pool \(1 pools\)/);
    const json = JSON.parse((await deploy('--plan', '--policy', policy, '--json')).text) as unknown;
    expect(json).toMatchObject({ costs: { currency: 'CNY' } });
    expect((await deploy('--plan')).text).toContain('give --policy');
    const { exit, writesWhenPriced } = await deploy('--yes', '--policy', policy);
    expect([exit, writesWhenPriced]).toEqual([0, 0]);
    expect(writes().length).toBeGreaterThan(20);
    expect((await deploy('--remove', '--plan', '--policy', policy)).text).not.toMatch(/A month/);
  });

  it('makes service, functions, triggers and limits as s.yaml says, and nothing more the second time', async () => {
    expect((await deploy('--yes')).exit).toBe(0);
    expect(service()?.settings).toMatchObject({
      role: `acs:ram::${ACCOUNT_ID}:role/evenkeel-service`,
      vpcConfig: { vpcId: 'vpc-bp1example', vSwitchIds: ['vsw-bp1example'] },
      nasConfig: { mountPoints: [{ mountDir: '/mnt/evenkeel' }] },
    });
    expect([...(service()?.functions.keys() ?? [])].sort()).toEqual([
      'evenkeel-console',
      'evenkeel-on-alarm',
      'evenkeel-on-event',
      'evenkeel-on-timer',
      'evenkeel-operator',
      'evenkeel-probe',
      'evenkeel-reconcile-failover',
      'evenkeel-reconcile-pool',
    ]);
    expect(made('on-alarm')).toMatchObject({
      settings: {
        runtime: 'nodejs20',
        handler: 'index.handler',
        timeout: 5,
        memorySize: 512,
        codeChecksum: crc64(readFileSync(join(root, 'dist', 'packages', 'on-alarm.zip'))),
        environmentVariables: {
          EVENKEEL_FC_SERVICE: 'evenkeel',
          EVENKEEL_WORKER: 'evenkeel-reconcile-pool',
          EVENKEEL_ALARM_SECRET: ALARM_SECRET,
        },
      },
      asyncConfig: { maxAsyncEventAgeInSeconds: 60, maxAsyncRetryAttempts: 1 },
    });
    expect(made('reconcile-pool')?.onDemand).toEqual({ maximumInstanceCount: 50 });
    expect(made('on-timer')?.triggers.get('every-minute')).toMatchObject({
      triggerType: 'timer',
      qualifier: 'LATEST',
      triggerConfig: { cronExpression: '@every 1m', enable: true },
    });
    const before = writes().length;
    expect(await deploy('--yes')).toMatchObject({ exit: 0, text: 'Nothing to change.' });
    expect(writes()).toHaveLength(before);
  });

  it('changes what differs and leaves the rest; names, never values', async () => {
    await deploy('--yes');
    const before = writes().length;
    const file = changedFile('memorySize: 512', 'memorySize: 1024');
    const { text } = await deploy('--yes', '--file', file);
    expect(text).toContain('change function evenkeel-on-alarm: memorySize');
    expect(writes().slice(before)).toEqual([
      'PUT /2016-08-15/services/evenkeel/functions/evenkeel-on-alarm',
    ]);
    expect(made('on-alarm')?.settings).toMatchObject({ memorySize: 1024 });
    const timer = changedFile("payload: '{}'", 'payload: \'{"a":1}\'');
    expect((await deploy('--plan', '--file', timer)).text).toContain(
      'change trigger every-minute of evenkeel-on-timer: triggerConfig',
    );
  });

  it('goes on where it was cut off', async () => {
    await deploy('--yes');
    service()?.functions.delete('evenkeel-probe');
    made('operator')!.asyncConfig = null;
    made('on-event')!.triggers.clear();
    made('on-timer')!.settings = { ...made('on-timer')!.settings, codeChecksum: '1' };
    const { text } = await deploy('--yes');
    for (const line of [
      'create function evenkeel-probe',
      'change asynchronous calls of evenkeel-operator',
      'create trigger ecs-events of evenkeel-on-event',
      'change function evenkeel-on-timer: code',
    ])
      expect(text).toContain(line);
    expect((await deploy('--plan')).text).toBe('Nothing to change.');
  });

  it('removes what it made, and nothing more the second time', async () => {
    await deploy('--yes');
    const { text } = await deploy('--remove', '--plan');
    expect(text).toContain('delete trigger alarm of evenkeel-on-alarm');
    expect(sample.host.management.services.size).toBe(1);
    await deploy('--remove', '--yes');
    expect(sample.host.management.services.size).toBe(0);
    expect((await deploy('--remove', '--yes')).text).toBe('Nothing to change.');
  });

  it('is stopped by a wrong key, by a file with a mistake and by a missing account, before anything is made', async () => {
    useKey('wrong');
    expect(await deploy('--yes')).toMatchObject({
      exit: 3,
      text: expect.stringContaining('SignatureNotMatch'),
    });
    useKey(sample.key.accessKeySecret);
    const file = changedFile('timeout: 5 ', 'timeout: 1 ');
    expect(await deploy('--yes', '--file', file)).toMatchObject({
      exit: 1,
      text: expect.stringContaining('is too short'),
    });
    expect(sample.host.management.services.size).toBe(0);
  });
});

describe('the management calls of FC 2.0', () => {
  const api = () =>
    new ServiceManagement({
      accountId: ACCOUNT_ID,
      regionId: REGION_ID,
      credentials: givenCredentials(sample.key),
      endpoint: sample.host.url.replace('http://', ''),
      protocol: 'HTTP',
    });

  it('know what is not there, what is there already and what is wrong', async () => {
    expect(await api().service('evenkeel')).toBeNull();
    await api().createService('evenkeel', { description: 'one' });
    await expect(api().createService('evenkeel', {})).rejects.toMatchObject({
      details: { action: 'CreateService', code: 'ServiceAlreadyExists', status: 409 },
    });
    expect(await api().function('evenkeel', 'probe')).toBeNull();
    const settings = { functionName: 'probe', runtime: 'nodejs20', memorySize: 500 };
    await expect(api().createFunction('evenkeel', { ...settings, code: {} })).rejects.toMatchObject(
      {
        details: { code: 'InvalidArgument', status: 400 },
      },
    );
    await expect(api().putAsyncConfig('evenkeel', 'probe', {})).rejects.toMatchObject({
      details: { code: 'FunctionNotFound' },
    });
  });
});

describe('the checksum of a package', () => {
  it('is that of the format', () => {
    expect(crc64(Buffer.from('123456789'))).toBe(0x995dc9bbdf1939fan.toString());
    expect(crc64(Buffer.alloc(0))).toBe('0');
  });
});
