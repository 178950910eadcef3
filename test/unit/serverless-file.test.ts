import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServerlessFile } from '../../infra/local/function-host/serverless-file';
import { deploymentSchema } from '../../shared/config/fleet-schema';
import { ENVIRONMENT_VARIABLES } from '../../shared/config/environment';
import { DEPLOYMENT_VARIABLES } from '../../shared/config/deployment-variables';
import { repositoryRoot } from '../../infra/local/repository';

const file = join(repositoryRoot(__dirname), 's.yaml');
const read = (path = file, env: Record<string, string> = {}) =>
  readServerlessFile(path, { env, accountId: '1' });
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
const spoilt = (find: string, replace: string): string => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(find);
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-s-'));
  folders.push(folder);
  const path = join(folder, 's.yaml');
  writeFileSync(path, text.replace(find, replace));
  return path;
};

describe('s.yaml', () => {
  it('declares every function with what the platform’s limits ask for', () => {
    const functions = new Map(
      read().map((one) => [one.functionName.replace('evenkeel-', ''), one]),
    );
    expect([...functions.keys()].sort()).toEqual([
      'console',
      'on-alarm',
      'on-event',
      'on-timer',
      'operator',
      'probe',
      'reconcile-failover',
      'reconcile-pool',
    ]);
    for (const one of functions.values()) {
      expect(one.timeoutMs).toBeGreaterThan(3000);
      expect(one.asyncInvoke).toEqual({ eventAgeMaxMs: 60_000, retryAttemptsMax: 1 });
      expect(one.environmentVariables['EVENKEEL_WORKER']).toBe('evenkeel-reconcile-pool');
      expect(
        one.codeDirectory.endsWith(`dist/functions/${one.functionName.replace('evenkeel-', '')}`),
      ).toBe(true);
    }
    expect(functions.get('reconcile-pool')?.reservedConcurrency).toBeGreaterThan(1);
    expect(functions.get('on-alarm')?.httpTrigger?.methods).toEqual(['POST']);
    expect(functions.get('on-timer')?.timers).toMatchObject([{ everyMinutes: 1 }]);
    expect(functions.get('on-event')?.hasEventBridgeTrigger).toBe(true);
  });

  it('keeps the shares of concurrency within the region’s quota of 100', () => {
    expect(
      read().reduce((sum, one) => sum + (one.reservedConcurrency ?? 0), 0),
    ).toBeLessThanOrEqual(100);
  });

  it('leaves instances for looks when as many workers stay awake as may', () => {
    const reserved = (name: string): number =>
      read().find((one) => one.functionName === name)?.reservedConcurrency ?? 0;
    const { watchersMax, nameWatchersMax } = deploymentSchema.parse({});
    expect(reserved('evenkeel-reconcile-pool')).toBeGreaterThanOrEqual(2 * watchersMax);
    expect(reserved('evenkeel-reconcile-failover')).toBeGreaterThan(nameWatchersMax);
  });

  it('takes its variables from the environment', () => {
    const [first] = read(file, { EVENKEEL_POLICY: '/elsewhere.yaml', EVENKEEL_ALARM_SECRET: 's' });
    expect(first?.environmentVariables).toMatchObject({
      EVENKEEL_POLICY: '/elsewhere.yaml',
      EVENKEEL_ALARM_SECRET: 's',
    });
  });

  it('gives every secret to the function that needs it, and to no other', () => {
    const secretsOf = (variables: Readonly<Record<string, string>>): readonly string[] =>
      Object.keys(variables).filter((name) => name.includes('SECRET'));
    const holders = Object.fromEntries(
      read().map((one) => [one.functionName, secretsOf(one.environmentVariables)]),
    );
    expect(Object.entries(holders).filter(([, secrets]) => secrets.length > 0)).toEqual([
      [
        'evenkeel-on-alarm',
        ['ALARM', 'VOTER'].flatMap((name) => [
          `EVENKEEL_${name}_SECRET`,
          `EVENKEEL_${name}_SECRET_NEXT`,
        ]),
      ],
      ['evenkeel-reconcile-pool', ['EVENKEEL_NOTIFY_SECRET']],
      ['evenkeel-reconcile-failover', ['EVENKEEL_NOTIFY_SECRET']],
      [
        'evenkeel-operator',
        ['EVENKEEL_NOTIFY_SECRET', 'EVENKEEL_APPROVAL_SECRET', 'EVENKEEL_APPROVAL_SECRET_NEXT'],
      ],
      [
        'evenkeel-console',
        ['CONSOLE', 'METRICS', 'APPROVAL'].flatMap((name) => [
          `EVENKEEL_${name}_SECRET`,
          `EVENKEEL_${name}_SECRET_NEXT`,
        ]),
      ],
    ]);
  });

  it('takes from the environment what the reference names, and nothing else', () => {
    const taken = [...readFileSync(file, 'utf8').matchAll(/\benv\('(\w+)'/g)].map(([, one]) => one);
    const deployed = DEPLOYMENT_VARIABLES.map(({ name }) => name);
    const read = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    expect(deployed.filter((name) => !taken.includes(name))).toEqual([]);
    expect(taken.filter((name) => ![...deployed, ...read].includes(name ?? ''))).toEqual([]);
  });

  it.each([
    ['a misspelt key', 'memorySize: 512', 'memorysize: 512', 'memorysize'],
    ['a misspelt trigger key', 'authType:', 'authtype:', 'authtype'],
    ['a runtime that is not built in', 'runtime: nodejs20', 'runtime: nodejs22', 'runtime'],
    ['memory that is no multiple of 64', 'memorySize: 512', 'memorySize: 500', 'memorySize'],
    [
      'a number as environment variable',
      'EVENKEEL_WORKER: evenkeel-reconcile-pool',
      'EVENKEEL_WORKER: 7',
      'EVENKEEL_WORKER',
    ],
    [
      'a name that begins with a digit',
      'functionName: evenkeel-on-alarm',
      'functionName: 1x',
      'functionName',
    ],
    ['a timer below a minute', "'@every 1m'", "'@every 30s'", 'cronExpression'],
    [
      'a variable without value',
      '${vars.vpcId}',
      '${vars.nowhere}',
      '${vars.nowhere} has no value',
    ],
  ])('is refused with %s', (_, find, replace, problem) => {
    expect(() => read(spoilt(find, replace))).toThrow(problem);
  });
});
