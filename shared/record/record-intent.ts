import { type Outcome, type Plan } from '../domain/plan';
import { type Tick } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { rememberTick } from './remember-tick';
import { storeMemory } from './store-memory';

/**
 * Writes down what is about to be done, before the first call: a worker that ends in between leaves weights behind that
 * its successor takes for ours and not for a person's wish. Nothing is noted where nothing would be sent. False when a
 * newer worker has taken over: then nothing may be sent. Throws `StoreUnavailable`.
 */
export async function recordIntent(
  { request, pool, proposal, plan }: Pick<Tick, 'request' | 'pool' | 'proposal' | 'plan'>,
  ports: Ports,
): Promise<boolean> {
  if (ports.writes === 'recorded' || plan.steps.length === 0) return true;
  const at = ports.clock.now();
  const memory = rememberTick({ request, pool, proposal, plan }, asIfLost(plan, at), at);
  return storeMemory(request, { ...memory, alerts: pool.memory.alerts }, ports);
}

/** Every weight as if its answer had been lost; of repairs their own note is kept (see `apply/apply-repair.ts`). */
function asIfLost(plan: Plan, at: Instant): Outcome {
  const weights = plan.steps.filter((step) => step.kind === 'set-weight');
  const result = { kind: 'failed', code: 'NotSentYet', isAmbiguous: true, detail: '' } as const;
  return {
    steps: weights.map(({ stepId }) => ({ stepId, startedAt: at, finishedAt: at, result })),
  };
}
