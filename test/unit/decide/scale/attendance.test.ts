import { describe, expect, it } from '@jest/globals';
import { attendance } from '../../../../shared/decide/scale/attendance';
import { decideScale } from '../../../../shared/decide/scale/decide-scale';
import { LAUNCH_TAG } from '../../../../shared/domain/ownership-tags';
import { missing } from '../../../../shared/domain/reading';
import { millis } from '../../../../shared/domain/units';
import { aScalePolicy } from '../../../support/capacity';
import { NOW, secondsAgo } from '../../../support/builders';
import { aScaledPolicy } from '../../../support/scale-builders';
import {
  announced,
  aScaledPool,
  type InstanceParts,
  outside,
  stagesOf,
} from '../../../support/scaled-pool';

const within = (seconds: number) => {
  const scale = aScalePolicy();
  return { launch: { ...scale.launch, registrationTimeoutMs: millis(seconds * 1000) } };
};
const looked = (from: number, to: number) => ({
  knownSince: secondsAgo(90_000),
  attended: { from: secondsAgo(from), to: secondsAgo(to) },
});

describe('for how long somebody has looked', () => {
  it.each([
    ['a look a minute', 900, looked(5000, 60), 5000],
    ['half of what a launched instance has', 900, looked(5000, 450), 5000],
    ['more than that: anew', 900, looked(5000, 451), 0],
    ['two turns of the timer, where it has little time', 60, looked(5000, 120), 5000],
    ['more than that, where it has little time', 60, looked(5000, 121), 0],
    ['a memory that notes no looks yet', 900, { knownSince: secondsAgo(70) }, 70],
    ['no memory', 900, { knownSince: null }, 0],
  ])('%s', (_, seconds, memory, from) => {
    expect(attendance(memory, within(seconds), NOW)).toMatchObject({
      from: secondsAgo(from),
      to: NOW,
    });
  });

  it('the ends of the last three breaks are kept', () => {
    const after = [1000, 2000, 3000, 4000].reduce<ReturnType<typeof attendance> | undefined>(
      (attended, seconds) =>
        attendance(
          { knownSince: secondsAgo(5000), ...(attended && { attended }) },
          within(900),
          secondsAgo(5000 - seconds),
        ),
      { from: secondsAgo(5000), to: secondsAgo(5000) },
    );
    expect(after?.afterBreaks).toEqual([1000, 2000, 3000].map((each) => secondsAgo(each)));
  });

  it('a list that cannot be read is no look', () => {
    const pool = aScaledPool({ 'i-0': {} }, { scale: looked(5000, 60) });
    const memoryAfter = (seen: typeof pool) =>
      decideScale(seen, aScaledPolicy(), { verdicts: [], isPanic: false, steps: [] })?.proposal
        .memory;
    expect(memoryAfter(pool)?.attended).toEqual({ from: secondsAgo(5000), to: NOW });
    const unread = { ...pool, capacity: { ...pool.capacity!, owned: missing('read-failed') } };
    expect(memoryAfter(unread)?.attended).toEqual(looked(5000, 60).attended);
  });
});

describe('whoever came while nobody looked', () => {
  const dead = {
    weight: 0,
    verdict: 'abnormal',
    window: { failures: 10, latencyMedianUs: null },
  } as const;
  const launched = `launch-${secondsAgo(7200).toString(36)}-x1`;
  const peers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`i-p${index}`, {}]));

  it.each<[string, InstanceParts, string]>([
    ['launched', outside({ tags: { [LAUNCH_TAG]: launched } }), 'booting'],
    [
      'registered',
      { backend: dead, tags: announced([100], 7200), memory: { putToUseAt: null } },
      'registered',
    ],
  ])(
    'and is %s is late once somebody has looked for its whole time, and not before',
    (_, parts, stage) => {
      const stageAfter = (seconds: number) =>
        stagesOf(
          aScaledPool(
            { 'i-0': parts, ...peers },
            { scale: looked(seconds, 0), strangers: ['i-0'] },
          ),
        )['i-0'];
      expect([900, 901].map(stageAfter)).toEqual([stage, 'overdue']);
    },
  );

  it('and is found unfit at the end of three breaks is late: that is no outage, but a slow timer', () => {
    const parts = outside({ tags: { [LAUNCH_TAG]: launched } });
    const stageAfter = (breaks: readonly number[]) => {
      const attended = {
        ...{ from: secondsAgo(breaks[0] ?? 0), to: secondsAgo(0) },
        afterBreaks: breaks.map((each) => secondsAgo(each)),
      };
      const scale = { ...looked(0, 0), attended };
      return stagesOf(aScaledPool({ 'i-0': parts, ...peers }, { scale, strangers: ['i-0'] }))[
        'i-0'
      ];
    };
    expect(stageAfter([0, 1000])).toBe('booting');
    expect(stageAfter([0, 1000, 7201])).toBe('booting');
    expect(stageAfter([0, 1000, 2000])).toBe('overdue');
  });
});
