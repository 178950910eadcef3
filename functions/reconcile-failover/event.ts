import { z } from 'zod';
import { instant } from '../../shared/domain/units';

/** Names to look after, and what woke us: a reason for the tick, never an order. */
export const reconcileFailoverInput = z.strictObject({
  names: z.array(z.string().min(1).max(64)).min(1).max(20),
  wake: z.strictObject({
    source: z.enum(['alarm', 'event', 'timer', 'operator', 'watch', 'dirty']),
    detail: z.string().max(1000),
    at: z.number().nonnegative().transform(instant),
  }),
});

export type ReconcileFailoverInput = z.infer<typeof reconcileFailoverInput>;
