import { type PoolMemory } from '../domain/memory';
import { nextMemory } from '../domain/next-memory';
import { nextScaleMemory } from '../domain/next-scale-memory';
import { DEFAULT_REFUSED_WAIT_MS, nextRefusals } from '../domain/refused-writes';
import { type Outcome } from '../domain/plan';
import { type Tick } from '../domain/tick';
import { type Instant } from '../domain/units';

/** What a tick leaves in memory, of backends and of capacity, given what became of its steps. */
export function rememberTick(
  { request, pool, proposal, plan }: Pick<Tick, 'request' | 'pool' | 'proposal' | 'plan'>,
  outcome: Outcome,
  at: Instant,
): PoolMemory {
  const memory = nextMemory(pool, proposal, plan, outcome, at);
  const scale = nextScaleMemory(pool, proposal, plan, outcome, request.policy, at);
  const waitMs = request.policy.guards.refusedWaitMs ?? DEFAULT_REFUSED_WAIT_MS;
  const refusals = nextRefusals(pool.memory.refusals, plan.steps, outcome, { at, waitMs });
  return {
    ...memory,
    ...(scale !== undefined && { scale }),
    ...(Object.keys(refusals).length > 0 && { refusals }),
    ...(pool.memory.figures !== undefined && { figures: pool.memory.figures }),
  };
}
