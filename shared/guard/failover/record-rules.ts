import { isOnOurLine, isPausedByUs, isSameAddress } from '../../domain/failover/name-records';
import { type DnsRecord } from '../../domain/failover/dns-record';
import { type EnableRecordStep, type RecordStep } from '../../domain/failover/name-proposal';
import { knownValue } from '../../domain/reading';
import { type NameBench, type NameLedger, type NameRefusal, refuse } from './name-bench';

/** What a record itself says against a step; a record that is not there any more is nobody’s to change. */
export function judgeRecord(
  step: RecordStep,
  ledger: NameLedger,
  bench: NameBench,
): NameRefusal | null {
  const record = ledger.records.find(({ recordId }) => recordId === step.recordId);
  if (record === undefined) return refuse('records-changed', 'the record is not there');
  return (
    typeRule(record, bench) ??
    lockedRule(record) ??
    duplicateRule(record, step, bench) ??
    ownerRule(record, step, bench)
  );
}

function typeRule(record: DnsRecord, { policy }: NameBench): NameRefusal | null {
  if (record.type !== policy.type)
    return refuse(
      'guard-record-type',
      `it is a ${record.type} record, the name has ${policy.type}`,
    );
  return isOnOurLine(record, policy)
    ? null
    : refuse('guard-record-type', `line ${record.line} is not in the policy`);
}

const lockedRule = ({ isLocked, recordId }: DnsRecord): NameRefusal | null =>
  isLocked ? refuse('guard-record-locked', `${recordId} is locked`) : null;

/** Which of two is meant nobody knows; an empty line takes either. */
function duplicateRule(
  { line, value, type }: DnsRecord,
  step: RecordStep,
  { name }: NameBench,
): NameRefusal | null {
  const twins = (knownValue(name.records) ?? []).filter(
    (each) => each.line === line && each.type === type && isSameAddress(each.value, value),
  );
  if (twins.length < 2 || step.reason === 'record-empty') return null;
  return refuse('guard-record-duplicate', `${twins.length} records of line ${line} hold ${value}`);
}

/** What somebody else paused comes back only for the sake of an empty line. */
function ownerRule(
  record: DnsRecord,
  step: RecordStep,
  { name, policy }: NameBench,
): NameRefusal | null {
  if (!isEnabling(step) || step.reason === 'record-empty' || record.isEnabled) return null;
  return isPausedByUs(record, name.memory, policy)
    ? null
    : refuse('guard-not-ours', 'somebody else paused it');
}

const isEnabling = (step: RecordStep): step is EnableRecordStep => step.kind === 'enable-record';
