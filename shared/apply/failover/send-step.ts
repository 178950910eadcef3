import { CloudError } from '../../domain/cloud-error';
import { type DnsRecord } from '../../domain/failover/dns-record';
import { recordsOfName, repairedRecordId } from '../../domain/failover/empty-line';
import { type NameStep, type RequestFloorStep } from '../../domain/failover/name-proposal';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type StepResult } from '../../domain/plan';
import { nameMemoryKey } from '../../domain/store-keys';
import { type Instant } from '../../domain/units';
import { type CallOptions } from '../../ports/load-balancer';
import { writeDeadline } from '../call-window';
import { failedResult } from '../failed-result';
import { freezeMeanwhile } from './freeze-meanwhile';
import { note, see, type Session } from './name-session';
import { takesTraffic } from './order-name-steps';
import { changed, differenceIn, readAgain, UNREADABLE } from './read-again';
import { holdRegion } from './region-claim';

export type DnsStep = Exclude<NameStep, RequestFloorStep>;

/** Sends one step if it is still right and safe, notes what came of it, and answers with that. */
export async function sendStep(step: DnsStep, session: Session): Promise<StepResult> {
  const { ports, outcomes } = session;
  const startedAt = ports.clock.now();
  const result = await resultOf(step, session);
  outcomes.push({ stepId: step.stepId, startedAt, finishedAt: ports.clock.now(), result });
  return result;
}

async function resultOf(step: DnsStep, session: Session): Promise<StepResult> {
  const { request, slot, ports } = session;
  const settled =
    (await changedMeanwhile(step, session)) ??
    revalidate(step, session) ??
    (await frozenMeanwhile(step, session)) ??
    (await withoutRight(step, session));
  if (settled !== null) return settled;
  // Asked last: whatever it waits for, nothing of an older plan is sent after a newer one was made.
  if (ports.writes === 'real' && !(await isNewest(session)))
    return notSent('a newer plan for the name was made meanwhile');
  const lease = { ...request.lease, expiresAt: earlier(request.lease.expiresAt, slot.expiresAt) };
  const deadline = writeDeadline({ deadline: request.deadline, lease }, ports.clock.now());
  if (deadline === null)
    return notSent('the lease or the time of this tick would not outlive the call');
  try {
    return await write(step, session, { deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failedResult(error);
  }
}

const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other);
const notSent = (detail: string): StepResult => ({ kind: 'not-sent', detail });

/**
 * What somebody else changed since the records were read ends the plan; only a line found empty is filled all the same. Before a pause they
 * are read once more if we wrote meanwhile: a person may have paused the others while we waited for the domain.
 */
async function changedMeanwhile(step: DnsStep, session: Session): Promise<StepResult | null> {
  if (repairedRecordId(step.stepId) !== null) return null;
  const { seen, records, request, ports } = session;
  if (session.difference === null && step.kind === 'pause-record' && session.isStale) {
    if (ports.writes === 'recorded') return null;
    const found = await readAgain(session);
    if (found === null) return UNREADABLE;
    session.difference = differenceIn(seen, [...records.values()], found, request.policy);
    see(found, session);
  }
  return session.difference === null ? null : changed(session.difference);
}

/** A freeze that a person gave after the tick looked: read before each step that takes, and nothing at all is sent after it. */
async function frozenMeanwhile(step: DnsStep, session: Session): Promise<StepResult | null> {
  const { request, ports } = session;
  if (session.freeze === null && takesTraffic(step))
    session.freeze = await freezeMeanwhile(request.policy, ports);
  if (session.freeze === null) return null;
  const { by, reason } = session.freeze;
  return { kind: 'not-sent', reason: 'guard-frozen', detail: `frozen by ${by}: ${reason}` };
}

/** What is known without writing: gone, already so, or unsafe by what was read and written since; null when the step applies. */
function revalidate(step: DnsStep, { records, request }: Session): StepResult | null {
  if (step.kind === 'open-weighting') return null;
  const record = records.get(step.recordId);
  if (record === undefined) return notSent('the record is no longer there');
  if (isSoAlready(step, record)) return { kind: 'already-so', detail: 'the record is so already' };
  if (step.kind === 'pause-record' && isLastOfLine(record, [...records.values()], request))
    return {
      kind: 'not-sent',
      reason: 'guard-last-record',
      detail: `line ${record.line} would have no enabled record`,
    };
  return null;
}

function isSoAlready(step: DnsStep, record: DnsRecord): boolean {
  switch (step.kind) {
    case 'enable-record':
      return record.isEnabled;
    case 'pause-record':
      return !record.isEnabled;
    case 'set-record-weight':
      return record.weight === step.to;
    case 'remark-record':
      return record.remark === step.remark;
    case 'open-weighting':
      return false;
  }
}

const isLastOfLine = (
  { recordId, line }: DnsRecord,
  records: readonly DnsRecord[],
  { policy }: NameTickRequest,
): boolean =>
  !recordsOfName(records, policy).some(
    (other) => other.isEnabled && other.line === line && other.recordId !== recordId,
  );

/** Moving traffic away needs the right to leave the region, taken before the first such step. */
async function withoutRight(step: DnsStep, session: Session): Promise<StepResult | null> {
  const { request, ports, claimed } = session;
  if (!takesTraffic(step) || ports.writes === 'recorded') return null;
  const site = request.policy.sites.find(({ name }) => name === step.siteName);
  if (site === undefined) return notSent('the policy has no such site');
  const { regionId } = site;
  if (!claimed.has(regionId)) claimed.set(regionId, await holdRegion(regionId, request, ports));
  return claimed.get(regionId) === true
    ? null
    : {
        kind: 'not-sent',
        reason: 'guard-one-region',
        detail: 'another region is being failed over',
      };
}

/** The intent of this very tick is what the store holds: no worker has planned since. */
async function isNewest({ request, name, ports }: Session): Promise<boolean> {
  const document = await ports.store.read(nameMemoryKey(request.policy.name));
  const { generation, plannedBy } = (document?.value ?? {}) as Readonly<Record<string, unknown>>;
  return generation === name.memory.generation + 1 && plannedBy === request.tickId;
}

async function write(step: DnsStep, session: Session, options: CallOptions): Promise<StepResult> {
  const { ports, request, records } = session;
  const { dns } = ports;
  const done: StepResult = {
    kind: ports.writes === 'recorded' ? 'would-do' : 'done',
    detail: wordsFor(step),
  };
  if (step.kind === 'open-weighting') {
    await dns.setWeighting(request.policy, step.line, true, options);
    return done;
  }
  const record = records.get(step.recordId);
  if (record === undefined) return notSent('the record is no longer there');
  switch (step.kind) {
    case 'set-record-weight':
      await dns.setWeight(record, step.to, options);
      note({ ...record, weight: step.to }, session);
      return done;
    case 'remark-record':
      await dns.setRemark(record, step.remark, options);
      note({ ...record, remark: step.remark }, session);
      return done;
    case 'enable-record':
    case 'pause-record': {
      const isEnabled = step.kind === 'enable-record';
      const after = await dns.setEnabled(record, isEnabled, options);
      const isRecorded = ports.writes === 'recorded';
      const shown = isRecorded ? isEnabled : after?.isEnabled;
      if (shown !== undefined) note({ ...record, isEnabled: shown }, session);
      return shown === isEnabled ? done : notAsWanted(after);
    }
  }
}

const notAsWanted = (after: DnsRecord | null): StepResult => ({
  kind: 'failed',
  code: after === null ? 'RecordGone' : 'ReadBackDiffers',
  isAmbiguous: after !== null,
  detail: after === null ? 'the record is gone' : 'read back as before',
});

function wordsFor(step: DnsStep): string {
  switch (step.kind) {
    case 'open-weighting':
      return `answers on line ${step.line} are drawn by weight`;
    case 'enable-record':
      return `enabled on line ${step.line}, read back`;
    case 'pause-record':
      return `paused on line ${step.line}, read back`;
    case 'set-record-weight':
      return `weight ${step.from ?? 'unknown'} → ${step.to} on line ${step.line}`;
    case 'remark-record':
      return step.remark === '' ? 'note taken off' : `note ${step.remark}`;
  }
}
