import { createHash } from 'node:crypto';
import { type BackendMemory, type PoolMemory } from '../../shared/domain/memory';
import {
  type Alert,
  type BackendVerdict,
  type Evidence,
  type Step,
} from '../../shared/domain/proposal';
import { type Instant } from '../../shared/domain/units';
import { type StoryTick } from './story';

/**
 * A tick in a few lines. Fields are chosen one by one, so that a new field changes no recorded line. What would make the
 * lines long stands in two hashes: `memory`, what is remembered after the tick and would be if the steps were done or not, and
 * `said`, ages and strengths of the evidence, tags, and the figures (never the words) in what people are told.
 */
export function tickLines({ taken, fates }: StoryTick, previous: Instant): readonly string[] {
  const { pool, proposal, plan, world } = taken;
  const now = pool.takenAt;
  const withheld = new Map(plan.withheld.map(({ step, rule }) => [step.stepId, rule]));
  const fateOf = (step: Step): string =>
    withheld.get(step.stepId) ?? (plan.steps.includes(step) ? (fates[step.stepId] ?? '?') : 'gone');
  return [
    [
      `+${now - previous} ms`,
      `healthy ${proposal.healthy}`,
      ...(proposal.isPanic ? ['panic'] : []),
      ...(proposal.isUnsteady ? ['unsteady'] : []),
      ...(proposal.lookAgainAt === null ? [] : [`again ${proposal.lookAgainAt - now}`]),
      `memory ${hash(memoriesOf(taken))} said ${hash(saidOf(taken))}`,
    ].join(', '),
    ...proposal.steps.map((step) => `  ${stepWords(step)}: ${fateOf(step)}`),
    ...plan.withheld
      .filter(({ step }) => !proposal.steps.includes(step))
      .map(({ step }) => `  unasked ${step.stepId}`),
    ...verdictLines(proposal.verdicts),
    ...alertLines(proposal.alerts),
    ...(world.memory.updatedAt === now ? [] : ['  not remembered']),
  ];
}

/** What reads the same for several backends shares a line. */
function grouped(entries: readonly { words: string; id: string }[]): readonly [string, string][] {
  const alike = new Map<string, string>();
  for (const { words, id } of entries) {
    const others = alike.get(words);
    alike.set(words, others === undefined ? id : `${others} ${id}`);
  }
  return [...alike];
}

function verdictLines(verdicts: readonly BackendVerdict[]): readonly string[] {
  const entries = verdicts.map((verdict) => ({
    words: verdictWords(verdict),
    id: verdict.instanceId,
  }));
  return grouped(entries).map(([words, ids]) => `  ${ids} ${words}`);
}

/** Example: `warning person-set-weight/ i-0 i-3, critical panic`. */
function alertLines(alerts: readonly Alert[]): readonly string[] {
  const entries = alerts.map(({ key, severity }) => {
    const [kind = '', id = ''] = key.split(/(?<=\/)/u);
    return { words: `${severity} ${kind}`, id };
  });
  const words = grouped(entries).map((parts) => parts.join(' ').trimEnd());
  return words.length === 0 ? [] : [`  ${words.join(', ')}`];
}

function verdictWords({ state, nextState, reason, rung, evidence }: BackendVerdict): string {
  const way = state === nextState ? state : `${state}→${nextState}`;
  const parts = [rung ?? '', ...signalsOf(evidence)].filter((part) => part !== '');
  return [way === reason ? reason : `${way} ${reason}`, ...parts].join(', ');
}

function stepWords(step: Step): string {
  if (step.kind !== 'set-weight') return `${step.instanceId} ${step.kind} ${step.reason}`;
  const place = step.port === 80 ? step.targetKey : `${step.targetKey}:${step.port}`;
  const cost = step.costsBudget ? ' costs' : '';
  return `${step.instanceId} weight ${place} ${step.from}→${step.to} ${step.reason} ${step.priority}${cost}`;
}

/** Example: `active-probe-errors×3`. */
function signalsOf(evidence: readonly Evidence[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { signal } of evidence) counts.set(signal, (counts.get(signal) ?? 0) + 1);
  return [...counts].map(([signal, count]) => (count === 1 ? signal : `${signal}×${count}`));
}

const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 5);

/** The figures of a text, and of how many parts it is made. */
const figures = (text: string): readonly unknown[] => [
  ...(text.match(/\d+/gu) ?? []),
  text.split('; ').length,
];

function saidOf({ pool, proposal, plan }: StoryTick['taken']): unknown {
  const facts = (evidence: readonly Evidence[]): unknown =>
    evidence.map(({ signal, sampledAt, strength, detail }) => [
      signal,
      pool.takenAt - sampledAt,
      strength,
      figures(detail),
    ]);
  return [
    proposal.verdicts.map(({ instanceId, detail, evidence, isServing, isHealthy }) => [
      ...[instanceId, isServing, isHealthy],
      figures(detail),
      facts(evidence),
    ]),
    proposal.steps.map((step) => [
      step.stepId,
      facts(step.evidence),
      step.kind === 'tag' ? [step.tags, step.removeKeys] : [],
      'operationId' in step ? step.operationId : '',
    ]),
    plan.withheld.map(({ step, rule, detail }) => [step.stepId, rule, figures(detail)]),
    proposal.alerts.map(({ key, reason, instanceId, message }) => [
      ...[key, reason, instanceId],
      figures(message),
    ]),
  ];
}

const memoriesOf = ({ proposal, world }: StoryTick['taken']): unknown => [
  poolMemoryOf(world.memory),
  proposal.verdicts.map(({ instanceId, memoryIfDone, memoryIfNot }) => [
    instanceId,
    memoryOf(memoryIfDone),
    memoryOf(memoryIfNot),
  ]),
];

const poolMemoryOf = (memory: PoolMemory): unknown => [
  memory.updatedAt,
  memory.panicSince,
  Object.entries(memory.backends).map(([id, each]) => [id, memoryOf(each)]),
  memory.changes.map(({ at, instanceId }) => [at, instanceId]),
  memory.memberCount,
  memory.breakerOpenUntil,
  memory.failedRepairs,
  memory.probeCursor,
  Object.entries(memory.alerts),
];

const memoryOf = (memory: BackendMemory): unknown => [
  ...[memory.state, memory.since, memory.cause, memory.firstSeenAt],
  Object.entries(memory.baseWeights),
  memory.written.map(({ targetKey, weight, at, isUncertain }) => [
    ...[targetKey, weight, at],
    isUncertain === true,
  ]),
  ...[memory.badStreak, memory.goodStreak, memory.outlierStreak],
  memory.windows.map(({ startedAt, endedAt, probes, failures, latencyMedianUs }) => [
    ...[startedAt, endedAt, probes, failures],
    latencyMedianUs,
  ]),
  memory.statistics.map(({ startedAt, endedAt, requests, failures, latencyMedianUs }) => [
    ...[startedAt, endedAt, requests, failures],
    latencyMedianUs,
  ]),
  ...[memory.offences, memory.lastOffenceAt, memory.ejectedUntil],
  ...[memory.probationStep, memory.probationStepAt],
  memory.ladder === null
    ? null
    : [
        ...[memory.ladder.rung, memory.ladder.operationId, memory.ladder.startedAt],
        ...[memory.ladder.verifyAt, memory.ladder.invokeId],
      ],
  memory.repairs.map(({ rung, at, hasHelped }) => [rung, at, hasHelped]),
  memory.personWeightAt,
  memory.isProtected ?? null,
];
