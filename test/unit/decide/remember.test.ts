import { describe, expect, it } from '@jest/globals';
import { freshMemory, memoryFromTag, withinReach } from '../../../shared/decide/remember';
import { encodeHealTag, type HealTag } from '../../../shared/domain/heal-tag';
import { type Rung } from '../../../shared/domain/policy';
import { millis } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aPool,
  inSeconds,
  KEY,
  NOW,
  pastWindow,
  secondsAgo,
} from '../../support/builders';

const tag = (parts: Partial<HealTag> = {}): HealTag => ({
  state: 'ejected',
  cause: 'probes-failing',
  since: secondsAgo(100),
  until: inSeconds(50),
  offences: 2,
  rung: 'drain',
  baseWeights: [80],
  operationId: 'restart-1',
  ...parts,
});

/** What is remembered of `i-0`, which weighs 30 now, when only its tag is left. */
const recalled = (parts: Partial<HealTag> = {}, attachments = [anAttachment({ weight: 30 })]) => {
  const backend = aBackend('i-0', {
    attachments,
    tags: { 'evenkeel:heal': encodeHealTag(tag(parts)) },
  });
  return memoryFromTag(backend, aPool({ backends: [backend] }), aPolicy());
};

describe('memory rebuilt from the tag of an instance', () => {
  it('goes on with the ejection where it was, and takes the weight it has for our own write', () => {
    expect(recalled()).toEqual({
      ...freshMemory(aBackend('i-0'), aPool({ backends: [] })),
      state: 'ejected',
      since: secondsAgo(100),
      cause: 'probes-failing',
      baseWeights: { [KEY]: 80 },
      written: [{ targetKey: KEY, weight: 30, at: NOW }],
      offences: 2,
      lastOffenceAt: secondsAgo(100),
      ejectedUntil: inSeconds(50),
      ladder: {
        rung: 'drain',
        operationId: 'restart-1',
        startedAt: secondsAgo(100),
        verifyAt: secondsAgo(40),
        invokeId: null,
      },
    });
  });

  it.each<[Rung, number]>([
    ['restart', 90],
    ['reboot', 180],
  ])('gives a %s under way its whole wait again', (rung, seconds) => {
    expect(recalled({ rung })).toMatchObject({
      ladder: { rung, startedAt: NOW, verifyAt: inSeconds(seconds) },
      repairs: [{ rung, at: NOW, hasHelped: null }],
    });
  });

  it.each<Rung>(['lower-weight', 'drain', 'replace'])('remembers no repair of rung %s', (rung) => {
    expect(recalled({ rung })?.repairs).toEqual([]);
  });

  it('goes on with a ramp without a ladder', () => {
    expect(recalled({ state: 'probation', until: null, offences: 0 })).toMatchObject({
      state: 'probation',
      probationStepAt: NOW,
      ejectedUntil: null,
      lastOffenceAt: null,
      ladder: null,
    });
    expect(recalled()?.probationStepAt).toBeNull();
  });

  it('has no ladder when none was begun, and no operation when none was named', () => {
    expect(recalled({ rung: null })?.ladder).toBeNull();
    expect(recalled({ operationId: null })?.ladder?.operationId).toBe('');
  });

  it('is not of the future', () => {
    expect(recalled({ since: inSeconds(20) })?.since).toBe(NOW);
  });

  it('keeps the weights it finds when the tag tells of another number of attachments', () => {
    expect(recalled({ baseWeights: [80, 70] })?.baseWeights).toEqual({ [KEY]: 30 });
    expect(recalled({ baseWeights: [] })?.baseWeights).toEqual({ [KEY]: 30 });
  });

  it('is none without a tag that can be read', () => {
    const pool = aPool({ backends: [] });
    expect(memoryFromTag(aBackend('i-0'), pool, aPolicy())).toBeNull();
    expect(
      memoryFromTag(aBackend('i-0', { tags: { 'evenkeel:heal': 'v9' } }), pool, aPolicy()),
    ).toBeNull();
  });
});

describe('memory of a backend never met', () => {
  it('is of health, at the weights it has', () => {
    expect(freshMemory(aBackend('i-0', { weight: 40 }), aPool({ backends: [] }))).toMatchObject({
      state: 'healthy',
      baseWeights: { [KEY]: 40 },
      written: [],
      windows: [],
      statistics: [],
      repairs: [],
    });
  });
});

it('evidence rests on what is young enough, the limit included', () => {
  const [one, two] = [pastWindow(0), pastWindow(1)];
  const reach = (reachMs: number) => withinReach([one, two], NOW, millis(reachMs)).length;
  expect([999, 1000, 5999, 6000].map(reach)).toEqual([0, 1, 1, 2]);
});
