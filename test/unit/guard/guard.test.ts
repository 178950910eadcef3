import { describe, expect, it } from '@jest/globals';
import { changeBudget } from '../../../shared/domain/change-budget';
import { encodeHealTag, type HealTag, healTag } from '../../../shared/domain/heal-tag';
import { type BackendMemory, EMPTY_MEMORY } from '../../../shared/domain/memory';
import { nextMemory } from '../../../shared/domain/next-memory';
import { type Plan } from '../../../shared/domain/plan';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../../shared/domain/pool';
import {
  type Evidence,
  type Proposal,
  type SetWeightStep,
  type Step,
} from '../../../shared/domain/proposal';
import { missing } from '../../../shared/domain/reading';
import { targetKey } from '../../../shared/domain/target';
import { millis, permille } from '../../../shared/domain/units';
import { guard } from '../../../shared/guard/guard';
import { decide } from '../../../shared/decide/decide';
import { ejectionCap, repairLimit } from '../../../shared/guard/ledger';
import {
  aBackend,
  aListener,
  anAttachment,
  type BackendParts,
  aPolicy,
  aPool,
  ejectedMemory,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  someBackends,
  stale,
  TARGET,
} from '../../support/builders';

const sure: Evidence = {
  signal: 'system-event',
  strength: 'decisive',
  sampledAt: secondsAgo(2),
  detail: 'reclaim',
};
const probe = (
  secondsBack: number,
  signal: Evidence['signal'] = 'active-probe-errors',
): Evidence => ({
  signal,
  strength: 'suspicion',
  sampledAt: secondsAgo(secondsBack),
  detail: 'failed',
});

const lower = (instanceId: string, parts: Partial<SetWeightStep> = {}): SetWeightStep => ({
  kind: 'set-weight',
  stepId: `${instanceId}/weight/${parts.targetKey ?? KEY}`,
  instanceId,
  reason: 'probes-failing',
  evidence: [sure],
  priority: 'eject',
  targetKey: KEY,
  port: 80,
  from: 100,
  to: 0,
  costsBudget: true,
  ...parts,
});
const tag = (instanceId: string): Step => ({
  kind: 'tag',
  stepId: `${instanceId}/tag`,
  instanceId,
  reason: 'probes-failing',
  evidence: [],
  tags: { 'evenkeel:heal:web': 'x' },
  removeKeys: [],
});
const untag = (instanceId: string): Step => ({
  kind: 'tag',
  stepId: `${instanceId}/untag`,
  instanceId,
  reason: 'recovered',
  evidence: [],
  tags: {},
  removeKeys: ['evenkeel:heal:web'],
});
const restart = (instanceId: string, evidence: readonly Evidence[] = [sure]): Step => ({
  kind: 'restart-service',
  stepId: `${instanceId}/restart`,
  instanceId,
  reason: 'repair-service',
  evidence,
  operationId: 'op',
});
const reboot = (instanceId: string): Step => ({
  kind: 'reboot',
  stepId: `${instanceId}/reboot`,
  instanceId,
  reason: 'repair-reboot',
  evidence: [sure],
  operationId: 'op',
});

/** ECS says so, and no probe is answered. */
const stopped: BackendParts = {
  status: 'Stopped',
  window: { failures: 10, latencyMedianUs: null },
};
/** Wide open: a case narrows only what it is about. */
const open = (guards: Partial<PoolPolicy['guards']> = {}): PoolPolicy =>
  aPolicy({
    guards: {
      floorCount: 0,
      floorShare: permille(0),
      ejectedShareMax: permille(1000),
      ejectedCountMax: 1000,
      budget: { windowMs: millis(300_000), share: permille(1000), count: 1000 },
      repairShareMax: permille(1000),
      inventoryDrop: permille(1000),
      ...guards,
    },
  });

function judge(pool: PoolSnapshot, steps: readonly Step[], policy = open(), isPanic = false): Plan {
  const proposal: Proposal = { ...decide(pool, aPolicy()), steps, isPanic };
  return guard(proposal, pool, policy);
}
const rules = (plan: Plan): readonly (readonly [string, string])[] =>
  plan.withheld.map(({ step, rule }) => [step.stepId, rule] as const);
const well = (count: number, remembered: Record<string, Partial<BackendMemory>> = {}) =>
  aPool({ backends: someBackends(count), remembered });

describe('evidence', () => {
  const six = well(6);
  it.each<[string, readonly Evidence[], boolean]>([
    ['nothing', [], false],
    ['one decisive fresh signal', [sure], true],
    ['what ECS says of the instance', [{ ...sure, signal: 'instance-status' }], true],
    ['one decisive signal at its limit', [{ ...sure, sampledAt: secondsAgo(180) }], true],
    ['one decisive signal past its limit', [{ ...sure, sampledAt: secondsAgo(181) }], false],
    [
      'abnormal at its limit',
      [{ ...sure, signal: 'load-balancer-health', sampledAt: secondsAgo(30) }],
      true,
    ],
    [
      'abnormal past its limit',
      [{ ...sure, signal: 'load-balancer-health', sampledAt: secondsAgo(31) }],
      false,
    ],
    [
      'an order of long ago',
      [{ ...sure, signal: 'operator-order', sampledAt: secondsAgo(90_000) }],
      true,
    ],
    ['probes that claim to be decisive', [{ ...probe(1), strength: 'decisive' }], false],
    ['one suspicion', [probe(1)], false],
    ['the same look read twice', [probe(1), probe(1)], false],
    ['two looks that overlap', [probe(1), probe(3)], false],
    ['two disjoint looks', [probe(1), probe(3.5)], true],
    ['two disjoint looks, the older too old', [probe(1), probe(91)], false],
    ['two different signals at the same moment', [probe(1), probe(1, 'request-errors')], true],
    ['two different signals, one of them too old', [probe(1), probe(361, 'request-errors')], false],
    ['errors and latency of one look', [probe(1), probe(1, 'active-probe-latency')], false],
    ['errors, then latency', [probe(1), probe(3.5, 'active-probe-latency')], true],
    [
      'errors and latency of the same requests',
      [probe(1, 'request-errors'), probe(1, 'request-latency')],
      false,
    ],
    ['CPU alone', [probe(1, 'instance-cpu')], false],
  ])('%s', (_name, evidence, isEnough) => {
    const plan = judge(six, [lower('i-0', { evidence })]);
    expect(rules(plan)).toEqual(isEnough ? [] : [['i-0/weight/lb-1/rsp-1', 'guard-evidence']]);
    expect(plan.steps).toHaveLength(isEnough ? 1 : 0);
  });

  it.each<[string, number, boolean]>([
    ['as far ahead as clocks may differ', -5, true],
    ['further ahead', -5.001, false],
    ['a day ahead', -86_400, false],
  ])('%s counts or not', (_name, secondsBack, isEnough) => {
    const fact = { ...sure, sampledAt: secondsAgo(secondsBack) };
    expect(judge(well(6), [lower('i-0', { evidence: [fact] })]).steps).toHaveLength(
      isEnough ? 1 : 0,
    );
  });

  it('is asked of repairs as of weights', () => {
    const pool = aPool({ backends: someBackends(6, { 0: { weight: 0 } }) });
    expect(rules(judge(pool, [restart('i-0', [probe(1)])]))).toEqual([
      ['i-0/restart', 'guard-evidence'],
    ]);
    expect(rules(judge(pool, [restart('i-0')]))).toEqual([]);
  });

  it('is not asked when a weight goes up or stays', () => {
    for (const to of [10, 11])
      expect(rules(judge(well(3), [lower('i-0', { from: 10, to, evidence: [] })]))).toEqual([]);
  });

  const written = [
    { targetKey: KEY, weight: 30, at: secondsAgo(5) },
    { targetKey: KEY, weight: 100, at: secondsAgo(20), isUncertain: true as const },
  ];
  it.each<[string, Partial<SetWeightStep>, readonly BackendMemory['written'][number][], boolean]>([
    ['back to the weight written last', { to: 30 }, written, true],
    ['to another weight', { to: 20 }, written, false],
    ['for another reason', { to: 30, reason: 'recovered' }, written, false],
    ['from a weight that was never ours', { from: 90, to: 30 }, written, false],
    [
      'from a weight written long ago',
      { to: 30 },
      [written[0]!, { ...written[1]!, at: secondsAgo(601) }],
      false,
    ],
  ])('is not asked when a late write is set right: %s', (_name, parts, writes, isFree) => {
    const plan = judge(well(6, { 'i-0': { written: writes } }), [
      lower('i-0', { evidence: [], reason: 'late-write-repaired', ...parts }),
    ]);
    expect(plan.steps).toHaveLength(isFree ? 1 : 0);
  });

  it.each<[string, Partial<SetWeightStep>, Partial<PoolSnapshot>, boolean]>([
    ['to 1 or more', { to: 1 }, {}, true],
    ['but never to 0', { to: 0 }, {}, false],
    ['nor for another reason', { to: 1, reason: 'recovered' }, {}, false],
    ['nor when the memory was lost', { to: 1 }, { memorySource: 'tags' }, false],
  ])('is not asked of a newcomer that starts low: %s', (_name, parts, more, isFree) => {
    const pool = aPool({ backends: someBackends(6), strangers: ['i-0'], ...more });
    const plan = judge(pool, [
      lower('i-0', { evidence: [], reason: 'newcomer', priority: 'ramp', ...parts }),
    ]);
    expect(plan.steps).toHaveLength(isFree ? 1 : 0);
  });
});

describe('protection', () => {
  const steps = [
    tag('i-0'),
    lower('i-0'),
    restart('i-0'),
    lower('i-0', { stepId: 'up', from: 10, to: 20 }),
    untag('i-0'),
  ];
  const all = steps.map((step) => [step.stepId, 'guard-protected']);
  it.each<[string, PoolSnapshot, PoolPolicy]>([
    ['by the policy', well(6), open({ protectedInstances: ['i-0'] })],
    [
      'by the tag',
      aPool({ backends: someBackends(6, { 0: { tags: { 'evenkeel:protected': '' } } }) }),
      open(),
    ],
    [
      'by a tag seen before ECS went silent',
      aPool({
        backends: someBackends(6, { 0: { instance: missing('read-failed') } }),
        remembered: { 'i-0': { isProtected: true } },
      }),
      open(),
    ],
    [
      'by a tag in a stale reading',
      aPool({
        backends: [
          aBackend('i-0', {
            instance: stale({ ...knownFacts(), tags: { 'evenkeel:protected': 'yes' } }),
          }),
          ...someBackends(6).slice(1),
        ],
      }),
      open(),
    ],
  ])('%s holds for every kind of step', (_name, pool, policy) => {
    expect(rules(judge(pool, steps, policy))).toEqual(all);
  });

  it('ends when the tag is seen to be gone', () => {
    expect(rules(judge(well(6, { 'i-0': { isProtected: true } }), [lower('i-0')]))).toEqual([]);
  });

  it('of one does not protect another', () => {
    expect(rules(judge(well(6), [lower('i-1')], open({ protectedInstances: ['i-0'] })))).toEqual(
      [],
    );
  });
});

describe('floor and last man', () => {
  const places = (plan: Plan): readonly string[] =>
    plan.withheld.map(({ rule, detail }) => `${rule}: ${detail}`);

  it.each<[string, number, number, readonly string[]]>([
    ['a count of 2 lets one of three go', 2, 0, ['i-0']],
    ['a count of 3 lets nobody go', 3, 0, []],
    ['a share is rounded up: 334 ‰ of 3 is 2', 0, 334, ['i-0']],
    ['the larger of the two counts', 1, 667, []],
    ['without a floor all but the last may go', 0, 0, ['i-0', 'i-1']],
  ])('%s', (_name, floorCount, floorShare, out) => {
    const plan = judge(
      well(3),
      ['i-0', 'i-1', 'i-2'].map((id) => lower(id)),
      open({ floorCount, floorShare: permille(floorShare) }),
    );
    expect(plan.steps.map((step) => step.instanceId)).toEqual(out);
  });

  it('says how many would be left where', () => {
    expect(places(judge(well(2), [lower('i-0')], open({ floorCount: 2 })))).toEqual([
      'guard-floor: 1 would be left at lb-1/rsp-1 listener 80, 2 must be',
    ]);
    expect(places(judge(well(1), [lower('i-0')]))).toEqual([
      'guard-last-serving: nobody would be left at lb-1/rsp-1 listener 80',
    ]);
  });

  it.each<[string, BackendParts]>([
    ['dead in the load balancer', { verdict: 'abnormal' }],
    ['at weight 0', { weight: 0 }],
    ['stopped', stopped],
  ])('does not count who is %s', (_name, parts) => {
    const pool = aPool({ backends: someBackends(2, { 1: parts }) });
    expect(rules(judge(pool, [lower('i-0')]))).toEqual([
      ['i-0/weight/lb-1/rsp-1', 'guard-last-serving'],
    ]);
    expect(rules(judge(pool, [lower('i-1')], open({ floorCount: 2 })))).toEqual([]);
  });

  it('counts who is only stale or unseen: absence is no evidence of death', () => {
    const pool = aPool({
      backends: someBackends(2, {
        1: {
          instance: missing('read-failed'),
          attachments: [
            anAttachment({ health: stale([{ listenerPort: 80, verdict: 'abnormal' }]) }),
          ],
        },
      }),
    });
    expect(rules(judge(pool, [lower('i-0')]))).toEqual([]);
  });

  const unread = [anAttachment({ health: missing('read-failed') })];
  const old = [anAttachment({ health: stale([{ listenerPort: 80, verdict: 'normal' as const }]) })];
  const silent = { window: { failures: 10, latencyMedianUs: null } };
  const unprobed = { probe: missing('not-configured') };
  it.each<[string, BackendParts, boolean]>([
    ['no probe, and its health cannot be read', { ...silent, attachments: unread }, false],
    ['no probe, and what is known of its health is old', { ...silent, attachments: old }, false],
    ['no probe, and is called normal', silent, true],
    ['probes, and its health cannot be read', { attachments: unread }, true],
    ['nobody, and runs', { ...unprobed, attachments: unread }, true],
    [
      'nobody, and nobody knows anything of it',
      { ...unprobed, attachments: unread, instance: missing('read-failed') },
      false,
    ],
  ])('counts on who answers %s: %j', (_name, parts, isCounted) => {
    const plan = judge(aPool({ backends: someBackends(2, { 1: parts }) }), [lower('i-0')]);
    expect(plan.withheld.map(({ rule }) => rule)).toEqual(isCounted ? [] : ['guard-last-serving']);
  });

  it('lets a weight be lowered to anything above 0', () => {
    expect(
      rules(
        judge(
          well(1),
          [lower('i-0', { to: 1, priority: 'ramp' })],
          open({ floorCount: 1, ejectedShareMax: permille(1000) }),
        ),
      ),
    ).toEqual([]);
  });

  it('does not count on a restore that has not been seen to be done', () => {
    const pool = aPool({ backends: someBackends(2, { 1: { weight: 0 } }) });
    const up = lower('i-1', { stepId: 'up', from: 0, to: 100, priority: 'restore' });
    expect(rules(judge(pool, [up, lower('i-0')]))).toEqual([
      ['i-0/weight/lb-1/rsp-1', 'guard-last-serving'],
    ]);
  });

  it('holds for every listener: the last one normal behind 443 stays, though 80 has others', () => {
    const health = (https: 'normal' | 'abnormal') => [
      anAttachment({
        health: ok([
          { listenerPort: 80, verdict: 'normal' },
          { listenerPort: 443, verdict: https },
        ]),
      }),
    ];
    const backends = [
      aBackend('i-0', { attachments: health('normal') }),
      aBackend('i-1', { attachments: health('abnormal') }),
    ];
    const pool = aPool({
      backends,
      targets: [{ target: TARGET, key: KEY, listeners: [aListener(80), aListener(443)] }],
    });
    expect(places(judge(pool, [lower('i-0')]))).toEqual([
      'guard-last-serving: nobody would be left at lb-1/rsp-1 listener 443',
    ]);
    expect(rules(judge(pool, [lower('i-1')]))).toEqual([]);
  });

  it('ignores listeners that do not run, and counts the group itself when none does', () => {
    const stopped = { ...aListener(80), isRunning: false };
    const pool = aPool({
      backends: someBackends(1),
      targets: [{ target: TARGET, key: KEY, listeners: [stopped] }],
    });
    expect(places(judge(pool, [lower('i-0')]))).toEqual([
      'guard-last-serving: nobody would be left at lb-1/rsp-1',
    ]);
  });

  it('holds for every target, and one refusal takes the other target’s step with it', () => {
    const other = { loadBalancerId: 'lb-2', serverGroupId: 'default' };
    const [one, two] = [anAttachment(), anAttachment({ targetKey: targetKey(other) })];
    const backends = [
      aBackend('i-0', { attachments: [one, two] }),
      aBackend('i-1', { attachments: [one] }),
    ];
    const targets = [TARGET, other].map((target) => ({
      target,
      key: targetKey(target),
      listeners: [aListener()],
    }));
    const plan = judge(aPool({ backends, targets }), [
      tag('i-0'),
      lower('i-0'),
      lower('i-0', { targetKey: targetKey(other) }),
      restart('i-0'),
      untag('i-0'),
    ]);
    expect(rules(plan)).toEqual([
      ['i-0/tag', 'guard-incomplete'],
      ['i-0/weight/lb-1/rsp-1', 'guard-incomplete'],
      ['i-0/weight/lb-2/default', 'guard-last-serving'],
      ['i-0/restart', 'guard-last-serving'],
    ]);
    expect(plan.steps.map((step) => step.stepId)).toEqual(['i-0/untag']);
  });

  it('leaves the mark on as long as the weight that it tells of is not given back', () => {
    const up = lower('i-0', { stepId: 'up', from: 10, to: 100 });
    const until = inSeconds(30);
    const pool = aPool({
      backends: someBackends(3),
      memory: { refusals: { [`set-weight/${KEY}`]: { code: 'Forbidden.RAM', until } } },
    });
    const plan = judge(pool, [up, untag('i-0'), untag('i-1')]);
    expect(rules(plan)).toEqual([
      ['up', 'guard-writes-refused'],
      ['i-0/untag', 'guard-incomplete'],
    ]);
    expect(plan.steps.map((step) => step.stepId)).toEqual(['i-1/untag']);
  });

  it('gives back what a withheld backend had reserved', () => {
    const other = { loadBalancerId: 'lb-2', serverGroupId: 'default' };
    const backends = [
      aBackend('i-0', {
        attachments: [anAttachment(), anAttachment({ targetKey: targetKey(other) })],
      }),
      aBackend('i-1'),
      aBackend('i-2'),
    ];
    const targets = [TARGET, other].map((target) => ({
      target,
      key: targetKey(target),
      listeners: [aListener()],
    }));
    const steps = [lower('i-0'), lower('i-0', { targetKey: targetKey(other) }), lower('i-1')];
    const plan = judge(
      aPool({ backends, targets }),
      steps,
      open({
        floorCount: 1,
        ejectedCountMax: 1,
        budget: { windowMs: millis(1000), share: permille(1000), count: 1 },
      }),
    );
    expect(plan.steps.map((step) => step.instanceId)).toEqual(['i-1']);
  });

  it.each<[string, Step]>([
    ['restarts', restart('i-0')],
    ['was taken out', lower('i-0')],
  ])(
    'does not count on a backend again that %s in the same plan, though a later step lowers it less',
    (_, first) => {
      const less = lower('i-0', { to: 70, stepId: 'less' });
      const floor = open({ floorCount: 2 });
      expect(rules(judge(well(3), [first, less, lower('i-1')], floor))).toEqual([
        ['i-1/weight/lb-1/rsp-1', 'guard-floor'],
      ]);
    },
  );

  it('holds for repairs: a restart of a serving backend counts as taking it out', () => {
    expect(rules(judge(well(2), [restart('i-0'), reboot('i-1')]))).toEqual([
      ['i-1/reboot', 'guard-last-serving'],
    ]);
    expect(
      rules(judge(aPool({ backends: someBackends(2, { 1: { weight: 0 } }) }), [reboot('i-1')])),
    ).toEqual([]);
  });
});

describe('signals that contradict each other', () => {
  const unseen = missing('budget-spent');
  const silent: Partial<BackendParts> = { window: { failures: 6 } };
  const health = (verdict: 'normal' | 'unavailable') => ({
    attachments: [anAttachment({ verdict })],
  });
  const old = {
    attachments: [anAttachment({ health: stale([{ listenerPort: 80, verdict: 'normal' }]) })],
  };
  /** Five of ten are called stopped by ECS and proposed for 0; the cap is two. */
  const withheldOf = (parts: BackendParts) => {
    const five = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [index, parts]));
    const pool = aPool({ backends: someBackends(10, five) });
    const steps = [0, 1, 2, 3, 4].map((index) => lower(`i-${index}`));
    return rules(judge(pool, steps, open({ ejectedCountMax: 2 }))).map(([, rule]) => rule);
  };
  const beyondTheCap = ['guard-ejection-cap', 'guard-ejection-cap', 'guard-ejection-cap'];
  it.each<[string, BackendParts, readonly string[]]>([
    ['answers probes and is normal', { status: 'Stopped' }, beyondTheCap],
    ['answers half of the probes', { status: 'Stopped', window: { failures: 5 } }, beyondTheCap],
    ['answers probes unchecked', { status: 'Stopped', ...health('unavailable') }, beyondTheCap],
    ['is normal and not probed', { status: 'Stopped', probe: unseen }, beyondTheCap],
    [
      'is normal at one of two listeners',
      {
        status: 'Stopped',
        probe: unseen,
        attachments: [
          anAttachment({
            health: ok([
              { listenerPort: 80, verdict: 'normal' },
              { listenerPort: 81, verdict: 'unavailable' },
            ]),
          }),
        ],
      },
      beyondTheCap,
    ],
    [
      'is normal and was to be probed',
      { status: 'Stopped', window: { probes: 0, failures: 0 } },
      beyondTheCap,
    ],
    ['answers few probes, though it is still normal', { status: 'Stopped', ...silent }, []],
    [
      'is neither probed nor checked',
      { status: 'Stopped', probe: unseen, ...health('unavailable') },
      [],
    ],
    ['was normal some time ago', { status: 'Stopped', probe: unseen, ...old }, []],
    ['is avoided, though it answers', { status: 'Stopped', verdict: 'abnormal' }, []],
  ])('who is stopped and %s is taken out within the cap, or freely', (_name, parts, withheld) => {
    expect(withheldOf(parts)).toEqual(withheld);
  });

  const said = { status: 'Stopped' } as const;
  it('count as loss, and are not counted on', () => {
    const pool = aPool({ backends: someBackends(4, { 0: said, 1: said }) });
    const floor = (count: number) => open({ floorCount: count });
    expect(rules(judge(pool, [lower('i-0'), lower('i-1')], floor(2)))).toEqual([]);
    expect(judge(pool, [lower('i-0')], floor(3)).withheld[0]).toMatchObject({
      rule: 'guard-floor',
      detail: '2 would be left at lb-1/rsp-1 listener 80, 3 must be',
    });
    expect(rules(judge(pool, [lower('i-2')], floor(2)))).toEqual([
      ['i-2/weight/lb-1/rsp-1', 'guard-floor'],
    ]);
  });

  it('about everybody leave everybody where they are', () => {
    const pool = aPool({ backends: someBackends(2, { 0: said, 1: said }) });
    expect(rules(judge(pool, [lower('i-0'), lower('i-1')]))).toEqual([
      ['i-0/weight/lb-1/rsp-1', 'guard-last-serving'],
      ['i-1/weight/lb-1/rsp-1', 'guard-last-serving'],
    ]);
  });

  it('keep who is held out under the cap', () => {
    const pool = aPool({
      backends: someBackends(6, { 0: { ...said, weight: 0 } }),
      remembered: { 'i-0': ejectedMemory() },
    });
    expect(rules(judge(pool, [lower('i-1')], open({ ejectedCountMax: 1 })))).toEqual([
      ['i-1/weight/lb-1/rsp-1', 'guard-ejection-cap'],
    ]);
  });

  it('of listeners: who is abnormal behind one, while another checks nobody, is no dead backend', () => {
    const both = ok([
      { listenerPort: 80, verdict: 'abnormal' as const },
      { listenerPort: 443, verdict: 'unavailable' as const },
    ]);
    expect(withheldOf({ attachments: [anAttachment({ health: both })] })).toEqual(beyondTheCap);
  });
});

describe('cap, budget and repairs', () => {
  it.each([
    [1, 200, 10, 0],
    [2, 200, 10, 0],
    [2, 1000, 10, 1],
    [3, 200, 10, 1],
    [6, 100, 10, 1],
    [40, 100, 10, 4],
    [40, 100, 3, 3],
    [40, 100, 0, 0],
    [40, 0, 10, 0],
    [3, 1, 10, 1],
    [1, 1000, 10, 0],
  ])('the cap of %i members at %i ‰ and %i is %i', (members, share, count, cap) => {
    expect(
      ejectionCap(members, open({ ejectedShareMax: permille(share), ejectedCountMax: count })),
    ).toBe(cap);
  });

  it.each([
    [3, 100, 5, 1],
    [50, 100, 5, 5],
    [50, 100, 4, 4],
    [30, 100, 5, 3],
  ])('the budget of %i members at %i ‰ and %i is %i', (members, share, count, budget) => {
    expect(
      changeBudget(
        members,
        open({ budget: { windowMs: millis(1), share: permille(share), count } }),
      ),
    ).toBe(budget);
  });

  it.each([
    [3, 100, 1],
    [20, 100, 2],
    [29, 100, 2],
  ])('of %i members at %i ‰, %i may be under repair', (members, share, limit) => {
    expect(repairLimit(members, open({ repairShareMax: permille(share) }))).toBe(limit);
  });

  const held = { 'i-0': ejectedMemory() };
  const capped = open({ ejectedCountMax: 1 });
  it('the cap counts who is held out already, once', () => {
    const pool = aPool({ backends: someBackends(6, { 0: { weight: 30 } }), remembered: held });
    expect(rules(judge(pool, [lower('i-0', { from: 30 }), lower('i-1')], capped))).toEqual([
      ['i-1/weight/lb-1/rsp-1', 'guard-ejection-cap'],
    ]);
  });

  it.each<[string, PoolSnapshot]>([
    [
      'who is dead in the load balancer',
      aPool({
        backends: someBackends(6, { 0: { weight: 0, verdict: 'abnormal' } }),
        remembered: held,
      }),
    ],
    [
      'who is stopped',
      aPool({
        backends: someBackends(6, { 0: { ...stopped, weight: 0 } }),
        remembered: held,
      }),
    ],
    [
      'who was drained by a person',
      aPool({
        backends: someBackends(6, { 0: { weight: 0 } }),
        remembered: { 'i-0': ejectedMemory({ cause: 'operator-drain' }) },
      }),
    ],
    [
      'who is on probation',
      aPool({
        backends: someBackends(6, { 0: { weight: 10 } }),
        remembered: { 'i-0': ejectedMemory({ state: 'probation' }) },
      }),
    ],
  ])('the cap does not count %s', (_name, pool) => {
    expect(rules(judge(pool, [lower('i-1'), lower('i-2')], capped))).toEqual([
      ['i-2/weight/lb-1/rsp-1', 'guard-ejection-cap'],
    ]);
  });

  it.each<[string, Partial<SetWeightStep>]>([
    ['a person’s order', { evidence: [{ ...sure, signal: 'operator-order' }] }],
    ['a ramp', { priority: 'ramp', to: 10 }],
    ['feedback', { priority: 'feedback', to: 90 }],
  ])('the cap does not stop %s', (_name, parts) => {
    const pool = aPool({ backends: someBackends(6, { 0: { weight: 0 } }), remembered: held });
    expect(rules(judge(pool, [lower('i-1', parts)], capped))).toEqual([]);
  });

  it('the cap does not stop draining what the load balancer has given up', () => {
    const pool = aPool({
      backends: someBackends(6, { 0: { weight: 0 }, 1: { verdict: 'abnormal' } }),
      remembered: held,
    });
    expect(rules(judge(pool, [lower('i-1')], capped))).toEqual([]);
  });

  const one = open({ budget: { windowMs: millis(60_000), share: permille(1000), count: 1 } });
  it.each<[string, number, boolean]>([
    ['inside the window', 59.999, false],
    ['at its end', 60, true],
  ])('a change %s', (_name, seconds, isFree) => {
    const pool = aPool({
      backends: someBackends(6),
      memory: { changes: [{ at: secondsAgo(seconds), instanceId: 'i-5' }] },
    });
    expect(judge(pool, [lower('i-0')], one).steps).toHaveLength(isFree ? 1 : 0);
  });

  it('the budget counts instances, not attachments, and not what is free or goes up', () => {
    const up = lower('i-3', { from: 1, to: 2, evidence: [] });
    const steps = [
      lower('i-0', { costsBudget: false }),
      lower('i-1', { to: 50 }),
      lower('i-1', { stepId: 'again', from: 50, to: 20 }),
      lower('i-2'),
      up,
    ];
    expect(rules(judge(well(6), steps, one))).toEqual([['i-2/weight/lb-1/rsp-1', 'guard-budget']]);
  });

  const ramp = (instanceId: string, parts: Partial<SetWeightStep> = {}) =>
    lower(instanceId, {
      ...{ evidence: [], reason: 'newcomer', priority: 'ramp', to: 10, costsBudget: false },
      ...parts,
    });
  it('newcomers have an allowance of their own, as large as the budget, and leave the budget alone', () => {
    const pool = aPool({ backends: someBackends(6), strangers: ['i-1', 'i-2'] });
    const plan = judge(pool, [lower('i-0'), ramp('i-1'), ramp('i-2')], one);
    expect(plan.withheld).toMatchObject([
      {
        step: { instanceId: 'i-2' },
        rule: 'guard-budget',
        detail: '1 of 1 newcomers begin their ramp in this tick',
      },
    ]);
    expect(rules(judge(pool, [ramp('i-1'), lower('i-0')], one))).toEqual([]);
  });

  it('a newcomer of two targets is one newcomer', () => {
    const twice = [ramp('i-1', { to: 50 }), ramp('i-1', { stepId: 'again', from: 50, to: 20 })];
    const pool = aPool({ backends: someBackends(6), strangers: ['i-1'] });
    expect(rules(judge(pool, twice, one))).toEqual([]);
  });

  it('a repair under way counts until its wait is over', () => {
    const ladder = (seconds: number, rung: 'restart' | 'reboot' | 'drain') => ({
      ladder: {
        rung,
        operationId: 'op',
        startedAt: NOW,
        verifyAt: inSeconds(seconds),
        invokeId: null,
      },
    });
    const drained = { backends: someBackends(6, { 0: { weight: 0 }, 1: { weight: 0 } }) };
    const limit = open({ repairShareMax: permille(0) });
    const withLadder = (seconds: number, rung: 'restart' | 'reboot' | 'drain') =>
      rules(
        judge(
          aPool({ ...drained, remembered: { 'i-1': ejectedMemory(ladder(seconds, rung)) } }),
          [restart('i-0')],
          limit,
        ),
      );
    expect(withLadder(10, 'restart')).toEqual([['i-0/restart', 'guard-repair-share']]);
    expect(withLadder(10, 'reboot')).toEqual([['i-0/restart', 'guard-repair-share']]);
    expect(withLadder(10, 'drain')).toEqual([]);
    expect(withLadder(0, 'restart')).toEqual([]);
    expect(rules(judge(aPool(drained), [restart('i-0'), restart('i-1')], limit))).toEqual([
      ['i-1/restart', 'guard-repair-share'],
    ]);
  });

  it('a repair neither ends the wait for another one, nor is a lowered weight taken for one', () => {
    const waiting = {
      rung: 'restart',
      operationId: 'op',
      startedAt: NOW,
      verifyAt: inSeconds(60),
      invokeId: null,
    } as const;
    const pool = aPool({
      backends: someBackends(6, { 0: { weight: 0 }, 1: { weight: 0 }, 2: { weight: 0 } }),
      remembered: { 'i-1': ejectedMemory({ ladder: waiting }) },
    });
    const two = open({ repairShareMax: permille(400) });
    expect(rules(judge(pool, [restart('i-0'), restart('i-2')], two))).toEqual([
      ['i-2/restart', 'guard-repair-share'],
    ]);
    expect(rules(judge(pool, [lower('i-3'), restart('i-0')], two))).toEqual([]);
  });

  it('its own repair does not stand in the way of the next rung, but two at once do', () => {
    const ladder = {
      rung: 'restart',
      operationId: 'op',
      startedAt: NOW,
      verifyAt: inSeconds(60),
      invokeId: null,
    } as const;
    const pool = aPool({
      backends: someBackends(6, { 0: { weight: 0 } }),
      remembered: { 'i-0': ejectedMemory({ ladder }) },
    });
    const limit = open({ repairShareMax: permille(0) });
    expect(rules(judge(pool, [reboot('i-0')], limit))).toEqual([]);
    expect(
      rules(judge(pool, [restart('i-0'), reboot('i-0')], limit)).map(([, rule]) => rule),
    ).toEqual(['guard-incomplete', 'guard-repair-share']);
    expect(
      rules(judge(pool, [reboot('i-0'), reboot('i-1')], open({ repairShareMax: permille(400) }))),
    ).toEqual([]);
  });

  it.each<[string, BackendSnapshot['otherServices'], boolean]>([
    ['nobody was asked to look', missing('not-configured'), true],
    [
      'others serve there too',
      ok([{ loadBalancerId: 'lb-9', serverGroupId: 'g', servingWithoutIt: 1 }]),
      true,
    ],
    ['it serves nothing else', ok([]), true],
    [
      'it would be missed',
      ok([
        { loadBalancerId: 'lb-8', serverGroupId: 'g', servingWithoutIt: 3 },
        { loadBalancerId: 'lb-9', serverGroupId: 'g', servingWithoutIt: 0 },
      ]),
      false,
    ],
    ['the look failed', missing('read-failed'), false],
    ['the look is old', stale([]), false],
  ])('a repair goes ahead or not when %s', (_name, otherServices, isFree) => {
    const pool = aPool({ backends: someBackends(6, { 0: { weight: 0, otherServices } }) });
    expect(rules(judge(pool, [restart('i-0')]))).toEqual(
      isFree ? [] : [['i-0/restart', 'guard-other-service']],
    );
  });

  it('the breaker stops repairs and nothing else, until it closes', () => {
    const at = (seconds: number) =>
      rules(
        judge(
          aPool({
            backends: someBackends(6, { 0: { weight: 0 } }),
            memory: { breakerOpenUntil: inSeconds(seconds) },
          }),
          [restart('i-0'), reboot('i-0'), lower('i-1')],
        ),
      );
    expect(at(1).map(([, rule]) => rule)).toEqual(['guard-breaker', 'guard-breaker']);
    expect(at(0)).toEqual([]);
  });
});

describe('what a person is told', () => {
  const details = (plan: Plan): readonly string[] =>
    plan.withheld.map(({ rule, detail }) => `${rule}: ${detail}`);
  const drained = { backends: someBackends(6, { 0: { weight: 0 } }) };
  const under = (seconds: number) =>
    ({
      ladder: {
        rung: 'restart',
        operationId: 'op',
        startedAt: NOW,
        verifyAt: inSeconds(seconds),
        invokeId: null,
      },
    }) as const;
  it.each<[string, Plan]>([
    ['guard-panic: the pool is in panic', judge(well(6), [lower('i-0')], open(), true)],
    ['guard-panic: the pool is in panic', judge(well(6), [restart('i-0')], open(), true)],
    [
      'guard-evidence: 1 pieces of evidence, not enough of them fresh and agreeing',
      judge(well(6), [lower('i-0', { evidence: [probe(1)] })]),
    ],
    [
      'guard-protected: named in the policy',
      judge(well(6), [lower('i-0')], open({ protectedInstances: ['i-0'] })),
    ],
    [
      'guard-protected: tagged evenkeel:protected',
      judge(aPool({ backends: someBackends(6, { 0: { tags: { 'evenkeel:protected': '' } } }) }), [
        lower('i-0'),
      ]),
    ],
    [
      'guard-ejection-cap: it would be 1 ejected of 0 allowed',
      judge(well(6), [lower('i-0')], open({ ejectedCountMax: 0 })),
    ],
    [
      'guard-budget: 1 of 1 changes in this window are used',
      judge(
        aPool({ backends: someBackends(6), memory: { changes: [{ at: NOW, instanceId: 'i-5' }] } }),
        [lower('i-0')],
        open({ budget: { windowMs: millis(1000), share: permille(0), count: 1 } }),
      ),
    ],
    [
      'guard-breaker: repairs are stopped for another 90 s',
      judge(aPool({ ...drained, memory: { breakerOpenUntil: inSeconds(90) } }), [restart('i-0')]),
    ],
    [
      'guard-other-service: what else it serves is not freshly known',
      judge(aPool({ backends: someBackends(6, { 0: { weight: 0, otherServices: stale([]) } }) }), [
        restart('i-0'),
      ]),
    ],
    [
      'guard-other-service: lb-9/g would be left without a backend',
      judge(
        aPool({
          backends: someBackends(6, {
            0: {
              weight: 0,
              otherServices: ok([
                { loadBalancerId: 'lb-9', serverGroupId: 'g', servingWithoutIt: 0 },
              ]),
            },
          }),
        }),
        [restart('i-0')],
      ),
    ],
    [
      'guard-repair-share: 1 of 1 repairs are under way',
      judge(
        aPool({ ...drained, remembered: { 'i-1': ejectedMemory(under(60)) } }),
        [restart('i-0')],
        open({ repairShareMax: permille(0) }),
      ),
    ],
    [
      'guard-incomplete: another step of this backend was withheld',
      judge(well(1), [tag('i-0'), lower('i-0')]),
    ],
    ['guard-incomplete: the instance is not a member of the pool', judge(well(1), [untag('i-9')])],
  ])('%s', (detail, plan) => {
    expect(details(plan)).toContain(detail);
  });
});

describe('at the edges', () => {
  it('without probes two suspicions of one signal agree when they are of different moments', () => {
    const policy = { ...open(), heal: { ...open().heal, probe: null } };
    const seen = (...ages: number[]) =>
      judge(
        well(6),
        [lower('i-0', { evidence: ages.map((age) => probe(age, 'request-errors')) })],
        policy,
      ).steps.length;
    expect([seen(1, 1), seen(1, 2)]).toEqual([0, 1]);
  });

  it('a load balancer that only suspects is not decisive', () => {
    expect(
      judge(well(6), [lower('i-0', { evidence: [{ ...sure, strength: 'suspicion' }] })]).steps,
    ).toEqual([]);
  });

  it('an instance whose tags were never seen may be protected, and is left alone', () => {
    const unseen = { instance: missing('read-failed') } as const;
    const known = aPool({
      backends: someBackends(6, { 0: unseen }),
      remembered: { 'i-0': { isProtected: false } },
    });
    const neverSeen = aPool({ backends: someBackends(6, { 0: unseen }) });
    const stranger = aPool({ backends: someBackends(6, { 0: unseen }), strangers: ['i-0'] });
    expect([known, neverSeen, stranger].map((pool) => rules(judge(pool, [lower('i-0')])))).toEqual([
      [],
      [['i-0/weight/lb-1/rsp-1', 'guard-protected']],
      [['i-0/weight/lb-1/rsp-1', 'guard-protected']],
    ]);
  });

  it('the floor counts the members of each target apart', () => {
    const other = { loadBalancerId: 'lb-2', serverGroupId: 'default' };
    const [one, two] = [anAttachment(), anAttachment({ targetKey: targetKey(other) })];
    const backends = [
      ...['i-0', 'i-1'].map((id) => aBackend(id, { attachments: [one, two] })),
      ...['i-2', 'i-3', 'i-4', 'i-5'].map((id) => aBackend(id, { attachments: [one] })),
    ];
    const targets = [TARGET, other].map((target) => ({
      target,
      key: targetKey(target),
      listeners: [aListener()],
    }));
    const out = (floorShare: number) =>
      judge(
        aPool({ backends, targets }),
        [lower('i-0', { targetKey: targetKey(other) })],
        open({ floorShare: permille(floorShare) }),
      ).steps.length;
    expect([out(500), out(501)]).toEqual([1, 0]);
    const first = (floorShare: number) =>
      judge(
        aPool({ backends, targets }),
        [lower('i-2')],
        open({ floorShare: permille(floorShare) }),
      ).steps.length;
    expect([first(833), first(834)]).toEqual([1, 0]);
  });

  it('setting a late write right is no new ejection', () => {
    const written = [
      { targetKey: KEY, weight: 0, at: secondsAgo(5) },
      { targetKey: KEY, weight: 100, at: secondsAgo(20), isUncertain: true as const },
    ];
    const pool = well(6, { 'i-0': { state: 'suspect', written } });
    expect(
      rules(
        judge(
          pool,
          [lower('i-0', { reason: 'late-write-repaired', evidence: [] })],
          open({ ejectedCountMax: 0 }),
        ),
      ),
    ).toEqual([]);
  });

  it('a person’s order among other evidence is still an order', () => {
    const order: Evidence = { ...sure, signal: 'operator-order' };
    expect(
      rules(
        judge(
          well(6),
          [lower('i-0', { evidence: [order, probe(1)] })],
          open({ ejectedCountMax: 0 }),
        ),
      ),
    ).toEqual([]);
  });

  it('what is free is not stopped by a budget that is used up', () => {
    const spent = aPool({
      backends: someBackends(6),
      memory: { changes: [{ at: NOW, instanceId: 'i-5' }] },
    });
    const budget = { windowMs: millis(1000), share: permille(0), count: 1 };
    expect(rules(judge(spent, [lower('i-0', { costsBudget: false })], open({ budget })))).toEqual(
      [],
    );
  });

  it('a backend of two targets, one dead and one alive, is booked once for each', () => {
    const other = { loadBalancerId: 'lb-2', serverGroupId: 'default' };
    const both = (verdict: 'normal' | 'abnormal') => [
      anAttachment(),
      anAttachment({ targetKey: targetKey(other), verdict }),
    ];
    const backends = ['i-0', 'i-1', 'i-2', 'i-3'].map((id) =>
      aBackend(id, { attachments: both(id === 'i-0' ? 'abnormal' : 'normal') }),
    );
    const targets = [TARGET, other].map((target) => ({
      target,
      key: targetKey(target),
      listeners: [aListener()],
    }));
    const steps = [
      lower('i-0'),
      lower('i-0', { targetKey: targetKey(other), costsBudget: false }),
      lower('i-1'),
    ];
    const byBudget = judge(
      aPool({ backends, targets }),
      steps,
      open({ budget: { windowMs: millis(1000), share: permille(0), count: 1 } }),
    );
    expect(rules(byBudget)).toEqual([['i-1/weight/lb-1/rsp-1', 'guard-budget']]);
    const byCap = judge(aPool({ backends, targets }), steps, open({ ejectedCountMax: 1 }));
    expect(rules(byCap)).toEqual([['i-1/weight/lb-1/rsp-1', 'guard-ejection-cap']]);
  });

  it('ramps, raises and repeats of one that is held out leave room under the cap', () => {
    const pool = aPool({
      backends: someBackends(8, { 0: { weight: 30 } }),
      remembered: { 'i-0': ejectedMemory() },
    });
    const steps = [
      lower('i-0', { from: 30 }),
      lower('i-1', { priority: 'ramp', to: 10 }),
      lower('i-2', { from: 10, to: 20 }),
      lower('i-3'),
      lower('i-4'),
    ];
    expect(rules(judge(pool, steps, open({ ejectedCountMax: 2 })))).toEqual([
      ['i-4/weight/lb-1/rsp-1', 'guard-ejection-cap'],
    ]);
  });

  it('a cap of one is one', () => {
    expect(ejectionCap(3, open({ ejectedCountMax: 1, ejectedShareMax: permille(1) }))).toBe(1);
  });
});

describe('the pool as a whole', () => {
  it('in panic nothing is taken out or repaired, and everything may go back in', () => {
    const up = lower('i-2', { from: 0, to: 100, evidence: [] });
    const plan = judge(well(6), [lower('i-0'), restart('i-1'), up, untag('i-3')], open(), true);
    expect(rules(plan)).toEqual([
      ['i-0/weight/lb-1/rsp-1', 'guard-panic'],
      ['i-1/restart', 'guard-panic'],
    ]);
    expect(plan.steps.map((step) => step.stepId)).toEqual([up.stepId, 'i-3/untag']);
  });

  it.each([
    [7, true],
    [6, true],
    [9, false],
    [10, false],
  ])('of 10 members %i are left with a limit of 300 ‰: untouched only below 7', (left) => {
    const pool = aPool({ backends: someBackends(left), memory: { memberCount: 10 } });
    const up = lower('i-2', { from: 0, to: 100, evidence: [] });
    const withheld = rules(judge(pool, [lower('i-0'), up], open({ inventoryDrop: permille(300) })));
    expect(withheld.map(([, rule]) => rule)).toEqual(
      left < 7 ? ['guard-inventory-drop', 'guard-inventory-drop'] : [],
    );
  });

  it('says how many members were lost', () => {
    const pool = aPool({ backends: someBackends(4), memory: { memberCount: 10 } });
    expect(
      judge(pool, [lower('i-0')], open({ inventoryDrop: permille(300) })).withheld[0]?.detail,
    ).toBe('4 members, 10 before');
  });

  it('steps for strangers are withheld', () => {
    expect(rules(judge(well(2), [lower('i-9'), untag('i-9')])).map(([, rule]) => rule)).toEqual([
      'guard-incomplete',
      'guard-incomplete',
    ]);
  });

  it('nothing proposed, nothing planned', () => {
    expect(judge(well(2), [])).toEqual({ steps: [], withheld: [] });
  });

  it('a tag of its own accord, without anything to announce, is kept', () => {
    expect(judge(well(2), [untag('i-0')]).steps).toHaveLength(1);
  });
});

function knownFacts() {
  const { instance } = aBackend('i-0');
  if (instance.kind === 'missing') throw new Error('the builder gives facts');
  return instance.value;
}

describe('when the store was lost', () => {
  const held = (parts: Partial<HealTag> = {}) => ({
    weight: 0,
    tags: {
      [healTag('web')]: encodeHealTag({
        state: 'ejected',
        cause: 'probes-failing',
        since: secondsAgo(60),
        until: null,
        offences: 1,
        rung: 'drain',
        baseWeights: [100],
        operationId: null,
        ...parts,
      }),
    },
  });
  const lost = (parts: Partial<HealTag> = {}, more: Partial<PoolSnapshot> = {}): PoolSnapshot => ({
    ...aPool({ backends: someBackends(10, { 0: held(parts), 1: held(parts) }) }),
    memory: EMPTY_MEMORY,
    memorySource: 'tags',
    ...more,
  });
  const rulesOf = (pool: PoolSnapshot, guards: Partial<PoolPolicy['guards']>) =>
    rules(judge(pool, [lower('i-5', { priority: 'eject' })], open(guards))).map(([, rule]) => rule);
  const cap = { ejectedCountMax: 2 };
  const budget = { budget: { windowMs: millis(300_000), share: permille(1000), count: 2 } };

  it.each<[string, Partial<PoolPolicy['guards']>, Partial<HealTag>, readonly string[]]>([
    ['the cap counts what the tags say is held out', cap, {}, ['guard-ejection-cap']],
    ['not what they say is drained by order', cap, { cause: 'operator-drain' }, []],
    ['nor what ramps', cap, { state: 'probation' }, []],
    ['the budget counts what the tags say was taken out', budget, {}, ['guard-budget']],
    ['or put on a ramp', budget, { state: 'probation' }, ['guard-budget']],
    ['up to the length of its window', budget, { since: secondsAgo(300) }, []],
    ['not what was drained by order', budget, { cause: 'operator-drain' }, []],
    ['but what was drained to leave', budget, { cause: 'retiring' }, ['guard-budget']],
    ['not what never served', budget, { cause: 'registered' }, []],
  ])('%s', (_name, guards, parts, refused) => {
    expect(rulesOf(lost(parts), guards)).toEqual(refused);
  });

  it('a repair under way by its tag counts as one', () => {
    const limit = open({ repairShareMax: permille(200) });
    const step = { ...restart('i-5'), evidence: [sure] };
    expect(rules(judge(lost({ rung: 'restart' }), [step], limit))).toEqual([
      ['i-5/restart', 'guard-repair-share'],
    ]);
    expect(rules(judge(lost(), [step], limit))).toEqual([]);
  });

  it('and not otherwise: tags do not count beside what the store remembers', () => {
    const { backends } = lost();
    const remembered = { 'i-0': { isProtected: false }, 'i-1': { isProtected: false } };
    expect(rulesOf(aPool({ backends, remembered }), { ...cap, ...budget })).toEqual([]);
  });

  it.each([
    ['cap', cap, 'guard-ejection-cap'],
    ['budget', budget, 'guard-budget'],
  ])('but beside memory that began while tags could not be read: %s', (_name, guards, rule) => {
    const { backends } = lost();
    expect(rulesOf(aPool({ backends }), guards)).toEqual([rule]);
  });

  it('what the tags told of changes is remembered from then on', () => {
    const pool = lost();
    const proposal = decide(pool, open());
    const outcome = { steps: [] };
    const { changes } = nextMemory(pool, proposal, guard(proposal, pool, open()), outcome, NOW);
    expect(changes).toEqual(
      ['i-0', 'i-1'].map((instanceId) => ({ at: secondsAgo(60), instanceId })),
    );
  });
});
