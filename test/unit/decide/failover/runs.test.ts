import { describe, expect, it } from '@jest/globals';
import { countRuns, hasHeld, type Runs } from '../../../../shared/decide/failover/runs';
import { millis } from '../../../../shared/domain/units';
import { inSeconds, NOW } from '../../../support/builders';

type Verdict = 'up' | 'down' | 'unknown';

/** Verdicts at seconds, each run through; what is left at the end, in seconds. */
function after(verdicts: readonly (readonly [number, Verdict])[], unknownSeconds = 60) {
  const none: Runs = { downSince: null, upSince: null, judgedAt: null };
  const { downSince, upSince } = verdicts.reduce<Runs>(
    (runs, [second, verdict]) =>
      countRuns(runs, verdict, inSeconds(second), millis(unknownSeconds * 1000)),
    none,
  );
  const seconds = (at: number | null) => (at === null ? null : (at - NOW) / 1000);
  return { down: seconds(downSince), up: seconds(upSince) };
}

describe('countRuns', () => {
  it.each<[string, readonly (readonly [number, Verdict])[], object]>([
    ['nothing is known yet', [[0, 'unknown']], { down: null, up: null }],
    ['down begins a run', [[5, 'down']], { down: 5, up: null }],
    ['up begins a run', [[5, 'up']], { down: null, up: 5 }],
    [
      'a run keeps its beginning',
      [
        [0, 'down'],
        [15, 'down'],
        [30, 'down'],
      ],
      { down: 0, up: null },
    ],
    [
      'so does one of being up',
      [
        [0, 'up'],
        [15, 'up'],
        [30, 'up'],
      ],
      { down: null, up: 0 },
    ],
    [
      'up breaks down',
      [
        [0, 'down'],
        [15, 'up'],
      ],
      { down: null, up: 15 },
    ],
    [
      'down breaks up',
      [
        [0, 'up'],
        [15, 'down'],
      ],
      { down: 15, up: null },
    ],
    [
      'one glimpse starts it again',
      [
        [0, 'down'],
        [15, 'up'],
        [30, 'down'],
      ],
      { down: 30, up: null },
    ],
    [
      'a short silence breaks nothing',
      [
        [0, 'down'],
        [30, 'unknown'],
        [60, 'down'],
      ],
      { down: 0, up: null },
    ],
    [
      'a silence as long as allowed',
      [
        [0, 'down'],
        [60, 'unknown'],
      ],
      { down: 0, up: null },
    ],
    [
      'a longer one ends it',
      [
        [0, 'down'],
        [61, 'unknown'],
      ],
      { down: null, up: null },
    ],
    [
      'and of being up',
      [
        [0, 'up'],
        [61, 'unknown'],
      ],
      { down: null, up: null },
    ],
    [
      'after a longer one it begins anew',
      [
        [0, 'down'],
        [30, 'unknown'],
        [61, 'down'],
      ],
      { down: 61, up: null },
    ],
    [
      'also when nobody looked at all',
      [
        [0, 'up'],
        [61, 'up'],
      ],
      { down: null, up: 61 },
    ],
    [
      'silences do not add up while verdicts come between',
      [
        [0, 'down'],
        [50, 'unknown'],
        [60, 'down'],
        [110, 'unknown'],
        [120, 'down'],
      ],
      { down: 0, up: null },
    ],
  ])('%s', (_, verdicts, expected) => {
    expect(after(verdicts)).toEqual(expected);
  });

  it('the example of its comment', () => {
    const verdicts = [
      [0, 'down'],
      [20, 'unknown'],
      [60, 'unknown'],
      [80, 'down'],
    ] as const;
    expect(after(verdicts, 60)).toEqual({ down: 80, up: null });
    expect(after(verdicts, 90)).toEqual({ down: 0, up: null });
  });
});

describe('hasHeld', () => {
  it.each([
    [null, false],
    [1, false],
    [0, true],
    [-1, true],
  ])('since %s s too late', (late, expected) => {
    const begin = late === null ? null : inSeconds(late - 180);
    expect(hasHeld(begin, NOW, 180_000)).toBe(expected);
  });
});
