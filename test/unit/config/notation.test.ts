import { describe, expect, it } from '@jest/globals';
import {
  formatDuration,
  formatShare,
  parseDuration,
  parseShare,
} from '../../../shared/config/notation';
import { canonicalJson, policyHash } from '../../../shared/config/policy-hash';
import { editDistance, suggest } from '../../../shared/config/suggest';

describe('durations', () => {
  it.each([
    ['0ms', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('read %s as %d ms and write it back', (text, spanMs) => {
    expect(parseDuration(text)).toBe(spanMs);
    expect(formatDuration(spanMs)).toBe(text);
  });
  it.each(['', '5', 's', '1.5s', '-1s', '5 s', '1m30s', '5sec', '99999999999s'])(
    'refuse %p',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('shares', () => {
  it.each([
    ['0%', 0],
    ['0.5%', 5],
    ['10%', 100],
    ['66.7%', 667],
    ['100%', 1000],
  ])('read %s as %d and write it back', (text, share) => {
    expect(parseShare(text)).toBe(share);
    expect(formatShare(share)).toBe(text);
  });
  it.each(['', '10', '0.1', '100.1%', '101%', '1.25%', '-1%', '10 %'])('refuse %p', (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});

describe('suggestions', () => {
  it.each([
    ['regoin', ['region', 'version'], 'region'],
    ['floor_share', ['floorShare', 'floorCount'], 'floorShare'],
    ['FLOORSHARE', ['floorShare', 'floorCount'], 'floorShare'],
    ['slowstart', ['slowStart', 'steps'], 'slowStart'],
    ['banana', ['region', 'version'], undefined],
    ['x', [], undefined],
    ['ab', ['cd'], undefined],
  ])('for %s among %j is %s', (written, known, expected) => {
    expect(suggest(written, known)).toBe(expected);
  });
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['heel', 'heal', 1],
  ])('%p to %p takes %d edits', (from, to, edits) => {
    expect(editDistance(from, to)).toBe(edits);
    expect(editDistance(to, from)).toBe(edits);
  });
});

describe('the policy hash', () => {
  it('does not depend on the order of keys, and depends on the order of lists', () => {
    expect(policyHash({ a: 1, b: [{ c: 1, d: 2 }] })).toBe(
      policyHash({ b: [{ d: 2, c: 1 }], a: 1 }),
    );
    expect(policyHash([1, 2])).not.toBe(policyHash([2, 1]));
    expect(canonicalJson({ b: null, a: [] })).toBe('{"a":[],"b":null}');
  });
});
