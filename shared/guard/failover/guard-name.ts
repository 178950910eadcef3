import { type NamePolicy } from '../../domain/failover/name-policy';
import {
  type NamePlan,
  type NameProposal,
  type NameStep,
  type WithheldNameStep,
} from '../../domain/failover/name-proposal';
import { type NameSnapshot } from '../../domain/failover/name-snapshot';
import { judgeTaking } from './move-rules';
import {
  book,
  isRecordStep,
  isTaking,
  type NameBench,
  type NameLedger,
  type NameRefusal,
  openNameLedger,
  refuse,
} from './name-bench';
import { judgeRecord } from './record-rules';

/**
 * What is safe now: the proposal’s steps in their order, less those that a rule speaks against. Guards only remove. Each rule computes
 * on the records after the step and after all steps accepted before it. What prepares a pause on a record, its note and its
 * lowest weight, goes with the pause: a record that stays keeps its share.
 */
export function guardName(
  proposal: NameProposal,
  name: NameSnapshot,
  policy: NamePolicy,
): NamePlan {
  const bench: NameBench = { proposal, name, policy };
  const accepted: NameStep[] = [];
  const withheld: WithheldNameStep[] = [];
  let ledger = openNameLedger(bench);
  for (const step of proposal.steps) {
    const refusal = judge(step, ledger, bench) ?? judgeWithPause(step, ledger, bench);
    if (refusal === null) {
      accepted.push(step);
      ledger = book(step, ledger, bench);
    } else withheld.push({ step, ...refusal });
  }
  return { steps: accepted, withheld };
}

function judge(step: NameStep, ledger: NameLedger, bench: NameBench): NameRefusal | null {
  const frozen = freezeRule(bench);
  if (frozen !== null || !isRecordStep(step)) return frozen;
  return judgeRecord(step, ledger, bench) ?? judgeTaking(step, ledger, bench);
}

/** A person’s word stops everything, also what would repair. */
function freezeRule({ name: { freeze, takenAt } }: NameBench): NameRefusal | null {
  if (freeze === null || freeze.until <= takenAt) return null;
  return refuse('guard-frozen', `${freeze.by}: ${freeze.reason}`);
}

/** A note or a lowered weight that comes before a pause or a lowered weight of the same record stands or falls with it. */
function judgeWithPause(step: NameStep, ledger: NameLedger, bench: NameBench): NameRefusal | null {
  if (!isRecordStep(step) || step.kind === 'enable-record') return null;
  if (step.kind === 'remark-record' && step.remark === '') return null;
  const taking = bench.proposal.steps.filter(
    (each) => isRecordStep(each) && each.recordId === step.recordId && isTaking(each),
  );
  const refusals = taking.map((each) => judge(each, ledger, bench));
  return refusals.find((refusal) => refusal !== null) ?? null;
}
