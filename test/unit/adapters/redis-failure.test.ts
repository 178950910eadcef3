import { describe, expect, it } from '@jest/globals';
import {
  failureText,
  isPassing,
  isWrongPassword,
  movedTo,
} from '../../../shared/adapters/redis/redis-failure';

/** As the client throws what a server answers. */
const said = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const wrapped = (inner: string): Error =>
  said(`ERR Error running script (call to f_0a1b): @user_script:17: @user_script: 17: -${inner}`);

describe('what a Redis server answers', () => {
  it.each([
    ["READONLY You can't write against a read only replica.", 'address of the primary'],
    ['LOADING Redis is loading the dataset in memory', 'goes on by itself'],
    ['BUSY Redis is busy running a script.', 'SCRIPT KILL'],
    ['ASK 3999 10.0.0.7:6381', 'goes on by itself'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'goes on by itself'],
    ['CLUSTERDOWN Hash slot not served', 'CLUSTER INFO'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'primary'],
  ])('may pass, and people hear what to do: %s', (message, advice) => {
    for (const error of [said(message), wrapped(message)]) {
      expect(isPassing(error)).toBe(true);
      expect(failureText(error)).toMatch(new RegExp(`^${message.slice(0, 8)}.*: .*${advice}`));
    }
  });

  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'noeviction'],
    ['NOREPLICAS Not enough good replicas to write.', 'min-replicas-to-write'],
    ['MISCONF Redis is configured to save RDB snapshots', 'disk'],
    ["NOPERM User evenkeel has no permissions to run the 'eval' command", '@scripting'],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'one shard'],
    ['MOVED 3999 10.0.0.7:6381', 'can be reached'],
    ['NOAUTH Authentication required.', '?password=env:NAME'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'nextPassword'],
  ])('stays the same, and people hear what to do: %s', (message, advice) => {
    expect(isPassing(said(message))).toBe(false);
    expect(failureText(said(message))).toContain(advice);
  });

  it('is told as it is where nobody has advice, without what was sent', () => {
    expect(failureText(said("ERR unknown command 'EVAL', with args beginning with: secret"))).toBe(
      "ERR unknown command 'EVAL'",
    );
    expect(failureText(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe(
      'ECONNREFUSED',
    );
  });

  it('is a wrong password by whichever words', () => {
    const refusals = ['WRONGPASS no', 'NOAUTH Authentication required.', 'ERR invalid password'];
    expect(refusals.map((each) => isWrongPassword(said(each)))).toEqual([true, true, true]);
    expect(isWrongPassword(new Error('WRONGPASS no'))).toBe(false);
  });
});

describe('a node that has not the keys', () => {
  const asked = { host: '10.0.0.1', port: 6379 };

  it.each([
    ['MOVED 3999 10.0.0.7:6381', { host: '10.0.0.7', port: 6381 }],
    ['MOVED 3999 r-1.redis.local:6381', { host: 'r-1.redis.local', port: 6381 }],
    ['MOVED 3999 fe80::1:6381', { host: 'fe80::1', port: 6381 }],
    ['MOVED 3999 :6381', { host: '10.0.0.1', port: 6381 }],
    ['MOVED 3999', null],
    ['ASK 3999 10.0.0.7:6381', null],
  ])('says who has: %s', (message, place) => {
    expect(movedTo(said(message), asked)).toEqual(place);
  });

  it('is believed by what it answered alone', () => {
    expect(movedTo(new Error('MOVED 3999 10.0.0.7:6381'), asked)).toBeNull();
  });
});
