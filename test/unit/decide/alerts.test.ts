import { describe, expect, it } from '@jest/globals';
import { backendAlerts, deduplicateAlerts, poolAlerts } from '../../../shared/decide/alerts';
import { decide } from '../../../shared/decide/decide';
import { type Scene } from '../../../shared/decide/scene';
import { type Judged } from '../../../shared/decide/steps';
import { type Alert, type BackendVerdict } from '../../../shared/domain/proposal';
import { type ReasonCode } from '../../../shared/domain/reasons';
import { type Instant } from '../../../shared/domain/units';
import {
  aBackend,
  aPolicy,
  aPool,
  inSeconds,
  KEY,
  NOW,
  type PoolParts,
  secondsAgo,
  someBackends,
} from '../../support/builders';
import { aScaledPolicy } from '../../support/scale-builders';
import { anAssessment, aScene, aSubject, type SubjectParts } from '../../support/scenes';

const subject = aSubject();

describe('alerts about the pool', () => {
  const calm = { healthyText: '5 of 6 are healthy', isBreakerOpened: false, isDropped: false };
  const alerts = (
    parts: Omit<PoolParts, 'backends'> & { readonly members?: number } = {},
    scene: Partial<Scene> = {},
    facts: Partial<typeof calm> = {},
  ): readonly Alert[] => {
    const { members = 6, ...rest } = parts;
    const pool = aPool({ backends: someBackends(members), ...rest });
    return poolAlerts(aScene(subject, { pool, ...scene }), { ...calm, ...facts });
  };
  const alert = (
    reason: ReasonCode,
    severity: Alert['severity'],
    message: string,
    key: string = reason,
  ): Alert => ({ key, severity, reason, instanceId: null, message });
  const panic = alert(
    'panic',
    'critical',
    '5 of 6 are healthy: healing stops, last known weights are restored',
  );
  const wasPanic = { memory: { panicSince: secondsAgo(60) } };

  it.each<[string, readonly Alert[], readonly Alert[]]>([
    ['nothing is the matter', alerts(), []],
    ['there is panic', alerts({}, { isPanic: true }), [panic]],
    ['the panic goes on', alerts(wasPanic, { isPanic: true }), [panic]],
    ['the panic is over', alerts(wasPanic), [alert('panic-over', 'info', '5 of 6 are healthy')]],
    [
      'the vantage is broken',
      alerts({}, { vantage: { isBroken: true, probed: 6, failing: 4 } }),
      [
        alert(
          'vantage-broken',
          'warning',
          '4 of 6 backends that CLB calls normal fail their probes',
        ),
      ],
    ],
    [
      'nobody is there',
      alerts({ members: 0 }),
      [alert('pool-empty', 'critical', 'the pool has no members')],
    ],
    [
      'there are members that are no instances',
      alerts({ foreignMembers: ['eni-1', 'eni-2'] }),
      [alert('foreign-members', 'info', 'left alone: eni-1, eni-2')],
    ],
    [
      'the breaker opened',
      alerts({}, {}, { isBreakerOpened: true }),
      [alert('guard-breaker', 'critical', 'repairs did not help; no more for a while')],
    ],
    [
      'many members vanished',
      alerts({ memory: { memberCount: 12 } }, {}, { isDropped: true }),
      [alert('guard-inventory-drop', 'critical', '6 members, 12 before', 'inventory-drop')],
    ],
  ])('when %s', (_name, raised, expected) => {
    expect(raised).toEqual(expected);
  });

  it('of a drop reach people', () => {
    const pool = aPool({ backends: someBackends(6), memory: { memberCount: 12 } });
    expect(decide(pool, aPolicy()).alerts.map(({ key }) => key)).toEqual(['inventory-drop']);
  });
});

describe('alerts about a backend', () => {
  const verdict = (reason: ReasonCode): BackendVerdict => ({
    instanceId: 'i-0',
    state: 'healthy',
    nextState: 'ejected',
    reason,
    detail: 'ECS says so',
    rung: null,
    evidence: [],
    isServing: true,
    isHealthy: false,
    memoryIfDone: subject.memory,
    memoryIfNot: subject.memory,
  });
  const judged = (parts: SubjectParts): Judged => {
    const each = aSubject(parts);
    return {
      subject: each,
      assessment: anAssessment('good'),
      transition: { next: each.memory, reason: 'healthy', detail: '', repair: null },
      before: each.memory,
      feedback: undefined,
    };
  };

  it('say that a person put an ejected backend back, once', () => {
    const { transition, ...rest } = judged({});
    const detail = 'somebody put its weight back';
    const back: Judged = {
      ...rest,
      transition: { ...transition, reason: 'person-set-weight', detail },
      before: { ...transition.next, state: 'ejected' },
    };
    const told = (each: Judged) => backendAlerts([each], [], aPolicy());
    expect(told(back)).toEqual([
      {
        key: 'person-set-weight/i-0',
        severity: 'warning',
        reason: 'person-set-weight',
        instanceId: 'i-0',
        message: 'somebody put its weight back; that is respected for a while',
      },
    ]);
    expect(told({ ...back, before: transition.next })).toEqual([]);
    expect(told({ ...back, transition })).toEqual([]);
    const personWeights = [{ key: KEY, weight: 50, expected: null }];
    expect(told({ ...back, subject: { ...back.subject, personWeights } })).toMatchObject([
      {
        message:
          'somebody else set its weight (lb-1/rsp-1: 50 instead of a weight that is not known); it is kept',
      },
    ]);
  });

  it.each<[ReasonCode, Alert['severity'] | null]>([
    ['repair-exhausted', 'critical'],
    ['system-failure', 'warning'],
    ['scheduled-maintenance', 'info'],
    ['outlier-errors', null],
    ['healthy', null],
  ])('for %s are %s', (reason, severity) => {
    expect(backendAlerts([], [verdict(reason)], aPolicy())).toEqual(
      severity === null
        ? []
        : [
            {
              key: `${reason}/i-0`,
              severity,
              reason,
              instanceId: 'i-0',
              message: 'ECS says so',
            },
          ],
    );
  });

  it.each<[ReasonCode, boolean, string]>([
    [
      'spot-reclaim',
      false,
      'it will be gone, and the pool lacks its capacity until somebody replaces it; ECS says so',
    ],
    ['spot-reclaim', true, 'it will be gone; scaling replaces it; ECS says so'],
    [
      'instance-gone',
      false,
      'it is gone, and the pool lacks its capacity until somebody replaces it; ECS says so',
    ],
    ['instance-gone', true, 'it is gone; scaling replaces it; ECS says so'],
  ])('for %s warn of what will be missing (scaled: %s)', (reason, isScaled, message) => {
    const policy = isScaled ? aScaledPolicy() : aPolicy();
    expect(backendAlerts([], [verdict(reason)], policy)).toEqual([
      { key: `${reason}/i-0`, severity: 'warning', reason, instanceId: 'i-0', message },
    ]);
  });

  it('name every weight that somebody else set', () => {
    const personWeights = [
      { key: 'lb-1/rsp-1', weight: 40, expected: 100 },
      { key: 'lb-2/rsp-2', weight: 0, expected: 10 },
    ];
    expect(
      backendAlerts(
        [judged({ personWeights }), judged({ backend: aBackend('i-1') })],
        [],
        aPolicy(),
      ),
    ).toEqual([
      {
        key: 'person-set-weight/i-0',
        severity: 'warning',
        reason: 'person-set-weight',
        instanceId: 'i-0',
        message:
          'somebody else set its weight (lb-1/rsp-1: 40 instead of 100, lb-2/rsp-2: 0 instead of 10); it is kept',
      },
    ]);
  });
});

it('the keys of alerts are remembered in a fixed order, whenever they were raised', () => {
  const alert = (key: string): Alert => ({
    key,
    severity: 'info',
    reason: 'panic',
    instanceId: null,
    message: '',
  });
  const known = { d: secondsAgo(1), b: secondsAgo(2) };
  const { remembered } = deduplicateAlerts([alert('c'), alert('a')], known, NOW);
  expect(Object.keys(remembered)).toEqual(['a', 'b', 'c', 'd']);
});

it('people are called again after the clock was ahead when they were called', () => {
  const alert: Alert = {
    ...{ key: 'a', severity: 'info', reason: 'panic', instanceId: null, message: '' },
  };
  const raised = (at: Instant) => deduplicateAlerts([alert], { a: at }, NOW).alerts;
  expect(raised(inSeconds(86_400))).toEqual([alert]);
  expect(raised(inSeconds(5))).toEqual([]);
});
