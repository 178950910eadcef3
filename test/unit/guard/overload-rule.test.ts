import { describe, expect, it } from '@jest/globals';
import { EMPTY_MEMORY } from '../../../shared/domain/memory';
import { type PoolPolicy, type OverloadPolicy } from '../../../shared/domain/policy';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { type Evidence, type Proposal, type Step } from '../../../shared/domain/proposal';
import { permille } from '../../../shared/domain/units';
import { decide } from '../../../shared/decide/decide';
import { guard } from '../../../shared/guard/guard';
import {
  aPolicy,
  aPool,
  type BackendParts,
  KEY,
  ok,
  pastWindow,
  secondsAgo,
  someBackends,
} from '../../support/builders';

const suspicion = (secondsBack: number): Evidence => ({
  signal: 'active-probe-errors',
  strength: 'suspicion',
  sampledAt: secondsAgo(secondsBack),
  detail: '10 of 10 probes failed',
});
const twoLooks = [suspicion(1), suspicion(9)];
const decisive: Evidence = {
  signal: 'load-balancer-health',
  strength: 'decisive',
  sampledAt: secondsAgo(1),
  detail: 'abnormal',
};

const ejectFirst = (evidence: readonly Evidence[] = twoLooks): Step => ({
  kind: 'set-weight',
  stepId: 'i-0/weight',
  instanceId: 'i-0',
  reason: 'outlier-errors',
  evidence,
  priority: 'eject',
  targetKey: KEY,
  port: 80,
  from: 100,
  to: 0,
  costsBudget: true,
});
const restartFirst: Step = {
  kind: 'restart-service',
  stepId: 'i-0/restart',
  instanceId: 'i-0',
  reason: 'repair-service',
  evidence: twoLooks,
  operationId: 'op',
};

/** Everybody answered within 12 ms in the windows before this one. */
const poolOf = (
  count: number,
  now: Readonly<Record<number, BackendParts>>,
  windows = [1, 2, 3].map((index) => pastWindow(index, { failures: 0, latencyMedianUs: 12_000 })),
): PoolSnapshot =>
  aPool({
    backends: someBackends(count, now),
    remembered: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`i-${index}`, { windows }]),
    ),
  });

const slow: BackendParts = { window: { latencyMedianUs: 40_000 } };
const failing: BackendParts = { window: { failures: 10, latencyMedianUs: null } };

const policyOf = (overload?: OverloadPolicy): PoolPolicy => {
  const policy = aPolicy();
  return {
    ...policy,
    guards: { ...policy.guards, ...(overload === undefined ? {} : { overload }) },
  };
};

function withheld(pool: PoolSnapshot, step: Step, policy = policyOf()): readonly string[] {
  const proposal: Proposal = { ...decide(pool, policy), steps: [step], isPanic: false };
  return guard(proposal, pool, policy).withheld.map(({ rule, detail }) => `${rule}: ${detail}`);
}

describe('a pool whose other backends are slow', () => {
  it('loses nobody on suspicion', () => {
    expect(withheld(poolOf(3, { 0: failing, 1: slow, 2: slow }), ejectFirst())).toEqual([
      'guard-overload: 2 of 2 others take 3 times their best latency or more',
    ]);
  });

  it('has nobody restarted on suspicion', () => {
    expect(withheld(poolOf(3, { 0: failing, 1: slow, 2: slow }), restartFirst)).toEqual([
      'guard-overload: 2 of 2 others take 3 times their best latency or more',
    ]);
  });

  it('loses whom the load balancer calls abnormal', () => {
    expect(withheld(poolOf(3, { 0: failing, 1: slow, 2: slow }), ejectFirst([decisive]))).toEqual(
      [],
    );
  });

  it('is not overloaded while most others are as fast as ever', () => {
    const six = poolOf(6, { 0: failing, 1: slow, 2: slow });
    expect(withheld(six, ejectFirst())).toEqual([]);
    expect(withheld(poolOf(5, { 0: failing, 1: slow, 2: slow }), ejectFirst())).toHaveLength(1);
  });

  it('has as much room as the policy says', () => {
    const pool = poolOf(3, { 0: failing, 1: slow, 2: slow });
    const patient = { slowdown: permille(3400), cpuMax: permille(1000), probesPerWindow: 2 };
    expect(withheld(pool, ejectFirst(), policyOf(patient))).toEqual([]);
  });

  it('is not judged before the usual latency is known', () => {
    const one = [pastWindow(1, { failures: 0, latencyMedianUs: 12_000 })];
    expect(withheld(poolOf(3, { 0: failing, 1: slow, 2: slow }, one), ejectFirst())).toEqual([]);
    expect(
      withheld(
        { ...poolOf(3, { 0: failing, 1: slow, 2: slow }), memory: EMPTY_MEMORY },
        ejectFirst(),
      ),
    ).toEqual([]);
  });

  it('is judged by those that are at work, not by who is held out', () => {
    const pool = poolOf(4, { 0: failing, 1: slow });
    const held = (index: number) => ({
      ...pool.memory.backends[`i-${index}`],
      state: 'ejected' as const,
    });
    const memory = {
      ...pool.memory,
      backends: { ...pool.memory.backends, 'i-1': held(1) } as PoolSnapshot['memory']['backends'],
    };
    const policy = policyOf();
    const roomy = {
      ...policy,
      guards: { ...policy.guards, ejectedCountMax: 4, ejectedShareMax: permille(1000) },
    };
    expect(withheld({ ...pool, memory }, ejectFirst(), roomy)).toEqual([]);
  });
});

describe('a pool without room for the work of one', () => {
  const at = (own: number, others: number) => ({
    0: { ...failing, cpu: ok(permille(own)) },
    1: { cpu: ok(permille(others)) },
    2: { cpu: ok(permille(others)) },
  });
  it.each([
    ['three at 70 %', 700, 700, ['guard-overload: the others would be at 105 % of their CPU']],
    ['three at 63 %', 630, 630, []],
    ['three at 64 %', 640, 640, ['guard-overload: the others would be at 96 % of their CPU']],
    ['a runaway beside two at 60 %', 1000, 600, []],
    [
      'a runaway beside two at 64 %',
      1000,
      640,
      ['guard-overload: the others would be at 96 % of their CPU'],
    ],
    ['an idle one beside two at 89 %', 100, 890, []],
  ])('%s', (_, own, others, expected) => {
    expect(withheld(poolOf(3, at(own, others)), ejectFirst())).toEqual(expected);
  });

  it('is not counted to newcomers that have hardly any weight yet', () => {
    const busy = { cpu: ok(permille(690)) };
    const newcomer: BackendParts = { weight: 10, window: { latencyMedianUs: 12_000 } };
    const pool = poolOf(4, { 0: { ...failing, ...busy }, 1: busy, 2: busy, 3: newcomer });
    expect(withheld(pool, ejectFirst())).toEqual([
      'guard-overload: the others would be at 101.9 % of their CPU',
    ]);
    const slowPeers = poolOf(6, {
      0: failing,
      1: slow,
      2: slow,
      3: newcomer,
      4: newcomer,
      5: newcomer,
    });
    expect(withheld(slowPeers, ejectFirst())).toHaveLength(1);
  });

  it('is not known where there are no figures', () => {
    expect(withheld(poolOf(3, { 0: failing }), ejectFirst())).toEqual([]);
  });
});
