import { describe, expect, it } from '@jest/globals';
import { launchAlerts } from '../../../../shared/decide/scale/launch-alerts';
import { reviewLaunches } from '../../../../shared/decide/scale/review-launches';
import { type BackOffMemory, type ScaleMemory } from '../../../../shared/domain/scale-memory';
import { aPool, inSeconds, NOW, secondsAgo } from '../../../support/builders';
import {
  aCapacity,
  aLaunch,
  anAttempt,
  aScaleMemory,
  aScalePolicy,
} from '../../../support/scale-builders';

describe('alerts about launches', () => {
  const alertsOf = (memory: Partial<ScaleMemory>, failedLaunches: readonly string[] = []) => {
    const known = aScaleMemory(memory);
    const policy = aScalePolicy();
    const { launch } = policy;
    const capacity = aCapacity({ failedLaunches });
    const review = reviewLaunches({ memory: known, roster: [], capacity, launch, now: NOW });
    return launchAlerts(review, policy, { memory: known, pool: aPool({ backends: [] }) });
  };

  it.each([
    ['quota', true],
    ['configuration', true],
    ['account', true],
    ['stock', false],
    ['network', false],
    ['spot-price', false],
    ['late-failure', false],
  ] as const)('call people for what only they can mend: %s, %s', (kind, isCalled) => {
    const alerts = alertsOf({ backOff: { 'a/b/c/spot': refusal({ kind }) } });
    expect(alerts).toHaveLength(isCalled ? 1 : 0);
    if (isCalled)
      expect(alerts[0]).toMatchObject({
        key: 'launch-refused/a/b/c/spot',
        severity: 'critical',
        reason: 'launch-refused',
        instanceId: null,
      });
  });

  it('end with the back-off', () => {
    expect(alertsOf({ backOff: { k: refusal({ kind: 'quota', until: NOW }) } })).toEqual([]);
  });

  it('name the option and the code', () => {
    const [alert] = alertsOf({
      backOff: { 'r/z/t/spot': refusal({ kind: 'quota', code: 'QuotaExceed' }) },
    });
    expect(alert?.message).toContain('r/z/t/spot cannot be launched (QuotaExceed)');
  });

  it('name each lost instance and each launch that is given up', () => {
    const attempts = [anAttempt({ state: 'accepted', instanceIds: ['i-1'] })];
    const old = aLaunch({ operationId: 'launch-0', requestedAt: secondsAgo(601) });
    const alerts = alertsOf({ launches: [aLaunch({ attempts }), old] }, ['i-1']);
    expect(
      alerts.map(({ key, severity, reason, instanceId }) => ({
        key,
        severity,
        reason,
        instanceId,
      })),
    ).toEqual([
      { key: 'launch-lost/i-1', severity: 'warning', reason: 'launch-lost', instanceId: 'i-1' },
      {
        key: 'launch-abandoned/launch-0',
        severity: 'warning',
        reason: 'launch-abandoned',
        instanceId: null,
      },
    ]);
  });

  it.each([
    [5, 'web: 5 launches in a row came to nothing. Launching stops for 60 s.'],
    [4, 'web: the account may not launch. Launching stops for 60 s.'],
  ])('say why launching is stopped: %d failures', (failedLaunches, message) => {
    const alerts = alertsOf({ failedLaunches, breakerOpenUntil: inSeconds(59.5) });
    expect(alerts).toEqual([
      {
        key: 'launch-breaker',
        severity: 'critical',
        reason: 'launch-breaker',
        instanceId: null,
        message,
      },
    ]);
    expect(alertsOf({ failedLaunches, breakerOpenUntil: NOW })).toEqual([]);
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
