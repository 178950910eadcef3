import { z } from 'zod';
import { INSTANT_MAX } from '../../domain/units';

const name = z.string().min(1).max(64);
const words = z.string().trim().min(1).max(200);
const at = z.int().nonnegative().max(INSTANT_MAX);

/** What a person may ask about a public name. Instants are epoch milliseconds. */
export const nameRequest = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.enum(['failover', 'failback', 'practice']),
    name,
    site: name,
    by: words,
    reason: words,
    until: at,
    /** Say what would be done, and order nothing. */
    isPlan: z.boolean().default(false),
  }),
  z.strictObject({
    verb: z.literal('approve'),
    /** What is signed. */
    word: z.strictObject({
      name,
      approvalId: z.string().regex(/^[\w-]{8,64}$/),
      moveId: z.string().regex(/^[\w-]{1,128}$/),
      by: words,
      isGranted: z.boolean(),
      at,
      until: at,
    }),
    signature: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  z.strictObject({ verb: z.literal('name-status'), name: name.optional() }),
  z.strictObject({ verb: z.literal('plan-name'), name: name.optional() }),
  z
    .strictObject({
      verb: z.literal('explain-name'),
      name,
      tickId: z.string().min(1).max(128).optional(),
      at: at.optional(),
    })
    .refine(({ tickId, at: when }) => tickId === undefined || when === undefined, {
      error: 'give tickId or at, not both',
    }),
  z.strictObject({
    verb: z.literal('name-history'),
    name,
    from: at.optional(),
    to: at.optional(),
    limit: z.int().min(1).max(1000).default(50),
  }),
]);

export type NameRequest = z.infer<typeof nameRequest>;

const VERBS: readonly string[] = [
  'failover',
  'failback',
  'practice',
  'approve',
  'name-status',
  'plan-name',
  'explain-name',
  'name-history',
] satisfies readonly NameRequest['verb'][];

export const isNameRequest = (request: { readonly verb: string }): request is NameRequest =>
  VERBS.includes(request.verb);
