import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../shared/decide/decide';
import { type Evidence, type Proposal, type Step } from '../../shared/domain/proposal';
import { isServingAt } from '../../shared/domain/serving';
import { instant } from '../../shared/domain/units';
import { guard } from '../../shared/guard/guard';
import {
  aSize,
  chanceFrom,
  type Chance,
  observeAtRandom,
  somePolicy,
  someWeather,
  TARGET_SNAPSHOTS,
} from '../support/arbitraries';
import { aPool, ejectedMemory, NOW } from '../support/builders';
import { propertyRuns } from '../support/property-runs';

const cases = fc.record({
  size: aSize(),
  seed: fc.integer({ min: 0, max: 0xffffffff }),
  policy: somePolicy(),
  weather: someWeather(),
});

/** A proposal that nobody in their right mind would make: the guard must not depend on `decide` being careful. */
function recklessSteps(size: number, chance: Chance): readonly Step[] {
  return Array.from({ length: Math.min(60, size * 2) }, (_, index): Step => {
    const instanceId = `i-${chance(size)}`;
    const evidence: readonly Evidence[] =
      chance(4) === 0
        ? []
        : [
            {
              signal: 'instance-status',
              strength: 'decisive',
              sampledAt: instant(NOW - chance(300_000)),
              detail: 'made up',
            },
          ];
    const common = {
      stepId: `s-${index}`,
      instanceId,
      reason: 'probes-failing',
      evidence,
    } as const;
    const kind = chance(10);
    if (kind === 0) return { ...common, kind: 'restart-service', operationId: 'op' };
    if (kind === 1) return { ...common, kind: 'reboot', operationId: 'op' };
    if (kind === 2)
      return { ...common, kind: 'tag', tags: { 'evenkeel:heal:web': 'x' }, removeKeys: [] };
    const to = chance(2) === 0 ? 0 : chance(101);
    return {
      ...common,
      kind: 'set-weight',
      priority: (['restore', 'eject', 'ramp'] as const)[chance(3)] ?? 'eject',
      targetKey: TARGET_SNAPSHOTS[chance(2)]!.key,
      port: 80,
      from: 100,
      to,
      costsBudget: chance(3) > 0,
    };
  });
}

function recklessCase({
  size,
  seed,
  policy,
  weather,
}: {
  size: number;
  seed: number;
  policy: Parameters<typeof decide>[1];
  weather: Parameters<typeof observeAtRandom>[2];
}) {
  const chance = chanceFrom(seed);
  const { backends } = observeAtRandom(size, NOW, weather, chance);
  const held = Object.fromEntries(
    backends.filter(() => chance(10) === 0).map((backend) => [backend.instanceId, ejectedMemory()]),
  );
  const weighed = backends.map((backend) => ({
    ...backend,
    attachments: backend.attachments.map((attachment) => ({ ...attachment, weight: 100 })),
  }));
  const pool = aPool({ backends: weighed, targets: TARGET_SNAPSHOTS, remembered: held });
  const proposal: Proposal = {
    ...decide(pool, policy),
    steps: recklessSteps(size, chance),
    isPanic: chance(5) === 0,
  };
  return { pool, proposal, policy, plan: guard(proposal, pool, policy) };
}

describe('the guard, whatever is proposed', () => {
  it('only removes, keeps the order, and gives every removed step a reason', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { proposal, plan } = recklessCase(given);
        const kept = new Set(plan.steps);
        expect(plan.steps).toEqual(proposal.steps.filter((step) => kept.has(step)));
        expect(plan.steps.length + plan.withheld.length).toBe(proposal.steps.length);
        expect(
          plan.withheld.every(({ rule, detail }) => rule.startsWith('guard-') && detail !== ''),
        ).toBe(true);
      }),
      propertyRuns(100),
    );
  });

  it('leaves floor and last man standing after all steps together', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { pool, plan, policy } = recklessCase(given);
        const offline = new Set(
          plan.steps
            .filter((step) => step.kind === 'restart-service' || step.kind === 'reboot')
            .map((step) => step.instanceId),
        );
        for (const { key, listeners } of TARGET_SNAPSHOTS) {
          for (const { port } of listeners) {
            const serving = pool.backends.filter((backend) =>
              backend.attachments.some(
                (attachment) =>
                  attachment.targetKey === key && isServingAt(backend, attachment, port),
              ),
            );
            const left = serving.filter(
              ({ instanceId }) =>
                !offline.has(instanceId) &&
                !plan.steps.some(
                  (step) =>
                    step.kind === 'set-weight' &&
                    step.instanceId === instanceId &&
                    step.targetKey === key &&
                    step.to === 0,
                ),
            );
            const floor = Math.max(
              1,
              policy.guards.floorCount,
              Math.ceil((policy.guards.floorShare * pool.backends.length) / 1000),
            );
            if (left.length < serving.length) expect(left.length).toBeGreaterThanOrEqual(floor);
          }
        }
      }),
      propertyRuns(100),
    );
  });

  it('keeps cap, budget and repairs within bounds, and lets nothing down in panic or on stale evidence', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { pool, plan, policy, proposal } = recklessCase(given);
        const size = pool.backends.length;
        const down = plan.steps
          .filter((step) => step.kind === 'set-weight')
          .filter((step) => step.to < step.from);
        const repairs = plan.steps.filter(
          (step) => step.kind === 'restart-service' || step.kind === 'reboot',
        );
        expect(
          new Set(down.filter((step) => step.costsBudget).map((step) => step.instanceId)).size,
        ).toBeLessThanOrEqual(
          Math.max(
            1,
            Math.min(
              policy.guards.budget.count,
              Math.floor((policy.guards.budget.share * size) / 1000),
            ),
          ),
        );
        expect(repairs.length).toBeLessThanOrEqual(
          Math.max(1, Math.floor((policy.guards.repairShareMax * size) / 1000)),
        );
        if (proposal.isPanic) expect([...down, ...repairs]).toEqual([]);
        for (const step of [...down, ...repairs])
          expect(
            step.evidence.some(
              (fact) => pool.takenAt - fact.sampledAt <= policy.heal.freshness.instanceMs,
            ),
          ).toBe(true);
      }),
      propertyRuns(100),
    );
  });

  it('is the same for the same proposal', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { pool, proposal, policy, plan } = recklessCase(given);
        expect(JSON.stringify(guard(proposal, pool, policy))).toBe(JSON.stringify(plan));
      }),
      propertyRuns(30),
    );
  });
});
