import { describe, expect, it } from '@jest/globals';
import {
  CAPACITY_RULES,
  LINT_CODES,
  lintPolicy,
  type LintFinding,
} from '../../../shared/config/lint';
import { FAILOVER_RULES, NAME_RULES } from '../../../shared/config/lint-failover';
import { NOTIFICATION_RULES } from '../../../shared/config/lint-notifications';
import { policySchema } from '../../../shared/config/schema';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { millis } from '../../../shared/domain/units';

type Written = Readonly<Record<string, unknown>>;

/** A policy of one pool, written as in the file; nothing but what the case is about. */
const fleetOf = (pool: Written = {}, file: Written = {}): FleetPolicy =>
  policySchema.parse({
    version: 1,
    region: 'cn-hangzhou',
    alarmSecret: { current: 'env:SECRET' },
    pools: [{ name: 'web', targets: [{ loadBalancer: 'lb-1' }], ...pool }],
    ...file,
  });

const codesOf = (findings: readonly LintFinding[]) => findings.map((finding) => finding.code);
const PROBE = { path: '/ready' };
const http = (healthCheck: Written | null = {}) => ({ port: 80, protocol: 'http', healthCheck });

const TWO_BALANCERS = ['lb-1', 'lb-2'].map((loadBalancer) => ({ loadBalancer }));

/** Each code with a policy that earns it and the nearest one that does not. */
function twoMemberships(second: string) {
  const pool = (name: string, value: string) => ({
    name,
    targets: [{ loadBalancer: `lb-${name}` }],
    membership: { tagKey: 'role', tagValue: value },
  });
  return fleetOf({}, { pools: [pool('a', 'node'), pool('b', second)] });
}

const CASES: readonly (readonly [string, FleetPolicy, FleetPolicy])[] = [
  [
    'panic-leave-not-above-enter',
    fleetOf({ heal: { panic: { enter: '50%', leave: '50%' } } }),
    fleetOf({ heal: { panic: { enter: '50%', leave: '50.1%' } } }),
  ],
  [
    'floor-is-everything',
    fleetOf({ guards: { floorShare: '100%' } }),
    fleetOf({ guards: { floorShare: '99.9%' } }),
  ],
  [
    'floor-blocks-ejection',
    fleetOf({ guards: { floorShare: '50%', floorCount: 4 }, facts: { members: 4 } }),
    fleetOf({ guards: { floorShare: '50%', floorCount: 3 }, facts: { members: 4 } }),
  ],
  ['ejection-cap-zero', fleetOf({ facts: { members: 2 } }), fleetOf({ facts: { members: 3 } })],
  [
    'ejection-cap-nothing',
    fleetOf({ guards: { ejectedShareMax: '0%' } }),
    fleetOf({ guards: { ejectedShareMax: '0.1%' } }),
  ],
  [
    'ejection-cap-below-one',
    fleetOf({ facts: { members: 9 } }),
    fleetOf({ facts: { members: 10 } }),
  ],
  [
    'cap-above-floor',
    fleetOf({ guards: { ejectedShareMax: '30%', floorShare: '80%' }, facts: { members: 10 } }),
    fleetOf({ guards: { ejectedShareMax: '20%', floorShare: '80%' }, facts: { members: 10 } }),
  ],
  ['too-many-backends', fleetOf({ facts: { members: 201 } }), fleetOf({ facts: { members: 200 } })],
  [
    'too-many-backends',
    fleetOf({ targets: TWO_BALANCERS, facts: { members: 201 } }),
    fleetOf({ targets: TWO_BALANCERS, placement: 'one-load-balancer', facts: { members: 400 } }),
  ],
  [
    'too-many-backends',
    fleetOf({
      targets: TWO_BALANCERS,
      placement: 'one-load-balancer',
      facts: { members: 401 },
    }),
    fleetOf({ facts: { members: 200 } }),
  ],
  [
    'own-load-balancer',
    fleetOf({ facts: { callsOwnLoadBalancer: true, listeners: [{ port: 443, protocol: 'tcp' }] } }),
    fleetOf({ facts: { callsOwnLoadBalancer: true, listeners: [http()] } }),
  ],
  [
    'own-load-balancer-unknown',
    fleetOf({ facts: { callsOwnLoadBalancer: true } }),
    fleetOf({ facts: { callsOwnLoadBalancer: true, listeners: [http()] } }),
  ],
  [
    'no-health-check',
    fleetOf({ facts: { listeners: [http(null)] } }),
    fleetOf({ facts: { listeners: [http()] } }),
  ],
  [
    'slow-detection', // 10 × 3 + 2 × 2 = 34 s; 8 × 3 + 2 × 2 = 28 s
    fleetOf({ facts: { listeners: [http({ timeout: '10s' })] } }),
    fleetOf({ facts: { listeners: [http({ timeout: '8s' })] } }),
  ],
  [
    'health-timeout-below-latency',
    fleetOf({ facts: { latencyP99: '5s', listeners: [http()] } }),
    fleetOf({ facts: { latencyP99: '4999ms', listeners: [http()] } }),
  ],
  [
    'health-timeout-below-interval',
    fleetOf({ facts: { listeners: [http({ timeout: '2s', interval: '3s' })] } }),
    fleetOf({ facts: { listeners: [http({ timeout: '3s', interval: '3s' })] } }),
  ],
  ['gray-failures-unseen', fleetOf(), fleetOf({ heal: { probe: PROBE } })],
  [
    'too-few-hosts',
    fleetOf({ heal: { probe: PROBE, outlier: { hostsMin: 5 } }, facts: { members: 4 } }),
    fleetOf({ heal: { probe: PROBE, outlier: { hostsMin: 5 } }, facts: { members: 5 } }),
  ],
  [
    'probe-budget-too-small',
    fleetOf({ heal: { probe: { ...PROBE, perWindow: 20, budgetPerWindow: 19 } } }),
    fleetOf({ heal: { probe: { ...PROBE, perWindow: 20, budgetPerWindow: 20 } } }),
  ],
  [
    'probe-rotation-slow', // 10 at a time, 5 s each, 2 confirmations: 120 s at 120 backends
    fleetOf({
      watchInterval: '5s',
      heal: { probe: { ...PROBE, perWindow: 10, budgetPerWindow: 100 } },
      facts: { members: 121 },
    }),
    fleetOf({
      watchInterval: '5s',
      heal: { probe: { ...PROBE, perWindow: 10, budgetPerWindow: 100 } },
      facts: { members: 120 },
    }),
  ],
  [
    'probe-timeout-below-latency',
    fleetOf({ heal: { probe: { ...PROBE, timeout: '1s' } }, facts: { latencyP99: '1s' } }),
    fleetOf({ heal: { probe: { ...PROBE, timeout: '2s' } }, facts: { latencyP99: '1s' } }),
  ],
  [
    'probe-evidence-stale',
    fleetOf({ heal: { probe: { ...PROBE, window: '5s' }, freshness: { probe: '4s' } } }),
    fleetOf({ heal: { probe: { ...PROBE, window: '5s' }, freshness: { probe: '5s' } } }),
  ],
  [
    'metric-freshness-short',
    fleetOf({ heal: { freshness: { metric: '90s' } } }),
    fleetOf({ heal: { freshness: { metric: '2m' } } }),
  ],
  [
    'watch-faster-than-window',
    fleetOf({ watchInterval: '2s', heal: { probe: PROBE } }),
    fleetOf({ watchInterval: '2500ms', heal: { probe: PROBE } }),
  ],
  [
    'rung-without-settings',
    fleetOf({ heal: { ladder: { rungs: ['drain', 'restart'] } } }),
    fleetOf({ heal: { ladder: { rungs: ['drain', 'restart'], restart: { command: 'x' } } } }),
  ],
  [
    'rung-without-settings',
    fleetOf({ heal: { ladder: { rungs: ['drain', 'reboot'] } } }),
    fleetOf({ heal: { ladder: { rungs: ['drain', 'reboot'], reboot: {} } } }),
  ],
  [
    'settings-without-rung',
    fleetOf({ heal: { ladder: { restart: { command: 'x' } } } }),
    fleetOf({ heal: { ladder: { rungs: ['drain', 'restart'], restart: { command: 'x' } } } }),
  ],
  [
    'restart-wait-below-timeout',
    fleetOf({
      heal: {
        ladder: { rungs: ['restart'], restart: { command: 'x', timeout: '2m', wait: '119s' } },
      },
    }),
    fleetOf({
      heal: {
        ladder: { rungs: ['restart'], restart: { command: 'x', timeout: '2m', wait: '2m' } },
      },
    }),
  ],
  [
    'repair-without-drain',
    fleetOf({ heal: { ladder: { rungs: ['reboot'], reboot: {} } } }),
    fleetOf({ heal: { ladder: { rungs: ['drain', 'reboot'], reboot: {} } } }),
  ],
  [
    'lower-weight-of-nothing',
    fleetOf({ heal: { ladder: { lowerWeightShare: '0%' } } }),
    fleetOf({ heal: { ladder: { lowerWeightShare: '1%' } } }),
  ],
  [
    'settle-below-detection',
    fleetOf({ heal: { ladder: { settle: '18s' } } }),
    fleetOf({ heal: { ladder: { settle: '19s' } } }),
  ],
  [
    'slow-start-from-zero',
    fleetOf({ heal: { slowStart: { firstShare: '0%' } } }),
    fleetOf({ heal: { slowStart: { firstShare: '0.1%' } } }),
  ],
  [
    'slow-start-faster-than-ticks',
    fleetOf({ watch: 'never', heal: { slowStart: { steps: 5, over: '4m' } } }),
    fleetOf({ watch: 'never', heal: { slowStart: { steps: 5, over: '5m' } } }),
  ],
  [
    'ejection-max-below-base',
    fleetOf({ heal: { ejection: { base: '60s', max: '59s' } } }),
    fleetOf({ heal: { ejection: { base: '60s', max: '60s' } } }),
  ],
  [
    'decay-below-ejection',
    fleetOf({ heal: { ejection: { max: '5m', decay: '4m' } } }),
    fleetOf({ heal: { ejection: { max: '5m', decay: '5m' } } }),
  ],
  [
    'weights-saturate',
    fleetOf({ heal: { weights: { kind: 'managed', perVcpu: 25.1 } } }),
    fleetOf({ heal: { weights: { kind: 'managed', perVcpu: 25 } } }),
  ],
  ['watch-always-cost', fleetOf({ watch: 'always' }), fleetOf({ watch: 'unsteady' })],
  [
    'worker-timeout-short', // 10 s for a call + 8 s
    fleetOf({}, { deployment: { workerTimeout: '17s' } }),
    fleetOf({}, { deployment: { workerTimeout: '18s' } }),
  ],
  [
    'worker-timeout-below-watch',
    fleetOf({}, { deployment: { workerTimeout: '69s' } }),
    fleetOf({}, { deployment: { workerTimeout: '70s' } }),
  ],
  ['watch-slower-than-timer', fleetOf({ watchInterval: '1m' }), fleetOf({ watchInterval: '59s' })],
  ['write-quota', fleetOf({ facts: { members: 1801 } }), fleetOf({ facts: { members: 1800 } })],
  [
    'budget-above-call',
    fleetOf({ guards: { budget: { count: 21 } } }),
    fleetOf({ guards: { budget: { count: 20 } } }),
  ],
  [
    'shared-metric-quota', // 43,200 minutes × (4 + ⌈members ÷ 50⌉)
    fleetOf({ facts: { members: 401 } }),
    fleetOf({ facts: { members: 350 } }),
  ],
  [
    'duplicate-target',
    fleetOf({ targets: [{ loadBalancer: 'lb-1' }, { loadBalancer: 'lb-1' }] }),
    fleetOf({ targets: [{ loadBalancer: 'lb-1' }, { loadBalancer: 'lb-2' }] }),
  ],
  ['membership-in-two-pools', twoMemberships('node'), twoMemberships('edge')],
  [
    'memory-store',
    fleetOf({}, { store: { kind: 'memory' } }),
    fleetOf({}, { store: { kind: 'file' } }),
  ],
  ['alarms-refused', fleetOf({}, { alarmSecret: null }), fleetOf()],
  [
    'metric-quota',
    fleetOf({}, { deployment: { otherMetricCalls: 800_000 } }),
    fleetOf({}, { deployment: { otherMetricCalls: 700_000 } }),
  ],
];

describe('lint', () => {
  it.each(CASES)('says %s where it holds, and not next to it', (code, bad, good) => {
    expect(codesOf(lintPolicy(bad))).toContain(code);
    expect(codesOf(lintPolicy(good))).not.toContain(code);
  });

  it('has a case for every code but the one that needs live facts', () => {
    const elsewhere = CAPACITY_RULES.map(({ code }) => code); // scale-lint.test.ts
    const ofNames = [...FAILOVER_RULES, ...NAME_RULES].map(({ code }) => code); // lint-failover.test.ts
    const ofNotifications = NOTIFICATION_RULES.map(({ code }) => code); // notifications.test.ts
    const covered = new Set([
      ...CASES.map(([code]) => code),
      'sticky-drain',
      ...elsewhere,
      ...ofNames,
      ...ofNotifications,
    ]);
    expect(LINT_CODES.map(({ code }) => code).filter((code) => !covered.has(code))).toEqual([]);
  });

  it('gives every finding a sentence, a remedy and a place', () => {
    for (const finding of CASES.flatMap(([, bad]) => lintPolicy(bad))) {
      expect(finding.sentence).toMatch(/\.$/);
      expect(finding.remedy).toMatch(/\.$/);
      expect(Array.isArray(finding.at)).toBe(true);
    }
  });

  it('finds a target that two pools share', () => {
    const fleet = fleetOf(
      {},
      {
        pools: [
          { name: 'a', targets: [{ loadBalancer: 'lb-1' }] },
          { name: 'b', targets: [{ loadBalancer: 'lb-1' }] },
        ],
      },
    );
    expect(lintPolicy(fleet)).toContainEqual(
      expect.objectContaining({
        code: 'duplicate-target',
        poolName: 'b',
        at: ['pools', 1, 'targets', 0],
      }),
    );
  });

  it.each([
    ['a group and one of its ports', {}, { port: 8080 }, true],
    ['one of its ports and the group', { port: 8080 }, {}, true],
    ['the same port twice', { port: 8080 }, { port: 8080 }, true],
    ['two ports', { port: 8080 }, { port: 8081 }, false],
    ['another group', {}, { serverGroup: 'rsp-2', port: 8080 }, false],
    ['another load balancer', {}, { loadBalancer: 'lb-2', port: 8080 }, false],
  ])('calls %s overlapping or not, in one pool and in two', (_, first, second, expected) => {
    const [one, other] = [first, second].map((more) => ({
      ...{ loadBalancer: 'lb-1', serverGroup: 'rsp-1' },
      ...more,
    }));
    const pools = [one, other].map((target, index) => ({ name: `p${index}`, targets: [target] }));
    const found = [
      lintPolicy(fleetOf({ targets: [one, other] })),
      lintPolicy(fleetOf({}, { pools })),
    ];
    for (const findings of found)
      expect(codesOf(findings).includes('duplicate-target')).toBe(expected);
  });

  it('believes the cloud more than the file', () => {
    const fleet = fleetOf({ facts: { members: 2, listeners: [http(null)] } });
    const listener = {
      port: 80,
      protocol: 'http',
      isRunning: true,
      hasHealthCheck: true,
      detectionMs: millis(19_000),
      isSticky: true,
    } as const;
    const target = {
      target: { loadBalancerId: 'lb-1', serverGroupId: 'default' },
      key: 'lb-1/default',
      listeners: [listener],
    };
    const codes = codesOf(lintPolicy(fleet, [{ poolName: 'web', members: 30, targets: [target] }]));
    expect(codes).toContain('sticky-drain');
    expect(codes).not.toContain('no-health-check');
    expect(codes).not.toContain('ejection-cap-zero');
  });
});
