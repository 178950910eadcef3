import { type Outcome } from '../domain/plan';
import { type Ports } from '../ports/ports';

/** Every step of the plan as not sent, because a newer worker holds the pool. */
export function applyNothing(
  plan: { readonly steps: readonly { readonly stepId: string }[] },
  { clock }: Pick<Ports, 'clock'>,
): Outcome {
  const at = clock.now();
  const result = { kind: 'not-sent', detail: 'the lease was lost to a newer worker' } as const;
  return {
    steps: plan.steps.map(({ stepId }) => ({ stepId, startedAt: at, finishedAt: at, result })),
  };
}
