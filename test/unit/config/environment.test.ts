import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { readEnvironment, resolveSecrets } from '../../../shared/config/environment';
import { loadSettings } from '../../../shared/config/settings';

const SECRET = 'correct-horse-battery-staple';
const POLICY = `version: 1
region: cn-hangzhou
alarmSecret: { current: 'env:ALARM_SECRET', next: 'env:ALARM_SECRET_NEXT' }
pools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]
`;

let folder = '';
let policyFile = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-environment-'));
  policyFile = join(folder, 'evenkeel.yaml');
  writeFileSync(policyFile, POLICY);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the environment', () => {
  it('has defaults for everything', () => {
    expect(readEnvironment({})).toEqual({
      kind: 'ok',
      environment: {
        policyFile: 'evenkeel.yaml',
        policyFrom: 'file',
        store: null,
        statePath: null,
        traceEndpoint: null,
        archivePath: null,
        openApi: { endpoint: undefined, protocol: 'HTTPS', network: 'public' },
        metricPeriodMs: 60_000,
        functionCompute: {
          endpoint: undefined,
          service: undefined,
          worker: 'evenkeel-reconcile-pool',
          failoverWorker: 'evenkeel-reconcile-failover',
          operator: 'evenkeel-operator',
          probe: 'evenkeel-probe',
        },
        accountId: null,
        regions: {},
      },
    });
  });

  it('reports all problems together, misspelt names included', () => {
    const reading = readEnvironment({
      EVENKEEL_OPENAPI_ENDPIONT: '127.0.0.1:1',
      EVENKEEL_OPENAPI_PROTOCOL: 'ftp',
      EVENKEEL_FC_ENDPOINT: 'https://x/',
    });
    expect(reading).toEqual({
      kind: 'invalid',
      problems: [
        'EVENKEEL_OPENAPI_ENDPIONT: is not read; did you mean EVENKEEL_OPENAPI_ENDPOINT?',
        'EVENKEEL_OPENAPI_PROTOCOL: must be http or https',
        'EVENKEEL_FC_ENDPOINT: must be host or host:port, without a scheme',
      ],
    });
  });
});

describe('endpoints of other regions', () => {
  const reading = (text: string) => readEnvironment({ EVENKEEL_REGIONS: text });

  it('are read from JSON, each of them optional', () => {
    expect(
      reading('{"cn-a":{"openapi":"127.0.0.1:1","functions":"127.0.0.1:2"},"cn-b":{}}'),
    ).toMatchObject({
      environment: {
        regions: {
          'cn-a': { openApi: '127.0.0.1:1', functionCompute: '127.0.0.1:2' },
          'cn-b': { openApi: undefined, functionCompute: undefined },
        },
      },
    });
  });

  it.each([
    ['{', 'EVENKEEL_REGIONS: must be a JSON object of regions'],
    ['[]', 'EVENKEEL_REGIONS: must be a JSON object of regions'],
    [
      '{"cn-a":{"openapi":"http://x/"}}',
      'EVENKEEL_REGIONS.cn-a.openapi: must be host or host:port, without a scheme',
    ],
    [
      '{"cn-a":{"function":"x"}}',
      'EVENKEEL_REGIONS.cn-a: must have openapi, functions or both, and nothing else',
    ],
  ])('that are wrong (%s) are told with their place', (text, problem) => {
    expect(reading(text)).toEqual({ kind: 'invalid', problems: [problem] });
  });

  it('with functions of other names are called by those', () => {
    const named = readEnvironment({
      EVENKEEL_FAILOVER_WORKER: 'worker',
      EVENKEEL_OPERATOR: 'teller',
      EVENKEEL_PROBE: 'looker',
    });
    expect(named).toMatchObject({
      environment: {
        functionCompute: { failoverWorker: 'worker', operator: 'teller', probe: 'looker' },
      },
    });
  });
});

describe('secrets', () => {
  const references = { current: 'env:A', next: 'env:B' } as const;

  it('are found under their references and never printed', () => {
    const reading = resolveSecrets(references, { A: SECRET, B: `${SECRET}-next` });
    if (reading.kind !== 'ok') throw new Error('expected secrets');
    expect(reading.secrets.current.reveal()).toBe(SECRET);
    expect(reading.secrets.next?.reveal()).toBe(`${SECRET}-next`);
    const printed = [
      String(reading.secrets.current),
      JSON.stringify(reading),
      inspect(reading, { depth: 9 }),
    ];
    for (const text of printed) expect(text).not.toContain(SECRET);
  });

  it('that are unset or short are problems that do not tell the value', () => {
    expect(resolveSecrets(references, { A: 'short' })).toEqual({
      kind: 'invalid',
      problems: ['env:A: must have at least 16 characters', 'env:B: the variable is not set'],
    });
  });
});

describe('settings of a function', () => {
  const variables = () => ({
    EVENKEEL_POLICY: policyFile,
    ALARM_SECRET: SECRET,
    ALARM_SECRET_NEXT: SECRET,
  });

  it('join environment and policy, with folders beside the policy', () => {
    const reading = loadSettings(variables());
    expect(reading).toMatchObject({
      kind: 'ok',
      settings: { policy: { store: { kind: 'file', path: join(folder, '.evenkeel/state') } } },
    });
  });

  it('take the folders of the environment instead', () => {
    const reading = loadSettings({
      ...variables(),
      EVENKEEL_STATE_PATH: '/mnt/state',
      EVENKEEL_ARCHIVE_PATH: '/mnt/archive',
    });
    expect(reading).toMatchObject({
      settings: {
        policy: { store: { path: '/mnt/state' }, archive: { path: '/mnt/archive', days: 14 } },
      },
    });
  });

  it('name a policy that cannot be read', () => {
    const reading = loadSettings({ EVENKEEL_POLICY: join(folder, 'absent.yaml') });
    expect(reading).toMatchObject({
      kind: 'invalid',
      problems: [expect.stringContaining('cannot be read')],
    });
  });

  it('tell every problem of a policy with its place', () => {
    const wrong = join(folder, 'wrong.yaml');
    writeFileSync(wrong, POLICY.replace('region', 'regoin'));
    const reading = loadSettings({ ...variables(), EVENKEEL_POLICY: wrong });
    expect(reading).toMatchObject({
      problems: [
        expect.stringContaining(':1:1: region: is missing'),
        expect.stringContaining(':2:1: regoin: unknown key'),
      ],
    });
  });

  it('ask for no secret: whoever needs one looks it up', () => {
    const failing = join(folder, 'failover.yaml');
    const example = join(__dirname, '../../../docs/examples/failover.yaml');
    writeFileSync(failing, readFileSync(example));
    expect(loadSettings({ EVENKEEL_POLICY: failing })).toMatchObject({ kind: 'ok' });
  });
});

it('what was exported to deploy is no misspelling', () => {
  expect(readEnvironment({ EVENKEEL_REGION: 'cn-hangzhou' })).toMatchObject({ kind: 'ok' });
  expect(readEnvironment({ EVENKEEL_REGIONZ: '{}' })).toMatchObject({ kind: 'invalid' });
});

describe('the account of the command line', () => {
  it('is an account id, or a problem', () => {
    const read = (id: string) => readEnvironment({ ALIBABA_CLOUD_ACCOUNT_ID: id });
    expect(read('1234567890123456')).toMatchObject({
      environment: { accountId: '1234567890123456' },
    });
    expect(read('acme')).toMatchObject({
      problems: ['ALIBABA_CLOUD_ACCOUNT_ID: must be an account id: digits only'],
    });
  });
});
