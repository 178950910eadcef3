import { type Plan, type WithheldStep } from '../domain/plan';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type Proposal, type Step } from '../domain/proposal';
import { type Ledger, openLedger } from './ledger';
import {
  announces,
  applied,
  type Bench,
  isLowering,
  isRepair,
  judgeStep,
  offline,
  type Refusal,
  takesOut,
} from './rules';
import { recount } from './serving-count';

/**
 * What is safe now: the proposal's steps in their order, less those that a rule speaks against. Guards only remove. Each
 * rule computes on the state after the action and after all steps accepted before it.
 *
 * The careful steps of one backend (its tag, lowered weights, a repair) stand or fall together: when one is withheld, so
 * are the others, as `guard-incomplete`. Raising a weight or removing a tag stands by itself.
 */
export function guard(proposal: Proposal, pool: PoolSnapshot, policy: PoolPolicy): Plan {
  const bench: Bench = { proposal, pool, policy };
  const backends = new Map(pool.backends.map((backend) => [backend.instanceId, backend]));
  const verdicts = new Map<string, Refusal | null>();
  let ledger = openLedger(pool, policy);
  for (const group of byInstance(proposal.steps)) {
    const judged = judgeGroup(group, backends.get(group[0]?.instanceId ?? ''), ledger, bench);
    ledger = judged.ledger;
    for (const { step, refusal } of judged.steps) verdicts.set(step.stepId, refusal);
  }
  const withheld = proposal.steps.flatMap((step): readonly WithheldStep[] => {
    const refusal = verdicts.get(step.stepId) ?? null;
    return refusal === null ? [] : [{ step, ...refusal }];
  });
  return {
    steps: proposal.steps.filter((step) => (verdicts.get(step.stepId) ?? null) === null),
    withheld,
  };
}

/** Steps of one instance together, instances in the order of their first step. */
function byInstance(steps: readonly Step[]): readonly (readonly Step[])[] {
  const groups = new Map<string, Step[]>();
  for (const step of steps)
    groups.set(step.instanceId, [...(groups.get(step.instanceId) ?? []), step]);
  return [...groups.values()];
}

interface JudgedStep {
  readonly step: Step;
  readonly refusal: Refusal | null;
}

const isCareful = (step: Step): boolean => isLowering(step) || isRepair(step) || announces(step);

function judgeGroup(
  group: readonly Step[],
  backend: BackendSnapshot | undefined,
  ledger: Ledger,
  bench: Bench,
): { readonly steps: readonly JudgedStep[]; readonly ledger: Ledger } {
  if (backend === undefined) {
    const refusal: Refusal = {
      rule: 'guard-incomplete',
      detail: 'the instance is not a member of the pool',
    };
    return { steps: group.map((step) => ({ step, refusal })), ledger };
  }
  let after = ledger;
  const judged = group.map((step): JudgedStep => {
    const refusal = judgeStep(step, backend, after, bench);
    if (refusal === null) after = accept(step, backend, after);
    return { step, refusal };
  });
  const isBroken = judged.some(({ step, refusal }) => refusal !== null && isCareful(step));
  if (!isBroken) return { steps: judged, ledger: settle(ledger, after, group, backend) };
  return { steps: judged.map(withdraw), ledger };
}

/** A careful step beside a withheld one goes with it. */
function withdraw({ step, refusal }: JudgedStep): JudgedStep {
  const isWithdrawn = refusal === null && isCareful(step);
  return {
    step,
    refusal: isWithdrawn
      ? { rule: 'guard-incomplete', detail: 'another step of this backend was withheld' }
      : refusal,
  };
}

/** What takes away is booked at once; what gives back is not counted on before it has been seen to be done. */
function accept(step: Step, backend: BackendSnapshot, ledger: Ledger): Ledger {
  if (!isLowering(step) && !isRepair(step)) return ledger;
  const weights = isLowering(step)
    ? applied(step, ledger.weights)
    : offline(backend, ledger.weights);
  const serving = recount(backend, { before: ledger.weights, after: weights }, ledger.serving);
  const next = { ...ledger, weights, serving };
  if (!isRepair(step)) return next;
  const repairing = ledger.repairing.filter((instanceId) => instanceId !== step.instanceId);
  return { ...next, repairing, repairsStarted: ledger.repairsStarted + 1 };
}

/** Cap and budget count instances, not attachments: booked once per group. */
function settle(
  before: Ledger,
  after: Ledger,
  group: readonly Step[],
  backend: BackendSnapshot,
): Ledger {
  const lowered = group.filter(isLowering);
  const isEjected =
    lowered.some((step) => takesOut(step, backend)) && !before.heldOut.includes(backend.instanceId);
  const isCharged = lowered.some((step) => step.costsBudget);
  return {
    ...after,
    heldOut: isEjected ? [...after.heldOut, backend.instanceId] : after.heldOut,
    changes: after.changes + Number(isCharged),
  };
}
