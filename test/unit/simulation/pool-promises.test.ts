import { describe, expect, it } from '@jest/globals';
import { BudgetJudge } from '../../../infra/simulation/promises/budget';
import { EvidenceJudge } from '../../../infra/simulation/promises/evidence';
import { FloorJudge } from '../../../infra/simulation/promises/floor';
import { LivenessJudge } from '../../../infra/simulation/promises/liveness';
import { Lowerings } from '../../../infra/simulation/promises/lowerings';
import { OwnershipJudge } from '../../../infra/simulation/promises/ownership';
import { healTag, PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import {
  encodeRetireTag,
  MEMBER_TAG,
  POOL_TAG,
  RETIRE_TAG,
} from '../../../shared/domain/ownership-tags';
import { instant, millis, permille } from '../../../shared/domain/units';
import { aPolicy } from '../../support/builders';
import { aScaledPolicy } from '../../support/scale-builders';
import { tagParameters, ToyHistory } from '../../support/toy-history';

describe('promise 1: the floor and the last serving backend', () => {
  const begin = (): ToyHistory => {
    const history = new ToyHistory({ checker: new FloorJudge() });
    history.pass(5);
    return history;
  };

  it('is kept while enough serve', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.setWeight('i-2', 0); // two of four is the floor
    expect(history.end()).toEqual([]);
  });

  it('is broken by one weight too many, and by the last one', () => {
    const history = begin();
    for (const id of ['i-1', 'i-2', 'i-3', 'i-4']) history.setWeight(id, 0);
    expect(history.end().map(({ what }) => what)).toEqual([
      expect.stringContaining('i-3, one of 2'),
      expect.stringContaining('i-4, the last serving backend'),
    ]);
  });

  it('is broken by a reboot of the last one as by a weight', () => {
    const history = begin();
    for (const id of ['i-1', 'i-2', 'i-3'])
      history.setWeight(id, 0, { who: 'person', runId: null });
    history.pass(5);
    history.onInstance('RebootInstances', 'i-4');
    expect(history.end()).toHaveLength(1);
  });

  it('says nothing of one that the load balancer gave up right before, though nobody looked since', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.setWeight('i-2', 0);
    history.of('i-3').health = 'abnormal';
    history.setWeight('i-3', 0);
    expect(history.end()).toEqual([]);
  });

  it('says nothing of one that the load balancer gave up right before it was rebooted', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.setWeight('i-2', 0);
    history.of('i-3').health = 'abnormal';
    history.onInstance('RebootInstances', 'i-3');
    expect(history.end()).toEqual([]);
  });

  it.each([
    ['a moment ago', 0, 0],
    ['long ago', 5, 1],
  ])('counts on who was taken out of the group %s', (...each) => {
    const [, minutes, count] = each;
    const history = begin();
    history.setWeight('i-1', 0);
    history.call('RemoveVServerGroupBackendServers', () => (history.of('i-2').weight = null), {
      ...{ who: 'other-tool', runId: null },
    });
    history.pass(minutes);
    history.setWeight('i-3', 0); // of i-3 and i-4, two must serve
    expect(history.end()).toHaveLength(count);
  });

  it('does not count on who we took out ourselves', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.call('RemoveVServerGroupBackendServers', () => (history.of('i-2').weight = null));
    history.setWeight('i-3', 0);
    expect(history.end()).toHaveLength(1);
  });

  it.each([
    ['a moment ago', 0, 0],
    ['long ago', 5, 1],
  ])('says nothing of a weight that a person gave %s', (...each) => {
    const [, minutes, count] = each;
    const history = begin();
    const byPerson = { who: 'person', runId: null } as const;
    for (const id of ['i-1', 'i-2', 'i-3']) history.setWeight(id, 0, byPerson);
    history.pass(5);
    history.setWeight('i-3', 100, byPerson);
    history.pass(minutes);
    history.onInstance('RebootInstances', 'i-3'); // nothing was sent there, as far as anybody knew
    expect(history.end()).toHaveLength(count);
  });

  it('counts nobody twice: who a call gives back is not also one that others emptied', () => {
    const history = begin();
    for (const id of ['i-1', 'i-2']) history.setWeight(id, 0, { who: 'person', runId: null });
    history.pass(5);
    history.setWeight('i-3', 0, { who: 'person', runId: null });
    history.call('SetVServerGroupAttribute', () => {
      history.of('i-3').weight = 100;
      history.of('i-4').weight = 0;
    });
    expect(history.end()).toHaveLength(1);
  });

  it('says nothing of who was dead already, of people, and of what nobody could know yet', () => {
    const history = begin();
    history.of('i-1').health = 'abnormal';
    history.of('i-2').health = 'abnormal';
    history.pass(1);
    history.setWeight('i-3', 0, { who: 'person', runId: null });
    history.setWeight('i-4', 0); // the others died, or were emptied, less than three minutes ago
    history.setWeight('i-1', 0);
    expect(history.end()).toEqual([]);
  });
});

describe('promise 2: only what is ours goes, and what is protected is not touched', () => {
  const begin = (): ToyHistory => {
    const history = new ToyHistory({ checker: new OwnershipJudge() });
    history.of('i-1').tags.set(POOL_TAG, 'web');
    history.pass(5);
    return history;
  };
  const leave = (history: ToyHistory, id: string): void =>
    history.call('RemoveVServerGroupBackendServers', () => (history.of(id).weight = null));

  it('is kept when what carries our tag goes', () => {
    const history = begin();
    leave(history, 'i-1');
    history.onInstance('DeleteInstances', 'i-1', () => history.instances.delete('i-1'));
    expect(history.end()).toEqual([]);
  });

  it.each(['StopInstances', 'DeleteInstances'])('is broken by %s of anybody else', (action) => {
    const history = begin();
    history.onInstance(action, 'i-2');
    expect(history.end()).toHaveLength(1);
  });

  it.each(['StopInstances', 'DeleteInstances'])(
    'is broken by %s of a member by tag that is not the pool’s own',
    (action) => {
      const history = begin();
      history.of('i-2').tags.set(MEMBER_TAG, 'web');
      history.pass(5);
      leave(history, 'i-2');
      expect(history.end()).toEqual([]);
      history.onInstance(action, 'i-2');
      expect(history.end()).toHaveLength(1);
    },
  );

  it('is broken when somebody without our tag leaves a group, and forgives a tag that was taken a moment ago', () => {
    const history = begin();
    history.of('i-1').tags.delete(POOL_TAG);
    history.pass(1);
    leave(history, 'i-1');
    expect(history.end()).toEqual([]);
    leave(history, 'i-2');
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a write to one that is named as protected', () => {
    const policy = aPolicy({ guards: { protectedInstances: ['i-3'] } });
    const history = new ToyHistory({ checker: new OwnershipJudge(), policy });
    history.pass(1);
    history.setWeight('i-3', 0);
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a write to one whose protection a tick has seen, not before', () => {
    const history = begin();
    history.of('i-2').tags.set(PROTECTED_TAG, 'yes');
    history.pass(1);
    history.setWeight('i-2', 50);
    expect(history.end()).toEqual([]);
    const instance = { kind: 'ok', value: {}, sampledAt: history.at };
    history.pass(1);
    const read = { poolName: 'web', backends: [{ instanceId: 'i-2', instance }] };
    history.tick([], {}, read);
    history.setWeight('i-2', 0);
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a change of a member that is no ECS instance', () => {
    const history = begin();
    history.setForeignWeight('eni-1', 100, 0);
    expect(history.end()).toHaveLength(1);
  });
});

describe('promise 4: the budget of changes', () => {
  const policy = aPolicy({
    guards: { budget: { windowMs: millis(300_000), share: permille(500), count: 2 } },
  });
  const begin = (): ToyHistory => {
    const checker = new BudgetJudge(new Lowerings());
    const history = new ToyHistory({ checker, policy });
    history.pass(5);
    return history;
  };
  const three = (history: ToyHistory, ids = ['i-1', 'i-2', 'i-3']): void => {
    for (const id of ids) {
      history.pass(1);
      history.setWeight(id, 0);
    }
  };

  it('is kept by as many as it allows, and by more in another window', () => {
    const history = begin();
    three(history, ['i-1', 'i-2']);
    history.pass(5);
    three(history, ['i-3', 'i-4']);
    expect(history.end()).toEqual([]);
  });

  it('is broken by one more', () => {
    const history = begin();
    three(history);
    expect(history.end()).toHaveLength(1);
  });

  it('is a share of all members of the pool, also of those that stand in another group', () => {
    const budget = { windowMs: millis(600_000), share: permille(500), count: 9 };
    const broken = (elsewhere: readonly string[]): number => {
      const checker = new BudgetJudge(new Lowerings());
      const history = new ToyHistory({
        checker,
        policy: aPolicy({ guards: { budget } }),
        elsewhere,
      });
      history.pass(5);
      three(history); // half of six are three, half of four are two
      return history.end().length;
    };
    expect([broken(['i-4', 'i-5', 'i-6']), broken(['i-4'])]).toEqual([0, 1]);
  });

  it.each([
    ['others left a moment ago', 'other-tool', 0, 0],
    ['others left long ago', 'other-tool', 5, 1],
    ['we took some out', 'ours', 0, 1],
  ] as const)('is a share of those who were members before %s', (_, who, minutes, count) => {
    const budget = { windowMs: millis(300_000), share: permille(500), count: 9 };
    const checker = new BudgetJudge(new Lowerings());
    const history = new ToyHistory({ checker, policy: aPolicy({ guards: { budget } }) });
    history.pass(5);
    history.of('i-4').tags.set(RETIRE_TAG, 'v1 scale-in 1');
    history.call('RemoveVServerGroupBackendServers', () => (history.of('i-4').weight = null), {
      who,
    });
    history.pass(minutes);
    history.setWeight('i-1', 0);
    history.setWeight('i-2', 0); // half of four are two, half of three is one
    expect(history.end()).toHaveLength(count);
  });

  it('is used once by one instance in one tick, whatever the run does elsewhere meanwhile', () => {
    const history = begin();
    const elsewhere = { poolName: 'other', backends: [], drainOrders: [] };
    for (const id of ['i-1', 'i-2']) {
      history.setWeight(id, 90); // the first step of a newcomer's ramp
      history.setWeight(id, 50);
      history.tick([], {}, elsewhere);
      history.setWeight(id, 0); // in another of its groups
    }
    expect(history.end()).toEqual([]);
    history.tick([]);
    history.setWeight('i-1', 100, { who: 'person', runId: null });
    history.setWeight('i-1', 0); // in the next tick
    expect(history.end()).toHaveLength(1);
  });

  it.each([
    ['right after its tick', 10, 0],
    ['later', 20, 2],
  ])('is used once by a tick that took long, when the rest of it lands %s', (...each) => {
    const [, seconds, count] = each;
    const checker = new BudgetJudge(new Lowerings());
    const history = new ToyHistory({ checker, policy, elsewhere: ['i-1', 'i-2'] });
    history.pass(5);
    for (const id of ['i-1', 'i-2']) {
      history.setWeight(id, 0);
      history.at += 40_000;
      history.tick([]);
      history.at += seconds * 1_000;
      history.setElsewhere(id, 0);
      history.tick([]);
    }
    expect(history.end()).toHaveLength(count);
  });

  it('is not used up by one that the load balancer gave up right before, though nobody looked since', () => {
    const history = begin();
    three(history, ['i-1', 'i-2']);
    history.of('i-3').health = 'abnormal';
    history.setWeight('i-3', 0);
    expect(history.end()).toEqual([]);
  });

  it('is not used up by the dead, by what leaves, by what people order, and by newcomers', () => {
    const history = begin();
    history.of('i-1').health = 'abnormal';
    history.of('i-2').tags.set(RETIRE_TAG, 'v1 scale-in 1');
    history.store({ key: 'drains/web', value: [{ instanceId: 'i-3' }] });
    three(history);
    history.add('i-5');
    history.pass(4);
    history.setWeight('i-5', 10);
    three(history, ['i-4']);
    expect(history.end()).toEqual([]);
  });
});

describe('promise 5: fresh, agreeing evidence', () => {
  const begin = (policy = aPolicy()): ToyHistory => {
    const checker = new EvidenceJudge(new Lowerings());
    const history = new ToyHistory({ checker, policy });
    history.pass(15);
    return history;
  };

  it('is there when something ails the backend, or did a moment ago', () => {
    const history = begin();
    history.of('i-1').ills = ['errors'];
    history.pass(1);
    history.setWeight('i-1', 0);
    history.of('i-2').ills = ['slow'];
    history.pass(1);
    history.of('i-2').ills = [];
    history.pass(4);
    history.onInstance('RunCommand', 'i-2');
    expect(history.end()).toEqual([]);
  });

  it('is missing when nothing has ailed it for longer than anything counts', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.onInstance('RebootInstances', 'i-2');
    expect(history.end()).toHaveLength(2);
  });

  it('is not asked for by a repaired late write, nor by a newcomer’s ramp', () => {
    const history = begin();
    history.setWeight('i-1', 20); // a newcomer, as far as anybody knows
    history.setWeight('i-1', 100); // landed late
    history.setWeight('i-1', 20);
    expect(history.end()).toEqual([]);
  });

  it('is asked for where more is taken than a write had just given', () => {
    const history = begin();
    history.setWeight('i-1', 20); // a newcomer, as far as anybody knows
    history.setWeight('i-1', 60);
    history.setWeight('i-1', 100);
    history.setWeight('i-1', 60);
    expect(history.end()).toEqual([]);
    history.setWeight('i-1', 100);
    history.setWeight('i-1', 0);
    expect(history.end()).toHaveLength(1);
  });

  it('is not asked for by a late write that is set right to what was written before, though a person had changed that', () => {
    const history = begin();
    history.of('i-1').ills = ['errors'];
    history.pass(1);
    history.setWeight('i-1', 0);
    history.of('i-1').ills = [];
    history.pass(9);
    history.setWeight('i-1', 20, { who: 'person', runId: null });
    history.setWeight('i-1', 100); // landed late
    history.setWeight('i-1', 0);
    expect(history.end()).toEqual([]);
  });

  it.each([
    [3, 0],
    [4, 1],
  ])('scaling in to 3 when %i are needed is %i breach', (needed, count) => {
    const policy = aScaledPolicy();
    const checker = new EvidenceJudge(new Lowerings());
    const history = new ToyHistory({ checker, policy });
    for (const { tags } of history.instances.values()) tags.set(POOL_TAG, 'web');
    history.needed = needed;
    history.pass(15);
    const mark = { [RETIRE_TAG]: encodeRetireTag({ reason: 'scale-in', since: instant(1) }) };
    history.onInstance(
      'TagResources',
      'i-1',
      () => history.of('i-1').tags.set(RETIRE_TAG, mark[RETIRE_TAG]),
      { parameters: tagParameters(mark) },
    );
    expect(history.end()).toHaveLength(count);
  });
});

describe('promise 6: comes to its target and holds still', () => {
  const begin = (): ToyHistory => {
    const history = new ToyHistory({ checker: new LivenessJudge() });
    history.pass(1);
    return history;
  };
  const calm = (history: ToyHistory): void => {
    history.tell({ kind: 'phase', at: history.at, phase: 'calm' });
  };

  it('is kept when weights and records are back, and nothing is written any more', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.setWeight('i-3', 0, { who: 'person', runId: null }); // a person's wish
    calm(history);
    history.pass(10);
    history.setWeight('i-1', 100);
    history.pass(40);
    expect(history.end()).toEqual([]);
  });

  it('is broken by who is still out, or has not all of its weight', () => {
    const history = begin();
    history.setWeight('i-1', 0);
    history.setWeight('i-2', 30);
    calm(history);
    history.pass(50);
    expect(history.end().map(({ what }) => what)).toEqual([
      expect.stringContaining('i-1 is sound, and its weight in lb-1/rsp-1 is still 0'),
      expect.stringContaining('is 0, not 100'),
      expect.stringContaining('is 30, not 100'),
    ]);
  });

  it('leaves a newcomer the looks that it needs', () => {
    const { confirm, slowStart } = aPolicy().heal;
    const looks = confirm.rise + slowStart.steps + 3;
    for (const [timerMs, watch, minutes, count] of [
      [300_000, 'never', looks * 5 - 1, 0],
      [300_000, 'never', looks * 5 + slowStart.durationMs / 60_000 + 1, 1],
      [300_000, 'always', looks * 5 - 1, 1],
    ] as const) {
      const policy = { ...aPolicy(), watch };
      const history = new ToyHistory({ checker: new LivenessJudge(), policy, timerMs });
      calm(history);
      history.pass(60);
      history.add('i-5', { weight: 5, tags: new Map([[healTag('web'), 'x']]) });
      history.pass(minutes);
      expect(history.end()).toHaveLength(count);
    }
  });

  it('leaves who was ill the time for which it may be held out', () => {
    const { confirm, slowStart, ejection } = aPolicy().heal;
    const timerMs = 60_000;
    const policy = { ...aPolicy(), watch: 'never' } as const;
    const looks = confirm.rise + slowStart.steps + 3;
    const minutes = (looks * timerMs + slowStart.durationMs) / 60_000;
    for (const [isIll, more, count] of [
      [false, 1, 1],
      [true, 1, 0],
      [true, Math.ceil(ejection.maxMs / 60_000) + 1, 1],
    ] as const) {
      const history = new ToyHistory({ checker: new LivenessJudge(), policy, timerMs });
      calm(history);
      history.pass(60);
      history.add('i-5', { weight: 5, tags: new Map([[healTag('web'), 'x']]) });
      if (isIll) {
        history.of('i-5').ills = ['not-running'];
        history.pass(1);
        history.of('i-5').ills = [];
      }
      history.pass(minutes + more);
      expect(history.end()).toHaveLength(count);
    }
  });

  it.each([
    ['seldom', 300_000, 0],
    ['often', 60_000, 1],
  ])('may still be written to where there are looks as %s as that', (...each) => {
    const [, timerMs, count] = each;
    const policy = { ...aPolicy(), watch: 'never' } as const;
    const history = new ToyHistory({ checker: new LivenessJudge(), policy, timerMs });
    calm(history);
    history.pass(44);
    history.setWeight('i-1', 99);
    history.setWeight('i-1', 100);
    history.pass(1);
    expect(history.end()).toHaveLength(count);
  });

  it('is broken by who never holds still', () => {
    const history = begin();
    calm(history);
    for (let minute = 0; minute < 50; minute += 1) {
      history.pass(1);
      history.setWeight('i-1', minute % 2 === 0 ? 99 : 100);
    }
    expect(history.end()).toEqual([
      expect.objectContaining({ what: expect.stringContaining('does not hold still') }),
    ]);
  });

  it.each([
    ['long enough', 900_000, 1],
    ['too little', 901_000, 0],
  ])('leaves managed weights the turns that the budget gives them: the calm is %s', (...each) => {
    const [, windowMs, count] = each;
    const { heal, guards, ...rest } = aPolicy();
    const weights = { kind: 'managed', factor: permille(12_500), feedback: null } as const;
    const budget = { share: permille(500), count: 1, windowMs: millis(windowMs) };
    const policy = { ...rest, heal: { ...heal, weights }, guards: { ...guards, budget } };
    const history = new ToyHistory({ checker: new LivenessJudge(), policy });
    calm(history);
    history.pass(64);
    history.setWeight('i-1', 50);
    history.pass(1);
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['people were called', true, 0],
    ['nobody was called', false, 1],
  ])('forgives less than the minimum where others took out all there may be: %s', (...each) => {
    const [, isCalled, count] = each;
    const { scale, ...rest } = aScaledPolicy();
    const policy = { ...rest, scale: { ...scale!, min: 3, max: 4 } };
    const history = new ToyHistory({ checker: new LivenessJudge(), policy });
    history.needed = 3;
    for (const id of ['i-1', 'i-2', 'i-3', 'i-4']) history.of(id).tags.set(POOL_TAG, policy.name);
    history.pass(1);
    for (const id of ['i-2', 'i-3'])
      history.call('RemoveVServerGroupBackendServers', () => (history.of(id).weight = null), {
        ...{ who: 'other-tool', runId: null },
      });
    calm(history);
    history.pass(1);
    if (isCalled) history.alert('launch-impossible');
    history.pass(60);
    expect(history.end()).toHaveLength(count);
  });

  it.each([
    ['by people', 'person', 0],
    ['by us', 'ours', 1],
  ] as const)('counts towards the maximum who was given the weight 0 %s', (_, who, count) => {
    const { scale, ...rest } = aScaledPolicy();
    const policy = { ...rest, scale: { ...scale!, min: 3, max: 4 } };
    const history = new ToyHistory({ checker: new LivenessJudge(), policy });
    history.needed = 3;
    for (const id of ['i-1', 'i-2', 'i-3', 'i-4']) history.of(id).tags.set(POOL_TAG, policy.name);
    history.of('i-3').ills = ['errors'];
    history.pass(1);
    history.call('RemoveVServerGroupBackendServers', () => (history.of('i-2').weight = null), {
      ...{ who: 'other-tool', runId: null },
    });
    history.setWeight('i-3', 0, { who });
    calm(history);
    history.pass(60);
    history.alert('launch-impossible');
    expect(history.end()).toHaveLength(count);
  });

  it('asks whether people were called in the calm, not long before', () => {
    const { scale, ...rest } = aScaledPolicy();
    const policy = { ...rest, scale: { ...scale!, min: 3, max: 4 } };
    const history = new ToyHistory({ checker: new LivenessJudge(), policy });
    history.needed = 3;
    for (const id of ['i-1', 'i-2', 'i-3', 'i-4']) history.of(id).tags.set(POOL_TAG, policy.name);
    history.pass(1);
    history.alert('launch-impossible');
    for (const id of ['i-2', 'i-3'])
      history.call('RemoveVServerGroupBackendServers', () => (history.of(id).weight = null), {
        ...{ who: 'other-tool', runId: null },
      });
    calm(history);
    history.pass(60);
    expect(history.end()).toHaveLength(1);
  });

  it('is broken by a site that can be reached and is still paused', () => {
    const history = begin();
    history.setRecord('a', false);
    calm(history);
    history.pass(50);
    expect(history.end()).toHaveLength(1);
  });
});
