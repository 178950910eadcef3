import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/decide/decide';
import { encodeHealTag, healTag } from '../../../shared/domain/heal-tag';
import { INSTANCE_REASONS } from '../../../shared/domain/instance-reasons';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import { type ReasonCode, REASONS } from '../../../shared/domain/reasons';
import { SCALE_REASONS } from '../../../shared/domain/scale-reasons';
import { millis, permille } from '../../../shared/domain/units';
import { guard } from '../../../shared/guard/guard';
import {
  aBackend,
  aPolicy,
  aPool,
  ejectedMemory,
  failingWindows,
  inSeconds,
  KEY,
  ok,
  pastWindow,
  secondsAgo,
  someBackends,
} from '../../support/builders';

interface Row {
  readonly name: string;
  readonly reason: ReasonCode;
  readonly pool: PoolSnapshot;
  readonly policy?: PoolPolicy;
  /** Where the reason shows: the verdict on `i-0`, a step of it, an alert, or a withheld step. */
  readonly at: 'verdict' | 'step' | 'alert' | 'withheld';
  /** The weights that `i-0` is sent to; left out where the row is not about a weight. */
  readonly to?: readonly number[];
  readonly nextState?: string;
}

const scheduled = {
  eventId: 'e-1',
  kind: 'scheduled-reboot',
  status: 'Scheduled',
  notBefore: inSeconds(120),
} as const;
const order = { instanceId: 'i-0', by: 'ann', reason: 'kernel', at: secondsAgo(5), until: null };
const settledSuspect = {
  state: 'suspect',
  since: secondsAgo(61),
  cause: 'abnormal-in-load-balancer',
} as const;
const onProbation = (parts: Partial<BackendMemory> = {}): Partial<BackendMemory> => ({
  state: 'probation',
  since: secondsAgo(60),
  baseWeights: { [KEY]: 100 },
  written: [{ targetKey: KEY, weight: 10, at: secondsAgo(60) }],
  probationStep: 0,
  probationStepAt: secondsAgo(40),
  ...parts,
});
const drainedAndDue = (
  rung: 'drain' | 'restart' | 'reboot',
  parts: Partial<BackendMemory> = {},
): Partial<BackendMemory> =>
  ejectedMemory({
    ladder: {
      rung,
      operationId: 'op',
      startedAt: secondsAgo(100),
      verifyAt: secondsAgo(1),
      invokeId: null,
    },
    ...parts,
  });
const dead = {
  verdict: 'abnormal',
  weight: 0,
  window: { failures: 10, latencyMedianUs: null },
} as const;
const grayMemory = { windows: failingWindows(8, 3) };
const slowWindows = Array.from({ length: 8 }, (_, index) =>
  pastWindow(index + 1, { latencyMedianUs: 90_000 }),
);
const peersWithWindows = Object.fromEntries(
  Array.from({ length: 9 }, (_, index) => [`i-${index + 1}`, { windows: failingWindows(8, 0) }]),
);
const managed = aPolicy({
  heal: { weights: { kind: 'managed', factor: permille(12_500), feedback: null } },
});
const fed = aPolicy({
  heal: {
    weights: {
      kind: 'managed',
      factor: permille(12_500),
      feedback: {
        errorPenalty: permille(1000),
        deadBand: 5,
        slew: permille(200),
        expiryMs: millis(180_000),
      },
    },
  },
});
const load = (cpu: number, requests: number) => ({
  cpu: ok(permille(cpu)),
  requests: ok({
    startedAt: secondsAgo(61),
    endedAt: secondsAgo(1),
    requests,
    failures: 0,
    latencyMedianUs: 10_000,
  }),
});
const abnormalSettled = (count: number) => ({
  backends: someBackends(count, { 0: { verdict: 'abnormal' } }),
  remembered: { 'i-0': settledSuspect },
});

const rows: readonly Row[] = [
  {
    name: 'a person froze the pool',
    reason: 'guard-frozen',
    at: 'withheld',
    pool: aPool({
      ...abnormalSettled(6),
      freeze: { by: 'ann', reason: 'audit', at: secondsAgo(5), until: inSeconds(60) },
    }),
  },
  {
    name: 'all is well',
    reason: 'healthy',
    at: 'verdict',
    pool: aPool({ backends: someBackends(6) }),
    nextState: 'healthy',
  },
  {
    name: 'a backend nobody has seen before',
    reason: 'newcomer',
    at: 'step',
    pool: aPool({ backends: someBackends(6), strangers: ['i-0'] }),
    to: [10],
    nextState: 'probation',
  },
  {
    name: 'CLB calls it abnormal for longer than the settle time',
    reason: 'abnormal-in-load-balancer',
    at: 'step',
    pool: aPool(abnormalSettled(6)),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'CLB has just called it abnormal',
    reason: 'abnormal-in-load-balancer',
    at: 'verdict',
    pool: aPool({ backends: someBackends(6, { 0: { verdict: 'abnormal' } }) }),
    to: [],
    nextState: 'suspect',
  },
  {
    name: 'ECS says Stopped',
    reason: 'instance-not-running',
    at: 'step',
    pool: aPool({ backends: someBackends(6, { 0: { status: 'Stopped' } }) }),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'ECS does not know it',
    reason: 'instance-gone',
    at: 'alert',
    pool: aPool({ backends: someBackends(6, { 0: { status: 'Missing' } }) }),
    to: [],
    nextState: 'ejected',
  },
  {
    name: 'a spot reclaim is announced',
    reason: 'spot-reclaim',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, {
        0: {
          systemEvents: [
            { eventId: 'e', kind: 'spot-reclaim', status: 'Executing', notBefore: null },
          ],
        },
      }),
    }),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'the instance is locked for recycling',
    reason: 'spot-reclaim',
    at: 'verdict',
    pool: aPool({ backends: someBackends(6, { 0: { locks: ['Recycling'] } }) }),
    to: [0],
  },
  {
    name: 'a reboot is scheduled in two minutes',
    reason: 'scheduled-maintenance',
    at: 'step',
    pool: aPool({ backends: someBackends(6, { 0: { systemEvents: [scheduled] } }) }),
    to: [0],
  },
  {
    name: 'a reboot is scheduled for tomorrow',
    reason: 'healthy',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6, {
        0: { systemEvents: [{ ...scheduled, notBefore: inSeconds(86_400) }] },
      }),
    }),
    to: [],
  },
  {
    name: 'the host fails',
    reason: 'system-failure',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, {
        0: {
          systemEvents: [
            { eventId: 'e', kind: 'system-failure', status: 'Executing', notBefore: null },
          ],
        },
      }),
    }),
    to: [0],
  },
  {
    name: 'three of ten probes fail in window after window',
    reason: 'outlier-errors',
    at: 'step',
    pool: aPool({
      backends: someBackends(10, { 0: { window: { failures: 3 } } }),
      remembered: { ...peersWithWindows, 'i-0': grayMemory },
    }),
    to: [30],
    nextState: 'ejected',
  },
  {
    name: 'it answers seven times slower than its peers',
    reason: 'outlier-latency',
    at: 'step',
    pool: aPool({
      backends: someBackends(10, { 0: { window: { latencyMedianUs: 90_000 } } }),
      remembered: { ...peersWithWindows, 'i-0': { windows: slowWindows } },
    }),
    to: [30],
    nextState: 'ejected',
  },
  {
    name: 'every probe of three windows fails behind a TCP check',
    reason: 'probes-failing',
    at: 'step',
    pool: aPool({
      backends: someBackends(4, { 0: { window: { failures: 10, latencyMedianUs: null } } }),
      remembered: { 'i-0': { windows: failingWindows(2) } },
    }),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'every probe of one window fails',
    reason: 'suspicion-unconfirmed',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(4, { 0: { window: { failures: 10, latencyMedianUs: null } } }),
    }),
    to: [],
    nextState: 'suspect',
  },
  {
    name: 'health and probes are both missing',
    reason: 'signal-missing',
    at: 'verdict',
    pool: aPool({
      backends: [
        {
          ...aBackend('i-0', { window: null }),
          attachments: [{ targetKey: KEY, port: 80, weight: 100, health: missing('read-failed') }],
        },
        ...someBackends(6).slice(1),
      ],
    }),
    to: [],
    nextState: 'healthy',
  },
  {
    name: 'probes fail for all that CLB calls normal',
    reason: 'vantage-broken',
    at: 'alert',
    pool: aPool({
      backends: Array.from({ length: 6 }, (_, index) =>
        aBackend(`i-${index}`, { window: { failures: 10, latencyMedianUs: null } }),
      ),
      remembered: Object.fromEntries(
        Array.from({ length: 6 }, (_, index) => [`i-${index}`, { windows: failingWindows(4) }]),
      ),
    }),
    to: [],
  },
  {
    name: 'a person orders a drain',
    reason: 'operator-drain',
    at: 'step',
    pool: aPool({ backends: someBackends(6), drainOrders: [order] }),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'a person orders a drain of one whose weight was only lowered',
    reason: 'operator-drain',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 30 } }),
      remembered: {
        'i-0': ejectedMemory({
          cause: 'outlier-errors',
          written: [{ targetKey: KEY, weight: 30, at: secondsAgo(120) }],
          ladder: {
            rung: 'lower-weight',
            operationId: '',
            startedAt: secondsAgo(120),
            verifyAt: inSeconds(60),
            invokeId: null,
          },
        }),
      },
      drainOrders: [order],
    }),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'somebody set the weight',
    reason: 'person-set-weight',
    at: 'alert',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 40 } }),
      remembered: { 'i-0': { baseWeights: { [KEY]: 100 } } },
    }),
    to: [],
    nextState: 'healthy',
  },
  {
    name: 'somebody put an ejected backend back',
    reason: 'person-set-weight',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6),
      remembered: { 'i-0': ejectedMemory({ ejectedUntil: inSeconds(60) }) },
    }),
    to: [],
    nextState: 'healthy',
  },
  {
    name: 'well again before its ejection time is over',
    reason: 'still-ejected',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 0 } }),
      remembered: { 'i-0': ejectedMemory({ ejectedUntil: inSeconds(60), goodStreak: 5 }) },
    }),
    to: [],
    nextState: 'ejected',
  },
  {
    name: 'the ejection time has passed and it is well',
    reason: 'ejection-served',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 0 } }),
      remembered: { 'i-0': ejectedMemory({ goodStreak: 1 }) },
    }),
    to: [10],
    nextState: 'probation',
  },
  {
    name: 'the next step of slow start is due',
    reason: 'probation-step',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 10 } }),
      remembered: { 'i-0': onProbation() },
    }),
    to: [32],
    nextState: 'probation',
  },
  {
    name: 'it held its full weight',
    reason: 'probation-passed',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6),
      remembered: {
        'i-0': onProbation({
          probationStep: 4,
          written: [{ targetKey: KEY, weight: 100, at: secondsAgo(40) }],
        }),
      },
    }),
    to: [],
    nextState: 'healthy',
  },
  {
    name: 'the next step is not due yet',
    reason: 'probation-waiting',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 10 } }),
      remembered: { 'i-0': onProbation({ probationStepAt: secondsAgo(5) }) },
    }),
    to: [],
    nextState: 'probation',
  },
  {
    name: 'it fails during probation',
    reason: 'relapsed',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 10, verdict: 'abnormal' } }),
      remembered: { 'i-0': onProbation() },
    }),
    to: [0],
    nextState: 'ejected',
  },
  {
    name: 'a suspect is well again twice in a row',
    reason: 'recovered',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6),
      remembered: { 'i-0': { state: 'suspect', goodStreak: 1 } },
    }),
    to: [],
    nextState: 'healthy',
  },
  {
    name: 'drained and still bad',
    reason: 'repair-service',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: dead }),
      remembered: { 'i-0': drainedAndDue('drain') },
    }),
  },
  {
    name: 'the restart did not help',
    reason: 'repair-reboot',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: dead }),
      remembered: {
        'i-0': drainedAndDue('restart', {
          repairs: [{ rung: 'restart', at: secondsAgo(100), hasHelped: null }],
        }),
      },
    }),
  },
  {
    name: 'a restart is under way',
    reason: 'repair-waiting',
    at: 'verdict',
    pool: aPool({
      backends: someBackends(6, { 0: dead }),
      remembered: {
        'i-0': ejectedMemory({
          ladder: {
            rung: 'restart',
            operationId: 'op',
            startedAt: secondsAgo(10),
            verifyAt: inSeconds(80),
            invokeId: 't',
          },
        }),
      },
    }),
    to: [],
  },
  {
    name: 'the reboot did not help either',
    reason: 'repair-exhausted',
    at: 'alert',
    pool: aPool({
      backends: someBackends(6, { 0: dead }),
      remembered: { 'i-0': drainedAndDue('reboot') },
    }),
    to: [],
  },
  {
    name: 'the weight follows from the vCPU count',
    reason: 'managed-weight',
    at: 'step',
    policy: managed,
    pool: aPool({ backends: someBackends(6, { 0: { cpuCount: 8, weight: 50 } }) }),
    to: [100],
  },
  {
    name: 'the weight follows the load',
    reason: 'feedback-weight',
    at: 'step',
    policy: fed,
    pool: aPool({
      backends: someBackends(2, {
        0: { weight: 50, ...load(250, 6000) },
        1: { weight: 50, ...load(750, 6000) },
      }),
    }),
    to: [60],
  },
  {
    name: 'a write of ours landed late',
    reason: 'late-write-repaired',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 10 } }),
      remembered: {
        'i-0': {
          baseWeights: { [KEY]: 100 },
          written: [
            { targetKey: KEY, weight: 100, at: secondsAgo(20) },
            { targetKey: KEY, weight: 10, at: secondsAgo(60), isUncertain: true },
          ],
        },
      },
    }),
    to: [100],
  },
  {
    name: 'most are dead and one is held out',
    reason: 'panic',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, {
        0: { weight: 0 },
        1: { verdict: 'abnormal' },
        2: { verdict: 'abnormal' },
        3: { verdict: 'abnormal' },
      }),
      remembered: { 'i-0': ejectedMemory() },
    }),
    to: [100],
  },
  {
    name: 'one is held out, and a person takes that back',
    reason: 'reverted',
    at: 'step',
    pool: aPool({
      backends: someBackends(6, { 0: { weight: 0 } }),
      remembered: { 'i-0': ejectedMemory() },
      reversal: { by: 'ann', reason: 'not they', at: secondsAgo(5), until: inSeconds(60) },
    }),
    to: [100],
  },
  {
    name: 'enough are well again',
    reason: 'panic-over',
    at: 'alert',
    pool: aPool({ backends: someBackends(6), memory: { panicSince: secondsAgo(60) } }),
    to: [],
  },
  { name: 'nobody is there', reason: 'pool-empty', at: 'alert', pool: aPool({ backends: [] }) },
  {
    name: 'an ENI is a member',
    reason: 'foreign-members',
    at: 'alert',
    pool: aPool({ backends: someBackends(6), foreignMembers: ['eni-1'] }),
    to: [],
  },
  {
    name: 'the policy names it as protected',
    reason: 'guard-protected',
    at: 'withheld',
    policy: aPolicy({ guards: { protectedInstances: ['i-0'] } }),
    pool: aPool(abnormalSettled(6)),
  },
  {
    name: 'a person orders a drain in panic',
    reason: 'guard-panic',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, {
        1: { verdict: 'abnormal' },
        2: { verdict: 'abnormal' },
        3: { verdict: 'abnormal' },
        4: { verdict: 'abnormal' },
      }),
      drainOrders: [order],
    }),
  },
  {
    name: 'a managed weight rests on stale facts',
    reason: 'guard-evidence',
    at: 'withheld',
    policy: managed,
    pool: aPool({
      backends: someBackends(6).map((backend) => ({
        ...backend,
        instance: { ...backend.instance, kind: 'stale', sampledAt: secondsAgo(900) } as never,
      })),
    }),
  },
  {
    name: 'four of four must stay',
    reason: 'guard-floor',
    at: 'withheld',
    policy: aPolicy({ guards: { floorShare: permille(1000) } }),
    pool: aPool({ backends: someBackends(4), drainOrders: [order] }),
  },
  {
    name: 'it is the only one',
    reason: 'guard-last-serving',
    at: 'withheld',
    policy: aPolicy({ guards: { floorShare: permille(0), floorCount: 0 } }),
    pool: aPool({ backends: someBackends(1), drainOrders: [order] }),
  },
  {
    name: 'one is ejected already',
    reason: 'guard-ejection-cap',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, {
        0: { status: 'Running', systemEvents: [scheduled] },
        1: { weight: 0 },
      }),
      remembered: { 'i-1': ejectedMemory({ ejectedUntil: inSeconds(60) }) },
    }),
  },
  {
    name: 'the others have no room for its work',
    reason: 'guard-overload',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(10, { 0: { window: { failures: 3 } } }).map((backend) => ({
        ...backend,
        ...load(900, 10),
      })),
      remembered: { ...peersWithWindows, 'i-0': grayMemory },
    }),
  },
  {
    name: 'the budget was spent a minute ago',
    reason: 'guard-budget',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, { 0: { systemEvents: [scheduled] } }),
      memory: { changes: [{ at: secondsAgo(60), instanceId: 'i-5' }] },
    }),
  },
  {
    name: 'half of the members vanished',
    reason: 'guard-inventory-drop',
    at: 'withheld',
    pool: aPool({ ...abnormalSettled(6), memory: { memberCount: 12 } }),
  },
  {
    name: 'another repair is under way',
    reason: 'guard-repair-share',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, { 0: dead, 1: dead }),
      remembered: {
        'i-0': drainedAndDue('drain'),
        'i-1': ejectedMemory({
          ladder: {
            rung: 'restart',
            operationId: 'op',
            startedAt: secondsAgo(10),
            verifyAt: inSeconds(80),
            invokeId: 't',
          },
        }),
      },
    }),
  },
  {
    name: 'it is the last one of another group',
    reason: 'guard-other-service',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, {
        0: {
          ...dead,
          otherServices: ok([
            { loadBalancerId: 'lb-9', serverGroupId: 'rsp-9', servingWithoutIt: 0 },
          ]),
        },
      }),
      remembered: { 'i-0': drainedAndDue('drain') },
    }),
  },
  {
    name: 'the breaker is open',
    reason: 'guard-breaker',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, { 0: dead }),
      remembered: { 'i-0': drainedAndDue('drain') },
      memory: { breakerOpenUntil: inSeconds(600) },
    }),
  },
  {
    name: 'marks were refused a minute ago',
    reason: 'guard-writes-refused',
    at: 'withheld',
    pool: aPool({
      backends: someBackends(6, { 0: { systemEvents: [scheduled] } }),
      memory: { refusals: { tag: { code: 'Forbidden.RAM', until: inSeconds(240) } } },
    }),
  },
  {
    name: 'the tag of a withheld ejection',
    reason: 'guard-incomplete',
    at: 'withheld',
    policy: aPolicy({ guards: { floorShare: permille(1000) } }),
    pool: aPool({ backends: someBackends(4, { 0: { systemEvents: [scheduled] } }) }),
  },
];

function reasonsAt(row: Row): readonly ReasonCode[] {
  const policy = row.policy ?? aPolicy();
  const proposal = decide(row.pool, policy);
  const mine = proposal.steps.filter((step) => step.instanceId === 'i-0');
  switch (row.at) {
    case 'verdict':
      return proposal.verdicts
        .filter((verdict) => verdict.instanceId === 'i-0')
        .map((verdict) => verdict.reason);
    case 'step':
      return mine.map((step) => step.reason);
    case 'alert':
      return proposal.alerts.map((alert) => alert.reason);
    case 'withheld':
      return guard(proposal, row.pool, policy).withheld.map((withheld) => withheld.rule);
  }
}

describe('every reason the loop can give', () => {
  it.each(rows.map((row) => [row.reason, row.name, row] as const))(
    '%s: %s',
    (reason, _name, row) => {
      expect(reasonsAt(row)).toContain(reason);
      const proposal = decide(row.pool, row.policy ?? aPolicy());
      const weights = proposal.steps.filter(
        (step) => step.instanceId === 'i-0' && step.kind === 'set-weight',
      );
      if (row.to !== undefined)
        expect(weights.map((step) => step.kind === 'set-weight' && step.to)).toEqual(row.to);
      if (row.nextState !== undefined) expect(proposal.verdicts[0]?.nextState).toBe(row.nextState);
    },
  );

  it('is produced by some row, apart from those of scaling, which have rows of their own, and of the stages that do IO', () => {
    const produced = new Set<string>([
      ...rows.map((row) => row.reason),
      ...Object.keys({ ...SCALE_REASONS, ...INSTANCE_REASONS }),
      'cloud-unreadable',
      'store-unavailable',
      'policy-unusable', // stored-policy.test.ts
      'watchers-full', // watch-slots.test.ts
      'api-budget', // call-budget.test.ts
      'writes-refused', // refused-writes.test.ts: it shows only when a step is tried
    ]);
    expect(Object.keys(REASONS).filter((code) => !produced.has(code))).toEqual([]);
  });

  it('comes with a verdict for every backend, a detail with numbers, and nothing that JSON would lose', () => {
    for (const row of rows) {
      const proposal = decide(row.pool, row.policy ?? aPolicy());
      expect(proposal.verdicts.map((verdict) => verdict.instanceId)).toEqual(
        row.pool.backends.map((backend) => backend.instanceId),
      );
      for (const verdict of proposal.verdicts)
        expect(verdict.detail).toMatch(/CLB|ECS|CPU|missing/);
      expect(JSON.parse(JSON.stringify(proposal))).toStrictEqual(proposal);
      const plan = guard(proposal, row.pool, row.policy ?? aPolicy());
      expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
    }
  });
});

describe('the heal tag', () => {
  it('rebuilds an ejection after the store was lost', () => {
    const tag = encodeHealTag({
      state: 'ejected',
      cause: 'outlier-errors',
      since: secondsAgo(20),
      until: inSeconds(10),
      offences: 2,
      rung: 'drain',
      baseWeights: [80],
      operationId: null,
    });
    const backends = someBackends(6, { 0: { weight: 0, tags: { [healTag('web')]: tag } } });
    const pool = aPool({
      backends,
      strangers: backends.map((backend) => backend.instanceId),
      memorySource: 'tags',
      memory: { updatedAt: null, memberCount: null },
    });
    const proposal = decide(pool, aPolicy());
    expect(proposal.steps).toEqual([]);
    expect(proposal.verdicts[0]?.memoryIfDone).toMatchObject({
      state: 'ejected',
      cause: 'outlier-errors',
      offences: 2,
      baseWeights: { [KEY]: 80 },
      ejectedUntil: inSeconds(10),
    });
    expect(proposal.verdicts.slice(1).every((verdict) => verdict.reason === 'healthy')).toBe(true);
  });
});
