import { type FeedbackPolicy } from '../domain/policy';
import { type BackendSnapshot } from '../domain/pool';
import {
  type Instant,
  clamp,
  floorDiv,
  permilleOf,
  roundDiv,
  shareOf,
  since,
} from '../domain/units';

/** One well backend whose weight may follow its load. */
export interface FeedbackSubject {
  readonly backend: BackendSnapshot;
  readonly base: number;
  readonly current: number;
}

/** Keeps the sums below 2^53 for 2,000 backends of weight 100. */
const SCORE_MAX = 1_000_000_000;

/**
 * Weights that follow observed load, as gRPC's weighted round robin does, made integer and slow enough for an API.
 *
 *     score = qps ÷ (utilisation + error penalty × error share),  weight = score × Σ base ÷ Σ score
 *
 * Within the dead band of the present weight nothing changes; a change is at most `slew` of the base; data older than
 * `expiryMs` is not used, and whoever has none goes back to its base. Fewer than two backends with data: everybody does.
 *
 * Example: two backends of base 50, 100 qps each at 250 ‰ and 750 ‰ → scores 3 : 1 → 75 and 25, in steps of the slew.
 */
export function feedbackWeights(
  subjects: readonly FeedbackSubject[],
  policy: FeedbackPolicy,
  now: Instant,
): Readonly<Record<string, number>> {
  const scored = subjects.map((subject) => ({
    subject,
    score: feedbackScore(subject.backend, policy, now),
  }));
  const counted = scored.filter((entry) => entry.score !== undefined);
  const scores = counted.reduce((sum, { score }) => sum + (score ?? 0), 0);
  const bases = counted.reduce((sum, { subject }) => sum + subject.base, 0);
  const isUsable = counted.length >= 2 && scores > 0;
  const entries = scored.map(({ subject, score }): [string, number] => {
    const aim =
      isUsable && score !== undefined ? clamp(roundDiv(score * bases, scores), 1, 100) : undefined;
    return [subject.backend.instanceId, approach(subject, aim, policy)];
  });
  return Object.fromEntries(entries);
}

/** Without an aim the way leads back to the base, without a dead band. */
function approach(
  { base, current }: FeedbackSubject,
  aim: number | undefined,
  { deadBand, slew }: FeedbackPolicy,
): number {
  if (aim !== undefined && Math.abs(aim - current) <= deadBand) return current;
  const stride = Math.max(1, shareOf(base, slew));
  return clamp(aim ?? base, Math.max(1, current - stride), current + stride);
}

function feedbackScore(
  { cpu, requests }: BackendSnapshot,
  { errorPenalty, expiryMs }: FeedbackPolicy,
  now: Instant,
): number | undefined {
  if (cpu.kind !== 'ok' || requests.kind !== 'ok' || requests.value.requests === 0)
    return undefined;
  if (since(cpu.sampledAt, now) > expiryMs || since(requests.sampledAt, now) > expiryMs)
    return undefined;
  const { requests: count, failures, startedAt, endedAt } = requests.value;
  const milliQps = floorDiv(count * 1_000_000, Math.max(1, endedAt - startedAt));
  const load = Math.max(1, cpu.value + floorDiv(errorPenalty * permilleOf(failures, count), 1000));
  return Math.min(SCORE_MAX, floorDiv(milliQps * 1000, load));
}
