import { describe, expect, it } from '@jest/globals';
import { partsOf, shareOfAnswers } from '../../../../shared/decide/failover/line-shares';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { ok } from '../../../support/builders';
import { aNamePolicy, aRecord, aSite } from '../../../support/name-builders';
import { aScene, viewOf, weighted } from '../../../support/name-story';

const three = aNamePolicy({ weighting: true, sites: [aSite('a'), aSite('b'), aSite('c')] });
const heavy = (
  site: string,
  weight: number | null,
  line = 'default',
  parts: Partial<DnsRecord> = {},
) => aRecord(site, { weight, line, ...parts });

function seen(records: readonly DnsRecord[], lines: readonly string[] = ['default']) {
  const scene = aScene(three, { records: ok(records), weighting: weighted(...lines) });
  const view = viewOf('a', scene);
  return { share: shareOfAnswers(view, scene), parts: Object.fromEntries(partsOf(view, scene)) };
}

describe('the share of answers', () => {
  it.each<[string, readonly DnsRecord[], readonly string[], number]>([
    ['alone', [heavy('a', 30)], ['default'], 1000],
    ['by weight', [heavy('a', 30), heavy('b', 50), heavy('c', 20)], ['default'], 300],
    [
      'all the same where no weights are drawn by',
      [heavy('a', 30), heavy('b', 50)],
      ['telecom'],
      500,
    ],
    ['a weight that nobody knows is one', [heavy('a', null), heavy('b', 3)], ['default'], 250],
    ['paused', [heavy('a', 30, 'default', { isEnabled: false }), heavy('b', 50)], ['default'], 0],
    ['without a record', [heavy('b', 50)], ['default'], 0],
    [
      'who is off gets none',
      [heavy('a', 30), heavy('b', 50, 'default', { isEnabled: false })],
      ['default'],
      1000,
    ],
    [
      'on the line where it gets most',
      [heavy('a', 10), heavy('b', 30), heavy('a', 10, 'telecom'), heavy('b', 10, 'telecom')],
      ['default', 'telecom'],
      500,
    ],
    [
      'a record of nobody in the policy draws too',
      [heavy('a', 10), heavy('z', 30)],
      ['default'],
      250,
    ],
  ])('%s', (_, records, lines, share) => {
    expect(seen(records, lines).share).toBe(share);
  });
});

describe('where a site’s traffic would go', () => {
  it('the example of its comment', () => {
    const records = [heavy('a', 100), heavy('b', 30), heavy('c', 10), heavy('a', 100, 'telecom')];
    expect(seen(records).parts).toEqual({ a: 0, b: 750_000, c: 250_000 });
  });

  it('each line counts the same', () => {
    const records = [
      ...['a', 'b'].map((site) => heavy(site, 50)),
      ...['a', 'b', 'c'].map((site) => heavy(site, 50, 'telecom')),
    ];
    expect(seen(records, ['default', 'telecom']).parts).toEqual({ a: 0, b: 750_000, c: 250_000 });
  });

  it('by head where answers are not drawn by weight, and rounded down', () => {
    const records = [heavy('a', 90), heavy('b', 1), heavy('c', 1), heavy('z', 1)];
    expect(seen(records, ['telecom']).parts).toEqual({ a: 0, b: 333_333, c: 333_333 });
  });

  it('nowhere, where nobody else answers', () => {
    expect(seen([heavy('a', 90), heavy('b', 1, 'telecom')]).parts).toEqual({ a: 0, b: 0, c: 0 });
  });
});
