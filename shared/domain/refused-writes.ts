import { type PoolMemory, type RefusedWrite } from './memory';
import { type Outcome, type StepResult } from './plan';
import { type Step } from './proposal';
import { type Instant, type Millis, millis, plus, since } from './units';

/**
 * How long a refused kind of write rests unless the policy says otherwise: twelve tries an hour are no storm, and healing goes on within
 * five minutes of the permission’s return.
 */
export const DEFAULT_REFUSED_WAIT_MS: Millis = millis(300_000);
/** What nobody tried again for so long is forgotten. */
const KEPT_MS = 86_400_000;

/** Permissions are given by action, so that writing a tag and taking one off are two, and for weights by server group. */
export function writeKind(step: Step): string {
  if (step.kind === 'set-weight') return `${step.kind}/${step.targetKey}`;
  return step.kind === 'tag' && Object.keys(step.tags).length === 0 ? 'untag' : step.kind;
}

const ownKey = (step: Step): string => `${writeKind(step)}/${step.instanceId}`;

export interface StandingRefusal extends RefusedWrite {
  readonly key: string;
}

/** What stands against a step: its kind was refused for everybody, or itself for this instance. */
export function refusalOf(
  step: Step,
  { refusals = {} }: Pick<PoolMemory, 'refusals'>,
): StandingRefusal | null {
  for (const key of [writeKind(step), ownKey(step)]) {
    const refusal = refusals[key];
    if (refusal !== undefined) return { ...refusal, key };
  }
  return null;
}

/**
 * Refusals after a tick. One for lack of permission holds for the whole kind, since the next instance would hear the same; one of a mark
 * for its instance alone; a refused weight or repair is tried again, as it may be due to another member or the instance’s state. What was
 * done lifts what stood against it.
 */
export function nextRefusals(
  known: PoolMemory['refusals'],
  steps: readonly Step[],
  outcome: Outcome,
  when: { readonly at: Instant; readonly waitMs: Millis },
): Readonly<Record<string, RefusedWrite>> {
  const { at, waitMs } = when;
  const next = new Map(
    Object.entries(known ?? {}).filter(([, { until }]) => since(until, at) < KEPT_MS),
  );
  const results = new Map(outcome.steps.map(({ stepId, result }) => [stepId, result]));
  for (const step of steps) {
    const result = results.get(step.stepId);
    if (result?.kind === 'done')
      for (const key of [writeKind(step), ownKey(step)]) next.delete(key);
    const key = restingKey(step, result);
    if (key !== null && result?.kind === 'failed')
      next.set(key, { code: result.code, until: plus(at, waitMs) });
  }
  return Object.fromEntries([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function restingKey(step: Step, result: StepResult | undefined): string | null {
  if (result?.kind !== 'failed' || result.refusal === undefined) return null;
  if (result.refusal === 'permission') return writeKind(step);
  return step.kind === 'tag' ? ownKey(step) : null;
}
