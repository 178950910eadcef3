import { describe, expect, it } from '@jest/globals';
import { takesRoom, isArriving, type Stage } from '../../../../shared/decide/scale/entry';
import { joinDecisions } from '../../../../shared/decide/scale/join-decisions';
import { type ScaleDecision } from '../../../../shared/decide/scale/sources';
import { decide } from '../../../../shared/decide/decide';
import { type Alert, type Proposal, type Step } from '../../../../shared/domain/proposal';
import { type Instant } from '../../../../shared/domain/units';
import {
  aPolicy,
  aPool,
  inSeconds,
  NOW,
  secondsAgo,
  someBackends,
} from '../../../support/builders';
import { aScaleMemory } from '../../../support/scale-builders';

const pool = aPool({ backends: someBackends(3), memory: { alerts: { 'b/old': secondsAgo(60) } } });
const healed = decide(pool, aPolicy());
const alert = (key: string): Alert => ({
  key,
  severity: 'warning',
  reason: 'foreign-writer',
  instanceId: null,
  message: key,
});
const stepped = (stepId: string): Step => ({
  kind: 'stop',
  stepId,
  instanceId: 'i-0',
  reason: 'warm-stopped',
  evidence: [],
});
const scaling = (parts: Partial<ScaleDecision['proposal']> = {}): ScaleDecision => ({
  steps: [stepped('scale')],
  alerts: [alert('a/new'), alert('b/old')],
  proposal: {
    desired: 3,
    counts: {},
    direction: 'hold',
    limitedBy: [],
    explanations: [],
    stages: [],
    memory: aScaleMemory(),
    isUnsteady: false,
    lookAgainAt: null,
    ...parts,
  },
});
const join = (healing: Partial<Proposal>, parts: Parameters<typeof scaling>[0] = {}): Proposal =>
  joinDecisions({ ...healed, ...healing }, scaling(parts), pool);

describe('healing and scaling as one proposal', () => {
  it('heals first', () => {
    const { steps } = join({ steps: [stepped('heal')] });
    expect(steps.map(({ stepId }) => stepId)).toEqual(['heal', 'scale']);
  });

  it('raises each alert once in a while, and remembers them with heal’s', () => {
    const memory = { ...healed.memory, alerts: { 'c/heal': NOW } };
    const joined = join({ alerts: [alert('c/heal')], memory });
    expect(joined.alerts.map(({ key }) => key)).toEqual(['c/heal', 'a/new']);
    expect(joined.memory.alerts).toMatchObject({ 'a/new': NOW, 'b/old': NOW, 'c/heal': NOW });
    expect(joined.memory.scale).toEqual(aScaleMemory());
    expect(joined.scale?.desired).toBe(3);
  });

  it.each([
    [false, false, false],
    [true, false, true],
    [false, true, true],
  ])('is unsteady where one of them is: %s, %s', (heal, scale, expected) => {
    expect(join({ isUnsteady: heal }, { isUnsteady: scale }).isUnsteady).toBe(expected);
  });

  it.each<[Instant | null, Instant | null, Instant | null]>([
    [null, null, null],
    [inSeconds(5), null, inSeconds(5)],
    [null, inSeconds(7), inSeconds(7)],
    [inSeconds(5), inSeconds(7), inSeconds(5)],
    [inSeconds(7), inSeconds(5), inSeconds(5)],
  ])('looks again at the earlier of two times: %s, %s', (heal, scale, expected) => {
    expect(join({ lookAgainAt: heal }, { lookAgainAt: scale }).lookAgainAt).toBe(expected);
  });
});

describe('what a stage means', () => {
  it.each<[Stage, boolean, boolean]>([
    ['asleep', true, true],
    ['starting', true, true],
    ['booting', true, true],
    ['ready', true, true],
    ['registered', true, true],
    ['serving', false, true],
    ['retiring', false, true],
    ['held', false, true],
    ['absent', false, true],
    ['condemned', false, true],
    ['overdue', false, true],
    ['parked', false, true],
    ['yielded', false, true],
    ['warm', false, false],
    ['cooling', false, false],
    ['stopped', false, false],
    ['ghost', false, false],
  ])('%s: arriving %s, takes room %s', (stage, arriving, room) => {
    expect([isArriving({ stage }), takesRoom({ stage })]).toEqual([arriving, room]);
  });
});
