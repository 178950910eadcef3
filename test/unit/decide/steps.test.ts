import { describe, expect, it } from '@jest/globals';
import { type Judged, orderGroups, type StepGroup, stepsFor } from '../../../shared/decide/steps';
import { type Transition } from '../../../shared/decide/turn';
import { decodeHealTag, encodeHealTag, healTag } from '../../../shared/domain/heal-tag';
import { type BackendMemory, type LadderMemory } from '../../../shared/domain/memory';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type BackendSnapshot } from '../../../shared/domain/pool';
import { type Evidence, type Priority, type Step } from '../../../shared/domain/proposal';
import { missing } from '../../../shared/domain/reading';
import { permille } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aPolicy,
  type BackendParts,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../support/builders';
import { anAssessment, aScene, aSubject } from '../../support/scenes';

const abnormal: Evidence = {
  signal: 'load-balancer-health',
  strength: 'decisive',
  sampledAt: secondsAgo(2),
  detail: 'abnormal',
};
const failing: Evidence = {
  ...abnormal,
  signal: 'active-probe-errors',
  strength: 'suspicion',
  detail: '10 of 10 probes failed',
};

interface Case {
  readonly backend?: BackendSnapshot;
  readonly memory?: Partial<BackendMemory>;
  readonly before?: Partial<BackendMemory>;
  readonly next?: Partial<BackendMemory>;
  readonly reason?: Transition['reason'];
  readonly repair?: Transition['repair'];
  readonly evidence?: readonly Evidence[];
  readonly isNewcomer?: boolean;
  readonly feedback?: number;
  readonly policy?: PoolPolicy;
}

const weighing = (weight: number, parts: BackendParts = {}) =>
  aBackend('i-0', { ...parts, weight });

/** A backend of base weight 100 that was well and stays well, apart from what the case says. */
function judged(parts: Case): Judged {
  const { backend = aBackend('i-0'), reason = 'probes-failing', repair = null } = parts;
  const subject = aSubject({
    backend,
    memory: { baseWeights: { [KEY]: 100 }, ...parts.memory },
    isNewcomer: parts.isNewcomer ?? false,
  });
  const { memory } = subject;
  return {
    subject,
    assessment: { ...anAssessment('bad'), evidence: parts.evidence ?? [abnormal] },
    transition: { next: { ...memory, ...parts.next }, reason, detail: '', repair },
    before: { ...memory, ...parts.before },
    feedback: parts.feedback,
  };
}

const managed = aPolicy({
  heal: { weights: { kind: 'managed', factor: permille(12_500), feedback: null } },
});
const group = (parts: Case): StepGroup => {
  const each = judged(parts);
  return stepsFor(each, aScene(each.subject, { policy: parts.policy ?? aPolicy() }));
};
const steps = (parts: Case): readonly Step[] => group(parts).steps;
const weightStep = (parts: Case) => steps(parts).find((step) => step.kind === 'set-weight');
const tagOf = (parts: Case) => {
  const tag = steps(parts).find((step) => step.kind === 'tag' && healTag('web') in step.tags);
  return tag?.kind === 'tag' ? decodeHealTag(tag.tags[healTag('web')] ?? '') : undefined;
};
const kinds = (parts: Case): readonly string[] =>
  steps(parts).map((step) => step.stepId.slice('i-0/'.length).replace(/\/.*/u, ''));

const ladder = (parts: Partial<LadderMemory> = {}): LadderMemory => ({
  rung: 'drain',
  operationId: '',
  startedAt: NOW,
  verifyAt: inSeconds(60),
  invokeId: null,
  ...parts,
});
const drained = {
  state: 'ejected',
  cause: 'abnormal-in-load-balancer',
  ladder: ladder(),
} as const;
const ramping = { state: 'probation', probationStep: 0, probationStepAt: NOW } as const;
/** 100 was written after 10, so that 10 now is a late landing. */
const lateWrite = (to = 100, from = 10) => ({
  written: [
    { targetKey: KEY, weight: to, at: secondsAgo(20) },
    { targetKey: KEY, weight: from, at: secondsAgo(60), isUncertain: true as const },
  ],
});

describe('the order of work', () => {
  const work = (instanceId: string, priority: Priority, isDecisive: boolean): StepGroup => ({
    instanceId,
    priority,
    isDecisive,
    steps: [
      {
        kind: 'tag',
        stepId: instanceId,
        instanceId,
        reason: 'healthy',
        evidence: [],
        tags: {},
        removeKeys: [],
      },
    ],
  });

  it('is restore, eject, ramp, feedback; what is certain before what is suspected; then by name', () => {
    const groups = [
      work('feedback', 'feedback', true),
      work('ramp', 'ramp', true),
      work('b-suspected', 'eject', false),
      work('a-suspected', 'eject', false),
      work('certain', 'eject', true),
      work('restore', 'restore', false),
    ];
    expect(orderGroups(groups).map((step) => step.stepId)).toEqual([
      'restore',
      'certain',
      'a-suspected',
      'b-suspected',
      'ramp',
      'feedback',
    ]);
  });

  const twoPlaces = aBackend('i-0', {
    attachments: [anAttachment({ weight: 10 }), anAttachment({ targetKey: 'other', weight: 100 })],
  });
  it.each<[string, Priority, Case]>([
    ['what goes back to its base', 'restore', { backend: weighing(0) }],
    ['what is taken out', 'eject', { next: drained }],
    ['a newcomer that is lowered', 'ramp', { next: ramping, isNewcomer: true }],
    ['a ramp that goes up', 'ramp', { backend: weighing(0), next: ramping }],
    ['a managed weight', 'feedback', { memory: { baseWeights: { [KEY]: 50 } }, policy: managed }],
    ['a weight from feedback', 'feedback', { feedback: 60, policy: managed }],
    [
      'a repair beside weights that are right',
      'eject',
      {
        backend: weighing(0),
        before: drained,
        next: { ...drained, ladder: ladder({ rung: 'restart' }) },
        repair: 'restart',
      },
    ],
    [
      'one place that goes up beside one that goes down',
      'restore',
      { backend: twoPlaces, memory: { baseWeights: { [KEY]: 100, other: 50 } } },
    ],
  ])('%s counts as %s', (_name, priority, parts) => {
    expect(group(parts).priority).toBe(priority);
  });

  it('takes for certain what one decisive fact says, whatever else is only suspected', () => {
    const isDecisive = (...evidence: Evidence[]) => group({ evidence }).isDecisive;
    expect([isDecisive(failing, abnormal), isDecisive(failing), isDecisive()]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('within one backend is tag, weights, repair, and the end of a tag', () => {
    expect(
      kinds({ next: { ...drained, ladder: ladder({ rung: 'restart' }) }, repair: 'restart' }),
    ).toEqual(['tag', 'weight', 'restart']);
    expect(kinds({ backend: weighing(77, { tags: { [healTag('web')]: 'x' } }) })).toEqual([
      'weight',
      'untag',
    ]);
  });
});

describe('a weight', () => {
  it('is sent to its place with what it rests on', () => {
    expect(weightStep({ next: drained, reason: 'abnormal-in-load-balancer' })).toEqual({
      kind: 'set-weight',
      stepId: 'i-0/weight/lb-1/rsp-1:80',
      instanceId: 'i-0',
      reason: 'abnormal-in-load-balancer',
      evidence: [abnormal],
      priority: 'eject',
      targetKey: KEY,
      port: 80,
      from: 100,
      to: 0,
      costsBudget: true,
    });
  });

  it('that is right is not sent', () => {
    expect(steps({})).toEqual([]);
  });

  it('above the base is left alone when the backend has just become well', () => {
    const parts = { backend: weighing(100), memory: { baseWeights: { [KEY]: 60 } } };
    expect(weightStep({ ...parts, before: { state: 'suspect' } })).toBeUndefined();
    expect(weightStep(parts)).toMatchObject({ to: 60 });
  });

  it.each<[string, Case, boolean]>([
    ['lowering a backend that serves', { next: drained }, true],
    ['lowering a newcomer', { next: ramping, isNewcomer: true, reason: 'newcomer' }, false],
    ['raising', { backend: weighing(0) }, false],
    [
      'lowering what the load balancer avoids',
      { backend: weighing(100, { verdict: 'abnormal' }), next: drained },
      false,
    ],
    [
      'lowering what does not run',
      {
        backend: weighing(100, { status: 'Stopped', window: { failures: 10 } }),
        next: drained,
      },
      false,
    ],
    [
      'lowering what does not run, as ECS says, though it answers',
      { backend: weighing(100, { status: 'Stopped' }), next: drained },
      true,
    ],
    [
      'lowering by order of a person',
      { next: { ...drained, cause: 'operator-drain', ladder: null } },
      false,
    ],
  ])('%s costs budget or not', (_name, parts, costsBudget) => {
    expect(weightStep(parts)).toMatchObject({ costsBudget });
  });

  it.each<[string, Step['reason'], Priority, Case]>([
    [
      'a write of ours that landed late is set right',
      'late-write-repaired',
      'restore',
      { backend: weighing(10), memory: lateWrite() },
    ],
    [
      'also downwards',
      'late-write-repaired',
      'eject',
      {
        backend: weighing(100),
        memory: lateWrite(0, 100),
        next: drained,
        before: drained,
      },
    ],
    [
      'also where weights are managed',
      'late-write-repaired',
      'restore',
      { backend: weighing(10), memory: lateWrite(), policy: managed },
    ],
    [
      'where people set the weights it is healed, not tuned',
      'healthy',
      'restore',
      { backend: weighing(30), reason: 'healthy' },
    ],
    [
      'where weights are managed it is tuned',
      'managed-weight',
      'feedback',
      { backend: weighing(30), reason: 'healthy', policy: managed },
    ],
    [
      'tuned by its load where there is feedback',
      'feedback-weight',
      'feedback',
      { reason: 'healthy', feedback: 90, policy: managed },
    ],
    [
      'in panic it is restored, not tuned',
      'panic',
      'restore',
      { backend: weighing(30), reason: 'panic', policy: managed },
    ],
    [
      'what becomes well is restored, not tuned',
      'recovered',
      'restore',
      { backend: weighing(30), before: { state: 'suspect' }, reason: 'recovered', policy: managed },
    ],
    [
      'what falls ill is ejected, not tuned',
      'outlier-errors',
      'eject',
      { next: drained, reason: 'outlier-errors', policy: managed },
    ],
  ])('%s: %s', (_name, reason, priority, parts) => {
    expect(weightStep(parts)).toMatchObject({ reason, priority });
  });
});

describe('a managed weight', () => {
  const resting = (backend: BackendSnapshot, feedback?: number) =>
    weightStep({ backend, policy: managed, ...(feedback === undefined ? {} : { feedback }) })
      ?.evidence;
  const requests = {
    startedAt: secondsAgo(61),
    endedAt: secondsAgo(1),
    requests: 6000,
    failures: 7,
    latencyMedianUs: 9000,
  };
  const seen = [
    {
      signal: 'instance-status',
      sampledAt: secondsAgo(9),
      strength: 'decisive',
      detail: '4 vCPU, 9 s ago',
    },
    {
      signal: 'instance-cpu',
      sampledAt: secondsAgo(30),
      strength: 'suspicion',
      detail: 'CPU at 250 ‰',
    },
    {
      signal: 'request-errors',
      sampledAt: secondsAgo(40),
      strength: 'suspicion',
      detail: '6000 requests',
    },
  ];
  const { instance } = aBackend('i-0');
  const facts = instance.kind === 'ok' ? instance.value : undefined!;
  const parts = {
    instance: ok(facts, secondsAgo(9)),
    cpu: ok(permille(250), secondsAgo(30)),
    requests: ok(requests, secondsAgo(40)),
  };

  it('rests on the size of the instance, its use and its load, not on any illness', () => {
    expect(resting(weighing(30, parts))).toEqual(seen);
    expect(resting(weighing(30, parts), 60)).toEqual(seen);
  });

  it.each<[string, BackendParts, readonly unknown[]]>([
    ['no fresh size', { instance: stale(facts) }, seen.slice(1)],
    ['no size', { instance: missing('read-failed') }, seen.slice(1)],
    ['no fresh use', { cpu: stale(permille(250)) }, [seen[0], seen[2]]],
    ['no use', { cpu: missing('no-datapoint') }, [seen[0], seen[2]]],
    ['no fresh load', { requests: stale(requests) }, seen.slice(0, 2)],
    ['no load', { requests: missing('no-datapoint') }, seen.slice(0, 2)],
  ])('with %s rests on the rest', (_name, special, evidence) => {
    expect(resting(weighing(30, { ...parts, ...special }))).toEqual(evidence);
  });
});

describe('the tag', () => {
  it('is written with its reason before the weight', () => {
    expect(steps({ next: drained, reason: 'abnormal-in-load-balancer' })[0]).toEqual({
      kind: 'tag',
      stepId: 'i-0/tag',
      instanceId: 'i-0',
      reason: 'abnormal-in-load-balancer',
      evidence: [abnormal],
      tags: { [healTag('web')]: expect.any(String) },
      removeKeys: [],
    });
  });

  it('says everything that is needed to go on without the store', () => {
    const next = {
      ...drained,
      since: secondsAgo(7),
      ejectedUntil: inSeconds(30),
      offences: 2,
      ladder: ladder({ rung: 'restart', operationId: 'restart-1' }),
    };
    expect(tagOf({ backend: weighing(30), next, repair: 'restart' })).toEqual({
      state: 'ejected',
      cause: 'abnormal-in-load-balancer',
      since: secondsAgo(7),
      until: inSeconds(30),
      offences: 2,
      rung: 'restart',
      baseWeights: [100],
      operationId: 'restart-1',
      places: [expect.stringMatching(/^[0-9a-z]{3}$/)],
    });
  });

  it.each<[string, number, Case, boolean]>([
    [
      'is told anew when somebody has changed what it is to weigh',
      0,
      { before: drained, next: drained },
      true,
    ],
    ['also on the ramp', 80, { before: ramping, next: ramping }, true],
    ['not when it tells that already', 100, { before: drained, next: drained }, false],
    ['not of who is well', 0, {}, false],
    [
      'where weights are managed by a 0',
      0,
      { before: drained, next: drained, policy: managed },
      true,
    ],
    ['and by no other', 80, { before: drained, next: drained, policy: managed }, false],
  ])('%s', (_name, told, parts, isTold) => {
    const value = encodeHealTag({
      ...{ state: 'ejected', cause: 'outlier-errors', since: secondsAgo(99), until: null },
      ...{ offences: 1, rung: 'drain', baseWeights: [told], operationId: null },
    });
    const backend = weighing(0, { tags: { [healTag('web')]: value } });
    expect(tagOf({ ...parts, backend })?.baseWeights).toEqual(isTold ? [100] : undefined);
  });

  it('of a newcomer says that it ramps, and of an order that no rung and no operation belong to it', () => {
    expect(tagOf({ isNewcomer: true, next: ramping })).toMatchObject({
      state: 'probation',
      rung: null,
      operationId: null,
    });
    expect(tagOf({ next: { ...drained, cause: 'operator-drain', ladder: null } })).toMatchObject({
      state: 'ejected',
      rung: null,
      operationId: null,
    });
  });

  it('of a drain names no operation', () => {
    expect(tagOf({ next: drained })).toMatchObject({ rung: 'drain', operationId: null });
  });

  it('keeps the weight of an attachment whose base nobody knows', () => {
    expect(tagOf({ next: { ...drained, baseWeights: {} } })?.baseWeights).toEqual([100]);
  });

  it.each<[string, Case, boolean]>([
    ['stays well', {}, false],
    ['is only suspected', { next: { state: 'suspect' } }, false],
    ['is ejected', { next: drained }, true],
    ['is still ejected', { before: drained, next: drained }, false],
    [
      'is repaired while it is ejected',
      {
        before: drained,
        next: { ...drained, ladder: ladder({ rung: 'restart' }) },
        repair: 'restart',
      },
      true,
    ],
    ['is ejected from its ramp', { before: ramping, next: drained }, true],
    ['returns by a ramp', { before: drained, next: ramping }, false],
    ['is a newcomer on its ramp', { isNewcomer: true, next: ramping }, true],
    ['is a newcomer that is ejected at once', { isNewcomer: true, next: drained }, true],
    ['is gone', { next: { ...drained, cause: 'instance-gone', ladder: null } }, false],
    ['is drained by order', { next: { ...drained, cause: 'operator-drain' } }, true],
    [
      'is still drained by order',
      {
        before: { ...drained, cause: 'operator-drain' },
        next: { ...drained, cause: 'operator-drain' },
      },
      false,
    ],
    [
      'is ill when the order ends',
      { before: { ...drained, cause: 'operator-drain' }, next: drained },
      true,
    ],
    [
      'is drained by order when it was ejected already',
      { before: drained, next: { ...drained, cause: 'operator-drain' } },
      false,
    ],
  ])('of a backend that %s is written or not', (_name, parts, isWritten) => {
    expect(tagOf(parts) !== undefined).toBe(isWritten);
  });

  it('is taken away once the backend is well, and only where there is one', () => {
    const tagged = aBackend('i-0', { tags: { [healTag('web')]: 'x' } });
    expect(steps({ backend: tagged, reason: 'probation-passed' })).toEqual([
      {
        kind: 'tag',
        stepId: 'i-0/untag',
        instanceId: 'i-0',
        reason: 'probation-passed',
        evidence: [abnormal],
        tags: {},
        removeKeys: [healTag('web')],
      },
    ]);
    expect(steps({ backend: tagged, next: { state: 'suspect' } })).toEqual([]);
    const others = aBackend('i-0', { tags: { [healTag('api')]: 'x' } });
    expect(steps({ backend: others })).toEqual([]);
    expect(steps({ backend: aBackend('i-0', { instance: missing('read-failed') }) })).toEqual([]);
  });
});

describe('a repair', () => {
  it.each([
    ['restart', 'restart-service'],
    ['reboot', 'reboot'],
  ] as const)('by %s is asked for under the id of its operation', (rung, kind) => {
    const next = { ...drained, ladder: ladder({ rung, operationId: `${rung}-1` }) };
    const parts = {
      backend: weighing(0),
      before: drained,
      next,
      reason: 'repair-service',
    } as const;
    expect(steps({ ...parts, repair: rung }).slice(1)).toEqual([
      {
        kind,
        stepId: `i-0/${rung}`,
        instanceId: 'i-0',
        reason: 'repair-service',
        evidence: [abnormal],
        operationId: `${rung}-1`,
      },
    ]);
    expect(steps(parts)).toEqual([]);
  });
});
