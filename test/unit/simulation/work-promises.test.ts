import { describe, expect, it } from '@jest/globals';
import { type DoorbellReply } from '../../../infra/simulation/history';
import { AccountedJudge } from '../../../infra/simulation/promises/accounted';
import { allCheckers } from '../../../infra/simulation/promises/all-checkers';
import { ExplainedJudge } from '../../../infra/simulation/promises/explained';
import { NamesJudge } from '../../../infra/simulation/promises/names';
import { OnceJudge } from '../../../infra/simulation/promises/once';
import { OneWriterJudge } from '../../../infra/simulation/promises/one-writer';
import { PersonsJudge } from '../../../infra/simulation/promises/persons';
import { SecretsJudge } from '../../../infra/simulation/promises/secrets';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  POOL_TAG,
  RETIRE_TAG,
  WARM_TAG,
} from '../../../shared/domain/ownership-tags';
import { aScaledPolicy } from '../../support/scale-builders';
import { instant } from '../../../shared/domain/units';
import { tagParameters, TOY_TARGET, ToyHistory } from '../../support/toy-history';

const PERSON = { who: 'person', runId: null } as const;

describe('promise 3: one writer', () => {
  const begin = (): ToyHistory => new ToyHistory({ checker: new OneWriterJudge() });

  it('is kept by who writes under its lease, and by one write that lands late', () => {
    const checker = new OneWriterJudge();
    const history = new ToyHistory({ checker });
    history.acquire(1);
    history.setWeight('i-1', 0);
    history.pass(2); // the lease ended a minute ago
    history.acquire(2, 'run-2');
    history.setWeight('i-2', 0);
    history.setWeight('i-3', 0, { runId: 'run-2' });
    expect(history.end()).toEqual([]);
    expect(checker.lateLandings).toBe(1);
  });

  it('is broken by who goes on writing after its lease was over', () => {
    const history = begin();
    history.acquire(1);
    history.pass(2);
    history.setWeight('i-1', 0);
    history.setWeight('i-2', 0);
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by who never held the lease', () => {
    const history = begin();
    history.acquire(1, 'run-2');
    history.setWeight('i-1', 0);
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a lease with two holders, unless the store had lost the first', () => {
    const history = begin();
    history.acquire(1);
    history.store({ operation: 'lost', result: 'done' });
    history.acquire(2, 'run-2');
    expect(history.end()).toEqual([]);
    history.acquire(3, 'run-3');
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a lease that is renewed under an old token', () => {
    const history = begin();
    const old = history.acquire(1);
    history.pass(2);
    const { name: key } = history.acquire(2, 'run-2');
    history.store({ operation: 'renewLease', key, lease: null, result: 'refused' });
    expect(history.end()).toEqual([]);
    history.store({ operation: 'renewLease', key, lease: old, result: 'granted' });
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a document stored under an old token', () => {
    const history = begin();
    const old = history.acquire(1);
    history.pass(2);
    history.acquire(2, 'run-2');
    history.store({ key: 'memory/web', lease: old, result: 'fenced' });
    expect(history.end()).toEqual([]);
    history.store({ key: 'memory/web', lease: old });
    expect(history.end()).toHaveLength(1);
  });
});

describe('promise 7: every change is explained', () => {
  const begin = (): ToyHistory => {
    const history = new ToyHistory({ checker: new ExplainedJudge() });
    history.run('began');
    return history;
  };
  const lowered = (to: number) => [
    { kind: 'set-weight', stepId: 's', instanceId: 'i-1', targetKey: TOY_TARGET, to },
  ];

  it('by the tick that tells of it, or by the note of a worker that died', () => {
    const history = begin();
    history.store({ key: 'memory/web' });
    history.setWeight('i-1', 0);
    history.tick(lowered(0));
    history.run('ended');
    history.run('began', 'run-2');
    history.store({ key: 'memory/web', runId: 'run-2' });
    history.setWeight('i-2', 0, { runId: 'run-2' });
    history.run('died', 'run-2');
    expect(history.end()).toEqual([]);
  });

  it('is broken when the tick tells of something else, or of nothing', () => {
    const history = begin();
    history.store({ key: 'memory/web' });
    history.setWeight('i-1', 0);
    history.tick(lowered(50));
    history.run('ended');
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a change of which nothing was written down before', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.run('died');
    expect(history.end()).toHaveLength(1);
  });
});

describe('promise 7: every instance is accounted for', () => {
  const begin = (timerMs = 60_000): ToyHistory => {
    const checker = new AccountedJudge();
    const history = new ToyHistory({ checker, policy: aScaledPolicy(), timerMs });
    for (const { tags } of history.instances.values()) tags.set(POOL_TAG, 'web');
    return history;
  };

  it('when it serves, is on its way, or about to go', () => {
    const history = begin();
    history.pass(60);
    history.add('i-5', { weight: null, tags: new Map([[POOL_TAG, 'web']]) });
    history.pass(2);
    expect(history.end()).toEqual([]);
  });

  it('is broken by one that stands nowhere, and by one that is leaving for ever', () => {
    const history = begin();
    history.of('i-1').weight = null;
    history.of('i-2').tags.set(RETIRE_TAG, `v1 scale-in ${history.at.toString(36)}`);
    history.pass(180);
    expect(history.end().map(({ what }) => what)).toEqual([
      expect.stringContaining('i-1 (Running, 180 min old) stands in no group'),
      expect.stringContaining('i-2 has been on its way out for 180 min'),
    ]);
  });

  it('leaves who is leaving six looks, however seldom there is one', () => {
    const { retire, launch, inventory } = aScaledPolicy().scale!;
    const minutes = (retire.hardMs + launch.quarantineMs + inventory.orphanMs) / 60_000;
    for (const [timerMs, looks, count] of [
      [60_000, 10, 0],
      [60_000, 12, 1],
      [300_000, 30, 0],
      [300_000, 32, 1],
    ] as const) {
      const history = begin(timerMs);
      history.of('i-2').tags.set(RETIRE_TAG, `v1 scale-in ${history.at.toString(36)}`);
      history.pass(minutes + looks);
      expect(history.end()).toHaveLength(count);
    }
  });

  it('says nothing of who was started on its way to rest, once who knew has forgotten and people are called', () => {
    for (const [isCalled, isLost, count] of [
      [true, false, 1],
      [false, true, 1],
      [true, true, 0],
    ] as const) {
      const history = begin();
      history.of('i-1').weight = null;
      history.of('i-1').tags.set(WARM_TAG, `v1 ${history.at.toString(36)}`);
      history.pass(180);
      if (isCalled) history.alert('foreign-writer', 'foreign-writer/i-1');
      if (isLost) history.store({ operation: 'lost' });
      expect(history.end()).toHaveLength(count);
    }
  });

  it.each([
    ['a moment ago', 5, 0],
    ['long ago', 60, 1],
  ])('when it was woken %s', (...each) => {
    const [, minutes, count] = each;
    const history = begin();
    history.of('i-1').weight = null;
    history.pass(180);
    history.onInstance('StartInstances', 'i-1');
    history.pass(minutes);
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['its mark is off', { 'TagKey.1': WARM_TAG }, 0],
    ['another mark is off', { 'TagKey.1': 'x' }, 1],
  ])('when it is about to be woken: %s', (...each) => {
    const [, parameters, count] = each;
    const history = begin();
    Object.assign(history.of('i-1'), { weight: null, status: 'Stopped' });
    history.pass(180);
    history.onInstance('UntagResources', 'i-1', undefined, { parameters });
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['a moment ago', 1, 0],
    ['long ago', 30, 1],
  ])('when it was sent to rest %s, and runs still', (...each) => {
    const [, minutes, count] = each;
    const history = begin();
    history.of('i-1').weight = null;
    history.pass(180);
    history.of('i-1').tags.set(WARM_TAG, encodeWarmTag(instant(history.at)));
    history.pass(minutes);
    expect(history.end()).toHaveLength(count);
  });

  it('says nothing of who was started by a person: people are called', () => {
    const history = begin();
    history.of('i-1').weight = null;
    history.onInstance('StartInstances', 'i-1', undefined, PERSON);
    history.pass(180);
    expect(history.end()).toEqual([]);
  });
});

describe('promise 8: nothing is done twice', () => {
  const begin = (): ToyHistory =>
    new ToyHistory({ checker: new OnceJudge(), policy: aScaledPolicy({ max: 6 }) });
  const launch = (
    history: ToyHistory,
    operation: string,
    ids: readonly string[],
    pool = 'web',
  ): void => {
    const tags = { [POOL_TAG]: pool, [LAUNCH_TAG]: operation };
    history.store({
      key: `operations/${operation}`,
      value: { kind: 'launch', attempts: [{ count: 1 }] },
    });
    history.call(
      'RunInstances',
      () => {
        for (const id of ids) history.add(id, { tags: new Map(Object.entries(tags)) });
      },
      { product: 'Ecs', parameters: tagParameters(tags) },
    );
  };

  it('when each launch brings what it was for, and the same token brings nothing more', () => {
    const history = begin();
    launch(history, 'launch-1', ['i-5']);
    launch(history, 'launch-1', []);
    launch(history, 'launch-2', ['i-6']);
    expect(history.end()).toEqual([]);
  });

  it('is broken when a launch is asked for again and brings more', () => {
    const history = begin();
    launch(history, 'launch-1', ['i-5']);
    launch(history, 'launch-1', ['i-6']);
    expect(history.end()).toEqual([
      expect.objectContaining({ what: expect.stringContaining('was for 1 and brought 2') }),
    ]);
  });

  it('is broken by more instances than the maximum', () => {
    const history = begin();
    for (let count = 1; count <= 12; count += 1)
      launch(history, `launch-${count}`, [`i-new-${count}`]);
    expect(history.end().length).toBeGreaterThan(0);
  });

  it('is not broken by a launch for another pool, while somebody else has started too many of this one', () => {
    const history = begin();
    const tags = new Map([[POOL_TAG, 'web']]);
    for (let count = 1; count <= 12; count += 1) history.add(`i-theirs-${count}`, { tags });
    history.pass(10);
    launch(history, 'launch-1', ['i-other'], 'other');
    expect(history.end()).toEqual([]);
    launch(history, 'launch-2', ['i-ours']);
    expect(history.end()).toHaveLength(1);
  });

  it.each([
    ['a moment ago', 1, 0],
    ['long ago', 5, 1],
  ])('is not broken by a launch for those whom a person started again %s', (...each) => {
    const [, minutes, count] = each;
    const history = begin();
    const { max, launch: ways, warmPool } = aScaledPolicy({ max: 6 }).scale!;
    const tags = new Map([[POOL_TAG, 'web']]);
    const limit = max + ways.replaceSurge + warmPool.size;
    for (let index = 1; index <= limit; index += 1)
      history.add(`i-own-${index}`, { tags, status: index === 1 ? 'Stopped' : 'Running' });
    history.pass(10);
    history.onInstance(
      'StartInstances',
      'i-own-1',
      () => (history.of('i-own-1').status = 'Running'),
      PERSON,
    );
    history.pass(minutes);
    launch(history, 'launch-1', ['i-new']);
    expect(history.end()).toHaveLength(count);
  });

  it('is broken by a repair that is repeated before its time, not by the same call again', () => {
    const history = begin();
    const restart = (token: string): void =>
      history.onInstance('RunCommand', 'i-1', undefined, { parameters: { ClientToken: token } });
    restart('a');
    restart('a');
    history.pass(3);
    restart('b');
    expect(history.end()).toEqual([]);
    restart('c');
    expect(history.end()).toHaveLength(1);
  });
});

describe('promise 9: names', () => {
  const begin = (): ToyHistory => {
    const checker = new NamesJudge();
    const name = { velocity: { moves: 1, windowMs: 3_600_000 as never } };
    const history = new ToyHistory({ checker, name });
    history.pass(10);
    return history;
  };

  it('are moved away from a site that nobody reached for the hold, and only then', () => {
    const history = begin();
    history.deadSites = ['a'];
    history.pass(4);
    history.setRecord('a', false);
    expect(history.end()).toEqual([]);
    const other = begin();
    other.setRecord('a', false);
    expect(other.end()).toHaveLength(1);
  });

  it('keep an enabled record, and one region at a time is out', () => {
    const history = begin();
    history.deadSites = ['a', 'b'];
    history.pass(5);
    history.setRecord('a', false);
    history.setRecord('b', false);
    expect(history.end().map(({ what }) => what)).toEqual([
      expect.stringContaining('without an enabled record'),
      expect.stringContaining('while a in region-a is out'),
      expect.stringContaining('moved 2 times'),
    ]);
  });

  it('may take back what they gave to a record that a person enabled, and no more', () => {
    const history = begin();
    history.deadSites = ['a'];
    history.pass(4);
    history.setRecordWeight('a', 100, PERSON);
    history.setRecordWeight('a', 1);
    history.setRecord('a', false);
    history.deadSites = [];
    history.pass(20);
    history.setRecord('a', true, PERSON);
    history.setRecordWeight('a', 10);
    history.pass(1);
    history.setRecordWeight('a', 1);
    expect(history.end()).toEqual([]);
    history.setRecord('a', false);
    expect(history.end().map(({ what }) => what)).toEqual([
      expect.stringContaining('which nobody could reach for 0 s'),
      expect.stringContaining('moved 2 times'),
    ]);
  });

  it.each<[string, (history: ToyHistory) => void, number]>([
    ['', () => undefined, 0],
    [
      ', also where a person gives it back',
      (history) => history.setRecordWeight('a', 100, PERSON),
      0,
    ],
    [
      ', and move it again once they gave it back',
      (history) => history.setRecordWeight('a', 100),
      1,
    ],
    [
      ', and move it again once it was back',
      (history) => {
        history.deadSites = [];
        history.pass(1);
        history.deadSites = ['a'];
        history.pass(4);
      },
      1,
    ],
  ])('may leave a site bit by bit, as the others grow%s', (_name, meanwhile, count) => {
    const history = begin();
    history.setRecordWeight('a', 100, PERSON);
    history.deadSites = ['a'];
    history.pass(4);
    history.setRecordWeight('a', 50);
    history.pass(12);
    meanwhile(history);
    history.setRecordWeight('a', 20);
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['is lost', { operation: 'lost' }, 'cn-hongkong', 0],
    ['of another region is lost', { operation: 'lost' }, 'cn-hangzhou', 1],
  ] as const)('may be moved again where the store %s', (...each) => {
    const [, parts, regionId, count] = each;
    const history = begin();
    history.deadSites = ['a'];
    history.pass(4);
    history.setRecord('a', false);
    history.deadSites = [];
    history.pass(15);
    history.setRecord('a', true);
    history.pass(5);
    history.store({ ...parts, regionId });
    history.deadSites = ['b'];
    history.pass(4);
    history.setRecord('b', false);
    expect(history.end()).toHaveLength(count);
  });

  it('are not blamed for a line that a person emptied at the same moment', () => {
    const history = begin();
    history.deadSites = ['a'];
    history.pass(4);
    history.setRecord('b', false, PERSON);
    history.setRecord('a', false);
    expect(history.end()).toEqual([]);
  });
});

describe('promise 10: people', () => {
  const begin = (): ToyHistory => new ToyHistory({ checker: new PersonsJudge() });

  it('is kept where a pause of theirs stays, or ends because the line would be empty', () => {
    const history = begin();
    history.setRecord('a', false, PERSON);
    history.setRecord('b', false, PERSON);
    history.setRecord('a', true);
    expect(history.end()).toEqual([]);
  });

  it('is broken by enabling what a person paused, and by a line that is empty in the end', () => {
    const history = begin();
    history.setRecord('a', false, PERSON);
    history.setRecord('a', true);
    expect(history.end()).toHaveLength(1);
    history.setRecord('a', false, PERSON);
    history.setRecord('b', false, PERSON);
    expect(history.end()).toHaveLength(2);
  });

  it.each([
    ['before anybody may have looked', 1, 0],
    ['later', 5, 1],
  ])('takes a pause of ours for ours that they undid and did again %s', (_, minutes, count) => {
    const history = begin();
    history.setRecord('a', false);
    history.setRecord('a', true, PERSON);
    history.pass(minutes);
    history.setRecord('a', false, PERSON);
    history.setRecord('a', true);
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['a moment ago', 0, 0],
    ['long ago', 5, 1],
  ])('says nothing of a record that was enabled for a line that a person filled %s', (...each) => {
    const [, minutes, count] = each;
    const history = begin();
    history.setRecord('a', false, PERSON);
    history.setRecord('b', false, PERSON);
    history.setRecord('b', true, PERSON);
    history.pass(minutes);
    history.setRecord('a', true);
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['the pool', 'freeze/pool/web', 1],
    ['another pool', 'freeze/pool/other', 0],
  ])('is broken by a reboot while %s is frozen', (...each) => {
    const [, key, count] = each;
    const history = begin();
    const { at } = history;
    history.of('i-1').tags.set(POOL_TAG, 'web');
    history.store({ key, value: { by: 'ann', reason: 'works', at, until: at + 3_600_000 } });
    history.pass(5);
    history.onInstance('RebootInstances', 'i-1');
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['this', 'cn-hangzhou', 0],
    ['another', 'cn-beijing', 1],
  ])('forgets a freeze with the store of %s region', (...each) => {
    const [, regionId, count] = each;
    const history = begin();
    const { at } = history;
    const value = { by: 'ann', reason: 'works', at, until: at + 3_600_000 };
    history.store({ key: 'freeze/all', value });
    history.store({ operation: 'lost', regionId });
    history.pass(5);
    history.setWeight('i-1', 0);
    expect(history.end()).toHaveLength(count);
  });

  it('is broken by a write to what has been frozen for a while', () => {
    const history = begin();
    const { at } = history;
    const value = { by: 'ann', reason: 'works', at, until: at + 3_600_000 };
    history.store({ key: 'freeze/all', value });
    history.setWeight('i-1', 0); // its tick had begun before
    expect(history.end()).toEqual([]);
    history.pass(5);
    history.setWeight('i-2', 0);
    expect(history.end()).toHaveLength(1);
    history.pass(60);
    history.setWeight('i-2', 100);
    expect(history.end()).toHaveLength(1);
  });
});

describe('promise 11: secrets', () => {
  const begin = (): ToyHistory =>
    new ToyHistory({ checker: new SecretsJudge(), secrets: ['open sesame'] });
  const reply = (body: string): DoorbellReply => ({
    ...{ kind: 'doorbell', at: 1, regionId: 'r', function: 'on-alarm' },
    ...{ isForged: true, status: 401, body },
  });

  it('is kept where none is told', () => {
    const history = begin();
    history.tick([]);
    history.tell({ kind: 'log', at: 1, text: 'sesame' });
    history.tell(reply('no'));
    expect(history.end()).toEqual([]);
  });

  it('is broken by a log line, a tick, a document or a reply', () => {
    const history = begin();
    history.tell({ kind: 'log', at: 1, text: 'x open sesame x' });
    history.tick([], { text: 'open sesame' });
    history.store({ key: 'drains/web', value: { deep: ['open sesame'] } });
    history.tell(reply('not open sesame'));
    expect(history.end()).toHaveLength(4);
  });

  it('is broken by a name as by a text, however deep', () => {
    const history = begin();
    history.store({ key: 'drains/web', value: [{ by: { 'open sesame': 1 } }] });
    expect(history.end()).toHaveLength(1);
  });
});

describe('all checkers', () => {
  it('judge every promise, and find nothing in a world where nothing happens', () => {
    const checkers = allCheckers();
    expect([...new Set(checkers.map(({ promise }) => promise))].sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
    for (const checker of checkers) {
      const history = new ToyHistory({ checker });
      history.tell({ kind: 'phase', at: history.at, phase: 'calm' });
      history.pass(60);
      expect(history.end()).toEqual([]);
    }
  });
});
