import { describe, expect, it } from '@jest/globals';
import {
  explanationOf,
  planExplanationOf,
  type ExplanationLine,
} from '../../../shared/record/explain';
import { type Step } from '../../../shared/domain/proposal';
import { REASONS } from '../../../shared/domain/reasons';
import { type Tick } from '../../../shared/domain/tick';
import { instant, permille } from '../../../shared/domain/units';
import { aBackend, aPolicy, aPool, aWindow, KEY, NOW, ok, stale } from '../../support/builders';
import { aWorld, turn } from '../../support/pure-world';

const NAMES = ['i-1', 'i-2', 'i-3', 'i-4', 'i-5', 'i-6'];
const POLICY = aPolicy();

/** A real turn of the loop over a pool in which i-1 is as told. */
function tickWith(sick: Parameters<typeof aBackend>[1]): Tick {
  const backends = NAMES.map((name) => aBackend(name, name === 'i-1' ? sick : {}));
  const { pool, proposal, plan } = turn(aWorld(), { ...aPool({ backends }), backends }, POLICY);
  return tickOf({ pool, proposal, plan });
}

const tickOf = (
  parts: Pick<Tick, 'pool' | 'proposal' | 'plan'>,
  outcome: Tick['outcome'] = { steps: [] },
): Tick => ({
  schema: 1,
  request: {
    tickId: 't-1',
    policy: POLICY,
    policyHash: '0123456789abcdef',
    wake: { source: 'alarm', detail: 'unhealthy > 0', at: NOW },
    startedAt: NOW,
    deadline: NOW,
    lease: { name: 'pool/web', holder: 'x', token: 1, expiresAt: NOW },
  },
  ...parts,
  outcome,
  finishedAt: NOW,
});

const text = (lines: readonly ExplanationLine[]): string =>
  lines.map((line) => `${'  '.repeat(line.indent)}${line.text}`).join('\n');

const STEP: Step = {
  kind: 'set-weight',
  stepId: 's-1',
  instanceId: 'i-1',
  reason: 'outlier-errors',
  evidence: [],
  priority: 'eject',
  targetKey: KEY,
  port: 8080,
  from: 100,
  to: 0,
  costsBudget: true,
};

/** The same tick as if one step had been proposed for i-1. */
function withStep(tick: Tick, fate: 'kept' | 'withheld'): Tick {
  const proposal = { ...tick.proposal, steps: [STEP] };
  const withheld = [{ step: STEP, rule: 'guard-ejection-cap' as const, detail: '1 of 1 allowed.' }];
  const plan = fate === 'kept' ? { steps: [STEP], withheld: [] } : { steps: [], withheld };
  return { ...tick, proposal, plan };
}

describe('the explanation of a tick', () => {
  it('says what woke it, under which policy, and that nothing gave reason to act', () => {
    const told = text(explanationOf(tickWith({})));
    expect(told).toContain('woken by alarm (unhealthy > 0)');
    expect(told).toContain('policy 0123456789ab');
    expect(told).toContain('6 of 6 backends healthy (100%)');
  });

  it('tells each signal with its age, stale and missing ones as such', () => {
    const tick = tickWith({
      probe: stale(aWindow({ probes: 10, failures: 4 }), NOW - 120_000),
      cpu: { kind: 'missing', reason: 'no-datapoint' },
    });
    const told = text(explanationOf(tick, { instanceId: 'i-1' }));
    expect(told).toMatch(/probes 4 of 10 failed, .* \(2min old, stale\)/);
    expect(told).toContain('CPU missing (no-datapoint)');
    expect(told).toContain(`${KEY}: weight 100, health normal`);
  });

  it('names the rule that withheld a step, and what it means', () => {
    const told = text(explanationOf(withStep(tickWith({}), 'withheld')));
    expect(told).toContain(
      `set weight 100 → 0 in ${KEY} port 8080: withheld by guard-ejection-cap`,
    );
    expect(told).toContain(`${REASONS['guard-ejection-cap']} 1 of 1 allowed.`);
    expect(told).toContain('1 step proposed, 1 withheld.');
  });

  it.each([
    [{ kind: 'done', detail: '' } as const, ': done (40 ms)'],
    [{ kind: 'would-do', detail: '' } as const, ': would be done (mode observe) (40 ms)'],
    [
      { kind: 'failed', code: 'SystemBusy', isAmbiguous: true, detail: 'lost' } as const,
      ': failed with SystemBusy, may have landed, lost (40 ms)',
    ],
  ])('tells what became of a step: %j', (result, expected) => {
    const outcome = {
      steps: [{ stepId: 's-1', startedAt: NOW, finishedAt: instant(NOW + 40), result }],
    };
    expect(text(explanationOf({ ...withStep(tickWith({}), 'kept'), outcome }))).toContain(expected);
  });

  it('says that a tick ended before a step was reached, and of a plan what would become of it', () => {
    const tick = withStep(tickWith({}), 'kept');
    expect(text(explanationOf(tick))).toContain('the tick ended before it was reached');
    expect(text(planExplanationOf(tick, 'would be done'))).toContain('port 8080: would be done');
  });

  it('says why a suspicious backend was left alone', () => {
    const tick = tickWith({ probe: ok(aWindow({ probes: 10, failures: 10 })) });
    const verdict = tick.proposal.verdicts.find((one) => one.instanceId === 'i-1');
    expect(verdict?.reason).not.toBe('healthy');
    const told = text(explanationOf(tick));
    expect(told).toContain(REASONS[verdict!.reason]);
    expect(told).toMatch(/5 further backends are healthy and left alone/);
  });

  it('keeps to one backend when asked, also to one that is not there', () => {
    const tick = tickWith({});
    expect(text(explanationOf(tick, { instanceId: 'i-2' }))).not.toContain('i-3');
    expect(text(explanationOf(tick, { instanceId: 'i-9' }))).toContain(
      'i-9 is not among the pool’s backends',
    );
  });

  it('shows panic before anything else of the pool', () => {
    const tick = tickWith({});
    const panicking = {
      ...tick,
      proposal: { ...tick.proposal, isPanic: true, healthy: permille(333) },
    };
    expect(text(explanationOf(panicking))).toContain('PANIC');
    expect(text(explanationOf(panicking))).toContain(REASONS.panic);
  });
});
