import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/decide/decide';
import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import {
  encodeWarmTag,
  MEMBER_TAG,
  POOL_TAG,
  RETIRE_TAG,
  WARM_TAG,
} from '../../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { type Step } from '../../../shared/domain/proposal';
import { missing } from '../../../shared/domain/reading';
import { type LaunchStep } from '../../../shared/domain/scale-steps';
import { permille } from '../../../shared/domain/units';
import { guard } from '../../../shared/guard/guard';
import {
  anAttachment,
  KEY,
  ejectedMemory,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../support/builders';
import {
  aLaunch,
  anAttempt,
  anOption,
  anOwnedInstance,
  aScaledPolicy,
} from '../../support/scale-builders';
import {
  aScaledPool,
  type InstanceParts,
  outside,
  retired,
  type ScaledPoolParts,
} from '../../support/scaled-pool';

const base = { instanceId: 'i-0', evidence: [] } as const;
const deregister: Step = {
  ...base,
  kind: 'deregister',
  stepId: 'i-0/deregister',
  reason: 'drain-idle',
  targetKey: KEY,
  port: 80,
  openConnections: 0,
};
const register: Step = {
  ...base,
  kind: 'register',
  stepId: 'i-0/register',
  reason: 'registered',
  targetKey: KEY,
  port: 80,
};
const start: Step = { ...base, kind: 'start', stepId: 'i-0/start', reason: 'warm-started' };
const stop: Step = { ...base, kind: 'stop', stepId: 'i-0/stop', reason: 'warm-stopped' };
const remove: Step = { ...base, kind: 'delete', stepId: 'i-0/delete', reason: 'instance-deleted' };
const retirement: Step = {
  ...base,
  kind: 'tag',
  stepId: 'i-0/retire',
  reason: 'scale-in',
  tags: { [RETIRE_TAG]: 'x' },
  removeKeys: [],
};
const note: Step = {
  ...base,
  kind: 'tag',
  stepId: 'i-0/note',
  reason: 'registered',
  tags: {},
  removeKeys: [RETIRE_TAG],
};
const reboot: Step = {
  ...base,
  kind: 'reboot',
  stepId: 'i-0/reboot',
  reason: 'repair-reboot',
  operationId: 'op',
};
const launch = (count: number, parts: Partial<LaunchStep> = {}): Step => ({
  ...base,
  kind: 'launch',
  stepId: `launch-${count}`,
  instanceId: `launch-${count}`,
  reason: 'scale-out-order',
  operationId: `launch-${count}`,
  count,
  attempts: [{ option: anOption('h'), clientToken: 't', count }],
  templateId: 'lt-1',
  templateVersion: null,
  spotMax: 0,
  tags: {},
  ...parts,
});

const peers = Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`i-p${index}`, {}]));
const policy = aScaledPolicy({ max: 6 });

interface More extends ScaledPoolParts {
  readonly isPanic?: boolean;
  readonly policy?: PoolPolicy;
}

/** The rules that withhold these steps on `i-0`, in their order. */
function refusals(
  parts: InstanceParts | null,
  steps: readonly Step[],
  more: More = {},
): readonly string[] {
  const { isPanic = false, policy: under = policy, ...rest } = more;
  const pool: PoolSnapshot = aScaledPool(
    { ...(parts === null ? {} : { 'i-0': parts }), ...peers },
    rest,
  );
  const proposal = { ...decide(pool, under), steps, isPanic };
  return guard(proposal, pool, under).withheld.map(({ rule, detail }) => `${rule}: ${detail}`);
}
const leaving = retired('scale-in', 90);
const idle: InstanceParts = { tags: leaving, backend: { weight: 0 } };
const gone = outside({ tags: leaving });

describe('the gate for what is protected (A33)', () => {
  const destructive: readonly (readonly [Step, InstanceParts])[] = [
    [retirement, { backend: {} }],
    [retirement, gone],
    [deregister, idle],
    [stop, gone],
    [start, outside({ status: 'Stopped' })],
    [remove, gone],
    [register, outside()],
    [reboot, idle],
    [
      {
        ...base,
        kind: 'set-weight',
        stepId: 'i-0/weight',
        reason: 'retiring',
        priority: 'eject',
        targetKey: KEY,
        port: 80,
        from: 100,
        to: 0,
        costsBudget: true,
      },
      {},
    ],
  ];
  it.each(destructive.map(([step, parts]) => [step.kind, step, parts] as const))(
    '%s is refused by tag and by policy',
    (_kind, step, parts) => {
      const tagged = { ...parts, tags: { ...parts.tags, [PROTECTED_TAG]: 'ann' } };
      expect(refusals(tagged, [step])).toEqual([`guard-protected: tagged ${PROTECTED_TAG}`]);
      const named = { ...policy, guards: { ...policy.guards, protectedInstances: ['i-0'] } };
      expect(refusals(parts, [step], { policy: named })).toEqual([
        'guard-protected: named in the policy',
      ]);
    },
  );

  it('holds where only one of two sources shows the tag', () => {
    const byId = {
      ...idle,
      owned: { facts: { tags: { [POOL_TAG]: 'web', ...leaving } } },
      tags: { [PROTECTED_TAG]: 'x' },
    };
    expect(refusals(byId, [deregister])).toEqual([`guard-protected: tagged ${PROTECTED_TAG}`]);
    const byList = {
      ...idle,
      owned: { facts: { tags: { [POOL_TAG]: 'web', [PROTECTED_TAG]: 'x', ...leaving } } },
    };
    expect(refusals(byList, [deregister])).toEqual([`guard-protected: tagged ${PROTECTED_TAG}`]);
  });

  it('is shut while nobody has ever seen its tags, and remembers them', () => {
    const unread = {
      backend: { weight: 0, instance: missing('read-failed') },
      owned: null,
    } as const;
    expect(refusals(unread, [deregister])).toEqual([
      'guard-protected: its tags could not be read yet: it may be protected',
    ]);
    const remembered = (isProtected: boolean) =>
      refusals({ ...unread, healed: { isProtected } }, [deregister]);
    expect(remembered(true)).toEqual([`guard-protected: tagged ${PROTECTED_TAG}`]);
    expect(remembered(false)).toEqual([`guard-not-owned: it has no tag ${POOL_TAG}`]);
  });

  it('holds for deletion protection', () => {
    const kept = { ...gone, owned: { facts: { isDeletionProtected: true } } };
    expect(refusals(kept, [remove])).toEqual([
      'guard-protected: deletion protection is switched on',
    ]);
    expect(refusals(kept, [stop])).toEqual([]);
  });
});

describe('what does not carry this pool’s tag', () => {
  const foreign = (tags: Record<string, string>): ScaledPoolParts => ({
    capacity: {
      tagged: ok([anOwnedInstance('i-0', { facts: { tags: { ...tags, ...leaving } } })]),
    },
  });
  it.each<[string, Record<string, string>, string]>([
    ['nobody’s', {}, `it has no tag ${POOL_TAG}`],
    ['another pool’s', { [POOL_TAG]: 'other' }, 'it belongs to pool other'],
    ['a member by the membership', { [MEMBER_TAG]: 'web' }, `it has no tag ${POOL_TAG}`],
  ])('%s is never started, stopped or deleted', (_name, tags, detail) => {
    for (const step of [start, stop, remove])
      expect(refusals(null, [step], foreign(tags))).toEqual([`guard-not-owned: ${detail}`]);
  });

  it.each<[string, Record<string, string>, readonly string[], readonly string[]]>([
    [
      'nobody’s',
      {},
      [`guard-not-owned: it has no tag ${POOL_TAG}`],
      [`guard-not-owned: it has no tag ${POOL_TAG}`],
    ],
    ['another pool’s', { [POOL_TAG]: 'other' }, [], ['guard-not-owned: it belongs to pool other']],
    [
      'another pool’s member',
      { [MEMBER_TAG]: 'other' },
      [`guard-not-owned: it has no tag ${POOL_TAG}`],
      [`guard-not-owned: it has no tag ${POOL_TAG}`],
    ],
    ['a member', { [MEMBER_TAG]: 'web' }, [], []],
    [
      'a member that another pool owns',
      { [MEMBER_TAG]: 'web', [POOL_TAG]: 'other' },
      [],
      ['guard-not-owned: it belongs to pool other'],
    ],
    ['its own', { [POOL_TAG]: 'web' }, [], []],
  ])(
    '%s: leaves a group only when its owner retires it, and is retired only by its owner',
    (_name, tags, deregistering, retiring) => {
      const parts = { owned: null, tags: { ...tags, ...leaving }, backend: { weight: 0 } };
      expect(refusals(parts, [deregister])).toEqual(deregistering);
      expect(refusals(parts, [retirement])).toEqual(retiring);
    },
  );
});

describe('an instance leaves', () => {
  it('its groups once nothing is sent there, and its tag says so', () => {
    expect(refusals(idle, [deregister])).toEqual([]);
    expect(refusals({ tags: leaving, backend: { weight: 1 } }, [deregister])).toEqual([
      `guard-still-serving: its weight in ${KEY} is 1`,
    ]);
    expect(refusals({ backend: { weight: 0 } }, [deregister])).toEqual([
      'guard-evidence: no tag on it says that it is on its way out',
    ]);
    const inTwo = [
      anAttachment({ weight: 0 }),
      anAttachment({ targetKey: 'lb-1/rsp-2', weight: 7 }),
    ];
    const other = { ...deregister, targetKey: 'lb-1/rsp-2' };
    const half = { tags: leaving, backend: { attachments: inTwo } };
    expect(refusals(half, [deregister])).toEqual([]);
    expect(refusals(half, [other])).toEqual(['guard-still-serving: its weight in lb-1/rsp-2 is 7']);
    const elsewhere = { ...deregister, port: 81 };
    expect(refusals({ tags: leaving, backend: { weight: 1 } }, [elsewhere])).toEqual([]);
  });

  it('also when it is gone and answers nobody, whatever its weight; an old answer is no proof of that', () => {
    const gone = { status: 'Missing', window: { failures: 10 } } as const;
    expect(refusals({ owned: null, backend: gone }, [deregister], { isPanic: true })).toEqual([]);
    expect(refusals({ owned: null, backend: { status: 'Missing' } }, [deregister])).toEqual([
      `guard-not-owned: it has no tag ${POOL_TAG}`,
    ]);
    const old = stale({
      status: 'Missing',
      instanceType: '',
      zoneId: '',
      cpuCount: 0,
      address: '',
      isSpot: false,
      locks: [],
      tags: {},
    } as const);
    expect(refusals({ owned: null, backend: { instance: old } }, [deregister])).toEqual([
      `guard-not-owned: it has no tag ${POOL_TAG}`,
    ]);
  });

  it('for good, or to rest, after it has left every group', () => {
    for (const step of [stop, remove]) {
      expect(refusals(gone, [step])).toEqual([]);
      expect(refusals(idle, [step])).toEqual([`guard-still-serving: it still stands in ${KEY}`]);
      expect(refusals(outside(), [step])).toEqual([
        'guard-evidence: no tag on it says that it is on its way out',
      ]);
    }
    const resting = outside({ tags: { [WARM_TAG]: encodeWarmTag(NOW) } });
    expect(refusals(resting, [stop])).toEqual([]);
    expect(refusals(resting, [remove])).toHaveLength(1);
  });

  it('never in panic', () => {
    for (const [step, parts] of [
      [retirement, {}],
      [deregister, idle],
      [stop, gone],
      [remove, gone],
    ] as const)
      expect(refusals(parts, [step], { isPanic: true })).toEqual([
        'guard-panic: the pool is in panic: nothing is taken away',
      ]);
    expect(refusals(gone, [note], { isPanic: true })).toEqual([]);
  });

  it('not while too many members are missing', () => {
    const dropped = { memory: { memberCount: 20 } };
    for (const step of [stop, remove])
      expect(refusals(gone, [step], dropped)).toEqual([
        'guard-inventory-drop: too many members have vanished since the last tick',
      ]);
    expect(refusals(idle, [deregister], dropped)).toEqual([
      'guard-inventory-drop: 5 members, 20 before',
    ]);
  });
});

describe('an instance in no group', () => {
  it('must be on a list', () => {
    expect(refusals(null, [note])).toEqual([
      'guard-incomplete: the instance is not a member of the pool',
    ]);
    expect(
      refusals(null, [note], { capacity: { owned: stale([anOwnedInstance('i-0')]) } }),
    ).toHaveLength(1);
    expect(refusals(null, [note], { capacity: { tagged: ok([anOwnedInstance('i-0')]) } })).toEqual(
      [],
    );
  });

  it('is neither rebooted nor weighed', () => {
    expect(refusals(gone, [reboot])).toEqual([
      'guard-incomplete: the instance is not a member of the pool',
    ]);
  });

  it('gets all of its steps or none', () => {
    expect(refusals(outside(), [note, remove])).toEqual([
      'guard-incomplete: another step of this instance was withheld',
      'guard-evidence: no tag on it says that it is on its way out',
    ]);
    expect(refusals(outside(), [note, register])).toEqual([]);
  });
});

describe('the maximum', () => {
  const full = (after: number, limit = 7) =>
    `guard-maximum: ${after} instances would run, ${limit} may`;
  it('holds launches, with the surge for replacements on top', () => {
    expect(refusals(null, [launch(3)])).toEqual([]);
    expect(refusals(null, [launch(4)])).toEqual([full(8)]);
    const roomy = aScaledPolicy({ max: 6, warmPool: { size: 1 } });
    expect(refusals(null, [launch(4)], { policy: roomy })).toEqual([]);
    expect(refusals(null, [launch(5)], { policy: roomy })).toEqual([full(9, 8)]);
  });

  it('counts backends of others, and those in no group; not what is stopped', () => {
    expect(refusals({ owned: null }, [launch(3)])).toEqual([full(8)]);
    expect(refusals(outside(), [launch(3)])).toEqual([full(8)]);
    for (const status of ['Stopped', 'Stopping'] as const)
      expect(refusals(outside({ status }), [launch(3)])).toEqual([]);
  });

  it('counts what was accepted and is not on the list yet, once', () => {
    const accepted = aLaunch({
      attempts: [anAttempt({ state: 'accepted', instanceIds: ['i-p0', 'i-8', 'i-9'] })],
    });
    const scale = { launches: [accepted] };
    expect(refusals(null, [launch(1)], { scale })).toEqual([]);
    expect(refusals(null, [launch(2)], { scale })).toEqual([full(8)]);
  });

  it('does not count a launch that is asked for again', () => {
    expect(refusals(null, [launch(9, { reason: 'launch-resumed' })])).toEqual([]);
  });

  it('holds starts, together with what the same plan launches', () => {
    const asleep = outside({ status: 'Stopped' });
    expect(refusals(asleep, [start])).toEqual([]);
    expect(refusals(asleep, [launch(3), start])).toEqual([full(8)]);
    expect(refusals(asleep, [start, launch(3)])).toEqual([full(8)]);
    expect(refusals(asleep, [start, launch(2)])).toEqual([]);
  });

  it('one launch in a tick', () => {
    expect(refusals(null, [launch(1), launch(2)])).toEqual([
      'guard-duplicate: one launch in a tick',
    ]);
  });

  it('a pool that is not scaled launches nothing', () => {
    const { scale, ...healed } = policy;
    expect(scale).toBeDefined();
    expect(refusals(null, [launch(1)], { policy: healed })).toEqual([
      'guard-maximum: the policy does not scale this pool',
    ]);
  });

  it('knows nobody by an unread list', () => {
    expect(refusals(null, [launch(3)], { capacity: { owned: missing('read-failed') } })).toEqual(
      [],
    );
  });
});

describe('the cap on ejections', () => {
  it('is not used up by those on their way out, whatever they were ejected for', () => {
    const out = { backend: { weight: 0 }, healed: ejectedMemory({ since: secondsAgo(30) }) };
    const lower: Step = {
      ...base,
      kind: 'set-weight',
      stepId: 'i-p0/weight',
      instanceId: 'i-p0',
      reason: 'system-failure',
      evidence: [
        { signal: 'system-event', strength: 'decisive', sampledAt: secondsAgo(1), detail: 'x' },
      ],
      priority: 'eject',
      targetKey: KEY,
      port: 80,
      from: 100,
      to: 0,
      costsBudget: false,
    };
    const wide = { ...policy, guards: { ...policy.guards, floorShare: permille(0) } };
    expect(refusals(out, [lower], { policy: wide })).toEqual([
      'guard-ejection-cap: it would be 2 ejected of 1 allowed',
    ]);
    expect(refusals({ ...out, tags: leaving }, [lower], { policy: wide })).toEqual([]);
  });
});
