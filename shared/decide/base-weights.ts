import { attachmentKey, sortedAttachments } from '../domain/attachment';
import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy, type WeightPolicy } from '../domain/policy';
import { MEMBER_TAG, POOL_TAG } from '../domain/ownership-tags';
import { type Attachment, type BackendSnapshot } from '../domain/pool';
import { knownValue } from '../domain/reading';
import { clamp, type Instant, roundDiv } from '../domain/units';
import { isLateWrite, mayBeLastWrite, newestWrite } from '../domain/written-weights';
import { isHeldBack } from './follow-places';
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
 * what it was while the count is unknown; only a 0 that somebody else set stays 0, there as well.
 *
 * A place that memory does not know has the weight it is found with. Of a backend that is held back that may be too little,
 * and people are told.
 */
export function decideBaseWeights(
  backend: BackendSnapshot,
  memory: BackendMemory,
  policy: PoolPolicy,
  now: Instant,
): BaseWeights {
  const judged = sortedAttachments(backend).map((attachment): Judged => {
    const key = attachmentKey(backend, attachment);
    const place = { attachment, key, base: memory.baseWeights[key] };
    const managed = managedBase(backend, place.base, policy);
    if (managed !== undefined)
      return judgeManaged(place, managed, mayBeOurs0(place, backend, memory, now));
    return place.base === undefined
      ? judgeUnknown(place, backend, memory)
      : judgePreserved({ ...place, base: place.base }, memory, now);
  });
  return {
    baseWeights: Object.fromEntries(judged.map(({ key, base }) => [key, base])),
    personWeights: judged.flatMap(({ person }) => (person === undefined ? [] : [person])),
  };
}

/** One attachment's base weight, and what people are to be told about it. */
interface Judged {
  readonly key: string;
  readonly base: number;
  readonly person?: PersonWeight;
}

interface Place {
  readonly attachment: Attachment;
  readonly key: string;
  readonly base: number | undefined;
}

/** Under `managed` the weight by vCPU count, or what it was while the count is unknown; undefined where people set it. */
function managedBase(
  { instance }: BackendSnapshot,
  base: number | undefined,
  { heal: { weights } }: PoolPolicy,
): number | undefined {
  if (weights.kind !== 'managed') return undefined;
  const cpuCount = knownValue(instance)?.cpuCount ?? 0;
  return cpuCount > 0 ? managedWeight(cpuCount, weights) : base;
}

/** A weight of 0 takes a backend out of service on purpose, whoever manages the others. */
function judgeManaged(
  { attachment: { weight }, key, base }: Place,
  managed: number,
  isOurs0: boolean,
): Judged {
  if (weight > 0 || isOurs0) return { key, base: managed };
  return base === 0
    ? { key, base }
    : { key, base: 0, person: { key, weight, expected: base ?? managed } };
}

/** A 0 there may be of Evenkeel's making: registered so, our last write, or one that landed late. */
const mayBeOurs0 = (
  { key, base }: Place,
  backend: BackendSnapshot,
  memory: BackendMemory,
  now: Instant,
): boolean =>
  (base === undefined && isOursAt0(backend)) ||
  mayBeLastWrite(memory, key, 0) ||
  isLateWrite(memory, key, 0, now);

/** Seen for the first time: its weight is its base, unless Evenkeel itself put it there at 0. */
function judgeUnknown(
  { attachment: { weight }, key }: Place,
  backend: BackendSnapshot,
  memory: BackendMemory,
): Judged {
  const others = Object.values(memory.baseWeights);
  if (weight === 0 && isOursAt0(backend)) return { key, base: Math.max(0, ...others) };
  const expected = others.length === 0 ? null : Math.max(...others);
  const isDoubtful = isHeldBack(memory) && (expected === null || weight < expected);
  return { key, base: weight, ...(isDoubtful && { person: { key, weight, expected } }) };
}

function judgePreserved(
  { attachment: { weight }, key, base }: Place & { readonly base: number },
  memory: BackendMemory,
  now: Instant,
): Judged {
  if (isExplained({ weight, base, key }, memory, now)) return { key, base };
  const expected = newestWrite(memory, key)?.weight ?? base;
  return { key, base: weight, person: { key, weight, expected } };
}

/** Evenkeel registers what it launched or added at 0, to be ramped up. */
function isOursAt0({ instance }: BackendSnapshot): boolean {
  const tags = knownValue(instance)?.tags ?? {};
  return POOL_TAG in tags || MEMBER_TAG in tags;
}

/** Ours: the base, what we wrote last while holding it back, or a write of ours that landed late. */
function isExplained(
  { weight, base, key }: { readonly weight: number; readonly base: number; readonly key: string },
  memory: BackendMemory,
  now: Instant,
): boolean {
  if (weight === base) return true;
  return (
    (weight < base && mayBeLastWrite(memory, key, weight)) || isLateWrite(memory, key, weight, now)
  );
}
