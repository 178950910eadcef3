import { describe, expect, it } from '@jest/globals';
import { type Entry } from '../../../../shared/decide/scale/entry';
import { shrink } from '../../../../shared/decide/scale/shrink';
import { chooseVictims } from '../../../../shared/decide/scale/victims';
import { type BackendVerdict } from '../../../../shared/domain/proposal';
import { type VictimOrder } from '../../../../shared/domain/scale-policy';
import { permille } from '../../../../shared/domain/units';
import { aBackend, aPool, type BackendParts, ok, secondsAgo } from '../../../support/builders';
import {
  anEntry,
  anOwnedInstance,
  aScaledPolicy,
  aScalePolicy,
  type EntryParts,
} from '../../../support/scale-builders';

const ids = (entries: readonly Entry[]): readonly string[] =>
  entries.map(({ instanceId }) => instanceId);
const inZone = (id: string, zoneId: string, parts: Partial<Omit<Entry, 'facts'>> = {}): Entry =>
  anEntry(id, { facts: { zoneId }, ...parts });
const withConnections = (id: string, count: number): Entry =>
  anEntry(id, { owned: anOwnedInstance(id, { connections: ok(count) }) });
const first = (order: readonly VictimOrder[], ...roster: readonly Entry[]): string | undefined =>
  ids(chooseVictims(roster, order, 1))[0];

describe('with one load balancer for each', () => {
  it('who stands behind the fullest leaves first, whatever the policy’s order says', () => {
    const roster = [
      anEntry('i-1', { loadBalancerId: 'lb-1', facts: { zoneId: 'a' } }),
      anEntry('i-2', { loadBalancerId: 'lb-2', facts: { zoneId: 'b' } }),
      anEntry('i-3', { loadBalancerId: 'lb-2', facts: { zoneId: 'b' } }),
      anEntry('i-4', { loadBalancerId: 'lb-1', facts: { zoneId: 'b' } }),
      anEntry('i-5', { loadBalancerId: 'lb-1', facts: { zoneId: 'a' } }),
    ];
    expect(ids(chooseVictims(roster, ['zone-balance'], 3))).toEqual(['i-4', 'i-1', 'i-2']);
  });
});

describe('whoever leaves first', () => {
  it.each<[string, VictimOrder, readonly Entry[], string]>([
    [
      'is in the fullest zone',
      'zone-balance',
      [inZone('i-1', 'a'), inZone('i-2', 'b'), inZone('i-3', 'b')],
      'i-2',
    ],
    [
      'has the oldest template',
      'oldest-template',
      [
        anEntry('i-1', { facts: { templateVersion: 3 } }),
        anEntry('i-2', { facts: { templateVersion: 2 } }),
      ],
      'i-2',
    ],
    [
      'has no known template',
      'oldest-template',
      [anEntry('i-1'), anEntry('i-2', { facts: { templateVersion: null } })],
      'i-2',
    ],
    [
      'has no known facts',
      'oldest-template',
      [anEntry('i-1'), anEntry('i-2', { owned: null })],
      'i-2',
    ],
    [
      'holds the fewest connections',
      'fewest-connections',
      [withConnections('i-1', 9), withConnections('i-2', 8)],
      'i-2',
    ],
    [
      'tells its connections',
      'fewest-connections',
      [anEntry('i-1'), withConnections('i-2', 8000)],
      'i-2',
    ],
    [
      'is on the list',
      'fewest-connections',
      [anEntry('i-1', { owned: null }), withConnections('i-2', 8000)],
      'i-2',
    ],
    [
      'is paid in full',
      'billing',
      [anEntry('i-1', { facts: { isSpot: true } }), anEntry('i-2')],
      'i-2',
    ],
    [
      'came last',
      'newest',
      [
        anEntry('i-1', { launchedAt: secondsAgo(9) }),
        anEntry('i-2', { launchedAt: secondsAgo(8) }),
      ],
      'i-2',
    ],
    [
      'came first',
      'oldest',
      [
        anEntry('i-1', { launchedAt: secondsAgo(8) }),
        anEntry('i-2', { launchedAt: secondsAgo(9) }),
      ],
      'i-2',
    ],
  ])('%s: %s', (_name, order, roster, expected) => {
    expect(first([order], ...roster)).toBe(expected);
    expect(first([order], ...[...roster].reverse())).toBe(expected);
  });

  it('is told apart by the next criterion, at last by its id', () => {
    const roster = [
      withConnections('i-3', 5),
      withConnections('i-2', 5),
      withConnections('i-1', 6),
    ];
    expect(first(['billing', 'fewest-connections'], ...roster)).toBe('i-2');
    expect(first([], anEntry('i-2'), anEntry('i-1'))).toBe('i-1');
  });

  it.each(['held', 'registered', 'ready', 'booting', 'starting', 'asleep'] as const)(
    'does not serve: %s',
    (stage) => {
      expect(
        first(['oldest'], anEntry('i-1'), anEntry('i-2', { stage, launchedAt: secondsAgo(1) })),
      ).toBe('i-2');
    },
  );
});

describe('nobody leaves', () => {
  const onOrder = { reason: 'operator-drain' } as BackendVerdict;
  it.each<[string, Parameters<typeof anEntry>[1]]>([
    ['who is protected', { isProtected: true }],
    ['who is not this pool’s own', { isOurs: false }],
    ['whom a person drains', { stage: 'held', verdict: onOrder }],
    ...(
      [
        'retiring',
        'warm',
        'cooling',
        'condemned',
        'stopped',
        'parked',
        'yielded',
        'overdue',
        'ghost',
      ] as const
    ).map((stage): [string, Parameters<typeof anEntry>[1]] => [`who is ${stage}`, { stage }]),
  ])('%s', (_name, parts) => {
    expect(chooseVictims([anEntry('i-1', parts)], [], 1)).toEqual([]);
  });

  it('but the zone is counted with those who stay in any case', () => {
    const roster = [
      inZone('i-1', 'a'),
      inZone('i-2', 'b'),
      inZone('i-3', 'b', { isProtected: true }),
    ];
    expect(first(['zone-balance'], ...roster)).toBe('i-2');
  });
});

describe('several victims', () => {
  it('keep the zones even, each chosen with the earlier ones gone', () => {
    const roster = ['a', 'a', 'a', 'b', 'b'].map((zone, index) => inZone(`i-${index}`, zone));
    expect(ids(chooseVictims(roster, ['zone-balance'], 3))).toEqual(['i-0', 'i-1', 'i-3']);
  });

  it('are never more than there are', () => {
    expect(ids(chooseVictims([anEntry('i-1')], [], 5))).toEqual(['i-1']);
    expect(chooseVictims([anEntry('i-1')], [], 0)).toEqual([]);
  });
});

describe('scaling in', () => {
  const roster = [anEntry('i-1'), anEntry('i-2', { isProtected: true })];
  const pool = aPool({ backends: [] });
  type ShrinkSources = Parameters<typeof shrink>[2];
  const policy = aScaledPolicy();
  const sources: ShrinkSources = { roster, pool, policy, isPanic: false, raised: new Set() };
  const leave = (surplus: number, parts: Partial<ShrinkSources> = {}) =>
    shrink(surplus, aScalePolicy(), { ...sources, ...parts });

  it('marks as many as are too many', () => {
    const { steps, notes } = leave(1);
    expect(steps).toMatchObject([{ stepId: 'i-1/retire', reason: 'scale-in' }]);
    expect(notes).toEqual([]);
  });

  it('says why fewer leave than may', () => {
    const { steps, notes } = leave(2);
    expect(steps).toHaveLength(1);
    expect(notes).toEqual([
      '2 may leave, 1 can: the others are protected, drained by a person or not this pool’s own',
    ]);
  });

  it('waits for the end of panic', () => {
    expect(leave(1, { isPanic: true })).toEqual({
      steps: [],
      notes: ['the pool is in panic: nobody leaves'],
    });
  });

  describe('of ten, of whom the budget lets two go in a window,', () => {
    const retire = { reason: 'scale-in', since: secondsAgo(200) } as const;
    const ten = (first: BackendParts = {}, parts: EntryParts = {}): ShrinkSources => {
      const backends = Array.from({ length: 10 }, (_, index) =>
        aBackend(`i-${index}`, index === 0 ? first : {}),
      );
      return {
        ...sources,
        pool: aPool({ backends }),
        roster: backends.map((backend, index) =>
          anEntry(backend.instanceId, { backend, ...(index === 0 && parts) }),
        ),
      };
    };
    const leaving = (first: BackendParts, parts: EntryParts = {}): readonly string[] =>
      leave(4, ten(first, parts)).steps.map(({ instanceId }) => instanceId);

    it('marks two, and says what the others wait for', () => {
      const { steps, notes } = leave(4, ten());
      expect(steps).toHaveLength(2);
      expect(notes).toEqual([
        '2 more are to leave: they serve on, as the floor and the budget of 2 changes within 300 s let 2 go now',
      ]);
    });

    it('marks one while another one still waits to be drained', () => {
      expect(leaving({}, { stage: 'retiring', retire })).toEqual(['i-1']);
    });

    it('counts nobody who is drained already', () => {
      expect(leaving({ weight: 0 }, { stage: 'retiring', retire })).toEqual(['i-1', 'i-2']);
    });

    it('marks nobody whom the floor would keep', () => {
      const all = ten();
      const guards = { ...sources.policy.guards, floorShare: permille(900) };
      const policy = { ...sources.policy, guards };
      expect(leave(4, { ...all, policy }).steps).toHaveLength(1);
      const parked = ten({ weight: 0 }, { stage: 'parked' });
      expect(leave(4, { ...parked, policy })).toMatchObject({
        steps: [],
        notes: [expect.stringContaining('4 more are to leave')],
      });
    });

    it('takes whom healing gives weight in this tick for one who carries it already', () => {
      const raised = new Set(['i-0']);
      const newcomer = ten({ weight: 0 }, { stage: 'registered' });
      expect(leave(4, { ...newcomer, raised }).steps).toHaveLength(2);
      expect(leave(4, newcomer).steps).toHaveLength(3);
      const guards = { ...policy.guards, floorShare: permille(900) };
      const kept = { ...newcomer, policy: { ...policy, guards }, raised };
      expect(leave(1, kept).steps).toEqual([]);
    });

    it('counts nobody who has no turn, as it is protected', () => {
      expect(leaving({}, { stage: 'retiring', retire, isProtected: true })).toHaveLength(2);
    });

    it('lets those go besides who carry nothing', () => {
      expect(leaving({ weight: 0 }, { stage: 'held' })).toEqual(['i-0', 'i-1', 'i-2']);
      expect(leaving({ verdict: 'abnormal' }, { stage: 'held' })).toEqual(['i-0', 'i-1', 'i-2']);
    });
  });
});
