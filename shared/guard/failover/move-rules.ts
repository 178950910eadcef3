import { hasBegun, needsApproval, wordOn } from '../../domain/failover/approvals';
import { type NameStep } from '../../domain/failover/name-proposal';
import { regionsOut } from '../../domain/failover/region-claim';
import { orderToLeave } from '../../domain/failover/standing-order';
import { since } from '../../domain/units';
import {
  book,
  enabledOn,
  isTaking,
  type NameBench,
  type NameLedger,
  type NameRefusal,
  refuse,
  regionOf,
  type TakingStep,
  upOn,
} from './name-bench';

/** What speaks against taking traffic away, in the order in which it is best explained; giving it back is never held up by these. */
export function judgeTaking(
  step: NameStep,
  ledger: NameLedger,
  bench: NameBench,
): NameRefusal | null {
  if (!isTaking(step)) return null;
  return (
    unknownRule(step, bench) ??
    lastRecordRule(step, ledger, bench) ??
    lastSiteRule(step, ledger, bench) ??
    regionRule(step, ledger, bench) ??
    approvalRule(step, bench) ??
    velocityRule(step, ledger, bench)
  );
}

/** A person’s order stands, also where only a part can leave. */
const isOrdered = ({ siteName }: TakingStep, { name }: NameBench): boolean =>
  orderToLeave(siteName, name) !== undefined;

/** It takes a site that is down, a person’s order that stands, or a rehearsal in which all others are up. */
function unknownRule(step: TakingStep, bench: NameBench): NameRefusal | null {
  const { name, proposal } = bench;
  if (name.records.kind !== 'ok')
    return refuse('guard-unknown', 'the records are not freshly known');
  const verdictOn = (siteName: string) =>
    proposal.verdicts.find((verdict) => verdict.siteName === siteName)?.verdict ?? 'unknown';
  if (isOrdered(step, bench) || verdictOn(step.siteName) === 'down') return null;
  const areOthersUp = proposal.verdicts.every(({ verdict }) => verdict === 'up');
  if (step.reason === 'practice-started' && areOthersUp) return null;
  return refuse('guard-unknown', `${step.siteName} is ${verdictOn(step.siteName)}`);
}

function lastRecordRule(
  step: TakingStep,
  ledger: NameLedger,
  bench: NameBench,
): NameRefusal | null {
  if (step.kind !== 'pause-record') return null;
  const { records } = book(step, ledger, bench);
  if (enabledOn(step.line, records, bench).length > 0) return null;
  return refuse('guard-last-record', `line ${step.line} would have no enabled record`);
}

function lastSiteRule(step: TakingStep, ledger: NameLedger, bench: NameBench): NameRefusal | null {
  const { records } = book(step, ledger, bench);
  if (upOn(step, records, bench).length > 0) return null;
  return refuse(
    'guard-last-site',
    `no other site that answers on line ${step.line} is known to be up`,
  );
}

/** The claim above all names, what is out of this name whether or not it is claimed, and what this very plan takes away already. */
function regionRule(step: TakingStep, ledger: NameLedger, bench: NameBench): NameRefusal | null {
  const { claim, takenAt } = bench.name;
  const own = regionOf(step, bench);
  const claimed = claim !== null && claim.until > takenAt ? [claim.regionId] : [];
  const begun = ledger.regionId === null ? [] : [ledger.regionId];
  const out = regionsOut(bench.name, bench.policy);
  const busy = [...claimed, ...begun, ...out].find((regionId) => regionId !== own);
  if (busy === undefined) return null;
  return refuse('guard-one-region', `traffic is being taken from ${busy}`);
}

function approvalRule(step: TakingStep, bench: NameBench): NameRefusal | null {
  const { name, policy } = bench;
  const { moveId } = step;
  // An order that does not stand is none, whatever the step says of itself.
  const reason = isOrdered(step, bench) ? 'failover-ordered' : 'failover-site-down';
  const site = policy.sites.find((each) => each.name === step.siteName);
  if (moveId === null || site === undefined)
    return refuse('guard-approval', 'it belongs to no move');
  if (!needsApproval({ moveId, reason }, site, name.memory, policy)) return null;
  const word = wordOn(moveId, name);
  if (word === undefined) return refuse('guard-approval', `nobody approved ${moveId}`);
  return word.isGranted ? null : refuse('guard-approval-refused', `${word.by} refused ${moveId}`);
}

/** Failovers that begin within the window. A rehearsal has its schedule, a person’s order is a person’s, and what has begun goes on. */
function velocityRule(step: TakingStep, ledger: NameLedger, bench: NameBench): NameRefusal | null {
  const { name, policy } = bench;
  const { moves, windowMs } = policy.velocity;
  const { moveId } = step;
  if (isOrdered(step, bench) || step.reason === 'practice-started') return null;
  if (moveId === null || hasBegun(moveId, name.memory)) return null;
  const recent = name.memory.moves
    .filter(({ kind, at }) => kind === 'failover' && since(at, name.takenAt) < windowMs)
    .map((move) => move.moveId);
  const begun = new Set([...recent, ...ledger.moveIds, moveId]);
  if (begun.size <= moves) return null;
  return refuse('guard-velocity', `it would be move ${begun.size} of ${moves} allowed`);
}
