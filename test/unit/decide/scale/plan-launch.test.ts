import { describe, expect, it } from '@jest/globals';
import { planLaunch, resumeLaunch } from '../../../../shared/decide/scale/plan-launch';
import { backOffKey } from '../../../../shared/domain/launch-back-off';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  launchedAtOf,
  POOL_TAG,
  TEMPLATE_TAG,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { type Evidence } from '../../../../shared/domain/proposal';
import { type BackOffMemory, type ScaleMemory } from '../../../../shared/domain/scale-memory';
import { type LaunchStep } from '../../../../shared/domain/scale-steps';
import { permille } from '../../../../shared/domain/units';
import { inSeconds, NOW, secondsAgo } from '../../../support/builders';
import {
  aLaunch,
  anAttempt,
  anOption,
  launchCircumstances,
  type LaunchParts,
} from '../../../support/scale-builders';

const EVIDENCE: readonly Evidence[] = [
  { signal: 'instance-cpu', sampledAt: NOW, strength: 'suspicion', detail: 'CPU at 90 %' },
];

describe('a launch', () => {
  const planned = (wanted: number, parts: LaunchParts = {}): LaunchStep =>
    planLaunch(wanted, 'scale-out-metric', EVIDENCE, launchCircumstances(parts)).step!;
  const calls = ({ attempts }: Pick<LaunchStep, 'attempts'>) =>
    attempts.map(({ option, count }) => `${option.name} ${count}`);

  it('is whole: identity, tags, template', () => {
    const step = planned(3, { scale: { launch: { templateVersion: 7 } } });
    const { operationId } = step;
    expect(launchedAtOf(operationId)).toBe(NOW);
    expect(step).toMatchObject({
      kind: 'launch',
      stepId: `${operationId}/launch`,
      instanceId: operationId,
      reason: 'scale-out-metric',
      evidence: EVIDENCE,
      count: 3,
      templateId: 'lt-1',
      templateVersion: 7,
    });
    expect(step.tags).toEqual({
      [POOL_TAG]: 'web',
      [LAUNCH_TAG]: operationId,
      [TEMPLATE_TAG]: '7',
    });
    expect(step.attempts.map(({ clientToken }) => clientToken)).toEqual([
      `${operationId}-0`,
      `${operationId}-1`,
    ]);
  });

  it('leaves the version to the template where the policy does', () => {
    expect(Object.keys(planned(1).tags)).toEqual([POOL_TAG, LAUNCH_TAG]);
  });

  it('has the same identity in the same tick, and another in another', () => {
    expect(planned(2).operationId).toBe(planned(2).operationId);
    const others = [planned(3), planned(2, { now: NOW + 1 })].map(({ operationId }) => operationId);
    expect(new Set([planned(2).operationId, ...others]).size).toBe(3);
  });

  it('is not made while the breaker is open, and is at the instant it closes', () => {
    const plan = (breakerOpenUntil: ScaleMemory['breakerOpenUntil']) =>
      planLaunch(1, 'scale-out-metric', [], launchCircumstances({ memory: { breakerOpenUntil } }));
    expect(plan(inSeconds(1)).step).toBeNull();
    expect(plan(NOW).step).not.toBeNull();
  });

  const weighted = [anOption('h', { weight: 2 }), anOption('i', { weight: 1 })];
  const spot = ['x', 'y'].map((name) => anOption(name, { chargeType: 'spot' }));
  it.each<[string, number, LaunchParts, readonly string[]]>([
    ['first option first, the others for the rest', 3, {}, ['h 3', 'i 3']],
    [
      'by weights, then whoever can',
      6,
      { scale: { launch: { options: weighted } } },
      ['h 4', 'i 2', 'h 6', 'i 6'],
    ],
    ['nobody is its own fallback', 1, { scale: { launch: { options: weighted } } }, ['h 1', 'i 1']],
    [
      'spot as far as its share goes',
      4,
      { scale: { launch: { options: [...spot, anOption('h')], spotShareMax: permille(500) } } },
      ['x 2', 'y 2', 'h 4'],
    ],
  ])('asks %s', (_, wanted, parts, expected) => {
    expect(calls(planned(wanted, parts))).toEqual(expected);
  });

  it('limits spot over all attempts together', () => {
    const parts = { scale: { launch: { options: [...spot, anOption('h')] } } };
    expect(planned(4, parts).spotMax).toBe(2);
  });

  const doubt = (option: string): ScaleMemory['backOff'] => ({
    [backOffKey('cn-hangzhou', anOption(option))]: refusal({ kind: 'late-failure', until: NOW }),
  });

  it('asks whoever failed late last, and first when there is nobody else', () => {
    expect(calls(planned(2, { memory: { backOff: doubt('h') } }))).toEqual(['i 2', 'h 2']);
    const backOff = { ...doubt('h'), ...doubt('i') };
    expect(calls(planned(2, { memory: { backOff } }))).toEqual(['h 2', 'i 2']);
  });

  it('names who is left out although it is made', () => {
    const backOff = { [backOffKey('cn-hangzhou', anOption('h'))]: refusal() };
    const plan = planLaunch(
      1,
      'scale-out-metric',
      [],
      launchCircumstances({ memory: { backOff } }),
    );
    expect(plan.notes).toEqual(['h is not tried for another 60 s after C']);
    expect(plan.step).not.toBeNull();
  });
});

describe('a launch that is asked for again', () => {
  const circumstances = launchCircumstances();

  it('has its tokens, sizes and tags, and says that it is a repetition', () => {
    const step = planLaunch(3, 'scale-out-metric', [], circumstances).step!;
    const attempts = step.attempts.map(({ option, clientToken, count }) =>
      anAttempt({ option: option.name, clientToken, count }),
    );
    const { operationId } = step;
    const launch = aLaunch({ operationId, count: 3, requestedAt: NOW, attempts });
    expect(resumeLaunch(launch, launchCircumstances({ now: NOW + 60_000 }))).toEqual({
      ...step,
      spotMax: 0,
      reason: 'launch-resumed',
    });
  });

  it('for the warm pool keeps the mark that it was born with', () => {
    const launch = aLaunch({ reason: 'warm-filled' });
    expect(resumeLaunch(launch, circumstances)?.tags[WARM_TAG]).toBe(
      encodeWarmTag(launch.requestedAt),
    );
  });

  it('keeps its limit of spot', () => {
    const options = [anOption('s', { chargeType: 'spot' }), anOption('h')];
    const attempts = [
      anAttempt({ option: 's', count: 1, state: 'accepted', instanceIds: ['i-1'] }),
      anAttempt({ option: 's', count: 3 }),
      anAttempt({ option: 'h', count: 9 }),
    ];
    const resumed = resumeLaunch(
      aLaunch({ attempts }),
      launchCircumstances({ scale: { launch: { options } } }),
    );
    expect(resumed?.spotMax).toBe(3);
  });

  it.each<[string, readonly ReturnType<typeof anAttempt>[], number]>([
    [
      'leaves out options that the policy no longer names',
      [anAttempt({ option: 'gone' }), anAttempt()],
      1,
    ],
    [
      'keeps answered calls, so that what they brought is counted',
      [anAttempt({ state: 'accepted' }), anAttempt()],
      2,
    ],
    ['is none where no option is left', [anAttempt({ option: 'gone' })], 0],
    ['is none where every call is answered', [anAttempt({ state: 'refused' })], 0],
  ])('%s', (_, attempts, count) => {
    expect(resumeLaunch(aLaunch({ attempts }), circumstances)?.attempts.length ?? 0).toBe(count);
  });
});

function refusal(parts: Partial<BackOffMemory> = {}): BackOffMemory {
  return {
    until: inSeconds(60),
    failures: 1,
    lastFailureAt: secondsAgo(60),
    kind: 'stock',
    code: 'C',
    ...parts,
  };
}
