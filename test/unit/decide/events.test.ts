import { describe, expect, it } from '@jest/globals';
import { collectAccusations, nextEventAt } from '../../../shared/decide/accusations';
import { type SystemEvent } from '../../../shared/domain/pool';
import { millis } from '../../../shared/domain/units';
import { aBackend, aPolicy, type BackendParts, inSeconds, stale } from '../../support/builders';
import { aScene, aSubject } from '../../support/scenes';

const event = (parts: Partial<SystemEvent> = {}): SystemEvent => ({
  eventId: 'e-1',
  kind: 'scheduled-reboot',
  status: 'Scheduled',
  notBefore: inSeconds(400),
  ...parts,
});

function seen(parts: BackendParts, aheadSeconds?: number) {
  const subject = aSubject({ backend: aBackend('i-0', parts), windows: [] });
  const ladder = aheadSeconds === undefined ? {} : { drainAheadMs: millis(aheadSeconds * 1000) };
  const scene = aScene(subject, { policy: aPolicy({ ladder }) });
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
