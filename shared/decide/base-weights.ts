import { attachmentKey, sortedAttachments } from '../domain/attachment';
import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy, type WeightPolicy } from '../domain/policy';
import { type Attachment, type BackendSnapshot } from '../domain/pool';
import { knownValue } from '../domain/reading';
import { clamp, type Instant, roundDiv } from '../domain/units';
import { isLateWrite, mayBeLastWrite, newestWrite } from '../domain/written-weights';
import { type PersonWeight } from './scene';

export interface BaseWeights {
  readonly baseWeights: Readonly<Record<string, number>>;
  readonly personWeights: readonly PersonWeight[];
}

/**
 * The managed base weight.
 *
 *     base = clamp(1, 100, round(vCPU × factor ÷ 1000))
 *
 * Example: 4 vCPU with a factor of 12500 (12.5 per vCPU) → 50.
 */
export const managedWeight = (
  cpuCount: number,
  weights: Extract<WeightPolicy, { kind: 'managed' }>,
): number => clamp(roundDiv(cpuCount * weights.factor, 1000), 1, 100);

/**
 * The weight each attachment gets when the backend is well.
 *
 * Under `preserve` it is what people set: a weight that is neither the base, nor what we wrote last, nor a late write of
 * ours, was set by somebody else and becomes the new base. Under `managed` it follows from the vCPU count, and stays
 * what it was while the count is unknown.
 */
export function decideBaseWeights(
  backend: BackendSnapshot,
  memory: BackendMemory,
  policy: PoolPolicy,
  now: Instant,
): BaseWeights {
  const { weights } = policy.heal;
  const facts = knownValue(backend.instance);
  const personWeights: PersonWeight[] = [];
  const entries = sortedAttachments(backend).map((attachment): [string, number] => {
    const key = attachmentKey(backend, attachment);
    const base = memory.baseWeights[key];
    if (weights.kind === 'managed') {
      const isCounted = facts !== undefined && facts.cpuCount > 0;
      return [
        key,
        isCounted ? managedWeight(facts.cpuCount, weights) : (base ?? attachment.weight),
      ];
    }
    if (base === undefined || isExplained(attachment, key, memory, now))
      return [key, base ?? attachment.weight];
    personWeights.push({
      key,
      weight: attachment.weight,
      expected: newestWrite(memory, key)?.weight ?? base,
    });
    return [key, attachment.weight];
  });
  return { baseWeights: Object.fromEntries(entries), personWeights };
}

/** Ours: the base, what we wrote last while holding it back, or a write of ours that landed late. */
function isExplained(
  { weight }: Attachment,
  key: string,
  memory: BackendMemory,
  now: Instant,
): boolean {
  const base = memory.baseWeights[key] ?? weight;
  if (weight === base) return true;
  return (
    (weight < base && mayBeLastWrite(memory, key, weight)) || isLateWrite(memory, key, weight, now)
  );
}
