import { z } from 'zod';
import { INSTANT_MAX } from '../../shared/domain/units';

const id = z.string().min(1).max(200);
const instanceId = z.string().regex(/^[\w.-]{1,128}$/);
const words = z.string().trim().min(1).max(200);
const at = z.int().nonnegative().max(INSTANT_MAX);
const isOneScope = ({ pool, name }: { pool?: string | undefined; name?: string | undefined }) =>
  pool === undefined || name === undefined;
const ONE_SCOPE = { error: 'give pool or name, not both' };

/** What the page may ask for. Who asks is the session’s name: a request cannot say. */
export const orderRequest = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('plan'), pool: id }),
  z.strictObject({ verb: z.literal('plan-name'), name: id }),
  z.strictObject({
    verb: z.literal('drain'),
    pool: id,
    instanceId,
    reason: words,
    until: at.optional(),
  }),
  z.strictObject({ verb: z.literal('undrain'), pool: id, instanceId }),
  z
    .strictObject({
      verb: z.literal('freeze'),
      pool: id.optional(),
      name: id.optional(),
      reason: words,
      until: at,
      /** Whose freeze is replaced, by whoever knows of it. */
      of: words.optional(),
    })
    .refine(isOneScope, ONE_SCOPE),
  z
    .strictObject({
      verb: z.literal('unfreeze'),
      pool: id.optional(),
      name: id.optional(),
      of: words.optional(),
    })
    .refine(isOneScope, ONE_SCOPE),
  z.strictObject({
    verb: z.literal('approve'),
    name: id,
    moveId: z.string().regex(/^[\w-]{1,128}$/),
    isGranted: z.boolean(),
  }),
]);

export type OrderRequest = z.infer<typeof orderRequest>;
