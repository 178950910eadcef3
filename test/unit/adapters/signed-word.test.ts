import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';

const sign = HMAC_SIGNATURES.sign.bind(HMAC_SIGNATURES);
const isSigned = HMAC_SIGNATURES.isSigned.bind(HMAC_SIGNATURES);
const WORD = { name: 'shop', answer: 'down', at: 1_000, nonce: 'n-1' };

describe('canonical JSON', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [true, null, 'ü'] }, '{"a":[true,null,"ü"],"b":1}'],
    [{ b: undefined, a: { d: 1, c: '"' } }, '{"a":{"c":"\\"","d":1}}'],
    [[undefined], '[null]'],
    ['', '""'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});

describe('a signed word', () => {
  it('is signed as any other program would', () => {
    const text = 'evenkeel-verdict.{"answer":"down","at":1000,"name":"shop","nonce":"n-1"}';
    const expected = createHmac('sha256', 'secret').update(text).digest('hex');
    expect(sign('verdict', WORD, 'secret')).toBe(expected);
  });

  it('holds under the current and the next secret, however its fields are ordered', () => {
    const { nonce, ...rest } = WORD;
    const reordered = { nonce, ...rest };
    for (const secret of ['current', 'next'])
      expect(
        isSigned('verdict', reordered, sign('verdict', WORD, secret), ['current', 'next']),
      ).toBe(true);
  });

  it.each<[string, () => boolean]>([
    ['another secret', () => isSigned('verdict', WORD, sign('verdict', WORD, 'x'), ['secret'])],
    ['no accepted secret', () => isSigned('verdict', WORD, sign('verdict', WORD, 's'), [])],
    ['an empty secret', () => isSigned('verdict', WORD, sign('verdict', WORD, ''), [''])],
    ['another kind', () => isSigned('approval', WORD, sign('verdict', WORD, 's'), ['s'])],
    [
      'a changed field',
      () => isSigned('verdict', { ...WORD, answer: 'up' }, sign('verdict', WORD, 's'), ['s']),
    ],
    [
      'a field more',
      () => isSigned('verdict', { ...WORD, more: 1 }, sign('verdict', WORD, 's'), ['s']),
    ],
    ['no signature', () => isSigned('verdict', WORD, '', ['s'])],
    [
      'upper case',
      () => isSigned('verdict', WORD, sign('verdict', WORD, 's').toUpperCase(), ['s']),
    ],
  ])('does not hold with %s', (_what, check) => {
    expect(check()).toBe(false);
  });
});
