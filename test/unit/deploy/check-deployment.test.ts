import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDeployment, type CheckOptions } from '../../../infra/deploy/check-deployment';
import { LEFT_OUT } from '../../../infra/deploy/check-environment';
import { checkOfficial } from '../../../infra/deploy/check-official';
import { checkShape } from '../../../infra/deploy/check-shape';
import { readServerless } from '../../../infra/deploy/read-serverless';
import { repositoryRoot } from '../../../infra/local/repository';
import { ENVIRONMENT_VARIABLES } from '../../../shared/config/environment';
import { loadPolicy } from '../../../shared/config/load-policy';
import { ensureBuilt } from '../../support/build';
import { sourceFiles } from '../../support/source-files';

const root = repositoryRoot(__dirname);
const file = join(root, 's.yaml');
const CHOSEN = {
  EVENKEEL_REGION: 'cn-hangzhou',
  EVENKEEL_VPC_ID: 'vpc-bp1example',
  EVENKEEL_VSWITCH_ID: 'vsw-bp1example',
  EVENKEEL_SECURITY_GROUP_ID: 'sg-bp1example',
  EVENKEEL_NAS_SERVER: 'abc.cn-hangzhou.nas.aliyuncs.com:/evenkeel',
};
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-deploy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const check = (path: string, options: Partial<CheckOptions> = {}) =>
  checkDeployment(path, { env: CHOSEN, accountId: '1', root, ...options });
const findingsOf = async (
  path: string,
  options: Partial<CheckOptions> = {},
): Promise<readonly string[]> =>
  (await check(path, options)).findings.map(
    ({ severity, place, problem, remedy }) => `${severity} ${place}: ${problem} → ${remedy}`,
  );

/** The project's own file with one text replaced, everywhere or the first time. */
function spoilt(find: string | RegExp, replace: string): string {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(find);
  const path = join(folder, 's.yaml');
  writeFileSync(path, text.replace(find, replace));
  return path;
}

describe('s.yaml', () => {
  it('can be deployed once the owner has chosen', async () => {
    ensureBuilt();
    expect(await findingsOf(file)).toEqual([]);
  });

  it('is refused, name by name, while something is not chosen', async () => {
    const findings = await findingsOf(file, { env: {} });
    for (const name of Object.keys(CHOSEN))
      expect(findings).toContainEqual(
        expect.stringContaining(`Set the environment variable ${name}`),
      );
    expect(findings).toHaveLength(Object.keys(CHOSEN).length);
  });

  it('never shows a value that may be a secret', async () => {
    const findings = await findingsOf(file, {
      env: { ...CHOSEN, EVENKEEL_ALARM_SECRET: 'unset word' },
    });
    expect(findings).toEqual([
      'error resources.on-alarm.props.environmentVariables.EVENKEEL_ALARM_SECRET: is a placeholder → Put the real value there.',
    ]);
  });
});

describe('what is misspelt or out of bounds', () => {
  it.each([
    ['memorySize: 512', 'memorysize: 512', 'Did you mean memorySize?'],
    ['authType:', 'authtype:', 'Did you mean authType?'],
    ['reservedConcurrency:', 'reservedConcurency:', 'Did you mean reservedConcurrency?'],
    ['maxAsyncRetryAttempts:', 'maxAsyncRetries:', 'Did you mean maxAsyncRetryAttempts?'],
    ['mountDir:', 'mountdir:', 'Did you mean mountDir?'],
    ['eventSchema:', 'eventShema:', 'Did you mean eventSchema?'],
    ['component: fc3', 'component: fc', 'component'],
    ['          qualifier: LATEST\n', '', 'Write `qualifier: LATEST`'],
    ['timeout: 5 ', 'timeout: 3 ', 'a cold start and a call of the store'],
    ['timeout: 300', 'timeout: 299', 'a worker works for deployment.workerTimeout'],
    ['reservedConcurrency: 50', 'reservedConcurrency: 1', 'would keep all others waiting'],
    ['reservedConcurrency: 50', 'reservedConcurrency: 20', 'At least 21'],
    ['reservedConcurrency: 50', 'reservedConcurrency: 500', 'A region has 100 by default'],
    [/ +role: \S+\n/, '', 'Name the role of this function'],
    [/ +concurrencyConfig: .+\n/, '', 'how many instances'],
    ['maxAsyncEventAgeInSeconds: 60', 'maxAsyncEventAgeInSeconds: 86400', 'Write 60'],
    ['cpu: 0.35', 'cpu: 0.1', 'between 1 and 4 GB for each vCPU'],
    ['memorySize: 512', 'memorySize: 500', 'A multiple of 64'],
    ["'@every 1m'", "'@every 30s'", 'no timer of the platform is faster'],
    ['authType: anonymous', 'authType: function', 'every alarm would be refused'],
    ['methods: [POST]', 'methods: [GET]', 'CloudMonitor calls with POST'],
    ['"source":["acs.ecs"', '"source":[acs.ecs"', 'eventRuleFilterPattern is not JSON'],
    [/ +triggers:\n +- triggerName: every-minute[^]*?'\{\}' \}\n/, '', 'nothing wakes it'],
    [
      'EVENKEEL_WORKER: evenkeel-reconcile-pool',
      'EVENKEEL_WORKER: worker',
      'not deployed by this file',
    ],
    [/ +EVENKEEL_POLICY_FROM: .+\n/, '', 'is read by the function and not set'],
    [
      'EVENKEEL_PROBE: evenkeel-probe',
      'EVENKEEL_PROBE: evenkeel-probe\n        EVENKEEL_PROVE: x',
      'Did you mean EVENKEEL_PROBE?',
    ],
    [
      'functionName: evenkeel-probe',
      'functionName: evenkeel-operator',
      'two functions are called evenkeel-operator',
    ],
    ['  probe:\n', '  prober:\n', 'there is no function functions/prober'],
    ['  probe:\n', '  prober:\n', 'functions/probe has no block'],
    ['./dist/functions/probe', './dist/functions/on-timer', 'Write ./dist/functions/probe'],
  ])('%s → %s: %s', async (find, replace, expected) => {
    expect((await findingsOf(spoilt(find, replace))).join('\n')).toContain(expected);
  });

  it('is an error, or a warning where it may be meant', async () => {
    expect(await findingsOf(spoilt('reservedConcurrency: 50', 'reservedConcurrency: 90'))).toEqual([
      expect.stringMatching(/^warning resources: reserve \d+ instances together/),
    ]);
  });

  it('is told with a remedy each time', async () => {
    for (const { remedy } of (await check(spoilt(/timeout: \d+/g, 'timeout: x'))).findings)
      expect(remedy.length).toBeGreaterThan(5);
  });
});

describe('a policy at hand', () => {
  const policyWith = (deployment: string) => {
    const text = `version: 1\nregion: cn-shanghai\ndeployment: ${deployment}\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\n`;
    const loaded = loadPolicy(text, 'evenkeel.yaml');
    if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded));
    return loaded.policy;
  };

  it('has the region, the time and the size that are deployed', async () => {
    const policy = policyWith('{ workerTimeout: 10m, workerMemoryMb: 1024, watchersMax: 60 }');
    const findings = (await findingsOf(file, { policy })).join('\n');
    for (const expected of [
      'cn-hangzhou is not the region',
      'At least 600',
      '512 MB are not',
      'At least 61',
    ])
      expect(findings).toContain(expected);
  });
});

describe('a secret that the policy refers to', () => {
  const text = `version: 1
region: cn-hangzhou
alarmSecret: { current: 'env:EVENKEEL_ALARM_SECRET' }
pools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]
`;

  it('is held by a function, or that is told', async () => {
    const loaded = loadPolicy(text, 'evenkeel.yaml');
    if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded));
    const { policy } = loaded;
    expect(await findingsOf(file, { policy })).toEqual([
      expect.stringContaining('env:EVENKEEL_ALARM_SECRET, which no function has'),
    ]);
    const env = { ...CHOSEN, EVENKEEL_ALARM_SECRET: 'a-secret-of-some-length' };
    expect(await findingsOf(file, { policy, env })).toEqual([]);
  });
});

describe('the schema of the vendor', () => {
  const resolved = (path: string) => readServerless(path, { env: CHOSEN, accountId: '1' }).document;

  it('passes what is here, and lets a misspelt key pass that ours refuses', async () => {
    expect(await checkOfficial(resolved(file))).toEqual([]);
    const path = spoilt('memorySize: 512', 'memorysize: 512');
    expect(await checkOfficial(resolved(path))).toEqual([]);
    expect(checkShape(resolved(path))).not.toEqual([]);
  });

  it('refuses a region and a runtime that there are not', async () => {
    expect(
      checkOfficial(resolved(spoilt("env('EVENKEEL_REGION')", "env('X', 'cn-nowhere')"))),
    ).not.toEqual([]);
    expect(
      await checkOfficial(resolved(spoilt('runtime: nodejs20', 'runtime: nodejs22'))),
    ).toMatchObject([{ place: 'resources.on-alarm.props.runtime' }]);
  });
});

describe('what the code reads', () => {
  it('is in the one list that the check goes by', () => {
    const listed = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    const read = sourceFiles(['shared', 'functions'], ['.ts']).flatMap(({ text }) =>
      [...text.matchAll(/(?:process\.env|variables)(?:\.|\[['"])((?!OTEL_)[A-Z]\w+)/g)].map(
        ([, name]) => name ?? '',
      ),
    );
    expect(read.filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('is left out for a reason, or not at all', () => {
    const listed = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    expect(Object.keys(LEFT_OUT).filter((name) => !listed.includes(name))).toEqual([]);
  });
});
