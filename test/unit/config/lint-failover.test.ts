import { describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { lintPolicy, type LintFinding } from '../../../shared/config/lint';
import { FAILOVER_RULES, NAME_RULES } from '../../../shared/config/lint-failover';
import { east, failingOver, name, named, south, VOTER, written } from './failover-policy';
import { type Written } from './scaled-policy';

const CODES: readonly string[] = [...FAILOVER_RULES, ...NAME_RULES].map(({ code }) => code);

const findingsOf = (fleet: FleetPolicy): readonly LintFinding[] =>
  lintPolicy(fleet).filter(({ code }) => CODES.includes(code));
const codesOf = (fleet: FleetPolicy): readonly string[] =>
  findingsOf(fleet).map(({ code }) => code);

const without = { approvalSecret: null };
const calm = { firstFailover: false };
const practice = (different: Written = {}): Written => ({
  practice: { site: 'east', timeZone: 'UTC', from: '10:00', ...different },
});
const inMode = (mode: string): Written => ({
  pools: (written()['pools'] as readonly Written[]).map((pool) => ({ ...pool, mode })),
});
const unscaled: Written = {
  pools: (written()['pools'] as readonly Written[]).map((pool) => ({ ...pool, scale: null })),
};
const timer = (timerEvery: string): Written => ({ deployment: { timerEvery } });
const THREE = ['cn-beijing', 'cn-zhangjiakou', 'cn-hangzhou'];

/** Each code with a policy that earns it and the nearest one that does not. */
const CASES: readonly (readonly [string, FleetPolicy, FleetPolicy])[] = [
  [
    'failover-secret-shared',
    failingOver({ approvalSecret: { current: 'env:A', next: 'env:VOTER' } }),
    failingOver({ approvalSecret: { current: 'env:A', next: 'env:A' } }),
  ],
  [
    'failover-secret-shared',
    failingOver({ approvalSecret: { current: 'env:ALARM' } }),
    failingOver({ approvalSecret: { current: 'env:ALARM' } }, { alarmSecret: null }),
  ],
  [
    'outside-voter-repeated',
    failingOver({ outsideVoters: [VOTER, { ...VOTER, secret: { current: 'env:B' } }] }),
    failingOver({ outsideVoters: [VOTER, { name: 'other', secret: { current: 'env:B' } }] }),
  ],
  [
    'duplicate-name',
    failingOver({ names: [name(), name({ host: 'api' })] }),
    failingOver({ names: [name(), name({ name: 'api', host: 'api' })] }),
  ],
  [
    'name-record-shared',
    failingOver({ names: [name(), name({ name: 'api', host: 'WWW' })] }),
    failingOver({ names: [name(), name({ name: 'api', host: 'api' })] }),
  ],
  [
    'emergency-use-below-full-use',
    named({ capacity: { fullUse: 1.5 } }),
    named({ capacity: { fullUse: 1.5, emergencyUse: 1.5 } }),
  ],
  [
    'name-home-serves',
    failingOver({ home: 'cn-shenzhen' }),
    failingOver({ home: 'cn-zhangjiakou' }),
  ],
  ['too-few-vantages', named({ vantages: THREE.slice(1) }), named({ vantages: THREE })],
  ['too-few-vantages', named({ vantages: [...THREE.slice(1), 'cn-hangzhou'] }), named()],
  [
    'vantage-repeated',
    named({ vantages: [...THREE, 'cn-hangzhou'] }),
    named({ vantages: [...THREE, 'cn-shenzhen'] }),
  ],
  [
    'too-few-outside-vantages', // two of the three are outside cn-hangzhou
    named({ vantages: THREE, verdict: { quorum: 3 } }),
    named({ vantages: THREE, verdict: { quorum: 2 } }),
  ],
  ['quorum-without-spare', named({ vantages: THREE }), named()],
  ['vantages-one-cloud', failingOver({ outsideVoters: [] }), failingOver()],
  ['vantages-one-cloud', named({ outsideVoters: [] }), named({ outsideVoters: ['carrier'] })],
  [
    'outside-voter-unknown',
    named({ outsideVoters: ['carier'] }),
    named({ outsideVoters: ['carrier'] }),
  ],
  ['name-one-site', named({ sites: [east()] }), named()],
  [
    'site-repeated',
    named({ sites: [east(), south({ name: 'east' })] }),
    named({ sites: [east(), south()] }),
  ],
  [
    'site-address-repeated',
    named({ sites: [east(), south({ address: '203.0.113.10' })] }),
    named(),
  ],
  [
    'site-address-repeated', // spelt differently
    named({
      ...{ type: 'CNAME', weighting: false },
      sites: [east({ address: 'lb.example.net' }), south({ address: 'LB.example.net.' })],
    }),
    named({
      ...{ type: 'CNAME', weighting: false },
      sites: [east({ address: 'lb.example.net' }), south({ address: 'LB2.example.net.' })],
    }),
  ],
  [
    'sites-one-region',
    named({ sites: [east(), south({ region: 'cn-hangzhou', pool: null })] }),
    named(),
  ],
  ['site-address-type', named({ type: 'AAAA' }), named({ type: 'A' })],
  [
    'site-address-type',
    named({ type: 'CNAME', weighting: false }),
    named({
      type: 'CNAME',
      weighting: false,
      sites: [east({ address: 'a.example.com' }), south({ address: 'b.example.com' })],
    }),
  ],
  ['site-pool-unknown', named({ sites: [east({ pool: 'eats' }), south()] }), named()],
  [
    'site-pool-elsewhere',
    named({ sites: [east({ pool: 'south' }), south({ pool: null })] }),
    named(),
  ],
  ['site-pool-repeated', named({ sites: [east(), south({ pool: 'east' })] }), named()],
  [
    'site-pool-repeated',
    named({ sites: [east({ pool: 'south' }), south()] }),
    named({ sites: [east({ pool: null }), south({ pool: null })] }),
  ],
  ['site-capacity-unknown', named({ sites: [east({ pool: null }), south()] }), named()],
  ['site-capacity-unknown', failingOver({}, unscaled), failingOver()],
  [
    'site-pool-observes',
    failingOver({ names: [name({ mode: 'enforce' })] }, inMode('observe')),
    failingOver({ names: [name({ mode: 'enforce' })] }, inMode('enforce')),
  ],
  [
    'hold-down-below-detection', // 2 × 10 s + 3 × 3 s
    named({ holdDown: '28s' }),
    named({ holdDown: '29s' }),
  ],
  [
    'hold-down-below-detection', // 2 × 60 s + 3 × 3 s, by the timer alone
    named({ watch: 'never', holdDown: '128s' }),
    named({ watch: 'never', holdDown: '129s' }),
  ],
  [
    'hold-down-within-freshness',
    named({ holdDown: '120s', verdict: { fresh: '2m' } }),
    named({ holdDown: '121s', verdict: { fresh: '2m' } }),
  ],
  ['hold-down-within-blip', named({ holdDown: '59s' }), named({ holdDown: '60s' })],
  [
    'unknown-covers-hold-down',
    named({ verdict: { unknown: '180s' } }),
    named({ verdict: { unknown: '179s' } }),
  ],
  [
    'unknown-between-looks',
    named({ verdict: { unknown: '59s' } }),
    named({ verdict: { unknown: '60s' } }),
  ],
  ['look-outlasts-interval', named({ watchInterval: '8s' }), named({ watchInterval: '9s' })],
  [
    'look-outlasts-interval',
    failingOver({}, { deployment: { callDeadline: '8s' } }),
    failingOver({}, { deployment: { callDeadline: '9s' } }),
  ],
  [
    'floor-ends-between-looks', // timer and interval
    named({ capacity: { floor: '69s' } }),
    named({ capacity: { floor: '70s' } }),
  ],
  [
    'floor-ends-between-looks',
    failingOver({}, timer('10m')),
    failingOver({ names: [name({ capacity: { floor: '610s' } })] }, timer('10m')),
  ],
  [
    'claim-ends-between-looks', // timer, interval and the longest look
    named({ regionClaim: '78s' }),
    named({ regionClaim: '79s' }),
  ],
  [
    'claim-ends-between-looks',
    failingOver({ names: [name({ regionClaim: '10m' })] }, timer('10m')),
    failingOver({ names: [name({ regionClaim: '11m' })] }, timer('10m')),
  ],
  [
    'vote-stale-when-counted', // three attempts of 3 s
    named({ verdict: { fresh: '9s' } }),
    named({ verdict: { fresh: '10s' } }),
  ],
  [
    'looks-break-holds',
    named({ watchInterval: '90s', holdDown: '10m' }),
    named({ watchInterval: '89s', holdDown: '10m' }),
  ],
  [
    'looks-break-holds', // the timer
    named({ watch: 'never', verdict: { unknown: '60s' } }),
    named({ watch: 'never', verdict: { unknown: '61s' } }),
  ],
  [
    'velocity-never-binds', // 2 × (3 + 15) min
    named({ velocity: { moves: 2, window: '36m' } }),
    named({ velocity: { moves: 2, window: '37m' } }),
  ],
  ['ttl-below-editions', named({ ttl: '59s' }), named({ ttl: '60s' })],
  ['ttl-long', named({ ttl: '301s' }), named({ ttl: '300s' })],
  [
    'failback-hold-below-hold-down',
    named({ failback: { hold: '179s' } }),
    named({ failback: { hold: '180s' } }),
  ],
  [
    'failback-stages-fall',
    named({ failback: { stages: ['10%', '10%', '100%'] } }),
    named({ failback: { stages: ['10%', '11%', '100%'] } }),
  ],
  [
    'failback-stages-incomplete',
    named({ failback: { stages: ['10%', '99.9%'] } }),
    named({ failback: { stages: ['100%'] } }),
  ],
  ['failback-unstaged', named({ weighting: false }), named({ weighting: true })],
  ['base-weight-coarse', named({ baseWeight: 9 }), named({ baseWeight: 10 })],
  [
    'stage-hold-below-ttl',
    named({ ttl: '60s', failback: { stageHold: '59s' } }),
    named({ ttl: '60s', failback: { stageHold: '60s' } }),
  ],
  [
    'weighting-cname-unconfirmed',
    named({ type: 'CNAME' }),
    named({ type: 'CNAME', weighting: false }),
  ],
  [
    'stateful-without-approval-secret',
    named({ approval: calm, sites: [east({ stateful: true }), south()] }, without),
    named({ approval: calm, sites: [east({ stateful: true }), south()] }),
  ],
  [
    'first-failover-without-approval-secret',
    failingOver(without),
    named({ approval: calm }, without),
  ],
  ['practice-site-unknown', named(practice({ site: 'eats' })), named(practice())],
  [
    'practice-shorter-than-shift', // 60 s of TTL and a minute
    named(practice({ duration: '119s' })),
    named(practice({ duration: '120s' })),
  ],
];

describe('lint of names', () => {
  it.each(CASES)('says %s where it holds, and not next to it', (code, bad, good) => {
    expect(codesOf(bad)).toContain(code);
    expect(codesOf(good)).not.toContain(code);
  });

  it('has a case for every code', () => {
    const covered = new Set(CASES.map(([code]) => code));
    expect(CODES.filter((code) => !covered.has(code))).toEqual([]);
  });

  it('has nothing against two sites, four vantages and an outside voter', () => {
    expect(findingsOf(failingOver())).toEqual([]);
  });

  it('says nothing of names where there are none', () => {
    expect(findingsOf(failingOver({}, { failover: null }))).toEqual([]);
  });

  it('gives every finding a sentence, a remedy and a place', () => {
    for (const finding of CASES.flatMap(([, bad]) => findingsOf(bad))) {
      expect(finding.sentence).toMatch(/\.$/);
      expect(finding.remedy).toMatch(/\.$/);
      expect(finding.at.length).toBeGreaterThan(0);
    }
  });

  it('tells what a misspelt pool, voter or site should have been', () => {
    const remedies = findingsOf(
      named({
        ...practice({ site: 'eats' }),
        outsideVoters: ['carier'],
        sites: [east({ pool: 'eats' }), south()],
      }),
    ).map(({ code, remedy }) => `${code}: ${remedy}`);
    expect(remedies).toEqual(
      expect.arrayContaining([
        'outside-voter-unknown: Did you mean carrier? Name one of: carrier.',
        'site-pool-unknown: Did you mean east? Name one of: east, south.',
        'practice-site-unknown: Did you mean east? Name one of: east, south.',
      ]),
    );
  });

  it('says that outside verdicts are accepted where all vantages sit in one cloud', () => {
    const [finding] = findingsOf(failingOver({ outsideVoters: [] }));
    expect(finding?.severity).toBe('warning');
    expect(`${finding?.sentence} ${finding?.remedy}`).toMatch(
      /one cloud.*Signed outside verdicts are accepted as further votes/,
    );
  });

  it.each([
    'too-few-vantages',
    'too-few-outside-vantages',
    'name-home-serves',
    'hold-down-below-detection',
    'name-one-site',
  ])('makes %s an error', (code) => {
    const severities = CASES.filter(([one]) => one === code).flatMap(([, bad]) =>
      findingsOf(bad).filter((finding) => finding.code === code),
    );
    expect(new Set(severities.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });
});
