import { describe, expect, it } from '@jest/globals';
import { learnFromLaunches } from '../../../../shared/decide/scale/learn-from-launches';
import {
  backOffAfter,
  backOffKey,
  backOffsOf,
  keyOfRefusal,
  withoutBackOff,
} from '../../../../shared/domain/launch-back-off';
import { afterFailedLaunches } from '../../../../shared/domain/launch-breaker';
import { type BackOffMemory, type ScaleMemory } from '../../../../shared/domain/scale-memory';
import { millis } from '../../../../shared/domain/units';
import { inSeconds, NOW, secondsAgo } from '../../../support/builders';
import {
  aLaunch,
  anAttempt,
  anOption,
  aScaleMemory,
  aScalePolicy,
} from '../../../support/scale-builders';

const STOCK = { kind: 'stock', code: 'OperationDenied.NoStock' } as const;
const REGION = 'cn-hangzhou';

const aBackOff = (parts: Partial<BackOffMemory> = {}): BackOffMemory => ({
  ...STOCK,
  until: inSeconds(100),
  failures: 1,
  lastFailureAt: secondsAgo(100),
  ...parts,
});

const timing = (base: number, max: number, provision: number) => ({
  backOff: {
    baseMs: millis(base * 1000),
    maxMs: millis(max * 1000),
    resetMs: millis(10_800_000),
  },
  provisionTimeoutMs: millis(provision * 1000),
});

describe('the back-off of one way to launch', () => {
  it.each<[string, number, ReturnType<typeof timing>, number]>([
    ['starts at its base', 0, timing(300, 1800, 60), 300],
    ['doubles', 1, timing(300, 1800, 60), 600],
    ['doubles again', 2, timing(300, 1800, 60), 1200],
    ['ends at its longest', 3, timing(300, 1800, 60), 1800],
    ['stays finite after a thousand failures', 1000, timing(300, 1800, 60), 1800],
    ['is never shorter than the provisioning timeout (A25)', 0, timing(300, 1800, 900), 900],
    ['doubles from there', 1, timing(300, 1800, 900), 1800],
    ['nor is its longest', 0, timing(300, 600, 900), 900],
  ])('%s', (_, failures, policy, seconds) => {
    const before = failures === 0 ? undefined : aBackOff({ failures });
    expect(backOffAfter(before, STOCK, policy, NOW)).toEqual({
      ...STOCK,
      until: inSeconds(seconds),
      failures: failures + 1,
      lastFailureAt: NOW,
    });
  });

  it.each([
    ['remembers', 10_799.999, 3],
    ['has forgotten', 10_800, 1],
  ])('%s a failure of %d s ago', (_, seconds, failures) => {
    const before = aBackOff({ failures: 2, lastFailureAt: secondsAgo(seconds) });
    expect(backOffAfter(before, STOCK, timing(300, 1800, 60), NOW)?.failures).toBe(failures);
  });

  it.each(['throttled', 'transient', 'lost'] as const)(
    'does not follow from what is no fault of the option: %s',
    (kind) => {
      expect(backOffAfter(undefined, { kind, code: 'X' }, timing(1, 1, 1), NOW)).toBeNull();
    },
  );

  it.each(['network', 'quota', 'spot-price', 'configuration', 'account', 'late-failure'] as const)(
    'follows from %s',
    (kind) => {
      expect(backOffAfter(undefined, { kind, code: 'X' }, timing(1, 1, 1), NOW)).toMatchObject({
        kind,
        code: 'X',
      });
    },
  );

  it('is kept by region, zone, type and charge type (A21)', () => {
    const spot = anOption('h', { chargeType: 'spot' });
    const keys = [
      backOffKey(REGION, anOption('h')),
      backOffKey(REGION, spot),
      backOffKey(REGION, anOption('i')),
      backOffKey(REGION, anOption('h', { instanceType: 'ecs.c7.large' })),
      backOffKey('cn-beijing', anOption('h')),
    ];
    expect(new Set(keys).size).toBe(5);
    expect(keys[1]).toBe('cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/spot');
  });

  it('is kept by vSwitch besides when that is full', () => {
    const [one, other] = [anOption('h'), anOption('h', { vSwitchId: 'vsw-2' })];
    expect(keyOfRefusal(REGION, one, 'stock')).toBe(keyOfRefusal(REGION, other, 'stock'));
    expect(keyOfRefusal(REGION, one, 'network')).toBe(
      'cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/pay-as-you-go/vsw-h',
    );
    const template = anOption('h', { vSwitchId: null });
    const memory = {
      [keyOfRefusal(REGION, one, 'network')]: aBackOff({ kind: 'network' }),
      [keyOfRefusal(REGION, template, 'network')]: aBackOff({ kind: 'network', failures: 2 }),
    };
    expect(backOffsOf(memory, REGION, one)).toHaveLength(1);
    expect(backOffsOf(memory, REGION, other)).toEqual([]);
    expect(backOffsOf(memory, REGION, template)[0]?.failures).toBe(2);
  });

  it('is lifted for one option, whole or by kind, and for no other', () => {
    const [h, i] = [anOption('h'), anOption('i')];
    const memory = {
      [backOffKey(REGION, h)]: aBackOff(),
      [keyOfRefusal(REGION, h, 'network')]: aBackOff({ kind: 'network' }),
      [backOffKey(REGION, i)]: aBackOff(),
    };
    const own = { regionId: REGION, option: h };
    expect(Object.keys(withoutBackOff(memory, own))).toEqual([backOffKey(REGION, i)]);
    expect(Object.keys(withoutBackOff(memory, own, ({ kind }) => kind === 'network'))).toEqual([
      backOffKey(REGION, h),
      backOffKey(REGION, i),
    ]);
  });
});

describe('the breaker of launches', () => {
  const { launch } = aScalePolicy();
  const openMs = launch.breaker.openMs;
  it.each([
    ['stays closed below its number', 3, 1, 4, null],
    ['opens at its number', 4, 1, 5, NOW + openMs],
    ['opens beyond it', 3, 4, 7, NOW + openMs],
    ['does not open because of old failures alone', 9, 0, 9, null],
  ])('%s', (...[, before, failed, count, until]) => {
    const breaker = { failedLaunches: before, breakerOpenUntil: null };
    expect(afterFailedLaunches(breaker, failed, launch, NOW)).toEqual({
      failedLaunches: count,
      breakerOpenUntil: until,
    });
  });

  it('stays open as long as it was said, whatever else fails less', () => {
    const open = { failedLaunches: 1, breakerOpenUntil: inSeconds(40) };
    expect(afterFailedLaunches(open, 1, launch, NOW).breakerOpenUntil).toBe(inSeconds(40));
  });
});

describe('what earlier launches teach', () => {
  const [h, i] = [anOption('h'), anOption('i')];
  const key = backOffKey(REGION, h);
  const lesson = { regionId: REGION, launch: aScalePolicy().launch, now: NOW };
  const one = { instanceId: 'i-1', option: 'h', operationId: 'launch-1', requestedAt: NOW };
  const nothing = {
    open: [],
    unseen: 0,
    unseenForWarmPool: 0,
    lost: [],
    arrived: [],
    failed: 0,
    unanswered: [],
    abandoned: [],
  };
  const learn = (
    memory: Partial<ScaleMemory>,
    found: Partial<Parameters<typeof learnFromLaunches>[1]>,
  ) => learnFromLaunches(aScaleMemory(memory), { ...nothing, ...found }, lesson);

  it('nothing, where nothing happened', () => {
    const memory = { failedLaunches: 3, backOff: { [key]: aBackOff() } };
    expect(learn(memory, {})).toEqual(aScaleMemory(memory));
  });

  it('an arrival clears its own option and ends the row of failures, but not an open breaker', () => {
    const backOff = { [key]: aBackOff(), [backOffKey(REGION, i)]: aBackOff() };
    const memory = { failedLaunches: 3, breakerOpenUntil: inSeconds(60), backOff };
    expect(learn(memory, { arrived: [one] })).toMatchObject({
      failedLaunches: 0,
      breakerOpenUntil: inSeconds(60),
      backOff: { [backOffKey(REGION, i)]: aBackOff() },
    });
    expect(learn(memory, { arrived: [one] }).backOff[key]).toBeUndefined();
    expect(learn(memory, { arrived: [{ ...one, option: 'gone' }] }).backOff).toEqual(backOff);
  });

  it('a launch that brought nothing counts, the one that makes it too many opens the breaker', () => {
    expect(learn({ failedLaunches: 3 }, { failed: 1 })).toMatchObject({
      failedLaunches: 4,
      breakerOpenUntil: null,
    });
    expect(learn({ failedLaunches: 3 }, { failed: 2 }).breakerOpenUntil).not.toBeNull();
  });

  it('twenty instances lost of one launch are one failure of its option', () => {
    const lost = Array.from({ length: 20 }, (_, index) => ({ ...one, instanceId: `i-${index}` }));
    const { backOff } = learn({}, { lost });
    expect(backOff).toEqual({
      [key]: {
        until: inSeconds(300),
        failures: 1,
        lastFailureAt: NOW,
        kind: 'late-failure',
        code: 'NeverCameUp',
      },
    });
  });

  it.each([
    ['another failure, where it was launched after the last', 99.999, 2],
    ['the same failure, where it was launched before', 100, 1],
  ])('a loss is %s', (_, age, failures) => {
    const memory = { backOff: { [key]: aBackOff() } };
    const lost = [{ ...one, requestedAt: secondsAgo(age) }];
    expect(learn(memory, { lost }).backOff[key]?.failures).toBe(failures);
  });

  it('an option that never gave an answer does not rest, and is asked last', () => {
    const attempts = [
      anAttempt({ option: 'i', state: 'refused' }),
      anAttempt(),
      anAttempt({ option: 'i' }),
    ];
    const abandoned = [aLaunch({ attempts })];
    const silent = { until: NOW, lastFailureAt: NOW, kind: 'late-failure', code: 'NoAnswer' };
    expect(learn({}, { abandoned }).backOff).toEqual({ [key]: { ...silent, failures: 0 } });
    const over = { [key]: aBackOff({ until: NOW }) };
    expect(learn({ backOff: over }, { abandoned }).backOff[key]).toMatchObject(silent);
    const resting = { [key]: aBackOff({ until: inSeconds(1) }) };
    expect(learn({ backOff: resting }, { abandoned }).backOff).toEqual(resting);
    const gone = [aLaunch({ attempts: [anAttempt({ option: 'gone' })] })];
    expect(learn({}, { abandoned: gone }).backOff).toEqual({});
  });

  it('nothing about an option that the policy no longer names', () => {
    expect(learn({}, { lost: [{ ...one, option: 'gone' }] }).backOff).toEqual({});
  });
});
