import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../../shared/config/environment';
import { loadPlace } from '../../../shared/config/settings';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-address-'));
const POLICY = join(folder, 'evenkeel.yaml');
writeFileSync(POLICY, 'version: 1\nregion: cn-hangzhou\n');
afterAll(() => rmSync(folder, { recursive: true }));

const PASSWORDS = { OLD_WORD: 'open-sesame-of-old', NEW_WORD: 'open-sesame-of-new' };
const read = (address: string) => readEnvironment({ ...PASSWORDS, EVENKEEL_STORE: address });
const storeOf = (address: string) => {
  const reading = read(address);
  if (reading.kind === 'invalid') throw new Error(reading.problems.join('; '));
  return reading.environment.store;
};
const problemsOf = (address: string): readonly string[] => {
  const reading = read(address);
  return reading.kind === 'invalid' ? reading.problems : [];
};

describe('the address of a store', () => {
  it('may be a folder, absolute or beside the policy', () => {
    expect(storeOf('file:/mnt/state')).toEqual({ kind: 'file', path: '/mnt/state' });
    expect(storeOf('file:///mnt/state')).toEqual({ kind: 'file', path: '/mnt/state' });
    expect(storeOf('file:state')).toEqual({ kind: 'file', path: 'state' });
  });

  it('may be a Redis, with careful defaults', () => {
    expect(storeOf('redis://10.0.0.8')).toEqual({
      kind: 'redis',
      host: '10.0.0.8',
      port: 6379,
      database: 0,
      username: null,
      passwords: [],
      isEncrypted: false,
      authoritiesFile: null,
      namespace: 'evenkeel',
      replicas: 0,
      replicaTimeoutMs: 500,
      connectTimeoutMs: 1000,
      commandTimeoutMs: 1000,
      attemptsMax: 3,
    });
  });

  it('may say all that there is to say', () => {
    const address =
      'rediss://evenkeel@r-1.redis.rds.aliyuncs.com:6380/2?password=env:NEW_WORD&nextPassword=env:OLD_WORD&ca=/etc/ca.pem' +
      '&namespace=evenkeel/cn-b&replicas=1&replicaTimeout=200ms&connectTimeout=2s&commandTimeout=1500ms&attempts=2';
    expect(storeOf(address)).toEqual({
      kind: 'redis',
      host: 'r-1.redis.rds.aliyuncs.com',
      port: 6380,
      database: 2,
      username: 'evenkeel',
      passwords: ['env:NEW_WORD', 'env:OLD_WORD'],
      isEncrypted: true,
      authoritiesFile: '/etc/ca.pem',
      namespace: 'evenkeel/cn-b',
      replicas: 1,
      replicaTimeoutMs: 200,
      connectTimeoutMs: 2000,
      commandTimeoutMs: 1500,
      attemptsMax: 2,
    });
  });

  it('that is empty is not given: the policy decides', () => {
    expect(storeOf('')).toBeNull();
  });

  it.each([
    ['another kind of store', 'mysql://h/1', 'must be file:FOLDER, or redis://'],
    ['no host', 'redis://', 'must be file:FOLDER, or redis://'],
    ['a database by name', 'redis://h/prod', 'must be file:FOLDER, or redis://'],
    ['an option nobody knows', 'redis://h?replica=1', 'knows password, nextPassword'],
    ['too many replicas', 'redis://h?replicas=99', 'replicas must be 0 to 10'],
    ['a time without unit', 'redis://h?commandTimeout=5', 'commandTimeout must be a duration'],
    ['a wait beyond the command', 'redis://h?replicaTimeout=2s', 'must be shorter than'],
    ['a namespace that closes the tag', 'redis://h?namespace=a%7D', 'namespace must be'],
    ['an unset password', 'redis://h?password=env:NO_SUCH', 'env:NO_SUCH: the variable is not set'],
  ])('with %s is refused', (_what, address, problem) => {
    expect(problemsOf(address).join()).toContain(problem);
  });

  it.each(['redis://u:open-sesame@h', 'redis://h?password=open-sesame'])(
    'with a password in it is refused, and the password is not repeated (%#)',
    (address) => {
      const problems = problemsOf(address);
      expect(problems.join()).toContain('env:EVENKEEL_STORE_PASSWORD');
      expect(problems.join()).not.toContain('sesame');
    },
  );

  it('stands in place of the policy’s store, a folder being meant from the policy file', () => {
    const placed = (store: string | undefined) => {
      const reading = loadPlace({ EVENKEEL_POLICY: POLICY, EVENKEEL_STORE: store });
      return reading.kind === 'ok' ? reading.place.store : reading;
    };
    expect(placed('redis://h')).toMatchObject({ kind: 'redis', host: 'h' });
    expect(placed('file:elsewhere')).toEqual({ kind: 'file', path: join(folder, 'elsewhere') });
    expect(placed('')).toEqual({ kind: 'file', path: join(folder, '.evenkeel/state') });
  });
});
