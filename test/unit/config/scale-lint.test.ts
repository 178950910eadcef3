import { describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { CAPACITY_RULES, lintPolicy, type LintFinding } from '../../../shared/config/lint';
import { fleetOf, launch, option, scale, scaled, type Written } from './scaled-policy';

const codesOf = (findings: readonly LintFinding[]) => findings.map((finding) => finding.code);

const launching = (different: Written, rest: Written = {}): FleetPolicy =>
  scaled({ launch: launch(different), ...rest });
const offering = (...options: readonly Written[]): FleetPolicy => launching({ options });
const scheduled = (...schedules: readonly Written[]): FleetPolicy => scaled({ schedules });
const night = (different: Written = {}): Written => ({
  name: 'night',
  timeZone: 'Asia/Shanghai',
  from: '22:00',
  to: '06:00',
  min: 3,
  ...different,
});
const step = (direction: string, threshold: string, change: unknown = 1): Written => ({
  signal: 'cpu',
  direction,
  threshold,
  change,
});
const facts = (declared: Written): Written => ({ facts: declared });
const listeners = (...protocols: readonly string[]): Written =>
  facts({ listeners: protocols.map((protocol) => ({ port: 80, protocol })) });
const group = (port?: number): Written => ({
  targets: [
    { loadBalancer: 'lb-1', serverGroup: 'rsp-1', ...(port === undefined ? {} : { port }) },
  ],
});
const MEMBERSHIP = { membership: { tagKey: 'role', tagValue: 'web' } };
const UNGUARDED = { errorShare: null, latency: null };

/** Each code with a policy that earns it and the nearest one that does not. */
const CASES: readonly (readonly [string, FleetPolicy, FleetPolicy])[] = [
  ['scale-min-above-max', scaled({ min: 11 }), scaled({ min: 10 })],
  [
    'scale-min-below-floor',
    scaled({ min: 2 }, { guards: { floorCount: 3 } }),
    scaled({ min: 3 }, { guards: { floorCount: 3 } }),
  ],
  ['scale-nothing-scales', scaled({ metrics: [] }), scaled({ metrics: [], schedules: [night()] })],
  [
    'scale-nothing-scales',
    scaled({ metrics: [] }),
    scaled({ metrics: [], steps: [step('out', '80%')] }),
  ],
  ['scale-nothing-scales', scaled({ metrics: [] }), scaled({ metrics: [], min: 10 })],
  ['scale-max-above-backends', scaled({ max: 201 }), scaled({ max: 200 })],
  [
    'scale-max-above-backends',
    scaled({ max: 51 }, facts({ quotas: { backendsPerLoadBalancer: 50 } })),
    scaled({ max: 50 }, facts({ quotas: { backendsPerLoadBalancer: 50 } })),
  ],
  ['scale-surge-above-backends', scaled({ max: 200 }), scaled({ max: 199 })],
  [
    'scale-max-above-quota', // 10 + 1 surge + 2 warm
    scaled({ warmPool: { size: 2 } }, facts({ quotas: { instances: 12 } })),
    scaled({ warmPool: { size: 2 } }, facts({ quotas: { instances: 13 } })),
  ],
  [
    'scale-members-outside-bounds',
    scaled({}, facts({ members: 11 })),
    scaled({}, facts({ members: 10 })),
  ],
  [
    'scale-members-outside-bounds',
    scaled({}, facts({ members: 1 })),
    scaled({}, facts({ members: 2 })),
  ],
  [
    'scale-replace-never-first',
    launching({ replaceSurge: 0 }, { min: 10 }),
    launching({ replaceSurge: 0 }, { min: 9 }),
  ],
  [
    'scale-replace-never-first',
    launching({ replaceSurge: 0 }, { min: 10 }),
    launching({ replaceSurge: 1 }, { min: 10 }),
  ],
  [
    'scale-warm-pool-unused', // 10 − 2 + 1
    scaled({ warmPool: { size: 10 } }),
    scaled({ warmPool: { size: 9 } }),
  ],
  [
    'scale-metric-repeated',
    scaled({
      metrics: [
        { signal: 'cpu', target: '60%' },
        { signal: 'cpu', target: '50%' },
      ],
    }),
    scaled({
      metrics: [
        { signal: 'cpu', target: '60%' },
        { signal: 'requests', target: '50/s' },
      ],
    }),
  ],
  [
    'scale-target-out-of-reach', // 91 % × 1.1 = 100.1 %
    scaled({ metrics: [{ signal: 'cpu', target: '91%' }] }),
    scaled({ metrics: [{ signal: 'cpu', target: '90.9%' }] }),
  ],
  [
    'scale-in-out-of-reach',
    scaled({ tolerance: { in: '100%' } }),
    scaled({ tolerance: { in: '99.9%' } }),
  ],
  [
    'scale-dead-band-swallows-range', // 80 % of 10 is 8
    scaled({ min: 9 }),
    scaled({ min: 8 }),
  ],
  [
    'scale-dead-band-swallows-range', // 110 % of 10 is 11
    scaled({ min: 10, max: 11, tolerance: { in: '0%' } }),
    scaled({ min: 10, max: 12, tolerance: { in: '0%' } }),
  ],
  ['scale-dead-band', scaled(), scaled({ metrics: [], steps: [step('out', '80%')] })],
  [
    'scale-without-figures',
    scaled({ metrics: [{ signal: 'requests', target: '9/s' }] }, listeners('tcp', 'udp')),
    scaled({ metrics: [{ signal: 'requests', target: '9/s' }] }, listeners('tcp', 'http')),
  ],
  [
    'scale-load-balancer-alone',
    scaled({ metrics: [{ signal: 'load-balancer-utilisation', target: '60%' }] }),
    scaled(),
  ],
  ['scale-warm-up-below-slow-start', scaled({ warmUp: '179s' }), scaled({ warmUp: '180s' })],
  [
    'scale-flaps', // 40 % × 2 ÷ 1 = 80 %
    scaled({ min: 1, metrics: [], steps: [step('in', '40%'), step('out', '80%')] }),
    scaled({ min: 1, metrics: [], steps: [step('in', '40%'), step('out', '80.1%')] }),
  ],
  [
    'scale-flaps', // 33.1 % × 2 ÷ 1 = 66.2 %, above 60 % with its 10 %
    scaled({ min: 1, max: 3, steps: [step('in', '33.1%')] }),
    scaled({ min: 1, max: 3, steps: [step('in', '33%')] }),
  ],
  [
    'scale-flaps', // half of 10 in one go: 40 % × 10 ÷ 5 = 80 %
    scaled({
      min: 5,
      metrics: [],
      in: { rate: { share: '100%' } },
      steps: [step('in', '40%', '50%'), step('out', '80%')],
    }),
    // the rate lets one go at a time: 40 % × 6 ÷ 5 = 48 %
    scaled({ min: 5, metrics: [], steps: [step('in', '40%', '50%'), step('out', '80%')] }),
  ],
  [
    'scale-flaps',
    scaled({ steps: [step('in', '40%'), step('out', '80%')], min: 1 }),
    scaled({ steps: [step('in', '40%'), step('out', '80%')], min: 1, in: { enabled: false } }),
  ],
  [
    'scale-step-below-target',
    scaled({ steps: [step('out', '60%')] }),
    scaled({ steps: [step('out', '60.1%')] }),
  ],
  [
    'scale-step-direction-off',
    scaled({ steps: [step('out', '80%')], out: { enabled: false } }),
    scaled({ steps: [step('out', '80%')], in: { enabled: false } }),
  ],
  [
    'scale-vetoes-off',
    scaled({ vetoes: { ...UNGUARDED, unhealthyShare: null } }),
    scaled({ vetoes: { ...UNGUARDED, unhealthyShare: '100%' } }),
  ],
  [
    'scale-cpu-alone', // A10
    scaled({ vetoes: UNGUARDED }),
    scaled({ vetoes: { ...UNGUARDED, latency: '1s' } }),
  ],
  [
    'scale-cpu-alone',
    scaled({ vetoes: UNGUARDED }),
    scaled({ vetoes: UNGUARDED, steps: [{ ...step('out', '9/s'), signal: 'requests' }] }),
  ],
  [
    'scale-cpu-alone',
    scaled({ vetoes: UNGUARDED }),
    scaled({ vetoes: UNGUARDED, in: { enabled: false } }),
  ],
  ['scale-veto-never-known', scaled({}, listeners('tcp')), scaled({}, listeners('http'))],
  [
    'scale-veto-never-known',
    scaled({}, listeners('tcp')),
    scaled({ vetoes: UNGUARDED }, listeners('tcp')),
  ],
  ['schedule-repeated', scheduled(night(), night()), scheduled(night(), night({ name: 'b' }))],
  ['schedule-says-nothing', scheduled(night({ min: null })), scheduled(night({ min: 2 }))],
  [
    'schedule-min-above-max',
    scheduled(night({ min: 5, max: 4 })),
    scheduled(night({ min: 4, max: 4 })),
  ],
  ['schedule-outside-bounds', scheduled(night({ min: 11 })), scheduled(night({ min: 10 }))],
  [
    'schedule-outside-bounds',
    scheduled(night({ min: null, max: 1 })),
    scheduled(night({ min: null, max: 2 })),
  ],
  [
    'schedules-contradict', // Saturday 05:59 belongs to both
    scheduled(
      night({ days: ['fri'], min: 5 }),
      night({ name: 'b', days: ['sat'], from: '05:59', to: '07:00', min: null, max: 4 }),
    ),
    scheduled(
      night({ days: ['fri'], min: 5 }),
      night({ name: 'b', days: ['sat'], from: '06:00', to: '07:00', min: null, max: 4 }),
    ),
  ],
  [
    'schedules-overlap',
    scheduled(night(), night({ name: 'b', days: ['mon'] })),
    scheduled(night(), night({ name: 'b', days: ['mon'], min: null, max: 9 })),
  ],
  ['schedule-around-the-clock', scheduled(night({ to: '22:00' })), scheduled(night())],
  [
    'launch-option-repeated',
    offering(option({ name: 'a' }), option({ name: 'a', zone: 'cn-hangzhou-i' })),
    offering(option({ name: 'a' }), option({ name: 'b', zone: 'cn-hangzhou-i' })),
  ],
  [
    'launch-option-same-key',
    offering(option({ name: 'a' }), option({ name: 'b' })),
    offering(option({ name: 'a' }), option({ name: 'b', chargeType: 'spot' })),
  ],
  [
    'launch-option-shared-back-off',
    offering(option({ name: 'a' }), option({ name: 'b', vSwitch: 'vsw-2' })),
    offering(option({ name: 'a' }), option({ name: 'b', zone: 'cn-hangzhou-i' })),
  ],
  [
    'launch-zone-outside-region',
    offering(option({ zone: 'cn-shanghai-b' })),
    offering(option({ zone: 'cn-hangzhou-b' })),
  ],
  [
    'launch-weights-partial',
    offering(option({ weight: 1 }), option({ zone: 'cn-hangzhou-i' })),
    offering(option({ weight: 1 }), option({ zone: 'cn-hangzhou-i', weight: 0 })),
  ],
  [
    'launch-spot-share-zero',
    launching({
      spotShareMax: '0%',
      options: [option(), option({ chargeType: 'spot' })],
    }),
    launching({
      spotShareMax: '0.1%',
      options: [option(), option({ chargeType: 'spot' })],
    }),
  ],
  [
    'launch-spot-share-below-min',
    launching({ spotShareMax: '99.9%', options: [option({ chargeType: 'spot' })] }),
    launching({ spotShareMax: '100%', options: [option({ chargeType: 'spot' })] }),
  ],
  [
    'launch-spot-share-below-min',
    offering(option({ chargeType: 'spot' })),
    offering(option({ chargeType: 'spot' }), option()),
  ],
  [
    'launch-price-without-spot',
    offering(option({ spotPriceMax: 0.12 })),
    offering(option({ spotPriceMax: 0.12, chargeType: 'spot' }), option()),
  ],
  ['launch-batch-above-call', launching({ batchMax: 101 }), launching({ batchMax: 100 })],
  [
    'launch-registration-before-provision',
    launching({ registrationTimeout: '5m' }),
    launching({ registrationTimeout: '301s' }),
  ],
  [
    'launch-provision-below-visibility',
    launching({ provisionTimeout: '2m', visibility: '121s' }),
    launching({ provisionTimeout: '2m', visibility: '2m' }),
  ],
  [
    'launch-token-below-visibility',
    launching({ tokenValidity: '2m', visibility: '121s' }),
    launching({ tokenValidity: '2m', visibility: '2m' }),
  ],
  [
    'launch-back-off-raised',
    launching({ backOff: { base: '4m' } }),
    launching({ backOff: { base: '5m' } }),
  ],
  [
    'launch-back-off-max-below-base',
    launching({ backOff: { base: '10m', max: '9m' } }),
    launching({ backOff: { base: '10m', max: '10m' } }),
  ],
  [
    'launch-back-off-never-grows',
    launching({ backOff: { max: '30m', reset: '30m' } }),
    launching({ backOff: { max: '30m', reset: '31m' } }),
  ],
  [
    'drain-soft-above-hard',
    scaled({ retire: { soft: '61s', hard: '1m' } }),
    scaled({ retire: { soft: '1m', hard: '1m' } }),
  ],
  [
    'drain-longer-than-spot-notice',
    scaled({
      retire: { hard: '301s' },
      launch: launch({ options: [option(), option({ chargeType: 'spot' })] }),
    }),
    scaled({
      retire: { hard: '300s' },
      launch: launch({ options: [option(), option({ chargeType: 'spot' })] }),
    }),
  ],
  [
    'drain-longer-than-spot-notice',
    scaled({
      retire: { hard: '1h' },
      launch: launch({ options: [option(), option({ chargeType: 'spot' })] }),
    }),
    scaled({ retire: { hard: '1h' } }),
  ],
  [
    'orphan-wait-below-boot',
    scaled({ inventory: { orphan: '299s' } }),
    scaled({ inventory: { orphan: '5m' } }),
  ],
  [
    'warm-pool-cannot-stop',
    scaled({
      warmPool: { size: 1 },
      launch: launch({ options: [option(), option({ chargeType: 'spot' })] }),
    }),
    scaled({ warmPool: { size: 1 } }),
  ],
  [
    'warm-pool-cannot-stop',
    scaled({
      warmPool: { size: 1 },
      launch: launch({ options: [option({ instanceType: 'ecs.i3.xlarge' })] }),
    }),
    scaled({ launch: launch({ options: [option({ instanceType: 'ecs.i3.xlarge' })] }) }),
  ],
  [
    'membership-without-port',
    fleetOf({ ...MEMBERSHIP, ...group() }),
    fleetOf({ ...MEMBERSHIP, ...group(80) }),
  ],
  ['membership-without-port', fleetOf({ ...MEMBERSHIP, ...group() }), fleetOf(MEMBERSHIP)],
  ['scale-without-port', scaled({}, group()), scaled({}, group(80))],
  ['membership-beside-scale', scaled({}, MEMBERSHIP), scaled()],
  [
    'membership-adopts-strays',
    scaled({ inventory: { strays: 'adopt' } }, MEMBERSHIP),
    scaled({ inventory: { strays: 'adopt' } }),
  ],
  [
    'replace-without-scale',
    fleetOf({ heal: { ladder: { rungs: ['drain', 'replace'] } } }),
    scaled({}, { heal: { ladder: { rungs: ['drain', 'replace'] } } }),
  ],
];

const finding = (code: string, fleet: FleetPolicy): LintFinding | undefined =>
  lintPolicy(fleet).find((one) => one.code === code);

describe('lint of scaling', () => {
  it.each(CASES)('says %s where it holds, and not next to it', (code, bad, good) => {
    expect(codesOf(lintPolicy(bad))).toContain(code);
    expect(codesOf(lintPolicy(good))).not.toContain(code);
  });

  it('has a case for every code', () => {
    const covered = new Set(CASES.map(([code]) => code));
    expect(CAPACITY_RULES.map(({ code }) => code).filter((code) => !covered.has(code))).toEqual([]);
  });

  it('gives every finding a sentence, a remedy and a place in the file', () => {
    for (const found of CASES.flatMap(([, bad]) => lintPolicy(bad))) {
      expect(found.sentence).toMatch(/\.$/);
      expect(found.remedy).toMatch(/\.$/);
      expect(found.sentence).not.toMatch(/undefined|NaN/);
      expect(Array.isArray(found.at)).toBe(true);
    }
  });

  it('has nothing against a plain policy but a word about its dead band', () => {
    const about = (code: string) => CAPACITY_RULES.some((rule) => rule.code === code);
    expect(codesOf(lintPolicy(scaled())).filter(about)).toEqual(['scale-dead-band']);
  });

  it('says nothing of scaling to a pool that is only healed', () => {
    const about = (code: string) => CAPACITY_RULES.some((rule) => rule.code === code);
    expect(codesOf(lintPolicy(fleetOf())).filter(about)).toEqual([]);
  });

  it('A8: tells the dead band at min, in the middle and at max, one instance at least', () => {
    expect(finding('scale-dead-band', scaled({ max: 400 }))).toMatchObject({
      severity: 'info',
      at: ['pools', 0, 'scale', 'metrics', 0],
      sentence:
        'cpu at 60% changes nothing from 30.1% to 66% with 2, 48% to 66% with 201, 48% to 66% with 400 instances.',
    });
  });

  it('A10: CPU that is guarded by default earns no warning', () => {
    expect(finding('scale-cpu-alone', scaled())).toBeUndefined();
  });

  it('names the sizes between which a step in and a step out would flap', () => {
    const flapping = scaled({ metrics: [], steps: [step('in', '40%'), step('out', '75%')] });
    expect(finding('scale-flaps', flapping)).toBeUndefined();
    const small = scaled({
      min: 1,
      metrics: [],
      steps: [step('in', '40%'), step('out', '75%')],
    });
    expect(finding('scale-flaps', small)).toMatchObject({
      severity: 'error',
      at: ['pools', 0, 'scale', 'steps', 0, 'threshold'],
      sentence:
        'At 40% the step takes 2 instances to 1, which makes cpu 80%, and the step out at 75% brings them back: the pool would go up and down for ever.',
    });
  });

  it('compares steps for response times as they are: they do not follow the number of instances', () => {
    const steps = (above: string) => [
      { signal: 'latency', direction: 'in', threshold: '100ms', change: 1 },
      { signal: 'latency', direction: 'out', threshold: above, change: 1 },
    ];
    const flapAt = (above: string) =>
      finding('scale-flaps', scaled({ min: 1, metrics: [], steps: steps(above) }));
    expect(flapAt('100ms')).toBeDefined();
    expect(flapAt('101ms')).toBeUndefined();
  });

  it('knows that zones of schedules differ, in winter and in summer', () => {
    const one = night({ from: '08:00', to: '09:00', timeZone: 'Asia/Shanghai' });
    const other = (from: string, to: string) =>
      night({ name: 'b', from, to, timeZone: 'Europe/Berlin' });
    const overlap = (from: string, to: string) =>
      finding('schedules-overlap', scheduled(one, other(from, to)));
    expect(overlap('01:00', '02:00')).toBeDefined(); // 00:00 UTC in winter
    expect(overlap('02:00', '03:00')).toBeDefined(); // 00:00 UTC in summer
    expect(overlap('03:00', '04:00')).toBeUndefined();
    expect(overlap('08:00', '09:00')).toBeUndefined();
  });

  it('finds schedules that meet across the end of the week', () => {
    const sunday = night({ days: ['sun'], min: 5 });
    const monday = (from: string) =>
      night({ name: 'b', days: ['mon'], from, to: '12:00', min: null, max: 4 });
    expect(finding('schedules-contradict', scheduled(sunday, monday('05:00')))).toMatchObject({
      at: ['pools', 0, 'scale', 'schedules', 1, 'max'],
    });
    expect(finding('schedules-contradict', scheduled(monday('05:00'), sunday))).toMatchObject({
      at: ['pools', 0, 'scale', 'schedules', 1, 'min'],
    });
    expect(finding('schedules-contradict', scheduled(sunday, monday('06:00')))).toBeUndefined();
  });

  it('asks for the port of every VServer group that lacks one', () => {
    const fleet = fleetOf({
      ...MEMBERSHIP,
      targets: [
        { loadBalancer: 'lb-1' },
        { loadBalancer: 'lb-1', serverGroup: 'rsp-1', port: 80 },
        { loadBalancer: 'lb-1', serverGroup: 'rsp-2' },
        { loadBalancer: 'lb-2', serverGroup: 'rsp-3' },
      ],
    });
    const places = lintPolicy(fleet)
      .filter(({ code }) => code === 'membership-without-port')
      .map(({ at }) => at);
    expect(places).toEqual([
      ['pools', 0, 'targets', 2],
      ['pools', 0, 'targets', 3],
    ]);
  });

  it('believes live members more than declared ones', () => {
    const fleet = fleetOf({ scale: scale(), facts: { members: 5 } });
    const live = [{ poolName: 'web', members: 12, targets: [] }];
    expect(codesOf(lintPolicy(fleet))).not.toContain('scale-members-outside-bounds');
    expect(codesOf(lintPolicy(fleet, live))).toContain('scale-members-outside-bounds');
  });
});
