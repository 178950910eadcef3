import { describe, expect, it } from '@jest/globals';
import { type TickLine } from '../../../functions/console/api';
import {
  isoText,
  longText,
  rowsInSight,
  spanText,
  timelineEntries,
  timeText,
} from '../../../functions/console/page/format';
import { mayStayOpen } from '../../../functions/console/page/opened';
import { placeIn, wishIn } from '../../../functions/console/page/place-address';
import { CHINESE_REASONS } from '../../../functions/console/page/reasons-zh';
import { NAME_REASONS } from '../../../shared/domain/failover/name-reasons';
import { REASONS } from '../../../shared/domain/reasons';

const tick = (tickId: string, steps = 0): TickLine => ({
  ...{ tickId, at: 1, wake: 'timer', isWhole: false, healthy: 1, members: 1, withheld: 0, steps },
  summary: steps === 0 ? 'nothing to do' : 'i-1: weight 100 → 0 done',
});

describe('the page', () => {
  it('puts uneventful ticks together', () => {
    const entries = timelineEntries([tick('5', 1), tick('4'), tick('3'), tick('2', 1), tick('1')]);
    expect(entries.map((each) => (each.kind === 'quiet' ? each.count : each.tick.tickId))).toEqual([
      '5',
      2,
      '2',
      1,
    ]);
  });

  it('draws the rows in sight and a few on both sides', () => {
    expect(rowsInSight(2000, 34, 3400, 680)).toEqual({ first: 92, end: 128 });
    expect(rowsInSight(2000, 34, 0, 680)).toEqual({ first: 0, end: 28 });
    expect(rowsInSight(3, 34, 5000, 680)).toEqual({ first: 2, end: 3 });
    expect(rowsInSight(0, 34, 0, 680)).toEqual({ first: 0, end: 0 });
  });

  it('says how long in the largest sensible unit', () => {
    const spans = [75_000, 4_000_000, 20_000_000, 200_000_000];
    expect(spans.map((span) => spanText(span, 'en'))).toEqual(['75 s', '67 min', '6 h', '2 d']);
    expect(spans.map((span) => spanText(span, 'zh'))).toEqual([
      '75 秒',
      '67 分钟',
      '6 小时',
      '2 天',
    ]);
  });

  it('has a text for times that no calendar has', () => {
    for (const at of [8_640_000_000_000_001, -8_640_000_000_000_001, NaN, Infinity]) {
      expect(isoText(at)).toBeUndefined();
      expect(longText(at)).toBe('');
      expect(timeText(at, 0)).toBe('–');
    }
    expect(isoText(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(longText(0)).toContain('19');
    expect(timeText(1000, 2000)).toMatch(/^\d\d:\d\d:01$/);
  });

  it('leaves nothing open that whoever looks now may not see or do', () => {
    const nobody = { by: null, until: null, requestToken: null, canSignIn: true };
    const kinds = [
      'sign-in',
      'keys',
      'tick',
      'backend',
      'plan',
      'drain',
      'freeze',
      'approve',
    ] as const;
    const stays = (rights: { mayRead: boolean; mayWrite: boolean }) =>
      kinds.filter((kind) => mayStayOpen(kind, { ...nobody, ...rights }));
    expect(stays({ mayRead: false, mayWrite: false })).toEqual(['sign-in', 'keys']);
    expect(stays({ mayRead: true, mayWrite: false })).toEqual([
      'sign-in',
      'keys',
      'tick',
      'backend',
    ]);
    expect(stays({ mayRead: true, mayWrite: true })).toEqual(kinds);
  });

  it('reads the links of notices', () => {
    expect(placeIn('?pool=web&at=2026-11-21T10:42:00.000Z')).toEqual({ kind: 'pool', id: 'web' });
    expect(wishIn('?pool=web&at=2026-11-21T10:42:00.000Z')).toMatchObject({
      kind: 'tick',
      at: Date.parse('2026-11-21T10:42:00.000Z'),
    });
    expect(wishIn('?name=shop&move=m-1&answer=reject')).toMatchObject({
      ...{ kind: 'answer', name: 'shop', moveId: 'm-1', isGranted: false },
    });
    expect(wishIn('?name=shop&move=m-1&answer=maybe')).toBeNull();
    expect(wishIn('?at=now')).toBeNull();
  });

  it('knows every reason in Chinese', () => {
    const codes = [...Object.keys(REASONS), ...Object.keys(NAME_REASONS)];
    expect(codes.filter((code) => !Object.hasOwn(CHINESE_REASONS, code))).toEqual([]);
  });
});
