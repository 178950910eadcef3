import { describe, expect, it } from '@jest/globals';
import { callSignature, epochMs, isSecret, verifySignedCall } from '../../../shared/runtime/secret';
import { instant } from '../../../shared/domain/units';

describe('secrets', () => {
  it.each([
    ['the current secret', 'one', ['one', 'two'], true],
    ['the next secret', 'two', ['one', 'two'], true],
    ['another', 'three', ['one', 'two'], false],
    ['a prefix', 'on', ['one'], false],
    ['nothing, against an empty accepted secret', '', [''], false],
    ['anything, when no secret is accepted', 'one', [], false],
  ])('judges %s', (_, presented, accepted, verdict) => {
    expect(isSecret(presented, accepted)).toBe(verdict);
  });

  const body = Buffer.from('{"a":1}');
  const now = instant(1_767_225_600_000);
  const at = (timestamp: string, secret = 's') => ({
    timestamp,
    body,
    signature: callSignature(timestamp, body, secret),
  });
  it.each([
    ['seconds', at('1767225600'), 'valid'],
    ['milliseconds', at('1767225600000'), 'valid'],
    ['five minutes late', at('1767225300'), 'valid'],
    ['a moment more', at('1767225299'), 'stale'],
    ['from the future', at('1767225901'), 'stale'],
    ['no number', at('yesterday'), 'stale'],
    ['another secret', at('1767225600', 'x'), 'wrong'],
    ['a moved timestamp', { ...at('1767225600'), timestamp: '1767225601' }, 'wrong'],
    ['a changed body', { ...at('1767225600'), body: Buffer.from('{"a":2}') }, 'wrong'],
    ['no signature', { ...at('1767225600'), signature: '' }, 'wrong'],
  ])('judges a call signed with %s', (_, call, verdict) => {
    expect(verifySignedCall(call, ['s'], { now, skewMs: 300_000 })).toBe(verdict);
  });

  it('has a signature that others can compute: openssl dgst -sha256 -hmac secret', () => {
    expect(callSignature('1767225600', Buffer.from('{}'), 'secret')).toBe(
      'fa7eaa06bf97d7815f3f456e97cde70c9e50cb005f01660c8d10b10c21964887',
    );
  });

  it('tells seconds from milliseconds', () => {
    expect([epochMs('1508136760'), epochMs('1685646149981'), epochMs('1.5'), epochMs('')]).toEqual([
      1508136760000,
      1685646149981,
      null,
      null,
    ]);
  });
});
