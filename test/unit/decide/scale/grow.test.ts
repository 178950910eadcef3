import { describe, expect, it } from '@jest/globals';
import { fillWarmPool, grow } from '../../../../shared/decide/scale/grow';
import { type Entry } from '../../../../shared/decide/scale/roster';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  launchedAtOf,
  POOL_TAG,
  RETIRE_TAG,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { type Evidence } from '../../../../shared/domain/proposal';
import { type BackOffMemory } from '../../../../shared/domain/scale-memory';
import { permille } from '../../../../shared/domain/units';
import { aBackend, inSeconds, NOW, secondsAgo } from '../../../support/builders';
import {
  anEntry,
  anOption,
  launchCircumstances,
  type LaunchParts,
  type EntryParts,
} from '../../../support/scale-builders';

const EVIDENCE: readonly Evidence[] = [
  { signal: 'instance-cpu', sampledAt: NOW, strength: 'suspicion', detail: 'CPU at 90 %' },
];

const leaving = (instanceId: string, parts: EntryParts = {}): Entry =>
  anEntry(instanceId, {
    stage: 'retiring',
    backend: aBackend(instanceId),
    retire: { reason: 'scale-in', since: secondsAgo(10) },
    ...parts,
  });
const resting = (instanceId: string, parts: EntryParts = {}): Entry =>
  anEntry(instanceId, {
    stage: 'warm',
    facts: { status: 'Stopped', tags: { [POOL_TAG]: 'web', [WARM_TAG]: encodeWarmTag(NOW) } },
    ...parts,
  });

const grown = (gap: number, room: number, parts: LaunchParts = {}) =>
  grow(gap, 'scale-out-metric', EVIDENCE, { ...launchCircumstances(parts), room });
const outline = (steps: ReturnType<typeof grow>['steps']) =>
  steps.map((step) => (step.kind === 'launch' ? `launch ${step.count}` : step.stepId));

describe('filling a gap', () => {
  const roster = [leaving('i-1'), resting('i-2'), resting('i-3')];

  it.each<[string, number, number, readonly Entry[], readonly string[]]>([
    ['who is leaving stays first', 1, 9, roster, ['i-1/keep']],
    ['and only as many as are wanted', 1, 9, [leaving('i-1'), leaving('i-2')], ['i-1/keep']],
    ['then the warm pool wakes', 2, 9, roster, ['i-1/keep', 'i-2/wake', 'i-2/start']],
    [
      'then new ones are launched',
      5,
      9,
      roster,
      ['i-1/keep', 'i-2/wake', 'i-2/start', 'i-3/wake', 'i-3/start', 'launch 2'],
    ],
    ['no more than there is room for', 5, 1, [], ['launch 1']],
    [
      'who stays needs no room, who wakes does',
      5,
      1,
      roster,
      ['i-1/keep', 'i-2/wake', 'i-2/start'],
    ],
    ['without room only who stays', 5, 0, roster, ['i-1/keep']],
    ['nor with less than none', 5, -3, roster, ['i-1/keep']],
    [
      'not who is replaced',
      1,
      9,
      [leaving('i-1', { retire: { reason: 'replaced', since: NOW } })],
      ['launch 1'],
    ],
    ['not who left every group', 1, 9, [leaving('i-1', { backend: null })], ['launch 1']],
    [
      'not who is protected and leaves',
      1,
      9,
      [leaving('i-1', { isProtected: true })],
      ['launch 1'],
    ],
    ['not who is protected and rests', 1, 9, [resting('i-2', { isProtected: true })], ['launch 1']],
    ['not who rests and is not ours', 1, 9, [resting('i-2', { isOurs: false })], ['launch 1']],
    ['not who serves', 1, 9, [anEntry('i-1')], ['launch 1']],
  ])('%s', (...[, gap, room, entries, steps]) => {
    expect(outline(grown(gap, room, { roster: entries }).steps)).toEqual(steps);
  });

  it('marks who wakes as launched before it starts', () => {
    const [mark, start] = grown(1, 9, { roster: [resting('i-2')] }).steps;
    expect(mark).toMatchObject({
      kind: 'tag',
      instanceId: 'i-2',
      reason: 'warm-started',
      removeKeys: [WARM_TAG],
      evidence: EVIDENCE,
    });
    const tags = mark?.kind === 'tag' ? mark.tags : {};
    expect(launchedAtOf(tags[LAUNCH_TAG])).toBe(NOW);
    expect(start).toEqual({
      kind: 'start',
      stepId: 'i-2/start',
      instanceId: 'i-2',
      reason: 'warm-started',
      evidence: EVIDENCE,
    });
  });

  it('wakes the oldest first: the newest may not be set up yet', () => {
    const entries = [
      resting('i-2', { launchedAt: NOW }),
      resting('i-3', { launchedAt: secondsAgo(3600) }),
    ];
    expect(outline(grown(1, 9, { roster: entries }).steps)).toEqual(['i-3/wake', 'i-3/start']);
  });

  it('takes back the mark of who stays', () => {
    expect(grown(1, 9, { roster }).steps[0]).toMatchObject({
      reason: 'drain-cancelled',
      removeKeys: [RETIRE_TAG],
    });
  });

  it('says what keeps it from launching, and only then', () => {
    expect(grown(5, 1, { roster }).notes).toEqual([
      'as many instances as the maximum and the surge allow exist already',
    ]);
    expect(grown(1, 0, { roster }).notes).toEqual([]);
    const idle = Array.from({ length: 6 }, (_, index) =>
      anEntry(`i-${index}`, { stage: 'parked' }),
    );
    const notes = (count: number) =>
      grown(1, 0, { roster: [anEntry('i-9'), ...idle.slice(0, count)] }).notes;
    expect(notes(1)).toEqual([
      'as many instances as the maximum and the surge allow exist already; not in service are 1: i-0 parked',
    ]);
    expect(notes(6)[0]).toContain('not in service are 6: i-0 parked, i-1 parked,');
    expect(notes(6)[0]).toMatch(/i-4 parked, …$/u);
    expect(grown(1, 9, { scale: { launch: { options: [] } } })).toEqual({
      steps: [],
      notes: ['the policy names no way to launch'],
    });
  });
});

describe('filling the warm pool', () => {
  const filled = (size: number, unseen: number, parts: LaunchParts = {}) =>
    fillWarmPool(size, unseen, launchCircumstances(parts));

  it.each<[string, number, number, readonly Entry[], readonly string[]]>([
    ['launches what is missing', 2, 0, [anEntry('i-1')], ['launch 2']],
    ['counts who rests', 2, 0, [resting('i-1')], ['launch 1']],
    ['counts who is on its way there', 2, 0, [resting('i-1', { stage: 'cooling' })], ['launch 1']],
    ['not a ghost', 2, 0, [resting('i-1', { stage: 'ghost' })], ['launch 2']],
    ['not who is unknown', 1, 0, [anEntry('i-1', { owned: null })], ['launch 1']],
    ['counts what was launched and is not listed', 2, 1, [], ['launch 1']],
    ['is content', 1, 0, [resting('i-1')], []],
    ['is content with what comes', 2, 2, [resting('i-1')], []],
  ])('%s', (...[, size, unseen, roster, steps]) => {
    expect(outline(filled(size, unseen, { roster }).steps)).toEqual(steps);
  });

  it('marks its instances from birth, and never takes spot, which cannot be stopped economically', () => {
    const options = [anOption('spot', { chargeType: 'spot' }), anOption('h')];
    const [step] = filled(1, 0, {
      scale: { launch: { options, spotShareMax: permille(1000) } },
    }).steps;
    expect(step).toMatchObject({ reason: 'warm-filled', tags: { [WARM_TAG]: encodeWarmTag(NOW) } });
    expect(step?.kind === 'launch' && step.attempts.map(({ option }) => option.name)).toEqual([
      'h',
    ]);
  });

  it('says why it launches nothing', () => {
    expect(filled(1, 0, { memory: { breakerOpenUntil: inSeconds(9.5) } })).toEqual({
      steps: [],
      notes: ['launching is stopped for another 10 s after launches that came to nothing'],
    });
  });
});

describe('a machine that the cloud does not have', () => {
  const lack: BackOffMemory = {
    until: inSeconds(300),
    failures: 1,
    lastFailureAt: secondsAgo(5),
    kind: 'stock',
    code: 'OperationDenied.NoStock',
  };
  const inZone = (id: string, zoneId: string): Entry =>
    anEntry(id, {
      stage: 'warm',
      facts: {
        status: 'Stopped',
        zoneId,
        tags: { [POOL_TAG]: 'web', [WARM_TAG]: encodeWarmTag(NOW) },
      },
    });
  const roster = [inZone('i-1', 'cn-hangzhou-h'), inZone('i-2', 'cn-hangzhou-i')];
  const at = (kind: BackOffMemory['kind']) => ({
    backOff: { 'cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/pay-as-you-go': { ...lack, kind } },
  });

  it('is not started for: the next candidate wakes, then the next way is tried, and the note says why', () => {
    const { steps, notes } = grown(2, 9, { roster, memory: at('stock') });
    expect(outline(steps)).toEqual(['i-2/wake', 'i-2/start', 'launch 1']);
    expect(notes).toContain(
      'i-1 rests and is not started for another 300 s after OperationDenied.NoStock',
    );
  });

  it('is started for where launches there only never came up', () => {
    expect(outline(grown(1, 9, { roster, memory: at('late-failure') }).steps)).toEqual([
      'i-1/wake',
      'i-1/start',
    ]);
  });

  it('is started for once the back-off is over', () => {
    const over = { backOff: { x: lack } };
    expect(outline(grown(1, 9, { roster, memory: over }).steps)[0]).toBe('i-1/wake');
  });

  it('does not make the warm pool look smaller', () => {
    const again = anEntry('i-1', { stage: 'warm', facts: { status: 'Stopped' } });
    expect(fillWarmPool(1, 0, launchCircumstances({ roster: [again] }))).toEqual({
      steps: [],
      notes: [],
    });
  });
});
