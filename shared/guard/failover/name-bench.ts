import { holdsAddress } from '../../domain/failover/name-records';
import { type DnsRecord } from '../../domain/failover/dns-record';
import { type NamePolicy } from '../../domain/failover/name-policy';
import {
  type NameProposal,
  type NameStep,
  type PauseRecordStep,
  type RecordStep,
  type SetRecordWeightStep,
  type WithheldNameStep,
} from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { type NameSnapshot } from '../../domain/failover/name-snapshot';
import { knownValue } from '../../domain/reading';

/** All that a rule may look at, besides the records as they would be. */
export interface NameBench {
  readonly proposal: NameProposal;
  readonly name: NameSnapshot;
  readonly policy: NamePolicy;
}

/** The records after all steps that were accepted so far, and what those steps began. */
export interface NameLedger {
  readonly records: readonly DnsRecord[];
  readonly moveIds: readonly string[];
  /** Region that traffic is being taken from in this very plan. */
  readonly regionId: string | null;
}

export type NameRefusal = Pick<WithheldNameStep, 'rule' | 'detail'>;

export const refuse = (rule: NameReasonCode, detail: string): NameRefusal => ({ rule, detail });

/** A step that takes traffic away; the weight with which a return begins is how much comes back, and takes nothing. */
export type TakingStep = PauseRecordStep | SetRecordWeightStep;

export const isRecordStep = (step: NameStep): step is RecordStep =>
  step.kind !== 'request-floor' && step.kind !== 'open-weighting';

export const isTaking = (step: NameStep): step is TakingStep =>
  step.kind === 'pause-record' ||
  (step.kind === 'set-record-weight' &&
    (step.moveId !== null || (step.reason !== 'failback-stage' && step.to < (step.from ?? 1))));

export const regionOf = (step: NameStep, { policy }: NameBench): string | null =>
  policy.sites.find(({ name }) => name === step.siteName)?.regionId ?? null;

export const openNameLedger = ({ name }: NameBench): NameLedger => ({
  records: knownValue(name.records) ?? [],
  moveIds: [],
  regionId: null,
});

/** The books after a step. */
export function book(step: NameStep, ledger: NameLedger, bench: NameBench): NameLedger {
  if (!isRecordStep(step)) return ledger;
  const records = ledger.records.map((record) =>
    record.recordId === step.recordId ? changed(record, step) : record,
  );
  if (!isTaking(step)) return { ...ledger, records };
  const moveIds = step.moveId === null ? ledger.moveIds : [...ledger.moveIds, step.moveId];
  return { records, moveIds, regionId: regionOf(step, bench) };
}

function changed(record: DnsRecord, step: RecordStep): DnsRecord {
  switch (step.kind) {
    case 'enable-record':
      return { ...record, isEnabled: true };
    case 'pause-record':
      return { ...record, isEnabled: false };
    case 'set-record-weight':
      return { ...record, weight: step.to };
    case 'remark-record':
      return { ...record, remark: step.remark };
  }
}

/** Records that answer on a line, of the name’s type. */
export const enabledOn = (
  line: string,
  records: readonly DnsRecord[],
  { policy }: NameBench,
): readonly DnsRecord[] =>
  records.filter((each) => each.line === line && each.type === policy.type && each.isEnabled);

/** Sites known to be up, other than the step’s own, that answer on its line. */
export function upOn(
  { line, siteName: own }: RecordStep,
  records: readonly DnsRecord[],
  bench: NameBench,
): readonly string[] {
  const up = new Set(
    bench.proposal.verdicts
      .filter(({ verdict, siteName }) => verdict === 'up' && siteName !== own)
      .map(({ siteName }) => siteName),
  );
  const answering = enabledOn(line, records, bench);
  return bench.policy.sites
    .filter((site) => up.has(site.name) && answering.some((each) => holdsAddress(each, site)))
    .map(({ name }) => name);
}
