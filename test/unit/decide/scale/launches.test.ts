import { describe, expect, it } from '@jest/globals';
import { grow } from '../../../../shared/decide/scale/grow';
import { reviewLaunches, waitingNotes } from '../../../../shared/decide/scale/review-launches';
import { countRoster, type Entry, type Stage } from '../../../../shared/decide/scale/roster';
import { type LaunchMemory, type ScaleMemory } from '../../../../shared/domain/scale-memory';
import { millis } from '../../../../shared/domain/units';
import { NOW, secondsAgo } from '../../../support/builders';
import { LaunchStory, type Answer } from '../../../support/launch-story';
import {
  aCapacity,
  aLaunch,
  anArrival,
  anAttempt,
  anEntry,
  anOption,
  aScaleMemory,
  aScalePolicy,
  launchCircumstances,
} from '../../../support/scale-builders';

const NO_STOCK: Answer = ['stock', 'OperationDenied.NoStock'];
const MINUTES = 60_000;

/** A launch whose instances the cloud accepted. */
const accepted = (instanceIds: readonly string[], parts: Partial<LaunchMemory> = {}) =>
  aLaunch({
    count: instanceIds.length,
    attempts: [anAttempt({ state: 'accepted', count: instanceIds.length, instanceIds })],
    ...parts,
  });

const review = (
  launches: readonly LaunchMemory[],
  {
    roster = [],
    failedLaunches = [],
    instances = {},
  }: {
    roster?: readonly Entry[];
    failedLaunches?: readonly string[];
    instances?: ScaleMemory['instances'];
  } = {},
) =>
  reviewLaunches({
    memory: aScaleMemory({ launches, instances }),
    roster,
    capacity: aCapacity({ failedLaunches }),
    launch: aScalePolicy().launch,
    now: NOW,
  });

const seenBefore = {
  firstSeenAt: secondsAgo(20),
  weightZeroAt: null,
  registeredAt: null,
  putToUseAt: null,
};

describe('launches from tick to tick', () => {
  it('A19: a quota that was met is known before the next launch, and another way is used at once', () => {
    const story = new LaunchStory(NOW);
    const atQuota = (option: string): Answer =>
      option === 'h' ? ['quota', 'QuotaExceed.ElasticQuota'] : 1;
    story.tick(2, atQuota);
    expect(story.calls).toEqual(['h', 'i']);
    story.wait(5000);
    story.tick(3, atQuota);
    expect(story.calls).toEqual(['h', 'i', 'i']);
    expect(story.notes).toEqual([
      'h is not tried for another 295 s after QuotaExceed.ElasticQuota',
    ]);
  });

  it('A19: at the maximum nothing is launched, and the note says why', () => {
    const growth = grow(2, 'scale-out-metric', [], { ...launchCircumstances(), room: 0 });
    expect(growth).toEqual({
      steps: [],
      notes: ['as many instances as the maximum and the surge allow exist already'],
    });
  });

  it('A21: spot that is sold out says nothing about pay-as-you-go of the same type and zone', () => {
    const story = new LaunchStory(NOW);
    const options = [anOption('spot', { chargeType: 'spot' }), anOption('full')];
    const sameZone = options.map((option) => ({ ...option, zoneId: 'cn-hangzhou-h' }));
    story.scale = { launch: { options: sameZone } };
    story.tick(2, (option) => (option === 'spot' ? NO_STOCK : 2));
    story.wait(5000);
    story.tick(4, () => 2);
    expect(story.calls).toEqual(['spot', 'full', 'full']);
    expect(Object.keys(story.memory.backOff)).toEqual([
      'cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/spot',
    ]);
  });

  it('A22: launches that come to nothing open the breaker, and after it one trial decides', () => {
    const story = new LaunchStory(NOW);
    story.scale = { launch: { options: [anOption('h')] } };
    for (let index = 0; index < 5; index += 1) {
      expect(story.tick(1, () => NO_STOCK)).not.toBeNull();
      if (index < 4) story.wait(31 * MINUTES);
    }
    expect(story.memory.breakerOpenUntil).toBe(story.now + 10 * MINUTES);
    story.scale = { launch: { options: [anOption('h'), anOption('new')] } };
    story.wait(10 * MINUTES - 1);
    expect(story.tick(1, () => 1)).toBeNull();
    expect(story.notes).toEqual([
      'launching is stopped for another 1 s after launches that came to nothing',
    ]);
    story.wait(1);
    expect(story.tick(1, () => NO_STOCK)).not.toBeNull();
    expect(story.memory.breakerOpenUntil).toBe(story.now + 10 * MINUTES);
  });

  it('A22: no tick asks for more than the batch allows', () => {
    const story = new LaunchStory(NOW);
    expect(story.tick(2700, () => 100)?.count).toBe(20);
    expect(story.tick(2700, () => 100)?.attempts.every(({ count }) => count <= 20)).toBe(true);
  });

  it('A22: machines that never come up open the breaker although each launch is accepted', () => {
    const story = new LaunchStory(NOW);
    story.scale = { launch: { options: [anOption('h')] } };
    for (let index = 0; index < 5; index += 1) {
      story.tick(1, () => 1);
      story.wait(5 * MINUTES + 1);
      story.tick(1, () => 1);
      expect(story.memory.failedLaunches).toBe(index + 1);
      story.wait(31 * MINUTES);
    }
    expect(story.memory.breakerOpenUntil).not.toBeNull();
  });

  it('A23: what the first option cannot bring is asked of the next in the same tick, with a token of its own', () => {
    const story = new LaunchStory(NOW);
    const step = story.tick(3, (option) => (option === 'h' ? 1 : 3));
    expect(story.calls).toEqual(['h', 'i']);
    const tokens = step?.attempts.map(({ clientToken }) => clientToken);
    expect(new Set(tokens).size).toBe(2);
    expect(story.memory.launches[0]?.attempts.map(({ instanceIds }) => instanceIds.length)).toEqual(
      [1, 2],
    );
  });

  it('A24: stock that returns is used at the first tick after the back-off, without any event', () => {
    const story = new LaunchStory(NOW);
    story.scale = { launch: { options: [anOption('h')] } };
    story.tick(2, () => NO_STOCK);
    story.wait(5 * MINUTES - 1);
    expect(story.tick(2, () => 2)).toBeNull();
    story.wait(1);
    expect(story.tick(2, () => 2)?.count).toBe(2);
    expect(story.tick(2, () => 2)).toBeNull();
    expect(story.memory.backOff).toEqual({});
  });

  it('A24: a second zone is used at the tick that first knows it', () => {
    const story = new LaunchStory(NOW);
    story.scale = { launch: { options: [anOption('h')] } };
    story.tick(2, () => NO_STOCK);
    story.wait(5000);
    story.scale = { launch: { options: [anOption('h'), anOption('k')] } };
    expect(story.tick(2, () => 2)?.attempts.map(({ option }) => option.name)).toEqual(['k']);
  });

  it.each([
    ['never come', [] as readonly Stage[]],
    ['vanish a quarter of an hour later', ['booting'] as readonly Stage[]],
  ])(
    'A25: two dead zones, third alive: reached by the third attempt, where machines %s',
    (_, stages) => {
      const story = new LaunchStory(NOW);
      const [h, i, k] = [anOption('h'), anOption('i'), anOption('k')];
      story.scale = { launch: { options: [h, i, k] } };
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        story.tick(1, () => 1);
        story.roster = stages.map((stage) => anEntry(`i-${attempt}`, { stage }));
        story.wait(stages.length > 0 ? 14 * MINUTES : 5 * MINUTES + 1);
        story.tick(1, () => 1);
        story.roster = [];
        story.wait(1000);
      }
      expect([...new Set(story.calls)]).toEqual(['h', 'i', 'k']);
      expect(story.calls.slice(0, 3)).toEqual(['h', 'i', 'k']);
    },
  );

  it('A26: an instance that ECS reports as failed is given up at once, and the next zone is asked', () => {
    const story = new LaunchStory(NOW);
    story.tick(1, () => 1);
    story.wait(5000);
    expect(story.tick(1, () => 1)).toBeNull();
    story.failed = ['i-1'];
    story.wait(5000);
    expect(story.tick(1, () => 1)?.attempts.map(({ option }) => option.name)).toEqual(['i']);
    expect(Object.values(story.memory.backOff)[0]).toMatchObject({
      kind: 'late-failure',
      code: 'NeverCameUp',
      failures: 1,
    });
  });

  it.each<[string, Answer]>([
    ['an outage', ['transient', 'ServiceUnavailable']],
    ['a lost answer', ['lost', 'Timeout']],
    ['throttling', ['throttled', 'Throttling.User']],
  ])(
    'A28: %s is no statement about capacity: no back-off, no failure, the same call again',
    (_, answer) => {
      const story = new LaunchStory(NOW);
      const first = story.tick(2, () => answer);
      for (let index = 0; index < 10; index += 1) {
        story.wait(5000);
        const again = story.tick(2, () => answer);
        expect(again?.attempts).toEqual(first?.attempts);
        expect(again?.operationId).toBe(first?.operationId);
      }
      expect(new Set(story.calls)).toEqual(new Set(['h']));
      expect(story.memory).toMatchObject({
        backOff: {},
        failedLaunches: 0,
        breakerOpenUntil: null,
      });
      story.wait(5000);
      story.tick(2, () => 2);
      expect(story.memory.launches[0]?.attempts[0]?.instanceIds).toHaveLength(2);
    },
  );

  it('A34: what came before the throttle is kept, and only the rest is asked for again', () => {
    const story = new LaunchStory(NOW);
    story.tick(3, (option) => (option === 'h' ? 1 : ['throttled', 'Throttling.User']));
    expect(story.memory.launches[0]?.attempts.map(({ state }) => state)).toEqual([
      'accepted',
      'open',
    ]);
    const resumed = story.tick(3, () => 3);
    expect(resumed?.reason).toBe('launch-resumed');
    expect(resumed?.operationId).toBe(story.memory.launches[0]?.operationId);
  });

  it('A36: launches in flight count: ten ticks in a row ask once', () => {
    const story = new LaunchStory(NOW);
    for (let index = 0; index < 10; index += 1) {
      story.tick(3, () => 3);
      story.wait(5000);
    }
    expect(story.calls).toEqual(['h']);
  });
});

describe('a call without an answer that cannot be sent again', () => {
  const unanswered = (parts: Partial<LaunchMemory> = {}) =>
    aLaunch({ attempts: [anAttempt({ option: 'gone' })], ...parts });
  const mismatched = aLaunch({ attempts: [anAttempt({ code: 'IdempotentParameterMismatch' })] });

  it.each([
    ['the policy no longer names its way', unanswered()],
    ['its token stands for another call', mismatched],
  ])('counts as coming for as long as the list may lag, then the list decides: %s', (_, launch) => {
    const first = review([launch]);
    expect(first).toMatchObject({ unseen: 2, abandoned: [] });
    expect(first.open[0]?.unaskableSince).toBe(NOW);
    const [known] = first.open;
    const late = (seconds: number) => review([{ ...known!, unaskableSince: secondsAgo(seconds) }]);
    expect(late(59)).toMatchObject({ unseen: 2, abandoned: [] });
    expect(late(60)).toMatchObject({ unseen: 0, open: [] });
    expect(late(60).abandoned).toHaveLength(1);
  });

  it('is told, with the time that is left', () => {
    const waiting = review([{ ...unanswered(), unaskableSince: secondsAgo(20) }]);
    expect(waitingNotes(waiting, aScalePolicy().launch, NOW)).toEqual([
      'launch-1 got no answer and cannot be asked for again as it was: it counts as coming for another 40 s, then the list by tag tells what came of it',
    ]);
    expect(waitingNotes(review([aLaunch()]), aScalePolicy().launch, NOW)).toEqual([]);
  });

  it('is asked again where its way is back, and the waiting forgotten', () => {
    const back = review([{ ...aLaunch(), unaskableSince: secondsAgo(30) }]);
    expect(back.open[0]).not.toHaveProperty('unaskableSince');
    expect(back.unanswered).toHaveLength(1);
  });

  it('does not hold up the other calls of its launch', () => {
    const mixed = unanswered({
      attempts: [anAttempt({ option: 'gone' }), anAttempt({ option: 'i' })],
    });
    expect(review([mixed]).open[0]).not.toHaveProperty('unaskableSince');
  });

  it('in a zone that is being left is not sent again either', () => {
    const sources = {
      memory: aScaleMemory({ launches: [aLaunch()] }),
      ...{ roster: [], capacity: aCapacity(), launch: aScalePolicy().launch, now: NOW },
    };
    expect(reviewLaunches(sources).open[0]).not.toHaveProperty('unaskableSince');
    const left = reviewLaunches({ ...sources, leftZone: 'cn-hangzhou-h' });
    expect(left.open[0]?.unaskableSince).toBe(NOW);
  });

  it('what its tag shows meanwhile is counted once', () => {
    const { unseen } = review([unanswered()], { roster: [anArrival('i-1', 'launch-1')] });
    expect(unseen).toBe(1);
  });
});

describe('the review of launches', () => {
  it('counts what was accepted and is not listed yet as arriving', () => {
    const { unseen, open } = review([accepted(['i-1', 'i-2', 'i-3'])], {
      roster: [anArrival('i-1', 'launch-1')],
    });
    expect(unseen).toBe(2);
    expect(open).toHaveLength(1);
    expect(countRoster([anArrival('i-1', 'launch-1')], unseen).arriving).toBe(3);
  });

  it('counts an unanswered launch as if all of it came, less what carries its mark or was accepted', () => {
    const attempts = [
      anAttempt({ state: 'accepted', instanceIds: ['i-1'] }),
      anAttempt({ clientToken: 'launch-1-1' }),
    ];
    const launch = aLaunch({ count: 4, attempts });
    expect(review([launch]).unseen).toBe(4);
    const roster = [
      anArrival('i-1', 'launch-1'),
      anArrival('i-2', 'launch-1'),
      anArrival('i-3', 'launch-2'),
    ];
    expect(review([launch], { roster }).unseen).toBe(2);
    const more = ['i-4', 'i-5', 'i-6', 'i-7'].map((id) => anArrival(id, 'launch-1'));
    expect(review([launch], { roster: more }).unseen).toBe(1);
  });

  it('keeps launches for the warm pool apart: they are no capacity', () => {
    const warm = accepted(['i-9', 'i-8'], { operationId: 'launch-2', reason: 'warm-filled' });
    expect(review([accepted(['i-1']), warm])).toMatchObject({ unseen: 1, unseenForWarmPool: 2 });
  });

  it.each([
    ['asks again', 600, true],
    ['gives up', 600.001, false],
  ])('%s for an answer %d s after the launch', (_, seconds, isAsked) => {
    const launch = aLaunch({ requestedAt: secondsAgo(seconds) });
    const found = review([launch]);
    expect(found.unanswered).toEqual(isAsked ? [launch] : []);
    expect(found.open).toEqual(isAsked ? [launch] : []);
    expect(found.abandoned).toEqual(isAsked ? [] : [launch]);
    expect(found.unseen).toBe(isAsked ? 2 : 0);
    expect(found.failed).toBe(0);
  });

  it.each<[string, Parameters<typeof review>[1], number, readonly string[]]>([
    ['is awaited for the provisioning timeout', {}, 300, []],
    ['is lost after it', {}, 300.001, ['i-1']],
    ['is lost when ECS says that it failed', { failedLaunches: ['i-1'] }, 5, ['i-1']],
    ['is lost when it was there and is not', { instances: { 'i-1': seenBefore } }, 5, ['i-1']],
    ['is awaited while another failed', { failedLaunches: ['i-7'] }, 5, []],
  ])('an unlisted instance %s', (_, found, age, lost) => {
    const launch = accepted(['i-1'], { requestedAt: secondsAgo(age) });
    const result = review([launch], found);
    expect(result.lost.map(({ instanceId }) => instanceId)).toEqual(lost);
    expect(result.unseen).toBe(1 - lost.length);
    expect(result.open).toHaveLength(1 - lost.length);
    expect(result.failed).toBe(lost.length);
  });

  it('reports a loss once, also while the rest of the launch is awaited', () => {
    const launch = accepted(['i-1', 'i-2']);
    const first = review([launch], { failedLaunches: ['i-1'] });
    expect(first.lost).toEqual([
      { instanceId: 'i-1', option: 'h', operationId: 'launch-1', requestedAt: launch.requestedAt },
    ]);
    expect(first).toMatchObject({ failed: 0, unseen: 1, abandoned: [], unanswered: [] });
    const second = review(first.open, { failedLaunches: ['i-1'] });
    expect(second).toMatchObject({ lost: [], failed: 0, unseen: 1 });
    expect(second.open[0]?.lost).toEqual(['i-1']);
  });

  it.each<[Stage, 'followed' | 'arrived' | 'taken away' | 'lost']>([
    ['asleep', 'followed'],
    ['starting', 'followed'],
    ['booting', 'followed'],
    ['ready', 'followed'],
    ['cooling', 'followed'],
    ['registered', 'followed'],
    ['serving', 'arrived'],
    ['held', 'arrived'],
    ['absent', 'arrived'],
    ['condemned', 'arrived'],
    ['warm', 'taken away'],
    ['retiring', 'taken away'],
    ['stopped', 'taken away'],
    ['parked', 'taken away'],
    ['yielded', 'taken away'],
    ['overdue', 'lost'],
  ])('an instance that is %s is %s', (stage, what) => {
    const result = review([accepted(['i-1'])], { roster: [anEntry('i-1', { stage })] });
    expect(result.unseen).toBe(0);
    expect(result.open).toHaveLength(what === 'followed' ? 1 : 0);
    expect(result.arrived).toHaveLength(what === 'arrived' ? 1 : 0);
    expect(result.lost).toHaveLength(what === 'lost' ? 1 : 0);
    expect(result.failed).toBe(what === 'lost' ? 1 : 0);
  });

  it('takes an instance in quarantine for lost', () => {
    const retire = { reason: 'never-registered', since: secondsAgo(5) } as const;
    const roster = [anEntry('i-1', { stage: 'retiring', retire })];
    expect(review([accepted(['i-1'])], { roster }).lost).toHaveLength(1);
  });

  it('follows a launch until its last instance is in, and does not lose who left afterwards', () => {
    const roster = [anEntry('i-1'), anEntry('i-2', { stage: 'booting' })];
    const first = review([accepted(['i-1', 'i-2'])], { roster });
    expect(first.arrived.map(({ instanceId }) => instanceId)).toEqual(['i-1']);
    expect(first.open[0]).toMatchObject({ arrived: ['i-1'], lost: [] });
    const later = review(first.open, {
      roster: [anEntry('i-2', { stage: 'overdue' })],
      instances: { 'i-1': seenBefore },
    });
    expect(later).toMatchObject({ open: [], arrived: [], failed: 0 });
    expect(later.lost.map(({ instanceId }) => instanceId)).toEqual(['i-2']);
  });
});

it('a long time to come up keeps the whole timeout', () => {
  const launch = { ...aScalePolicy().launch, provisionTimeoutMs: millis(900_000) };
  const { lost } = reviewLaunches({
    memory: aScaleMemory({ launches: [accepted(['i-1'], { requestedAt: secondsAgo(899) })] }),
    roster: [],
    capacity: aCapacity(),
    launch,
    now: NOW,
  });
  expect(lost).toEqual([]);
});
