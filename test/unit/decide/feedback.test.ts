import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/decide/decide';
import { feedbackWeights } from '../../../shared/decide/feedback';
import { type BackendMemory } from '../../../shared/domain/memory';
import { missing } from '../../../shared/domain/reading';
import { millis, permille } from '../../../shared/domain/units';
import {
  aBackend,
  aPolicy,
  aPool,
  type BackendParts,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../support/builders';

const feedback = {
  errorPenalty: permille(1000),
  deadBand: 5,
  slew: permille(200),
  expiryMs: millis(180_000),
};
const served = (requests: number, seconds = 60) => ({
  startedAt: secondsAgo(seconds),
  endedAt: NOW,
  requests,
  failures: 0,
  latencyMedianUs: 9000,
});
/** 100 requests a second at half of its CPU. */
const usual: BackendParts = { cpu: ok(permille(500)), requests: ok(served(6000)) };
const busy: BackendParts = { ...usual, cpu: ok(permille(750)) };
const idle: BackendParts = { ...usual, cpu: ok(permille(250)) };

describe('feedback', () => {
  const subject = (id: string, parts: BackendParts, current = 50) => ({
    backend: aBackend(id, parts),
    base: 50,
    current,
  });
  /** The weight of an idle backend beside a busy one; the case says what cannot be seen of the idle one. */
  const weight = (parts: BackendParts, current = 50) =>
    feedbackWeights(
      [subject('i-0', { ...idle, ...parts }, current), subject('i-1', busy)],
      feedback,
      NOW,
    )['i-0'];

  it.each<[string, BackendParts, boolean]>([
    ['all is fresh', {}, true],
    ['CPU is at its limit of age', { cpu: ok(permille(250), NOW - 180_000) }, true],
    ['CPU is past its limit of age', { cpu: ok(permille(250), NOW - 180_001) }, false],
    ['requests are at their limit of age', { requests: ok(served(6000), NOW - 180_000) }, true],
    ['requests are past their limit of age', { requests: ok(served(6000), NOW - 180_001) }, false],
    ['CPU is stale', { cpu: stale(permille(250), NOW) }, false],
    ['CPU is missing', { cpu: missing('no-datapoint') }, false],
    ['requests are stale', { requests: stale(served(6000), NOW) }, false],
    ['requests are missing', { requests: missing('no-datapoint') }, false],
  ])('follows the load, or leads back to the base, when %s', (_name, parts, isFollowed) => {
    expect(weight(parts)).toBe(isFollowed ? 60 : 50);
    expect(weight(parts, 70)).toBe(isFollowed ? 70 : 60);
  });

  it('holds still as far as the dead band reaches', () => {
    const alone = [54, 55, 56].map(
      (current) =>
        feedbackWeights([subject('i-0', usual, current), subject('i-1', usual)], feedback, NOW)[
          'i-0'
        ],
    );
    expect(alone).toEqual([54, 55, 50]);
  });

  it('of one backend alone leads back to its base, without a dead band', () => {
    const alone = (parts: BackendParts) =>
      feedbackWeights([subject('i-0', parts, 53)], feedback, NOW)['i-0'];
    expect([alone(usual), alone({})]).toEqual([50, 50]);
  });

  it('leaves out who cannot be seen, and compares the others', () => {
    const three = [subject('i-0', idle), subject('i-1', busy), subject('i-2', {}, 53)];
    expect(feedbackWeights(three, feedback, NOW)).toEqual({ 'i-0': 60, 'i-1': 40, 'i-2': 50 });
  });

  it('of hardly any requests leads back to the base', () => {
    const hardly = { cpu: ok(permille(1000)), requests: ok(served(1, 3600)) };
    const two = [subject('i-0', hardly, 53), subject('i-1', hardly, 47)];
    expect(feedbackWeights(two, feedback, NOW)).toEqual({ 'i-0': 50, 'i-1': 50 });
  });
});

describe('feedback in a pool', () => {
  const policy = aPolicy({
    heal: { weights: { kind: 'managed', factor: permille(12_500), feedback } },
  });
  const weights = (parts: BackendParts, memory: Partial<BackendMemory> = {}) => {
    const pool = aPool({
      backends: [
        aBackend('i-0', { ...usual, weight: 50, ...parts }),
        aBackend('i-1', { ...idle, weight: 50 }),
        aBackend('i-2', { ...busy, weight: 50 }),
      ],
      remembered: { 'i-0': memory },
    });
    return decide(pool, policy).steps.flatMap((step) =>
      step.kind === 'set-weight' ? [`${step.instanceId} ${step.to}`] : [],
    );
  };

  it('moves weight from the busy to the idle', () => {
    expect(weights({})).toEqual(['i-0 41', 'i-1 60', 'i-2 40']);
  });

  it.each<[string, BackendParts, Partial<BackendMemory>]>([
    ['is suspect', {}, { state: 'suspect', since: NOW }],
    ['becomes well in this tick', {}, { state: 'suspect', goodStreak: 5, since: secondsAgo(60) }],
    ['falls ill in this tick', { verdict: 'abnormal' }, {}],
    [
      'is on its ramp',
      {},
      {
        state: 'probation',
        probationStep: 4,
        probationStepAt: NOW,
        written: [{ targetKey: KEY, weight: 50, at: secondsAgo(30) }],
      },
    ],
  ])('neither counts nor moves a backend that %s', (_name, parts, memory) => {
    const heavy = { requests: ok(served(60_000)) };
    const others = (moves: readonly string[]) => moves.filter((move) => !move.startsWith('i-0'));
    expect(others(weights({ ...heavy, ...parts }, memory))).toEqual(['i-1 60', 'i-2 40']);
    expect(others(weights(heavy))).toEqual(['i-1 40', 'i-2 40']);
  });

  it('holds still in panic', () => {
    const pool = aPool({
      backends: [
        aBackend('i-0', { ...idle, weight: 50 }),
        aBackend('i-1', { ...busy, weight: 50 }),
        aBackend('i-2', { weight: 50, status: 'Stopped' }),
        aBackend('i-3', { weight: 50, status: 'Stopped' }),
        aBackend('i-4', { weight: 50, status: 'Stopped' }),
      ],
      memory: { panicSince: inSeconds(-60) },
    });
    expect(decide(pool, policy)).toMatchObject({ isPanic: true, steps: [] });
  });
});
