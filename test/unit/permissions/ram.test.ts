import { describe, expect, it } from '@jest/globals';
import { type RamPolicy } from '../../../infra/permissions/ram-policy';
import { isAllowed, isLike } from '../../../infra/local/ram/is-allowed';

const policy = (...Statement: RamPolicy['Statement']): RamPolicy => ({ Version: '1', Statement });
const allow = {
  Effect: 'Allow',
  Action: ['ecs:Delete*'],
  Resource: ['acs:ecs:cn-a:1:instance/*'],
} as const;
const question = { action: 'ecs:DeleteInstances', resource: 'acs:ecs:cn-a:1:instance/i-1' };
const TAG = 'acs:ResourceTag/evenkeel:pool';

describe('what RAM would answer', () => {
  it('is no, unless something allows it', () => {
    expect(isAllowed(policy(), question)).toBe(false);
    expect(isAllowed(policy(allow), question)).toBe(true);
    expect(isAllowed(policy(allow), { ...question, action: 'ecs:StopInstances' })).toBe(false);
    expect(isAllowed(policy(allow), { ...question, resource: 'acs:ecs:cn-b:1:instance/i-1' })).toBe(
      false,
    );
  });

  it('is no where anything denies it, whatever the order', () => {
    const deny = { ...allow, Effect: 'Deny' } as const;
    expect(isAllowed(policy(allow, deny), question)).toBe(false);
    expect(isAllowed(policy(deny, allow), question)).toBe(false);
  });

  it('is yes under a condition only when the key is there and fits', () => {
    const owned = { ...allow, Condition: { StringEquals: { [TAG]: ['web', 'api'] } } };
    const answer = (context?: Record<string, string>) =>
      isAllowed(policy(owned), { ...question, ...(context && { context }) });
    expect(answer({ [TAG]: 'api' })).toBe(true);
    expect(answer({ [TAG]: 'other' })).toBe(false);
    expect(answer()).toBe(false);
    const any = { ...allow, Condition: { StringLike: { [TAG]: ['*'] } } };
    expect(isAllowed(policy(any), question)).toBe(false);
    expect(isAllowed(policy(any), { ...question, context: { [TAG]: '' } })).toBe(true);
  });

  it('knows both wildcards, and no others', () => {
    expect(isLike('acs:x/i-1', 'acs:x/i-?')).toBe(true);
    expect(isLike('acs:x/i-12', 'acs:x/i-?')).toBe(false);
    expect(isLike('abc', 'a.c')).toBe(false);
    expect(isLike('anything', '*')).toBe(true);
  });
});
