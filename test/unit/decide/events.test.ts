import { describe, expect, it } from '@jest/globals';
import { collectAccusations, nextEventAt } from '../../../shared/decide/accusations';
import { freshMemory } from '../../../shared/decide/remember';
import { type Scene, type Subject } from '../../../shared/decide/scene';
import { type SystemEvent } from '../../../shared/domain/pool';
import { millis } from '../../../shared/domain/units';
import {
  aBackend,
  aPolicy,
  aPool,
  type BackendParts,
  inSeconds,
  NOW,
  stale,
} from '../../support/builders';

const event = (parts: Partial<SystemEvent> = {}): SystemEvent => ({
  eventId: 'e-1',
  kind: 'scheduled-reboot',
  status: 'Scheduled',
  notBefore: inSeconds(400),
  ...parts,
});

function seen(parts: BackendParts, aheadSeconds?: number) {
  const backend = aBackend('i-0', parts);
  const pool = aPool({ backends: [backend] });
  const subject: Subject = {
    backend,
    memory: freshMemory(backend, pool),
    windows: [],
    statistics: [],
    outlier: {
      isOutlier: false,
      confirmedWindows: 0,
      byErrors: false,
      byLatency: false,
      signals: [],
      detail: '',
    },
    isNewcomer: false,
    personWeights: [],
  };
  const scene: Scene = {
    pool,
    policy: aPolicy(
      aheadSeconds === undefined ? {} : { ladder: { drainAheadMs: millis(aheadSeconds * 1000) } },
    ),
    now: NOW,
    vantage: { isBroken: false, probed: 1, failing: 0 },
    subjects: { 'i-0': subject },
    orders: {},
    isPanic: false,
  };
  return {
    accusations: collectAccusations(subject, scene).map(({ cause, isConfirmed, evidence }) => [
      cause,
      isConfirmed,
      evidence.map((fact) => `${fact.signal}, ${fact.strength}: ${fact.detail}`),
    ]),
    next: nextEventAt(subject, scene),
  };
}

describe('announced events', () => {
  it.each<[string, Partial<SystemEvent>, number | undefined, string | null, number | null]>([
    ['far ahead', { notBefore: inSeconds(301) }, undefined, null, 1],
    [
      'as far ahead as is usual',
      { notBefore: inSeconds(300) },
      undefined,
      'scheduled-maintenance',
      null,
    ],
    [
      'as far ahead as the policy says',
      { notBefore: inSeconds(60) },
      60,
      'scheduled-maintenance',
      null,
    ],
    ['further ahead than the policy says', { notBefore: inSeconds(61) }, 60, null, 1],
    ['executing', { status: 'Executing' }, undefined, 'scheduled-maintenance', null],
    ['without a time', { notBefore: null }, undefined, 'scheduled-maintenance', null],
    ['a reclaim', { kind: 'spot-reclaim' }, undefined, 'spot-reclaim', null],
  ])('%s', (_name, parts, ...[ahead, cause, seconds]) => {
    const { accusations, next } = seen({ systemEvents: [event(parts)] }, ahead);
    expect(accusations.map(([why]) => why)).toEqual(cause === null ? [] : [cause]);
    expect(next).toBe(seconds === null ? undefined : inSeconds(seconds));
  });

  it('say what, how far and when, as something certain', () => {
    expect(seen({ systemEvents: [event({ notBefore: inSeconds(40) })] }).accusations).toEqual([
      [
        'scheduled-maintenance',
        true,
        ['system-event, decisive: ECS event e-1: scheduled-reboot, Scheduled, in 40 s'],
      ],
    ]);
    expect(seen({ systemEvents: [event({ notBefore: null })] }).accusations[0]?.[2]).toEqual([
      'system-event, decisive: ECS event e-1: scheduled-reboot, Scheduled, now',
    ]);
  });

  it('are waited for in the order of their times', () => {
    const systemEvents = [900, 500, 700].map((seconds) => event({ notBefore: inSeconds(seconds) }));
    expect(seen({ systemEvents }).next).toBe(inSeconds(200));
    expect(seen({}).next).toBeUndefined();
  });

  it('that are not fresh accuse nobody', () => {
    const events = stale([event({ notBefore: null })]);
    expect(seen({ events })).toEqual({ accusations: [], next: undefined });
  });

  it('of a lock for recycling are reclaims', () => {
    expect(seen({ locks: ['Recycling'] }).accusations).toEqual([
      ['spot-reclaim', true, ['system-event, decisive: instance is locked for Recycling, 1 s ago']],
    ]);
  });
});
