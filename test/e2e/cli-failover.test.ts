import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { realClock } from '../../infra/local/clock';
import {
  startFunctionHost,
  type FunctionHost,
} from '../../infra/local/function-host/function-host';
import { readServerlessFile } from '../../infra/local/function-host/serverless-file';
import { type LocalRegion, startLocalRegion } from '../../infra/local/region';
import { repositoryRoot } from '../../infra/local/repository';
import { layOutPool } from '../../infra/rehearsal/lay-out-pool';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { instant } from '../../shared/domain/units';
import { ensureBuilt } from '../support/build';
import { describeScaling } from '../support/describe-scaling';
import { dig } from '../support/dig';
import { eventually } from '../support/eventually';

const PROGRAM = join(__dirname, '../../dist/cli/evenkeel.js');
const HOME = 'cn-home';
const VANTAGES = [HOME, 'cn-west', 'cn-north'];
const APPROVAL_SECRET = 'approval-secret-0123456789';

let folder = '';
let region: LocalRegion;
let functions: FunctionHost;
const sites: Server[] = [];
let variables: Readonly<Record<string, string>>;
const records: Record<string, string> = {};
const at = (name: string): string => join(folder, name);

const siteOf = (name: string, address: string, port: number, more: object = {}) => ({
  ...{ name, region: `cn-${name}`, address },
  check: { protocol: 'http', port, timeout: '500ms', attempts: 1 },
  ...more,
});
const nameOf = (name: string, port: number, more: object = {}) => ({
  ...{ name, mode: 'enforce', watch: 'never', domain: 'example.com', host: name },
  sites: [
    siteOf('east', '127.0.0.1', port, { stateful: true }),
    siteOf('south', '127.0.0.2', port),
  ],
  vantages: VANTAGES,
  ...more,
});

/** What the names’ records are: `shop` is well, each of the others is wrong in its own way. */
function layOutRecords(): void {
  const { alidns } = region;
  const add = (rr: string, value: string, type = 'A'): string =>
    alidns.addRecord('example.com', { rr, type, value, ttlSeconds: 60 }).recordId;
  alidns.provision(() => {
    alidns.addDomain({ domainName: 'example.com', edition: 'standard' });
    records['east'] = add('shop', '127.0.0.1');
    records['south'] = add('shop', '127.0.0.2');
    records['guarded'] = add('guarded', '127.0.0.1');
    add('guarded', '127.0.0.2');
    add('half', '127.0.0.2');
    alidns.setEnabled(add('paused', '127.0.0.1'), false);
    add('paused', '127.0.0.2');
    add('typed', 'east.example.net', 'CNAME');
  });
}

/** A site that answers everybody. */
async function serve(address: string, wanted: number): Promise<number> {
  const server = createServer((_request, response) => response.end('ok'));
  sites.push(server);
  await once(server.listen(wanted, address), 'listening');
  return (server.address() as AddressInfo).port;
}

function writePolicy(port: number, target: object): void {
  const awake = {
    watch: 'unsteady',
    watchInterval: '1s',
    holdDown: '4s',
    verdict: { fresh: '3s' },
  };
  const names = ['shop', 'guarded', 'half', 'paused'].map((name) =>
    nameOf(name, port, name === 'guarded' ? awake : {}),
  );
  writeFileSync(
    at('evenkeel.yaml'),
    stringify({
      version: 1,
      region: HOME,
      store: { kind: 'file', path: 'state' },
      archive: { path: 'archive' },
      pools: [{ name: 'web', mode: 'observe', targets: [target] }],
      failover: { home: HOME, approvalSecret: { current: 'env:EVENKEEL_APPROVAL_SECRET' }, names },
    }),
  );
}

beforeAll(async () => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-e2e-failover-'));
  region = await startLocalRegion({
    ...{ regionId: HOME, network: 140 },
    alidnsSettings: { writeLockMs: 0, publishDelayMs: 0 },
  });
  const port = await serve('127.0.0.1', 0);
  await serve('127.0.0.2', port);
  layOutRecords();
  const pool = await layOutPool(region, { instanceTypes: ['ecs.c7.large', 'ecs.c7.large'] });
  const { loadBalancerId: loadBalancer, serverGroupId: serverGroup } = pool;
  writePolicy(port, { loadBalancer, serverGroup });
  const { endpoints, accessKeyId, accessKeySecret, accountId } = region;
  const { openapi } = endpoints;
  const regionsAt = (place: string): string =>
    JSON.stringify(Object.fromEntries(VANTAGES.map((one) => [one, { functions: place }])));
  functions = await startFunctionHost({
    functions: readServerlessFile(join(repositoryRoot(__dirname), 's.yaml'), {
      env: {},
      accountId,
    }).map((one) => ({ ...one, timers: [] })),
    ...{ clock: realClock(), region: HOME, accountId, accessKeys: region.accessKeys },
    credentialsFor: () => region.accessKeys.issueTemporary(accountId, Date.now(), 3_600_000),
    onInvocation: () => undefined,
    environment: (endpoint) => ({
      EVENKEEL_POLICY: at('evenkeel.yaml'),
      EVENKEEL_OPENAPI_ENDPOINT: openapi,
      EVENKEEL_OPENAPI_PROTOCOL: 'http',
      EVENKEEL_FC_ENDPOINT: endpoint,
      EVENKEEL_REGIONS: regionsAt(endpoint),
    }),
  });
  const fc = new URL(functions.url).host;
  const local = { openapi, fc, accessKeyId, accessKeySecret, accountId, regionId: HOME };
  writeFileSync(at('region.json'), JSON.stringify(local));
  writeFileSync(at('nowhere.json'), JSON.stringify({ ...local, openapi: '127.0.0.1:1' }));
  variables = {
    ALIBABA_CLOUD_ACCOUNT_ID: accountId,
    EVENKEEL_OPENAPI_PROTOCOL: 'http',
    EVENKEEL_PROBE: 'evenkeel-probe',
    EVENKEEL_OPERATOR: 'evenkeel-operator',
    EVENKEEL_REGIONS: regionsAt(new URL(functions.url).host),
    EVENKEEL_APPROVAL_SECRET: APPROVAL_SECRET,
  };
}, 120_000);

afterAll(async () => {
  await functions.stop();
  for (const server of sites) server.close();
  await region.stop();
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program as a person would; whatever happens, nobody is shown a stack trace or a secret. */
async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = variables,
): Promise<Ended> {
  const ended = await new Promise<Ended>((resolve) => {
    const options = { cwd: folder, timeout: 60_000, env: { PATH: process.env['PATH'], ...env } };
    const child = execFile(
      process.execPath,
      [PROGRAM, ...args],
      options,
      (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
  const told = ended.stdout + ended.stderr;
  expect(told).not.toMatch(/\n\s+at .*[:(]\d+/u);
  expect(told).not.toContain(APPROVAL_SECRET);
  return ended;
}
const CLOUD = ['--local', 'region.json', '--policy', 'evenkeel.yaml'];
const evenkeel = (...args: readonly string[]) => run([...args, ...CLOUD]);
async function answer<T>(...args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await evenkeel(...args, '--json');
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}
/** One look of the name’s worker, as its timer asks for it. */
const tick = async (): Promise<unknown> =>
  new NativeFunctionInvoker({
    ...{ endpoint: new URL(functions.url).host, protocol: 'HTTP' },
    ...{ accountId: region.accountId, regionId: HOME, clock: new SystemClock() },
    credentials: givenCredentials(region),
  }).call(
    'evenkeel-reconcile-failover',
    { names: ['shop'], wake: { source: 'timer', detail: 'test', at: Date.now() } },
    { deadline: instant(Date.now() + 60_000) },
  );
const isEnabled = (record: string): boolean => region.alidns.record(records[record]!).isEnabled;
const order = (verb: string, ...more: readonly string[]) => [
  ...[verb, 'shop', '--site', 'east', '--reason', 'works', '--by', 'ann'],
  ...more,
];

describeScaling('help', () => {
  it.each(['failover', 'failback', 'practice', 'approve', 'evacuate', 'freeze', 'unfreeze'])(
    '%s says what it takes',
    async (command) => {
      const { status, stdout, stderr } = await run([command, '--help']);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`Usage: evenkeel ${command} [options]`);
      expect(stdout).toContain('--json');
    },
  );
});

describeScaling('a name of which nothing is wrong', () => {
  it('plan looks from every vantage, finds nothing to do, and tells what lint doubts of the name', async () => {
    const planned = await evenkeel('plan', '--name', 'shop', '--detailed-exit-code');
    expect(planned).toMatchObject({ status: 0, stderr: '' });
    expect(planned.stdout).toMatch(/^east: up, serving, /mu);
    expect(planned.stdout).toContain('0 to do, 0 withheld. Nothing was changed.');
    expect(planned.stdout).toContain('[vantages-one-cloud]');
    const { names, findings } = await answer<{
      names: readonly { name: { votes: unknown[] }; plan: unknown }[];
      findings: readonly { publicName: string; poolName: null }[];
    }>('plan', '--name', 'shop');
    expect(names).toMatchObject([{ plan: { steps: [] } }]);
    expect(new Set(findings.map(({ publicName }) => publicName))).toEqual(new Set(['shop']));
  });

  it('plan says that an account id is none', async () => {
    const wrong = await run(['plan', '--name', 'shop', ...CLOUD], {
      ALIBABA_CLOUD_ACCOUNT_ID: 'acme',
    });
    expect(wrong).toMatchObject({ status: 2 });
    expect(wrong.stderr).toContain('ALIBABA_CLOUD_ACCOUNT_ID: must be an account id');
  });

  it('validate names the name of each finding', async () => {
    const { stdout } = await run(['validate', 'evenkeel.yaml', '--json']);
    const { warnings } = JSON.parse(stdout) as { warnings: { code: string; publicName: string }[] };
    const about = warnings.filter(({ code }) => code === 'vantages-one-cloud');
    expect(about.map(({ publicName }) => publicName)).toEqual([
      ...['shop', 'guarded', 'half', 'paused'],
    ]);
  });
});

describeScaling('refusals say what is wrong and what to do', () => {
  const REFUSALS: readonly (readonly [readonly string[], number, string])[] = [
    [['failover', 'toys', '--site', 'east', '--reason', 'x'], 1, 'There is no name toys'],
    [['failover', 'shop', '--site', 'mars', '--reason', 'x'], 1, 'it has east, south'],
    [['failover', 'shop', '--reason', 'x'], 2, 'Say which site with --site'],
    [['failover', 'shop', '--site', 'east'], 2, "required option '--reason <text>'"],
    [['failover', 'shop', '--site', 'east', '--reason', ' '], 2, 'must not be empty'],
    [['failover', 'shop', '--site', 'east', '--reason', 'x', '--for', 'ever'], 2, 'use a duration'],
    [['failover', 'half', '--site', 'east', '--reason', 'x'], 1, 'No record of half holds'],
    [['failover', 'paused', '--site', 'east', '--reason', 'x'], 1, 'enable them first'],
    [['practice', 'shop', '--site', 'east', '--reason', 'x'], 1, 'give it a practice section'],
    [['approve', 'shop', 'move-9'], 1, 'no move move-9 that waits for approval; waiting: none'],
    [['explain', '--name', 'shop'], 1, 'shop has no such tick on record'],
    [['history', '--name', 'toys'], 1, 'There is no name toys'],
    [['freeze', '--name', 'toys', '--reason', 'x'], 1, 'There is no name toys'],
    [['evacuate', '--zone', 'cn-home-z', '--reason', 'x'], 1, 'cn-home-z'],
    [['evacuate', '--reason', 'x'], 2, 'Say which zone with --zone'],
  ];
  const withYes = (args: readonly string[]): readonly string[] =>
    ['failover', 'practice', 'approve', 'evacuate'].includes(args[0] ?? '')
      ? [...args, '--yes']
      : args;

  it.each(REFUSALS)('%j ends with %d', async (args, status, sentence) => {
    const refused = await evenkeel(...withYes(args));
    expect(refused).toMatchObject({ status, stdout: '' });
    expect(refused.stderr).toMatch(/^error: /u);
    expect(refused.stderr).toContain(sentence);
  });

  it('as JSON too, and an order without a yes is none', async () => {
    const { status, stdout } = await evenkeel(...order('failover'), '--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'usage', message: expect.stringContaining('--yes') as unknown },
    });
    expect((await evenkeel('status', '--name', 'shop')).stdout).not.toContain('ordered');
  });

  it('approve names the secret that it misses', async () => {
    const others = Object.fromEntries(
      Object.entries(variables).filter(([name]) => name !== 'EVENKEEL_APPROVAL_SECRET'),
    );
    const refused = await run(['approve', 'shop', 'move-9', '--yes', ...CLOUD], others);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('env:EVENKEEL_APPROVAL_SECRET: the variable is not set');
  });
});

describeScaling('a name moved by hand', () => {
  it('is frozen, ordered, left, explained and brought back', async () => {
    const untouched = await evenkeel(...order('failover', '--plan'));
    expect(untouched).toMatchObject({ status: 0, stderr: '' });
    expect(untouched.stdout).toContain('failover of east ordered by ann: works');
    expect((await evenkeel('status', '--name', 'shop')).stdout).toContain('never looked at');

    await answer('freeze', '--name', 'shop', '--reason', 'audit', '--by', 'bob');
    expect((await evenkeel('plan', '--name', 'shop')).stdout).toMatch(
      /frozen by bob until .*audit/u,
    );
    await answer('unfreeze', '--name', 'shop', '--of', 'bob');

    expect(await answer(...order('failover', '--yes'))).toMatchObject({
      kind: 'site-ordered',
      order: { kind: 'failover', siteName: 'east', by: 'ann' },
    });
    await eventually(
      async () => (await tick(), isEnabled('east')),
      (enabled) => !enabled,
    );
    const served = await dig(region.endpoints.dns, 'shop.example.com');
    expect(served.answers).toEqual(['shop.example.com. 60 A 127.0.0.2']);
    const explained = await evenkeel('explain', '--name', 'shop', '--last');
    expect(explained).toMatchObject({ status: 0, stderr: '' });
    expect(explained.stdout).toContain('failover of east ordered by ann: works');
    const history = await answer<{ ticks: unknown[] }>('history', '--name', 'shop');
    expect(history.ticks.length).toBeGreaterThan(0);

    await answer(...order('failback', '--yes'));
    await eventually(
      async () => (await tick(), isEnabled('east')),
      (enabled) => enabled,
    );
  }, 120_000);
});

describeScaling('a stateful site that dies', () => {
  it('waits for a person, whose signed word is good once', async () => {
    sites[0]?.close();
    sites[0]?.closeAllConnections();
    const wake = { source: 'timer', detail: 'test', at: Date.now() };
    functions.enqueue('evenkeel-reconcile-failover', { names: ['guarded'], wake });
    const waiting = await eventually(
      () => evenkeel('status', '--name', 'guarded'),
      ({ stdout }) => stdout.includes('evenkeel approve guarded'),
      60_000,
    );
    expect(isEnabled('guarded')).toBe(true);
    const moveId = /evenkeel approve guarded (\S+)`/u.exec(waiting.stdout)?.[1] ?? '';
    expect(await answer('approve', 'guarded', moveId, '--by', 'ann', '--yes')).toMatchObject({
      approval: { moveId, by: 'ann', isGranted: true },
    });
    await eventually(
      () => isEnabled('guarded'),
      (enabled) => !enabled,
      60_000,
    );
    const again = await evenkeel('approve', 'guarded', moveId, '--yes');
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(`no move ${moveId} that waits for approval`);
  }, 180_000);
});

describeScaling('a zone left by hand', () => {
  it('evacuate --plan says who stays and why, --yes orders it, --end takes it back', async () => {
    const zone = ['evacuate', '--zone', `${HOME}-a`, '--reason', 'fire'];
    const planned = await evenkeel(...zone, '--plan');
    expect(planned).toMatchObject({ status: 0, stderr: '' });
    expect(planned.stdout).toContain('in the zone: 1');
    expect(planned.stdout).toContain('Nothing was changed.');
    expect(await answer(...zone, '--yes')).toMatchObject({ kind: 'evacuation-ordered' });
    expect((await evenkeel('evacuate', '--status')).stdout).toContain(`leaves ${HOME}-a`);
    const again = await evenkeel('evacuate', '--zone', `${HOME}-b`, '--reason', 'x', '--yes');
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(`${HOME}-a`);
    expect(await answer('evacuate', '--zone', `${HOME}-a`, '--end')).toMatchObject({
      wasOrdered: true,
    });
    expect((await evenkeel('evacuate', '--status')).stdout).toBe('No zone is being left.\n');
  });
});

describeScaling('when the cloud does not answer', () => {
  it('plan says so and what to do, and status still tells what is known', async () => {
    const away = ['--local', 'nowhere.json', '--policy', 'evenkeel.yaml', '--timeout', '5s'];
    const planned = await run(['plan', '--name', 'shop', ...away]);
    expect(planned.status).toBe(3);
    expect(planned.stderr).toContain('The records of shop could not be read');
    expect(planned.stdout).toBe('');
    expect((await run(['status', '--name', 'shop', ...away])).status).toBe(0);
  });
});
