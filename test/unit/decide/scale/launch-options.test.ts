import { describe, expect, it } from '@jest/globals';
import {
  chooseOptions,
  type OptionSources,
  spread,
} from '../../../../shared/decide/scale/launch-options';
import { type Entry, type Stage } from '../../../../shared/decide/scale/roster';
import { backOffKey } from '../../../../shared/domain/launch-back-off';
import { type ReasonCode } from '../../../../shared/domain/reasons';
import { type BackOffMemory } from '../../../../shared/domain/scale-memory';
import { permille } from '../../../../shared/domain/units';
import { inSeconds, NOW, secondsAgo } from '../../../support/builders';
import {
  aLaunch,
  anAttempt,
  anEntry,
  anOption,
  aScalePolicy,
} from '../../../support/scale-builders';

const REGION = 'cn-hangzhou';
const [H, I] = [anOption('h'), anOption('i')];
const SPOT = anOption('spot', { chargeType: 'spot' });

const sourcesFor = (
  options: readonly (typeof H)[],
  parts: Partial<Omit<OptionSources, 'launch'>> & { readonly share?: number } = {},
): OptionSources => {
  const { share = 500, ...rest } = parts;
  const { launch } = aScalePolicy({ launch: { options, spotShareMax: permille(share) } });
  const memory = { backOff: {}, launches: [] };
  return { regionId: REGION, launch, memory, roster: [], count: 4, now: NOW, ...rest };
};

const refused = (option: typeof H, parts: Partial<BackOffMemory> = {}) => ({
  [backOffKey(REGION, option)]: {
    until: inSeconds(60.001),
    failures: 1,
    lastFailureAt: secondsAgo(60),
    kind: 'stock' as const,
    code: 'OperationDenied.NoStock',
    ...parts,
  },
});

const names = (options: readonly { readonly option: { readonly name: string } }[]) =>
  options.map(({ option }) => option.name);

/** So many instances of an option that serve. */
const those = (option: typeof H, count: number, stage: Stage = 'serving'): readonly Entry[] =>
  Array.from({ length: count }, (_, index) =>
    anEntry(`i-${option.name}-${stage}-${index}`, {
      stage,
      facts: {
        zoneId: option.zoneId,
        instanceType: option.instanceType,
        isSpot: option.chargeType === 'spot',
      },
    }),
  );

describe('the options that may be tried', () => {
  it('are those of the policy, in its order, each for all', () => {
    const choice = chooseOptions(sourcesFor([I, H]));
    expect(choice).toEqual({
      usable: [
        { option: I, countMax: 4 },
        { option: H, countMax: 4 },
      ],
      doubtful: [],
      spotMax: 2,
      skipped: [],
    });
  });

  it('are none where the policy names none', () => {
    expect(chooseOptions(sourcesFor([]))).toEqual({
      usable: [],
      doubtful: [],
      spotMax: 0,
      skipped: ['the policy names no way to launch'],
    });
  });

  it('leave out who backs off, and say for how long and why', () => {
    const memory = { backOff: refused(H), launches: [] };
    const choice = chooseOptions(sourcesFor([H, I], { memory }));
    expect(names(choice.usable)).toEqual(['i']);
    expect(choice.skipped).toEqual([
      'h is not tried for another 61 s after OperationDenied.NoStock',
    ]);
  });

  it('have an option back at the very instant at which its back-off ends', () => {
    const memory = { backOff: refused(H, { until: NOW }), launches: [] };
    expect(names(chooseOptions(sourcesFor([H, I], { memory })).usable)).toEqual(['h', 'i']);
  });

  it.each([
    ['last, as long as a failed arrival is recent', 1799.999, ['i'], ['h']],
    ['in its place again afterwards', 1800, ['h', 'i'], []],
  ])('put an option %s', (_, seconds, usable, doubtful) => {
    const lastFailureAt = secondsAgo(seconds);
    const backOff = refused(H, { until: NOW, kind: 'late-failure', lastFailureAt });
    const choice = chooseOptions(sourcesFor([H, I], { memory: { backOff, launches: [] } }));
    expect(names(choice.usable)).toEqual(usable);
    expect(names(choice.doubtful)).toEqual(doubtful);
  });

  it.each<[string, readonly Entry[], number]>([
    ['half of 0 + 4', [], 2],
    ['half of 6 + 4, 3 there', [...those(SPOT, 3), ...those(H, 3)], 2],
    ['rounded down', those(H, 1), 2],
    ['never more than are wanted', those(H, 40), 4],
    ['nothing where there is too much', those(SPOT, 9), 0],
    ['those who leave, rest or are gone are no share', [...those(SPOT, 9, 'retiring')], 2],
    ['condemned', those(SPOT, 9, 'condemned'), 2],
    ['ghost', those(SPOT, 9, 'ghost'), 2],
    ['warm', those(H, 4, 'warm'), 2],
    ['cooling', those(H, 4, 'cooling'), 2],
    ['held ones stay', those(SPOT, 1, 'held'), 1],
    ['of whom nothing is known', [anEntry('i-1', { owned: null })], 2],
  ])('hold the share of spot: %s', (_, roster, spotMax) => {
    const choice = chooseOptions(sourcesFor([SPOT, H], { roster }));
    expect(choice.spotMax).toBe(spotMax);
    expect(names(choice.usable)).toEqual(spotMax === 0 ? ['h'] : ['spot', 'h']);
    expect(choice.skipped).toEqual(
      spotMax === 0 ? ['spot would exceed the share of spot instances'] : [],
    );
    if (spotMax > 0) expect(choice.usable[0]?.countMax).toBe(spotMax);
    expect(choice.usable.at(-1)?.countMax).toBe(4);
  });

  it('count spot instances that were accepted and are not listed yet (A36)', () => {
    const attempts = [
      anAttempt({ option: 'spot', state: 'accepted', instanceIds: ['a', 'b', 'c', 'd'] }),
      anAttempt({ option: 'forgotten', state: 'accepted', instanceIds: ['e'] }),
    ];
    const launch = aLaunch({ attempts, lost: ['b'], arrived: ['c'] });
    const roster = those(SPOT, 1).map((entry) => ({ ...entry, instanceId: 'd' }));
    const room = (reason: ReasonCode, entries: readonly Entry[]): number => {
      const memory = { backOff: {}, launches: [{ ...launch, reason }] };
      const sources = { memory, roster: entries, count: 20, share: 250 };
      return chooseOptions(sourcesFor([H, SPOT], sources)).spotMax;
    };
    expect(room('scale-out-metric', roster)).toBe(3);
    expect(room('scale-out-metric', [])).toBe(3);
    expect(room('warm-filled', roster)).toBe(4);
    expect(room('warm-filled', [])).toBe(5);
  });
});

describe('spreading by weight', () => {
  const weigh = (...weights: readonly (number | null)[]) =>
    weights.map((weight, index) => anOption('hij'[index]!, { weight }));
  const planned = (
    options: readonly (typeof H)[],
    count: number,
    roster: readonly Entry[] = [],
    spotMax = 0,
  ) =>
    spread(
      options.map((option) => ({ option, countMax: count })),
      spotMax,
      sourcesFor(options, { roster, count }),
    ).map(({ option, countMax }) => [option.name, countMax]);

  it.each<[string, readonly (number | null)[], number, readonly Entry[], readonly unknown[]]>([
    ['asks the first for all without weights', [null, null], 6, [], [['h', 6]]],
    ['asks the first for all where all weigh nothing', [0, 0], 6, [], [['h', 6]]],
    [
      'divides by weight',
      [2, 1],
      6,
      [],
      [
        ['h', 4],
        ['i', 2],
      ],
    ],
    [
      'asks the first of equals first',
      [1, 1],
      3,
      [],
      [
        ['h', 2],
        ['i', 1],
      ],
    ],
    ['leaves out who weighs nothing', [null, 1, 0], 2, [], [['i', 2]]],
    ['makes up what one lacks', [1, 1], 2, those(H, 2), [['i', 2]]],
    [
      'and divides the rest',
      [1, 1],
      4,
      those(H, 2),
      [
        ['h', 1],
        ['i', 3],
      ],
    ],
    [
      'whoever else is there does not matter',
      [2, 1],
      6,
      those(anOption('z'), 100),
      [
        ['h', 4],
        ['i', 2],
      ],
    ],
    [
      'those of another type do not count',
      [1, 1],
      2,
      those(anOption('h', { instanceType: 'ecs.c7.large' }), 9),
      [
        ['h', 1],
        ['i', 1],
      ],
    ],
    [
      'those of another charge type do not count',
      [1, 1],
      2,
      those(anOption('h', { chargeType: 'spot' }), 9),
      [
        ['h', 1],
        ['i', 1],
      ],
    ],
  ])('%s', (...[, weights, count, roster, plan]) => {
    expect(planned(weigh(...weights), count, roster)).toEqual(plan);
  });

  it('plans no more spot than may be added, over all spot options together', () => {
    const spot = ['h', 'i'].map((name) => anOption(name, { chargeType: 'spot', weight: 5 }));
    const options = [...spot, anOption('j', { weight: 1 })];
    expect(planned(options, 6, [], 3)).toEqual([
      ['h', 2],
      ['i', 1],
      ['j', 3],
    ]);
    const some = [options[0]!, options[2]!];
    expect(planned([some[1]!, { ...some[0]!, weight: 1 }], 5, [], 2)).toEqual([
      ['j', 3],
      ['h', 2],
    ]);
    expect(planned(spot, 6, [], 3)).toEqual([
      ['h', 2],
      ['i', 1],
    ]);
  });
});
