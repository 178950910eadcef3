import { attachmentKey, compareText, sortedAttachments } from '../domain/attachment';
import { isDrainCause } from '../domain/drain-cause';
import { encodeHealTag, healTag, placeMarks, weightsInTag } from '../domain/heal-tag';
import { type BackendMemory } from '../domain/memory';
import {
  type Evidence,
  type Priority,
  type SetWeightStep,
  type Step,
  type TagStep,
} from '../domain/proposal';
import { knownValue } from '../domain/reading';
import { type ReasonCode } from '../domain/reasons';
import { isAvoided, isKnownDead } from '../domain/serving';
import { isLateWrite } from '../domain/written-weights';
import { type Assessment } from './assess';
import { age } from './describe';
import { healTagOn } from './remember';
import { type Scene, type Subject } from './scene';
import { type Transition } from './turn';
import { wantedWeight } from './wanted-weight';

/** One backend after its transition, before steps are ordered. */
export interface Judged {
  readonly subject: Subject;
  readonly assessment: Assessment;
  readonly transition: Transition;
  /** State before this tick; null for a newcomer. */
  readonly before: BackendMemory;
  readonly feedback: number | undefined;
}

/** The steps of one backend, in the order in which they must be done, with the priority of the whole. */
export interface StepGroup {
  readonly instanceId: string;
  readonly priority: Priority;
  readonly isDecisive: boolean;
  readonly steps: readonly Step[];
}

const PRIORITIES: readonly Priority[] = ['restore', 'eject', 'ramp', 'feedback'];

/** Restore before eject before ramp before feedback; what is certain before what is suspected; then by instance id. */
export function orderGroups(groups: readonly StepGroup[]): readonly Step[] {
  const sorted = [...groups].sort(
    (a, b) =>
      PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
      Number(b.isDecisive) - Number(a.isDecisive) ||
      compareText(a.instanceId, b.instanceId),
  );
  return sorted.flatMap((group) => group.steps);
}

/**
 * What has to be written so that the world matches what was decided: the ejection tag first, then weights, then a repair,
 * and the tag's removal last, so that a crash in between is always seen as the more careful state.
 */
export function stepsFor(judged: Judged, scene: Scene): StepGroup {
  const weights = weightSteps(judged, scene);
  const steps = [
    ...tagSteps(judged, scene),
    ...weights,
    ...repairSteps(judged),
    ...untagSteps(judged, scene),
  ];
  const priority =
    PRIORITIES.find((name) => weights.some((step) => step.priority === name)) ?? 'eject';
  const isDecisive = judged.assessment.evidence.some((fact) => fact.strength === 'decisive');
  return { instanceId: judged.subject.backend.instanceId, priority, isDecisive, steps };
}

function weightSteps(judged: Judged, scene: Scene): readonly SetWeightStep[] {
  const { subject, transition, assessment } = judged;
  const { backend } = subject;
  return sortedAttachments(backend).flatMap((attachment): readonly SetWeightStep[] => {
    const key = attachmentKey(backend, attachment);
    const to = wantedWeight(
      {
        attachment,
        key,
        next: transition.next,
        isNewcomer: subject.isNewcomer,
        wasHealthy: judged.before.state === 'healthy',
        feedback: judged.feedback,
      },
      scene,
    );
    if (to === attachment.weight) return [];
    const isLate = isLateWrite(subject.memory, key, attachment.weight, scene.now);
    const reason = isLate ? 'late-write-repaired' : weightReason(judged, scene);
    const isRaise = to > attachment.weight;
    const isFree =
      reason === 'newcomer' ||
      isAvoided(attachment, null) ||
      isKnownDead(backend) ||
      transition.next.cause === 'operator-drain';
    return [
      {
        kind: 'set-weight',
        stepId: `${backend.instanceId}/weight/${attachment.targetKey}:${attachment.port}`,
        instanceId: backend.instanceId,
        reason,
        evidence: isManagedReason(reason) ? managedEvidence(subject, scene) : assessment.evidence,
        priority: weightPriority(judged, reason, isRaise),
        targetKey: attachment.targetKey,
        port: attachment.port,
        from: attachment.weight,
        to,
        costsBudget: !isRaise && !isFree,
      },
    ];
  });
}

const isManagedReason = (reason: ReasonCode): boolean =>
  reason === 'managed-weight' || reason === 'feedback-weight';

/** A well backend whose weight is managed is not healed but tuned. */
function weightReason({ transition, before, feedback }: Judged, { policy }: Scene): ReasonCode {
  const isTuned =
    policy.heal.weights.kind === 'managed' &&
    transition.next.state === 'healthy' &&
    before.state === 'healthy';
  if (!isTuned || transition.reason === 'panic') return transition.reason;
  return feedback === undefined ? 'managed-weight' : 'feedback-weight';
}

function weightPriority({ transition }: Judged, reason: ReasonCode, isRaise: boolean): Priority {
  if (isManagedReason(reason)) return 'feedback';
  if (transition.next.state === 'probation') return 'ramp';
  return isRaise ? 'restore' : 'eject';
}

/** A managed weight rests on the instance type, and with feedback on load and utilisation: said so, with their ages. */
function managedEvidence({ backend }: Subject, { now }: Scene): readonly Evidence[] {
  const { instance, cpu, requests } = backend;
  return [
    ...(instance.kind === 'ok'
      ? [
          {
            signal: 'instance-status',
            sampledAt: instance.sampledAt,
            strength: 'decisive',
            detail: `${instance.value.cpuCount} vCPU, ${age(instance.sampledAt, now)}`,
          } as const,
        ]
      : []),
    ...(cpu.kind === 'ok'
      ? [
          {
            signal: 'instance-cpu',
            sampledAt: cpu.sampledAt,
            strength: 'suspicion',
            detail: `CPU at ${cpu.value} ‰`,
          } as const,
        ]
      : []),
    ...(requests.kind === 'ok'
      ? [
          {
            signal: 'request-errors',
            sampledAt: requests.sampledAt,
            strength: 'suspicion',
            detail: `${requests.value.requests} requests`,
          } as const,
        ]
      : []),
  ];
}

function tagSteps(judged: Judged, scene: Scene): readonly TagStep[] {
  const { transition, assessment, subject } = judged;
  const { pool } = scene;
  const isTold = !isNewlyHeld(judged) && transition.repair === null && !isMistold(judged, scene);
  if (isTold) return [];
  const { instanceId } = subject.backend;
  return [
    {
      kind: 'tag',
      stepId: `${instanceId}/tag`,
      instanceId,
      reason: transition.reason,
      evidence: assessment.evidence,
      tags: { [healTag(pool.poolName)]: tagValue(subject, transition.next) },
      removeKeys: [],
    },
  ];
}

/**
 * Ejected or put on a newcomer's ramp this tick, or ill when a person's order ends. An order is marked, too: its own tag says
 * who drains and why, this one what the backend weighed before. What is gone has no tags.
 */
function isNewlyHeld({ subject, before, transition: { next } }: Judged): boolean {
  if (next.state === 'probation') return subject.isNewcomer;
  const isOrderOver = isDrainCause(before.cause) && !isDrainCause(next.cause);
  const wasHeld = before.state === 'ejected' && !isOrderOver;
  return next.state === 'ejected' && !wasHeld && next.cause !== 'instance-gone';
}

/**
 * The tag on it tells another weight than it is to get back, as somebody has changed that since: the store may be lost any time. Where
 * weights are managed only a 0 is anybody's wish.
 */
function isMistold(
  { subject: { backend }, transition: { next } }: Judged,
  { pool, policy }: Scene,
): boolean {
  const isHeld = next.state === 'ejected' || next.state === 'probation';
  const tag = isHeld ? healTagOn(backend, pool) : null;
  if (tag === null) return false;
  const isPreserved = policy.heal.weights.kind === 'preserve';
  const wishIn = (weight: number): number => (isPreserved ? weight : Math.min(weight, 1));
  return Object.entries(weightsInTag(tag, backend)).some(
    ([key, weight]) => wishIn(weight) !== wishIn(next.baseWeights[key] ?? weight),
  );
}

function tagValue({ backend }: Subject, next: BackendMemory): string {
  const id = next.ladder?.operationId ?? '';
  return encodeHealTag({
    state: next.state === 'ejected' ? 'ejected' : 'probation',
    cause: next.cause,
    since: next.since,
    until: next.ejectedUntil,
    offences: next.offences,
    rung: next.ladder?.rung ?? null,
    baseWeights: sortedAttachments(backend).map(
      (attachment) => next.baseWeights[attachmentKey(backend, attachment)] ?? attachment.weight,
    ),
    operationId: id === '' ? null : id,
    places: placeMarks(backend),
  });
}

function repairSteps({ subject, transition, assessment }: Judged): readonly Step[] {
  const { repair, next } = transition;
  if (repair === null || next.ladder === null) return [];
  const { instanceId } = subject.backend;
  const kind = repair === 'restart' ? 'restart-service' : 'reboot';
  return [
    {
      kind,
      stepId: `${instanceId}/${repair}`,
      instanceId,
      reason: transition.reason,
      evidence: assessment.evidence,
      operationId: next.ladder.operationId,
    },
  ];
}

function untagSteps(
  { subject, transition, assessment }: Judged,
  { pool }: Scene,
): readonly TagStep[] {
  const key = healTag(pool.poolName);
  const tags = knownValue(subject.backend.instance)?.tags ?? {};
  if (transition.next.state !== 'healthy' || !(key in tags)) return [];
  const { instanceId } = subject.backend;
  return [
    {
      kind: 'tag',
      stepId: `${instanceId}/untag`,
      instanceId,
      reason: transition.reason,
      evidence: assessment.evidence,
      tags: {},
      removeKeys: [key],
    },
  ];
}
