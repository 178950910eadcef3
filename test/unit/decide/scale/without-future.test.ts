import { describe, expect, it } from '@jest/globals';
import { withoutFuture } from '../../../../shared/decide/scale/without-future';
import { CLOCK_SKEW_MS } from '../../../../shared/domain/reading';
import { type BackOffMemory, type ScaleMemory } from '../../../../shared/domain/scale-memory';
import { type Instant, plus } from '../../../../shared/domain/units';
import { inSeconds, NOW, secondsAgo } from '../../../support/builders';
import { aLaunch, aScaleMemory, aScalePolicy } from '../../../support/scale-builders';

const { launch } = aScalePolicy();
const backOff = (at: Instant): BackOffMemory => ({
  until: plus(at, 300_000),
  failures: 1,
  lastFailureAt: at,
  kind: 'stock',
  code: 'OperationDenied.NoStock',
});

/** Everything that says when, said of one instant. */
const memoryOf = (at: Instant): ScaleMemory =>
  aScaleMemory({
    recommendations: [{ at, out: 4, in: 4 }],
    changes: [{ at, count: 4 }],
    serving: [{ at, count: 4 }],
    launches: [aLaunch({ requestedAt: at, unaskableSince: at })],
    backOff: { key: backOff(at) },
    breakerOpenUntil: plus(at, launch.breaker.openMs),
    instances: {
      'i-0': {
        firstSeenAt: at,
        weightZeroAt: at,
        outSince: at,
        restedAt: at,
        awaySince: at,
        registeredAt: at,
        putToUseAt: at,
      },
    },
    sightings: { 'i-0': { kind: 'orphan', firstAt: at } },
    knownSince: at,
  });

describe('what a clock that was ahead has left in the memory', () => {
  it.each<[string, Instant]>([
    ['of an hour ago', secondsAgo(3600)],
    ['of now', NOW],
    ['as far ahead as clocks differ', plus(NOW, CLOCK_SKEW_MS)],
  ])('is kept where it is %s', (_, at) => {
    expect(withoutFuture(memoryOf(at), launch, NOW)).toEqual(memoryOf(at));
  });

  it('is forgotten where it is of a moment, and begins now where it lasts', () => {
    const empty = { recommendations: [], changes: [], serving: [], backOff: {} };
    const breakerOpenUntil = plus(NOW, launch.breaker.openMs + CLOCK_SKEW_MS);
    const kept = { ...memoryOf(NOW), ...empty, breakerOpenUntil };
    for (const at of [plus(NOW, CLOCK_SKEW_MS + 1), inSeconds(86_400)])
      expect(withoutFuture(memoryOf(at), launch, NOW)).toEqual(kept);
  });

  it('is nothing where nothing is known', () => {
    const memory = aScaleMemory({
      knownSince: null,
      launches: [aLaunch()],
      instances: {
        'i-0': { firstSeenAt: NOW, weightZeroAt: null, registeredAt: null, putToUseAt: null },
      },
    });
    expect(withoutFuture(memory, undefined, NOW)).toStrictEqual(memory);
  });
});
