import { describe, expect, it } from '@jest/globals';
import { backOffKey } from '../../../../shared/domain/launch-back-off';
import { nextScaleMemory } from '../../../../shared/domain/next-scale-memory';
import {
  encodeRetireTag,
  RETIRE_TAG,
  type RetireReason,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import {
  type LaunchOutcome,
  type StepOutcome,
  type StepResult,
} from '../../../../shared/domain/plan';
import { type Step, type TagStep } from '../../../../shared/domain/proposal';
import {
  type BackOffMemory,
  type InstanceMemory,
  type ScaleMemory,
} from '../../../../shared/domain/scale-memory';
import { type LaunchStep } from '../../../../shared/domain/scale-steps';
import { instant, plus } from '../../../../shared/domain/units';
import { aPolicy, aPool, inSeconds, NOW, ok, secondsAgo } from '../../../support/builders';
import { aScaleProposal } from '../../../support/launch-story';
import {
  aCapacity,
  aLaunch,
  anAttempt,
  anOption,
  anOwnedInstance,
  aScaledPolicy,
  aScaleMemory,
} from '../../../support/scale-builders';
import { longKnown } from '../../../support/scaled-pool';

/** The tick began at NOW; its end is what failures and changes are dated by. */
const AT = plus(NOW, 2000);
const [H, I] = [anOption('h'), anOption('i')];
const key = (option: typeof H) => backOffKey('cn-hangzhou', option);

const aLaunchStep = (parts: Partial<LaunchStep> = {}): LaunchStep => ({
  kind: 'launch',
  stepId: 'launch-1/launch',
  instanceId: 'launch-1',
  operationId: 'launch-1',
  reason: 'scale-out-metric',
  evidence: [],
  count: 3,
  spotMax: 0,
  attempts: [
    { option: H, clientToken: 'launch-1-0', count: 3 },
    { option: I, clientToken: 'launch-1-1', count: 3 },
  ],
  templateId: 'lt-1',
  templateVersion: null,
  tags: {},
  ...parts,
});

const DONE: StepResult = { kind: 'done', detail: '' };
const NOT_SENT: StepResult = { kind: 'not-sent', detail: '' };
const WOULD: StepResult = { kind: 'would-do', detail: '' };
const failed = (isAmbiguous: boolean): StepResult => ({
  kind: 'failed',
  code: 'X',
  isAmbiguous,
  detail: '',
});

const outcomeOf = (step: Step, result: StepResult, launch?: LaunchOutcome): StepOutcome => ({
  stepId: step.stepId,
  startedAt: NOW,
  finishedAt: AT,
  result,
  ...(launch !== undefined && { launch }),
});

const remember = (
  memory: Partial<ScaleMemory>,
  steps: readonly Step[],
  outcomes: readonly StepOutcome[] = [],
  policy = aScaledPolicy(),
): ScaleMemory => {
  const proposal = aScaleProposal(aScaleMemory(memory), steps);
  const pool = aPool({ backends: [] });
  const plan = { steps, withheld: [] };
  return nextScaleMemory(pool, proposal, plan, { steps: outcomes }, policy, AT)!;
};

const afterLaunch = (
  memory: Partial<ScaleMemory>,
  launch: LaunchOutcome | undefined,
  result: StepResult = DONE,
  step = aLaunchStep(),
) => remember(memory, [step], [outcomeOf(step, result, launch)]);

const open = [
  anAttempt({ count: 3 }),
  anAttempt({ option: 'i', clientToken: 'launch-1-1', count: 3 }),
];
const allRefused = open.map((each) => ({ ...each, state: 'refused' as const, code: 'C' }));
const bringing = (instanceIds: readonly string[]): LaunchOutcome => ({
  attempts: [
    anAttempt({ state: 'accepted', count: 3, instanceIds }),
    anAttempt({ option: 'i', clientToken: 'launch-1-1', count: 3, state: 'skipped' }),
  ],
  refusals: [],
});
const refusing = (...refusals: LaunchOutcome['refusals']): LaunchOutcome => ({
  attempts: allRefused,
  refusals,
});
const NO_STOCK = { kind: 'stock', code: 'OperationDenied.NoStock' } as const;

describe('memory of launches', () => {
  it('is written down before the first call as if every call were under way', () => {
    const memory = remember({}, [aLaunchStep()]);
    expect(memory.launches).toEqual([
      {
        operationId: 'launch-1',
        count: 3,
        reason: 'scale-out-metric',
        requestedAt: NOW,
        attempts: open,
        arrived: [],
        lost: [],
      },
    ]);
    expect(memory.changes).toEqual([{ at: AT, count: 3 }]);
    expect(memory).toMatchObject({ backOff: {}, failedLaunches: 0, breakerOpenUntil: null });
  });

  it('holds what was accepted', () => {
    const told = bringing(['i-1', 'i-2']);
    const memory = afterLaunch({}, told);
    expect(memory.launches).toMatchObject([{ requestedAt: NOW, attempts: told.attempts }]);
    expect(memory.changes).toEqual([{ at: AT, count: 2 }]);
  });

  it('keeps other launches, and forgets one that was refused whole', () => {
    const other = aLaunch({ operationId: 'launch-0' });
    expect(afterLaunch({ launches: [other] }, refusing()).launches).toEqual([other]);
    expect(afterLaunch({ launches: [other] }, bringing(['i-1'])).launches).toHaveLength(2);
    expect(afterLaunch({}, refusing()).changes).toEqual([]);
  });

  it.each<[string, StepResult, LaunchOutcome | undefined, boolean]>([
    ['only written down', WOULD, bringing(['i-1']), false],
    ['only written down, without calls', WOULD, undefined, false],
    ['never sent', NOT_SENT, undefined, false],
    ['refused before its first call', failed(false), undefined, false],
    ['lost before anything is known of its calls', failed(true), undefined, true],
    ['held up between its calls', NOT_SENT, { attempts: open, refusals: [] }, true],
    ['throttled', failed(false), { attempts: open, refusals: [] }, true],
  ])('of a launch that was %s', (_, result, launch, isKept) => {
    const memory = afterLaunch({}, launch, result);
    expect(memory.launches).toHaveLength(isKept ? 1 : 0);
    expect(memory.changes).toHaveLength(isKept ? 1 : 0);
    expect(memory.failedLaunches).toBe(0);
  });

  it('of a launch that is asked for again keeps its age, reason, size and fates, and counts it once', () => {
    const before = aLaunch({ count: 5, attempts: open, arrived: ['i-7'], lost: ['i-8'] });
    const step = aLaunchStep({ reason: 'launch-resumed' });
    const told = bringing(['i-1']);
    const memory = afterLaunch({ launches: [before] }, told, DONE, step);
    expect(memory.launches).toEqual([{ ...before, attempts: told.attempts }]);
    expect(memory.changes).toEqual([]);
  });

  it('of a launch that is asked for again keeps what it had brought, should the worker end', () => {
    const attempts = [...bringing(['i-1']).attempts.slice(0, 1), ...open.slice(1)];
    const before = aLaunch({ attempts });
    const step = aLaunchStep({ reason: 'launch-resumed' });
    expect(remember({ launches: [before] }, [step]).launches).toEqual([before]);
    const notSent = afterLaunch({ launches: [before] }, undefined, NOT_SENT, step);
    expect(notSent.launches).toEqual([before]);
  });

  it('does not count the warm pool as capacity', () => {
    const step = aLaunchStep({ reason: 'warm-filled' });
    expect(afterLaunch({}, bringing(['i-1']), DONE, step).changes).toEqual([]);
    expect(remember({}, [step]).changes).toEqual([]);
  });
});

describe('memory of refusals', () => {
  it('backs off each refused way, once for each launch', () => {
    const refusal = { option: 'h', ...NO_STOCK };
    const backOff = { [key(H)]: aBackOff({ failures: 1 }) };
    const memory = afterLaunch(
      { backOff },
      refusing(
        refusal,
        refusal,
        { option: 'i', kind: 'quota', code: 'Q' },
        { ...refusal, option: 'gone' },
      ),
    );
    expect(memory.backOff).toMatchObject({
      [key(H)]: { failures: 2, lastFailureAt: AT, code: 'OperationDenied.NoStock' },
      [key(I)]: { failures: 1, kind: 'quota', until: plus(AT, 300_000) },
    });
    expect(Object.keys(memory.backOff)).toHaveLength(2);
  });

  it.each([
    ['is lifted when the way launches', 'stock', false],
    ['outlasts a launch when what came before never came up', 'late-failure', true],
  ] as const)('%s', (_, kind, isKept) => {
    const backOff = { [key(H)]: aBackOff({ kind }), [key(I)]: aBackOff() };
    const memory = afterLaunch({ backOff }, bringing(['i-1']));
    expect(Object.keys(memory.backOff)).toEqual(isKept ? [key(H), key(I)] : [key(I)]);
  });

  it('stands again when the way brought some and then had no more', () => {
    const told = { ...bringing(['i-1']), refusals: [{ option: 'h', ...NO_STOCK }] };
    const memory = afterLaunch({ backOff: { [key(H)]: aBackOff({ failures: 4 }) } }, told);
    expect(memory.backOff[key(H)]).toMatchObject({ failures: 1, lastFailureAt: AT });
  });

  it.each<[string, Partial<BackOffMemory>, boolean]>([
    ['is kept while it holds', { until: plus(AT, 1), lastFailureAt: instant(0) }, true],
    [
      'is kept while it makes the next one longer',
      { until: AT, lastFailureAt: plus(AT, -10_799_999) },
      true,
    ],
    ['is forgotten afterwards', { until: AT, lastFailureAt: plus(AT, -10_800_000) }, false],
  ])('%s', (_, parts, isKept) => {
    const backOff = { [key(H)]: aBackOff(parts) };
    expect(remember({ backOff }, []).backOff).toEqual(isKept ? backOff : {});
  });
});

describe('memory of failures', () => {
  it.each<[string, LaunchOutcome, number]>([
    ['refused whole counts', refusing({ option: 'h', ...NO_STOCK }), 4],
    [
      'refused by one way and not needed any more counts',
      { attempts: [allRefused[0]!, { ...open[1]!, state: 'skipped' }], refusals: [] },
      4,
    ],
    ['that brought one does not count, and does not reset', bringing(['i-1']), 3],
    [
      'that is not answered does not count',
      { attempts: [allRefused[0]!, open[1]!], refusals: [] },
      3,
    ],
    [
      'that was not needed any more does not count',
      { attempts: open.map((each) => ({ ...each, state: 'skipped' })), refusals: [] },
      3,
    ],
  ])('a launch %s', (_, told, failedLaunches) => {
    const memory = afterLaunch({ failedLaunches: 3 }, told, failed(false));
    expect(memory).toMatchObject({ failedLaunches, breakerOpenUntil: null });
  });

  it('the fifth in a row opens the breaker', () => {
    const memory = afterLaunch({ failedLaunches: 4 }, refusing({ option: 'h', ...NO_STOCK }));
    expect(memory.breakerOpenUntil).toBe(plus(AT, 600_000));
  });

  it('an account that may not launch opens it at once, unless something came all the same', () => {
    const account = { option: 'h', kind: 'account', code: 'InsufficientBalance' } as const;
    const barred = afterLaunch({}, refusing({ option: 'i', ...NO_STOCK }, account));
    expect(barred).toMatchObject({ failedLaunches: 1, breakerOpenUntil: plus(AT, 600_000) });
    const some = afterLaunch({}, { ...bringing(['i-1']), refusals: [account] });
    expect(some.breakerOpenUntil).toBeNull();
  });
});

describe('memory of rest', () => {
  const stop: Step = {
    kind: 'stop',
    stepId: 'i-1/stop',
    instanceId: 'i-1',
    reason: 'warm-stopped',
    evidence: [],
  };
  const restedAt = (result: StepResult, before: Partial<InstanceMemory> = {}) =>
    remember(
      { instances: { 'i-1': { ...longKnown, ...before }, 'i-2': longKnown } },
      [stop],
      [outcomeOf(stop, result)],
    ).instances;

  it('begins when it is stopped', () => {
    for (const result of [DONE, { kind: 'already-so', detail: '' } as const])
      expect(restedAt(result)).toEqual({
        'i-1': { ...longKnown, restedAt: AT },
        'i-2': longKnown,
      });
  });

  it('does not begin with a stop that was lost, refused or not sent', () => {
    for (const result of [failed(true), failed(false), NOT_SENT, WOULD])
      expect(restedAt(result)['i-1']).toEqual(longKnown);
  });

  it('began when it was stopped first', () => {
    const before = { restedAt: secondsAgo(90) };
    expect(restedAt(DONE, before)['i-1']).toEqual({ ...longKnown, ...before });
  });
});

describe('memory of changes, for the rates', () => {
  const tag = (instanceId: string, parts: Partial<TagStep>): TagStep => ({
    kind: 'tag',
    stepId: `${instanceId}/tag`,
    instanceId,
    reason: 'scale-in',
    evidence: [],
    tags: {},
    removeKeys: [],
    ...parts,
  });
  const retire = (instanceId: string, reason: RetireReason) =>
    tag(instanceId, { tags: { [RETIRE_TAG]: encodeRetireTag({ reason, since: NOW }) } });
  const wake = tag('i-2', { reason: 'warm-started', removeKeys: [WARM_TAG] });
  const start: Step = {
    kind: 'start',
    stepId: 'i-2/start',
    instanceId: 'i-2',
    reason: 'warm-started',
    evidence: [],
  };
  const keep = tag('i-3', { reason: 'drain-cancelled', removeKeys: [RETIRE_TAG] });

  it.each<[string, readonly Step[], readonly number[]]>([
    [
      'who is sent away by scaling in is taken away',
      [retire('i-1', 'scale-in'), retire('i-4', 'scale-in')],
      [-2],
    ],
    ['who is replaced is not', [retire('i-1', 'replaced')], []],
    ['who never came into service is not', [retire('i-1', 'never-registered')], []],
    ['who is woken is added once, by its mark', [wake, start], [1]],
    ['a start that is tried again adds nobody', [start], []],
    ['who may stay after all is added', [keep], [1]],
    [
      'another tag changes nothing',
      [
        tag('i-1', { reason: 'warm-started' }),
        tag('i-5', { reason: 'warm-stopped', removeKeys: [WARM_TAG] }),
      ],
      [],
    ],
    ['what comes and what goes stand apart', [keep, wake, retire('i-1', 'scale-in')], [2, -1]],
  ])('%s', (_, steps, counts) => {
    const earlier = { at: secondsAgo(30), count: 7 };
    const outcomes = steps.map((step) => outcomeOf(step, DONE));
    const { changes } = remember({ changes: [earlier] }, steps, outcomes);
    expect(changes).toEqual([...counts.map((count) => ({ at: AT, count })), earlier]);
  });

  it.each<[string, StepResult | undefined, boolean]>([
    ['done', DONE, true],
    ['so already', { kind: 'already-so', detail: '' }, true],
    ['lost', failed(true), true],
    ['about to be done', undefined, true],
    ['refused', failed(false), false],
    ['not sent', NOT_SENT, false],
    ['only written down', WOULD, false],
  ])('what was %s counts: %s', (_, result, counts) => {
    const step = retire('i-1', 'scale-in');
    const outcomes = result === undefined ? [] : [outcomeOf(step, result)];
    expect(remember({}, [step], outcomes).changes).toHaveLength(counts ? 1 : 0);
  });

  it('adds up launched, woken and kept', () => {
    const step = aLaunchStep();
    const outcomes = [
      outcomeOf(step, DONE, bringing(['i-8', 'i-9'])),
      outcomeOf(wake, DONE),
      outcomeOf(keep, DONE),
    ];
    expect(remember({}, [step, wake, keep], outcomes).changes).toEqual([{ at: AT, count: 4 }]);
  });
});

describe('memory of a pool', () => {
  it('that is not scaled stays what it was', () => {
    const { scale: left, ...proposal } = aScaleProposal(aScaleMemory());
    expect(left).toBeDefined();
    const plan = { steps: [], withheld: [] };
    const bare = aPool({ backends: [] });
    const next = (pool: typeof bare) =>
      nextScaleMemory(pool, proposal, plan, { steps: [] }, aPolicy(), AT);
    expect(next(bare)).toBeUndefined();
    const scale = aScaleMemory({ desired: 4 });
    expect(next({ ...bare, memory: { ...bare.memory, scale } })).toBe(scale);
  });

  it('whose members are only named by tag is what was decided', () => {
    const backOff = { [key(H)]: aBackOff({ until: AT, lastFailureAt: instant(0) }) };
    expect(remember({ desired: 4, backOff }, [], [], aPolicy())).toEqual(
      aScaleMemory({ desired: 4, backOff }),
    );
  });

  it('a crash between the note and the end of the tick leaves every call to be asked for again', () => {
    const noted = remember({}, [aLaunchStep()]);
    const told = afterLaunch({}, bringing(['i-1']));
    expect(noted.launches[0]?.operationId).toBe(told.launches[0]?.operationId);
    expect(noted.launches[0]?.requestedAt).toBe(told.launches[0]?.requestedAt);
    const again = aLaunchStep({ reason: 'launch-resumed' });
    const resumed = afterLaunch(noted, bringing(['i-1']), DONE, again);
    expect(resumed.launches).toEqual(told.launches);
    expect(resumed.changes).toEqual([{ at: AT, count: 3 }]);
  });
});

function aBackOff(parts: Partial<BackOffMemory> = {}): BackOffMemory {
  const until = inSeconds(600);
  return { ...NO_STOCK, until, failures: 1, lastFailureAt: secondsAgo(60), ...parts };
}

describe('memory of starts out of the warm pool', () => {
  const start: Step = {
    kind: 'start',
    stepId: 'i-5/start',
    instanceId: 'i-5',
    reason: 'warm-started',
    evidence: [],
  };
  const after = (result: StepResult) => {
    const pool = aPool({
      backends: [],
      capacity: aCapacity({ owned: ok([anOwnedInstance('i-5')]) }),
    });
    const plan = { steps: [start], withheld: [] };
    const outcome = { steps: [outcomeOf(start, result)] };
    const proposal = aScaleProposal(aScaleMemory(), [start]);
    return nextScaleMemory(pool, proposal, plan, outcome, aScaledPolicy(), AT)!.backOff;
  };

  it('a machine that is not to be had stands against its way, as it would for a launch', () => {
    expect(after({ ...failed(false), lack: 'stock' } as StepResult)).toEqual({
      'cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/pay-as-you-go': {
        until: plus(AT, 300_000),
        failures: 1,
        lastFailureAt: AT,
        kind: 'stock',
        code: 'X',
      },
    });
  });

  it.each([
    ['what is about the instance alone', failed(false)],
    ['a lost answer', failed(true)],
    ['a start that was made', DONE],
    ['one that was not sent', NOT_SENT],
  ])('%s stands against nothing', (_, result) => {
    expect(after(result)).toEqual({});
  });
});
