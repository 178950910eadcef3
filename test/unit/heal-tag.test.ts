import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeHealTag,
  encodeHealTag,
  type HealTag,
  healTag,
  isHealTag,
  placeMarks,
  weightsInTag,
} from '../../shared/domain/heal-tag';
import { operationId } from '../../shared/domain/operation-id';
import { instant } from '../../shared/domain/units';
import { aBackend, anAttachment } from '../support/builders';

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
    ['the places of its weights', { places: ['0k3', 'b7a', '9zz'] }],
    ['instants as far as there are any', { since: instant(Number.MAX_SAFE_INTEGER) }],
  ])('is read back as it was written: %s', (_name, parts) => {
    expect(decodeHealTag(encodeHealTag({ ...tag, ...parts }))).toEqual({ ...tag, ...parts });
  });

  it('never exceeds what the cloud takes, and then gives up the weights rather than the ejection', () => {
    const many = { ...tag, baseWeights: Array.from({ length: 40 }, (_, index) => index) };
    const value = encodeHealTag(many);
    expect(value.length).toBeLessThanOrEqual(128);
    expect(decodeHealTag(value)).toEqual({ ...many, baseWeights: [] });
  });

  it('gives up the places before the weights, and neither as long as both fit', () => {
    const room = 128 - encodeHealTag(tag).length - ' '.length;
    const placed = (count: number) => ({
      ...tag,
      places: Array.from({ length: count }, () => 'abc'),
    });
    const most = Math.floor(room / 3);
    expect(decodeHealTag(encodeHealTag(placed(most)))).toEqual(placed(most));
    expect(decodeHealTag(encodeHealTag(placed(most + 1)))).toEqual(tag);
  });

  it('is one for each pool that the instance is in', () => {
    expect([healTag('web'), healTag('api')]).toEqual(['evenkeel:heal:web', 'evenkeel:heal:api']);
    expect(
      [healTag('api'), 'evenkeel:heal', 'evenkeel:drain', 'x:evenkeel:heal:a'].map(isHealTag),
    ).toEqual([true, false, false, false]);
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
    ['a time beyond all times', 'v1 e outlier-errors zzzzzzzzzzz - 1 1 100 -'],
    ['an end beyond all times', 'v1 e outlier-errors mjuoij08 zzzzzzzzzzz 1 1 100 -'],
    ['half of a place', `${encodeHealTag(tag)} ab`],
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

describe('the base weights in a tag', () => {
  const at = (...places: readonly (readonly [string, number])[]) =>
    aBackend('i-0', {
      attachments: places.map(([targetKey, port]) => anAttachment({ targetKey, port })),
    });
  const two = at(['lb-1/rsp-1', 80], ['lb-2/rsp-2', 80]);
  const written = { ...tag, baseWeights: [100, 50], places: placeMarks(two) };
  const bare: HealTag = { ...tag, baseWeights: [100, 50] };

  it.each<[string, HealTag, ReturnType<typeof at>, Readonly<Record<string, number>>]>([
    ['belong to the places there were', written, two, { 'lb-1/rsp-1': 100, 'lb-2/rsp-2': 50 }],
    ['follow a place that is left alone', written, at(['lb-2/rsp-2', 80]), { 'lb-2/rsp-2': 50 }],
    [
      'say nothing of a place that came later',
      written,
      at(['lb-0/rsp-0', 80], ['lb-2/rsp-2', 80]),
      { 'lb-2/rsp-2': 50 },
    ],
    [
      'belong to the same place when the policy names its port',
      written,
      at(['lb-1/rsp-1/80', 80]),
      { 'lb-1/rsp-1/80': 100 },
    ],
    ['say nothing of another port', written, at(['lb-1/rsp-1', 81]), {}],
    ['go by order where no places are named', bare, two, { 'lb-1/rsp-1': 100, 'lb-2/rsp-2': 50 }],
    ['are not told by order when there are fewer now', bare, at(['lb-1/rsp-1', 80]), {}],
    ['are not told when they did not fit', { ...tag, baseWeights: [] }, two, {}],
  ])('%s', (_name, value, backend, weights) => {
    expect(weightsInTag(value, backend)).toEqual(weights);
  });

  it('have no marks where two would be the same', () => {
    const many = at(...Array.from({ length: 1000 }, (_, port) => ['lb-1/rsp-1', port] as const));
    expect(placeMarks(many)).toEqual([]);
    expect(placeMarks(two)).toHaveLength(2);
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
