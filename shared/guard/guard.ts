import { isHealTag } from '../domain/heal-tag';
import { type Plan, type WithheldStep } from '../domain/plan';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type Proposal, type Step } from '../domain/proposal';
import { refusalOf } from '../domain/refused-writes';
import { type Bench, type Refusal } from './bench';
import { type Ledger, openLedger } from './ledger';
import {
  announces,
  applied,
  frozenRule,
  isLowering,
  isRepair,
  judgeStep,
  offline,
  refusedRule,
  startsRamp,
  takesOut,
} from './rules';
import { judgeOutside } from './scale-rules';
import { recount } from './serving-count';

/**
 * What is safe now: the proposal's steps in their order, less those that a rule speaks against. Guards only remove. Each
 * rule computes on the state after the action and after all steps accepted before it.
 *
 * The careful steps of one backend (its tag, lowered weights, a repair) stand or fall together: when one is withheld, so
 * are the others, as `guard-incomplete`. Raising a weight stands by itself; the mark of an ejection comes off only with the
 * weight that it tells of.
 *
 * A person’s freeze comes before all: it withholds every step, what would restore included.
 */
export function guard(proposal: Proposal, pool: PoolSnapshot, policy: PoolPolicy): Plan {
  const frozen = frozenRule(pool);
  if (frozen !== null)
    return { steps: [], withheld: proposal.steps.map((step) => ({ step, ...frozen })) };
  const bench: Bench = { proposal, pool, policy };
  const backends = new Map(pool.backends.map((backend) => [backend.instanceId, backend]));
  const verdicts = new Map<string, Refusal | null>();
  let ledger = openLedger(bench);
  for (const [instanceId, group] of byInstance(proposal.steps)) {
    const judged = judgeGroup(group, backends.get(instanceId), ledger, bench);
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
function byInstance(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const groups = new Map<string, Step[]>();
  for (const step of steps) {
    const group = groups.get(step.instanceId);
    if (group === undefined) groups.set(step.instanceId, [step]);
    else group.push(step);
  }
  return groups;
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
  if (backend === undefined) return judgeOutsider(group, ledger, bench);
  let after = ledger;
  const judged = group.map((step): JudgedStep => {
    const refusal = judgeStep(step, backend, after, bench);
    if (refusal === null) after = bookTrial(step, accept(step, backend, after), bench);
    return { step, refusal };
  });
  const isBroken = judged.some(({ step, refusal }) => refusal !== null && isCareful(step));
  if (isBroken) return { steps: withMark(judged.map(withdraw)), ledger };
  return { steps: withMark(judged), ledger: settle(ledger, after, group, backend) };
}

/** Without its mark, a weight of ours that stays would be taken for a person’s once the store is lost. */
function withMark(judged: readonly JudgedStep[]): readonly JudgedStep[] {
  const isHeldBack = judged.some(
    ({ step, refusal }) => refusal !== null && step.kind === 'set-weight' && !isLowering(step),
  );
  return judged.map((each) =>
    isHeldBack && each.refusal === null && takesMarkOff(each.step)
      ? { ...each, refusal: incomplete('the weight that it tells of was withheld') }
      : each,
  );
}

const takesMarkOff = (step: Step): boolean =>
  step.kind === 'tag' && step.removeKeys.some(isHealTag);

const incomplete = (detail: string): Refusal => ({ rule: 'guard-incomplete', detail });

/** An instance that is not behind the load balancer, or a launch: all of its steps, or none. */
function judgeOutsider(
  group: readonly Step[],
  ledger: Ledger,
  bench: Bench,
): { readonly steps: readonly JudgedStep[]; readonly ledger: Ledger } {
  const judged = group.map((step) => ({
    step,
    refusal: judgeOutside(step, ledger, bench) ?? refusedRule(step, ledger, bench),
  }));
  if (judged.every(({ refusal }) => refusal === null))
    return { steps: judged, ledger: group.reduce(bookArrival, ledger) };
  const steps = judged.map(({ step, refusal }) => ({
    step,
    refusal: refusal ?? incomplete('another step of this instance was withheld'),
  }));
  return { steps, ledger };
}

function bookArrival(ledger: Ledger, step: Step): Ledger {
  if (step.kind === 'start') return { ...ledger, added: ledger.added + 1 };
  if (step.kind !== 'launch') return ledger;
  return { ...ledger, launches: ledger.launches + 1, added: ledger.added + step.count };
}

function bookTrial(step: Step, ledger: Ledger, { pool }: Bench): Ledger {
  const refusal = refusalOf(step, pool.memory);
  return refusal === null ? ledger : { ...ledger, tried: [...ledger.tried, refusal.key] };
}

/** A careful step beside a withheld one goes with it. */
function withdraw({ step, refusal }: JudgedStep): JudgedStep {
  const isWithdrawn = refusal === null && isCareful(step);
  return {
    step,
    refusal: isWithdrawn ? incomplete('another step of this backend was withheld') : refusal,
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
    ramps: after.ramps + Number(lowered.some(startsRamp)),
  };
}
