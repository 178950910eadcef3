import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeHealTag, encodeHealTag, type HealTag } from '../../shared/domain/heal-tag';
import { operationId } from '../../shared/domain/operation-id';
import { instant } from '../../shared/domain/units';

const tag: HealTag = {
  state: 'ejected',
  cause: 'outlier-errors',
  since: instant(1_800_000_000_000),
  until: instant(1_800_000_030_000),
  offences: 3,
  rung: 'restart',
  baseWeights: [100, 50, 50],
  operationId: operationId('restart', ['web', 'i-1', '1800000000000']),
};

describe('the heal tag', () => {
  it.each<[string, Partial<HealTag>]>([
    ['an ejection under repair', {}],
    [
      'a ramp',
      { state: 'probation', cause: null, until: null, offences: 0, rung: null, operationId: null },
    ],
    ['many equal weights', { baseWeights: Array.from({ length: 200 }, () => 100) }],
    ['a weight of 0', { baseWeights: [0] }],
    ['the last rung', { rung: 'replace' }],
  ])('is read back as it was written: %s', (_name, parts) => {
    expect(decodeHealTag(encodeHealTag({ ...tag, ...parts }))).toEqual({ ...tag, ...parts });
  });

  it('never exceeds what the cloud takes, and then gives up the weights rather than the ejection', () => {
    const many = { ...tag, baseWeights: Array.from({ length: 40 }, (_, index) => index) };
    const value = encodeHealTag(many);
    expect(value.length).toBeLessThanOrEqual(128);
    expect(decodeHealTag(value)).toEqual({ ...many, baseWeights: [] });
  });

  it.each([
    ['nothing', ''],
    ['another text', 'hello'],
    ['another version', encodeHealTag(tag).replace('v1', 'v2')],
    ['an unknown cause', encodeHealTag(tag).replace('outlier-errors', 'bad-mood')],
    [
      'a property of all objects as cause',
      encodeHealTag(tag).replace('outlier-errors', 'constructor'),
    ],
    ['a weight above 100', encodeHealTag({ ...tag, baseWeights: [101] })],
    ['something behind it', `${encodeHealTag(tag)} x`],
    ['too much of it', encodeHealTag(tag) + '0'.repeat(128)],
    ['an unknown rung', 'v1 e healthy 1 2 3 7 50 -'],
    ['weights that end in a comma', 'v1 e healthy 1 2 3 1 50, -'],
  ])('is refused when it is %s', (_name, value) => {
    expect(decodeHealTag(value)).toBeNull();
  });

  it('survives any text, and any state it can hold', () => {
    fc.assert(fc.property(fc.string(), (text) => decodeHealTag(text) === null));
    const weights = fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.nat(9999), fc.nat(), (baseWeights, offences, at) => {
        const whole = { ...tag, baseWeights, offences, since: instant(at) };
        expect(decodeHealTag(encodeHealTag(whole))).toEqual(whole);
      }),
    );
  });
});

describe('an operation id', () => {
  it('is the same for the same facts, another for others, and fits a client token', () => {
    const id = operationId('restart', ['web', 'i-1', '5']);
    expect(operationId('restart', ['web', 'i-1', '5'])).toBe(id);
    expect(id).toMatch(/^restart-[0-9a-z]{14,}$/);
    expect(id.length).toBeLessThanOrEqual(40);
    const others = [
      operationId('reboot', ['web', 'i-1', '5']),
      operationId('restart', ['web', 'i-15', '']),
      operationId('restart', ['web', 'i-1', '6']),
      operationId('restart', ['we', 'bi-1', '5']),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});
