import { changeBudget } from '../domain/change-budget';
import { isHealTag } from '../domain/heal-tag';
import { type BackendSnapshot } from '../domain/pool';
import {
  type RebootStep,
  type RestartStep,
  type SetWeightStep,
  type Step,
} from '../domain/proposal';
import { type ReasonCode } from '../domain/reasons';
import { hasInventoryDropped } from '../domain/inventory';
import { refusalOf } from '../domain/refused-writes';
import { isKnownDead } from '../domain/serving';
import { type Bench, type Refusal } from './bench';
import { isWellFounded, needsNoEvidence } from './evidence';
import { overloadRule } from './overload-rule';
import { protectedRule } from './protection';
import { judgeScaling } from './scale-rules';
import { ceilDiv, since } from '../domain/units';
import { ejectionCap, type Ledger, repairLimit } from './ledger';
import { losses, weightKey, type Weights } from './serving-count';

const refuse = (rule: ReasonCode, detail: string): Refusal => ({ rule, detail });

export const isLowering = (step: Step): step is SetWeightStep =>
  step.kind === 'set-weight' && step.to < step.from;
export const isRepair = (step: Step): step is RestartStep | RebootStep =>
  step.kind === 'restart-service' || step.kind === 'reboot';

/** A person’s freeze speaks against everything, for as long as it holds. */
export function frozenRule({ freeze, takenAt }: Bench['pool']): Refusal | null {
  if (freeze === undefined || freeze.until <= takenAt) return null;
  const left = ceilDiv(since(takenAt, freeze.until), 60_000);
  return refuse('guard-frozen', `${freeze.by}, for another ${left} min: ${freeze.reason}`);
}

/** The first rule that speaks against the step, in the order in which the rules are best explained; null when none does. */
export function judgeStep(
  step: Step,
  backend: BackendSnapshot,
  ledger: Ledger,
  bench: Bench,
): Refusal | null {
  return (
    protectedRule(step, backend, bench) ??
    inventoryRule(bench) ??
    judgeKind(step, backend, ledger, bench) ??
    refusedRule(step, ledger, bench)
  );
}

function judgeKind(
  step: Step,
  backend: BackendSnapshot,
  ledger: Ledger,
  bench: Bench,
): Refusal | null {
  if (isLowering(step)) return judgeLowering(step, backend, ledger, bench);
  if (isRepair(step)) return judgeRepair(step, backend, ledger, bench);
  return judgeScaling(step, backend, ledger, bench);
}

function judgeLowering(
  step: SetWeightStep,
  backend: BackendSnapshot,
  ledger: Ledger,
  bench: Bench,
): Refusal | null {
  const { pool } = bench;
  if (bench.proposal.isPanic) return refuse('guard-panic', 'the pool is in panic');
  if (!needsNoEvidence(step, backend, pool)) {
    const unfounded = evidenceRule(step, bench);
    if (unfounded !== null) return unfounded;
  }
  return (
    servingRule(backend, applied(step, ledger.weights), ledger, bench) ??
    capRule(step, backend, ledger, bench) ??
    (takesOut(step, backend) ? overloadRule(step, backend, bench) : null) ??
    rampRule(step, ledger, bench) ??
    budgetRule(step, ledger, bench)
  );
}

function judgeRepair(
  step: RestartStep | RebootStep,
  backend: BackendSnapshot,
  ledger: Ledger,
  bench: Bench,
): Refusal | null {
  if (bench.proposal.isPanic) return refuse('guard-panic', 'the pool is in panic');
  return (
    evidenceRule(step, bench) ??
    overloadRule(step, backend, bench) ??
    breakerRule(bench) ??
    otherServiceRule(backend) ??
    repairShareRule(step, ledger, bench) ??
    servingRule(backend, offline(backend, ledger.weights), ledger, bench)
  );
}

function evidenceRule(step: Step, { pool, policy }: Bench): Refusal | null {
  if (isWellFounded(step, pool, policy)) return null;
  return refuse(
    'guard-evidence',
    `${step.evidence.length} pieces of evidence, not enough of them fresh and agreeing`,
  );
}

function inventoryRule({ pool, policy }: Bench): Refusal | null {
  if (!hasInventoryDropped(pool, policy)) return null;
  return refuse(
    'guard-inventory-drop',
    `${pool.backends.length} members, ${pool.memory.memberCount ?? 0} before`,
  );
}

/** What the cloud refused for good rests a while; then one write shows whether it is taken again. */
export function refusedRule(step: Step, { tried }: Ledger, { pool }: Bench): Refusal | null {
  const refusal = refusalOf(step, pool.memory);
  if (refusal === null) return null;
  const waitMs = since(pool.takenAt, refusal.until);
  if (waitMs > 0)
    return refuse(
      'guard-writes-refused',
      `refused with ${refusal.code}; tried again in ${Math.ceil(waitMs / 1000)} s`,
    );
  return tried.includes(refusal.key)
    ? refuse('guard-writes-refused', `refused with ${refusal.code}; another is tried first`)
    : null;
}

/** Counted after the action, and only where the load balancer would still send traffic without us. */
function capRule(
  step: SetWeightStep,
  backend: BackendSnapshot,
  ledger: Ledger,
  { pool, policy }: Bench,
): Refusal | null {
  if (!takesOut(step, backend) || ledger.heldOut.includes(step.instanceId)) return null;
  const cap = ejectionCap(pool.backends.length, policy);
  const after = ledger.heldOut.length + 1;
  return after > cap
    ? refuse('guard-ejection-cap', `it would be ${after} ejected of ${cap} allowed`)
    : null;
}

/** An ejection, not a ramp or a managed weight, of a backend that still serves; a person's order is not Evenkeel's ejection. */
export function takesOut(step: SetWeightStep, backend: BackendSnapshot): boolean {
  const isOrder = step.evidence.some(
    ({ signal }) => signal === 'operator-order' || signal === 'retirement',
  );
  return (
    step.priority === 'eject' &&
    step.reason !== 'late-write-repaired' &&
    !isOrder &&
    !isKnownDead(backend)
  );
}

/** A newcomer that is lowered to where its ramp begins. */
export const startsRamp = (step: SetWeightStep): boolean => step.reason === 'newcomer';

/**
 * Newcomers have an allowance of their own, as large as the budget, for each tick. Their first step accuses nobody, and what joined
 * since the last look carried nothing then, so it must not use up what a sick backend needs. Only when nobody has looked for long
 * do many newcomers mean capacity that the pool relies on; they are all met in the same tick.
 */
function rampRule(step: SetWeightStep, ledger: Ledger, { pool, policy }: Bench): Refusal | null {
  if (!startsRamp(step)) return null;
  const allowed = changeBudget(pool.backends.length, policy);
  return ledger.ramps + 1 > allowed
    ? refuse(
        'guard-budget',
        `${ledger.ramps} of ${allowed} newcomers begin their ramp in this tick`,
      )
    : null;
}

function budgetRule(step: SetWeightStep, ledger: Ledger, { pool, policy }: Bench): Refusal | null {
  if (!step.costsBudget) return null;
  const budget = changeBudget(pool.backends.length, policy);
  return ledger.changes + 1 > budget
    ? refuse('guard-budget', `${ledger.changes} of ${budget} changes in this window are used`)
    : null;
}

/** Floor and last man, at every place where the backend would stop serving. */
function servingRule(
  backend: BackendSnapshot,
  after: Weights,
  ledger: Ledger,
  { policy }: Bench,
): Refusal | null {
  const lost = losses(backend, { before: ledger.weights, after }, ledger.serving, policy);
  const last = lost.find((loss) => loss.after < 1);
  if (last !== undefined)
    return refuse('guard-last-serving', `nobody would be left at ${last.place}`);
  const short = lost.find((loss) => loss.after < loss.floor);
  if (short === undefined) return null;
  return refuse(
    'guard-floor',
    `${short.after} would be left at ${short.place}, ${short.floor} must be`,
  );
}

function breakerRule({ pool }: Bench): Refusal | null {
  const until = pool.memory.breakerOpenUntil;
  return until !== null && until > pool.takenAt
    ? refuse(
        'guard-breaker',
        `repairs are stopped for another ${Math.ceil((until - pool.takenAt) / 1000)} s`,
      )
    : null;
}

/** Other groups must have somebody left; not knowing is no permission, unless nobody was asked to look. */
function otherServiceRule({ otherServices }: BackendSnapshot): Refusal | null {
  if (otherServices.kind === 'missing' && otherServices.reason === 'not-configured') return null;
  if (otherServices.kind !== 'ok')
    return refuse('guard-other-service', 'what else it serves is not freshly known');
  const alone = otherServices.value.find((service) => service.servingWithoutIt < 1);
  return alone === undefined
    ? null
    : refuse(
        'guard-other-service',
        `${alone.loadBalancerId}/${alone.serverGroupId} would be left without a backend`,
      );
}

/** Its own repair does not stand in the way of the next rung. */
function repairShareRule(
  { instanceId }: Step,
  ledger: Ledger,
  { pool, policy }: Bench,
): Refusal | null {
  const limit = repairLimit(pool.backends.length, policy);
  const others =
    ledger.repairing.filter((each) => each !== instanceId).length + ledger.repairsStarted;
  if (others + 1 <= limit) return null;
  return refuse('guard-repair-share', `${others} of ${limit} repairs are under way`);
}

/** Weights after one step; what an earlier step of the same plan took further down, or offline, stays there. */
export function applied(step: SetWeightStep, weights: Weights): Weights {
  const key = weightKey(step.instanceId, step);
  return { ...weights, [key]: Math.min(weights[key] ?? step.to, step.to) };
}

/** Weights as if the instance took no traffic at all: what a restart or a reboot amounts to. */
export const offline = (backend: BackendSnapshot, weights: Weights): Weights => ({
  ...weights,
  ...Object.fromEntries(
    backend.attachments.map((attachment) => [weightKey(backend.instanceId, attachment), 0]),
  ),
});

/** A tag that writes an ejection or ramp down has no meaning without the steps it announces. */
export const announces = (step: Step): boolean =>
  step.kind === 'tag' && Object.keys(step.tags).some(isHealTag);
