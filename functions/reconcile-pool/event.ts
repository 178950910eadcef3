import { z } from 'zod';
import { instant } from '../../shared/domain/units';
import { POOLS_PER_WORKER_MAX } from '../../shared/wake/wake-pools';

/** Pools to look after, and what woke us: a reason for the tick, never an order. */
export const reconcilePoolInput = z.strictObject({
  pools: z.array(z.string().min(1).max(64)).min(1).max(POOLS_PER_WORKER_MAX),
  wake: z.strictObject({
    source: z.enum(['alarm', 'event', 'timer', 'operator', 'watch', 'dirty']),
    detail: z.string().max(1000),
    at: z.number().nonnegative().transform(instant),
  }),
});

export type ReconcilePoolInput = z.infer<typeof reconcilePoolInput>;
