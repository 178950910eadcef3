import { describe, expect, it } from '@jest/globals';
import { freshMemory, memoryFromTag, takeIn, withinReach } from '../../../shared/decide/remember';
import { encodeHealTag, type HealTag } from '../../../shared/domain/heal-tag';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type Rung } from '../../../shared/domain/policy';
import { missing } from '../../../shared/domain/reading';
import { instant, millis } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aPool,
  aWindow,
  type BackendParts,
  inSeconds,
  KEY,
  NOW,
  ok,
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
    tags: { 'evenkeel:heal:web': encodeHealTag(tag(parts)) },
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
    const { since, ladder } = recalled({ since: inSeconds(20) }) ?? {};
    expect([since, ladder?.startedAt]).toEqual([NOW, NOW]);
  });

  it('leaves the base open when the tag does not tell it, unless it was to be registered elsewhere too', () => {
    expect(recalled({ baseWeights: [80, 70] })?.baseWeights).toEqual({});
    expect(recalled({ baseWeights: [] })?.baseWeights).toEqual({});
    expect(recalled({ cause: 'registered', baseWeights: [80, 70] })?.baseWeights).toEqual({
      [KEY]: 80,
    });
  });

  it('holds nothing longer than an ejection may last, but an order as long as it says', () => {
    const until = inSeconds(301);
    expect(recalled({ until: inSeconds(300) })?.ejectedUntil).toBe(inSeconds(300));
    expect(recalled({ until })?.ejectedUntil).toBe(inSeconds(300));
    expect(recalled({ until, cause: 'operator-drain' })?.ejectedUntil).toBe(until);
    expect(recalled({ until: null })?.ejectedUntil).toBeNull();
  });

  it('is of its own pool: another pool’s tag says nothing', () => {
    const backend = aBackend('i-0', { tags: { 'evenkeel:heal:api': encodeHealTag(tag()) } });
    expect(memoryFromTag(backend, aPool({ backends: [backend] }), aPolicy())).toBeNull();
  });

  it('is none without a tag that can be read', () => {
    const pool = aPool({ backends: [] });
    expect(memoryFromTag(aBackend('i-0'), pool, aPolicy())).toBeNull();
    expect(
      memoryFromTag(aBackend('i-0', { tags: { 'evenkeel:heal:web': 'v9' } }), pool, aPolicy()),
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

describe('what a tick saw', () => {
  const taken = (parts: BackendParts, memory: Partial<BackendMemory> = {}) => {
    const backend = aBackend('i-0', parts);
    return takeIn({ ...freshMemory(backend, aPool({ backends: [] })), ...memory }, backend, false);
  };
  const statistics = (minute: number) => ({
    startedAt: secondsAgo(60 * (minute + 1)),
    endedAt: secondsAgo(60 * minute),
    requests: 100,
    failures: 0,
    latencyMedianUs: 9000,
  });

  it('is a new window when it began where the last one ended, not when they overlap', () => {
    const windows = (endedAt: number) =>
      taken({}, { windows: [pastWindow(1, { endedAt: instant(endedAt) })] }).windows.length;
    const { startedAt } = aWindow();
    expect([windows(startedAt), windows(startedAt + 1)]).toEqual([2, 1]);
  });

  it('is kept for the last eight request statistics', () => {
    const kept = Array.from({ length: 8 }, (_, index) => statistics(index + 1));
    expect(taken({ requests: ok(statistics(0)) }, { statistics: kept }).statistics).toEqual([
      statistics(0),
      ...kept.slice(0, 7),
    ]);
  });

  it('is that a write whose answer was lost has landed', () => {
    const write = { targetKey: KEY, weight: 100, at: secondsAgo(5) };
    const written = [{ ...write, isUncertain: true as const }];
    expect([taken({}, { written }).written, taken({ weight: 9 }, { written }).written]).toEqual([
      [write],
      written,
    ]);
  });

  it('says whether it is protected, and while its tags cannot be read that stays so', () => {
    const unread = { instance: missing('read-failed') } as const;
    expect([
      taken({ tags: { 'evenkeel:protected': '1' } }).isProtected,
      taken({}, { isProtected: true }).isProtected,
      taken(unread, { isProtected: true }).isProtected,
      taken(unread).isProtected,
    ]).toEqual([true, false, true, undefined]);
  });
});

it('evidence rests on what is young enough, the limit included', () => {
  const [one, two] = [pastWindow(0), pastWindow(1)];
  const reach = (reachMs: number) => withinReach([one, two], NOW, millis(reachMs)).length;
  expect([999, 1000, 5999, 6000].map(reach)).toEqual([0, 1, 1, 2]);
});
