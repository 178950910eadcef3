import { type DnsRecord } from '../../domain/failover/dns-record';
import {
  type EnableRecordStep,
  type PauseRecordStep,
  type RemarkRecordStep,
  type SetRecordWeightStep,
} from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { pausedRemark, readRemark } from '../../domain/failover/paused-remark';
import { hasBase, type NameScene, type SiteView } from './scene';

const about = (
  kind: string,
  record: DnsRecord,
  { site, judgement }: SiteView,
  reason: NameReasonCode,
) => ({
  stepId: `${kind}/${record.recordId}`,
  siteName: site.name,
  recordId: record.recordId,
  line: record.line,
  reason,
  evidence: judgement.evidence,
});

export const enableStep = (
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
): EnableRecordStep => ({ ...about('enable', record, view, reason), kind: 'enable-record' });

export const pauseStep = (
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
  moveId: string,
): PauseRecordStep => ({ ...about('pause', record, view, reason), kind: 'pause-record', moveId });

/** Nothing where the record has that weight already. */
export function weightSteps(
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
  { to, moveId }: Pick<SetRecordWeightStep, 'to' | 'moveId'>,
): readonly SetRecordWeightStep[] {
  if (record.weight === to) return [];
  const step = about('weight', record, view, reason);
  return [{ ...step, kind: 'set-record-weight', from: record.weight, to, moveId }];
}

/** Our note, where a person has not written one: before the pause, so that no record is ever off without it. */
export function noteSteps(
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
  scene: NameScene,
): readonly RemarkRecordStep[] {
  const { name } = scene.policy;
  const isOurs = readRemark(record.remark, name) !== null;
  if (record.remark !== '' && !isOurs) return [];
  const weight = hasBase(record, view, scene) ? baseWeight(record, view, scene) : null;
  return remarkStep(record, view, reason, pausedRemark(name, { weight }));
}

/** Its old weight; what a person made heavier stays so. */
export function restoreSteps(
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
  scene: NameScene,
): readonly SetRecordWeightStep[] {
  if (!hasBase(record, view, scene)) return [];
  const to = Math.max(baseWeight(record, view, scene), record.weight ?? 1);
  return weightSteps(record, view, reason, { to, moveId: null });
}

/** Takes our note off, and only ours. */
export const unnoteSteps = (
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
  { policy }: NameScene,
): readonly RemarkRecordStep[] =>
  readRemark(record.remark, policy.name) === null ? [] : remarkStep(record, view, reason, '');

function remarkStep(
  record: DnsRecord,
  view: SiteView,
  reason: NameReasonCode,
  remark: string,
): readonly RemarkRecordStep[] {
  if (record.remark === remark) return [];
  return [{ ...about('remark', record, view, reason), kind: 'remark-record', remark }];
}

/** What the record weighed before we lowered it: its own weight if our note knows of none; where all is lost, as much as the heaviest of its line. */
export function baseWeight(record: DnsRecord, { memory }: SiteView, scene: NameScene): number {
  const known = memory.baseWeights[record.recordId];
  if (known !== undefined) return known;
  const isUntouched = record.isEnabled || readRemark(record.remark, scene.policy.name) !== null;
  if (isUntouched) return record.weight ?? 1;
  const line = scene.records.filter((other) => other.line === record.line);
  return Math.max(...line.map(({ weight }) => weight ?? 1));
}
