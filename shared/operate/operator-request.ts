import { z } from 'zod';
import { INSTANT_MAX } from '../domain/units';

const poolName = z.string().min(1).max(64);
const instanceId = z.string().regex(/^[\w.-]{1,128}$/);
const at = z.int().nonnegative().max(INSTANT_MAX);
const words = z.string().trim().min(1).max(200);

/** Whose freeze it is that is changed: whoever does not own it shows that they know of it. */
const of = words.optional();

const zoneId = z.string().regex(/^[a-z0-9][a-z0-9-]{1,63}$/);
const isOneScope = ({ pool, name }: { pool?: string | undefined; name?: string | undefined }) =>
  pool === undefined || name === undefined;
const ONE_SCOPE = { error: 'give pool or name, not both' };

/** What a person may ask, or the worker of a public name in another region (`capacity`, `request-floor`). Instants are epoch milliseconds. Without `pool`, plan, reconcile and status take every pool; without `pool` and `name`, freeze takes everything. */
export const operatorRequest = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('plan'), pool: poolName.optional() }),
  z.strictObject({ verb: z.literal('reconcile'), pool: poolName.optional() }),
  z.strictObject({ verb: z.literal('status'), pool: poolName.optional() }),
  z
    .strictObject({
      verb: z.literal('explain'),
      pool: poolName,
      tickId: z.string().min(1).max(128).optional(),
      at: at.optional(),
    })
    .refine(({ tickId, at: when }) => tickId === undefined || when === undefined, {
      error: 'give tickId or at, not both',
    }),
  z.strictObject({
    verb: z.literal('history'),
    pool: poolName,
    from: at.optional(),
    to: at.optional(),
    limit: z.int().min(1).max(1000).default(50),
  }),
  z.strictObject({
    verb: z.literal('agreement'),
    pool: poolName,
    from: at,
    to: at.optional(),
    /** How soon others must have done what was proposed. */
    withinMs: z.int().min(1).max(86_400_000).default(600_000),
  }),
  z.strictObject({
    verb: z.literal('drain'),
    pool: poolName,
    instanceId,
    by: words,
    reason: words,
    until: at.optional(),
  }),
  z.strictObject({ verb: z.literal('undrain'), pool: poolName, instanceId, by: words }),
  z.strictObject({
    verb: z.literal('scale'),
    pool: poolName,
    by: words,
    /** Left out: an earlier order is taken back. */
    order: z
      .strictObject({
        kind: z.enum(['exactly', 'at-least']),
        count: z.int().min(0).max(2000),
        reason: words,
        until: at,
      })
      .optional(),
  }),
  z.strictObject({ verb: z.literal('capacity'), pool: poolName }),
  z.strictObject({
    verb: z.literal('request-floor'),
    pool: poolName,
    /** The public name that asks. */
    by: words,
    count: z.int().min(1).max(2000),
    reason: words,
    until: at,
  }),
  z.strictObject({
    verb: z.enum(['protect', 'unprotect']),
    pool: poolName,
    instanceId,
    by: words,
  }),
  z.strictObject({ verb: z.literal('inventory'), pool: poolName.optional() }),
  z
    .strictObject({
      verb: z.literal('freeze'),
      pool: poolName.optional(),
      name: poolName.optional(),
      by: words,
      reason: words,
      until: at,
      of,
    })
    .refine(isOneScope, ONE_SCOPE),
  z
    .strictObject({
      verb: z.literal('unfreeze'),
      pool: poolName.optional(),
      name: poolName.optional(),
      by: words,
      of,
    })
    .refine(isOneScope, ONE_SCOPE),
  z.strictObject({
    verb: z.literal('evacuate'),
    pool: poolName,
    zoneId,
    by: words,
    reason: words,
    until: at,
    /** Say what would be done, and do nothing. */
    isPlan: z.boolean().default(false),
  }),
  z.strictObject({ verb: z.literal('end-evacuation'), pool: poolName, zoneId, by: words }),
  z.strictObject({
    verb: z.literal('revert'),
    pool: poolName,
    by: words,
    reason: words,
    until: at,
    /** Say what would be done, and do nothing. */
    isPlan: z.boolean().default(false),
  }),
  z.strictObject({ verb: z.literal('end-revert'), pool: poolName, by: words }),
  z.strictObject({ verb: z.literal('evacuation-status'), pool: poolName.optional() }),
]);

export type OperatorRequest = z.infer<typeof operatorRequest>;
