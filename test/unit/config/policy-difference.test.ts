import { describe, expect, it } from '@jest/globals';
import { policyDifferences, reachOf } from '../../../shared/config/policy-difference';

const text = (pools: string, more = ''): string =>
  `version: 1\nregion: cn-a\n${more}pools: ${pools}`;

describe('the difference of two policies', () => {
  it.each([
    ['comments', text('[{ name: web }]'), `# hello\n${text('[{ name: web }]')}`],
    ['notation', text('[{ name: web }]'), text('\n  - name: "web"')],
    ['the order of pools', text('[{ name: a }, { name: b }]'), text('[{ name: b }, { name: a }]')],
    ['an anchor', text('[{ name: a, x: 1 }]'), text('[{ name: a, x: *one }]', 'y: &one 1\n')],
  ])('is none in %s', (what, before, after) => {
    const found = policyDifferences(before, after).filter(({ path }) => path !== 'y');
    expect([what, found]).toEqual([what, []]);
  });

  it.each<[string, string, string, object]>([
    [
      'a field',
      '[{ name: web, mode: a }]',
      '[{ name: web, mode: b }]',
      { path: 'pools.web.mode', before: 'a', after: 'b' },
    ],
    [
      'a new field',
      '[{ name: web }]',
      '[{ name: web, floor: 2 }]',
      { path: 'pools.web.floor', before: undefined, after: 2 },
    ],
    [
      'a gone field',
      '[{ name: w, f: null }]',
      '[{ name: w }]',
      { path: 'pools.w.f', before: null, after: undefined },
    ],
    [
      'a new pool',
      '[]',
      '[{ name: web }]',
      { path: 'pools.web', before: undefined, after: { name: 'web' } },
    ],
    [
      'an element',
      '[{ name: w, t: [1, 2] }]',
      '[{ name: w, t: [1, 3] }]',
      { path: 'pools.w.t[1]', before: 2, after: 3 },
    ],
    [
      'what is a list no more',
      '[{ name: w, t: [] }]',
      '[{ name: w, t: {} }]',
      { path: 'pools.w.t', before: [], after: {} },
    ],
    [
      'a field that every object has',
      '[{ name: w }]',
      '[{ name: w, constructor: 1 }]',
      { path: 'pools.w.constructor', before: undefined, after: 1 },
    ],
  ])('tells %s by its path', (_, before, after, difference) => {
    expect(policyDifferences(text(before), text(after))).toEqual([difference]);
  });

  it('is everything where there was nothing', () => {
    expect(policyDifferences('', 'version: 1')).toEqual([
      { path: '', before: null, after: { version: 1 } },
    ]);
  });
});

describe('whom a difference concerns', () => {
  it('is told apart: pools and names that come, go and change, or all', () => {
    const before = text(
      '[{ name: a, x: 1 }, { name: gone }, { name: same }]',
      'archive: { days: 1 }\n',
    );
    const after = text(
      '[{ name: a, x: 2 }, { name: new }, { name: same }]',
      'archive: { days: 2 }\n',
    );
    expect(reachOf(policyDifferences(before, after))).toEqual({
      added: ['pools.new'],
      removed: ['pools.gone'],
      changed: ['pools.a'],
      isGeneral: true,
    });
    const names = (ttl: number) =>
      text('[]', `failover: { names: [{ name: shop, ttl: ${ttl} }] }\n`);
    expect(reachOf(policyDifferences(names(1), names(2)))).toEqual({
      added: [],
      removed: [],
      changed: ['failover.names.shop'],
      isGeneral: false,
    });
  });
});
