import { sortedAttachments } from '../domain/attachment';
import { feedbackWeights } from './feedback';
import { type Scene } from './scene';
import { type Judged } from './steps';

/** Feedback weights of the backends that are and stay well, by instance id; none unless the policy asks for them. */
export function feedbackFor(
  judged: readonly Judged[],
  { policy, now, isPanic }: Scene,
): Readonly<Record<string, number>> {
  const { weights } = policy.heal;
  if (weights.kind !== 'managed' || weights.feedback === null || isPanic) return {};
  const well = judged.filter(
    ({ before, transition }) => before.state === 'healthy' && transition.next.state === 'healthy',
  );
  const subjects = well.map(({ subject, transition }) => {
    const first = sortedAttachments(subject.backend)[0];
    return {
      backend: subject.backend,
      base: Object.values(transition.next.baseWeights)[0] ?? 1,
      current: first?.weight ?? 0,
    };
  });
  return feedbackWeights(subjects, weights.feedback, now);
}
