import { z } from 'zod';

const words = z.string().trim().min(1).max(200);
const version = z.int().min(1);
/** The newest version that whoever orders has seen, 0 for none; another one there by now is not written over. Left out: whatever is there. */
const onto = z.int().nonnegative().optional();

/** What a person may ask about the policy in the store. */
export const policyRequest = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('policy-push'),
    /** YAML, as in the policy file. */
    text: z.string().min(1),
    /** Where it came from, for messages. */
    fileName: z.string().min(1).max(1024).default('policy'),
    by: words,
    note: words,
    onto,
  }),
  z.strictObject({
    verb: z.literal('policy-rollback'),
    /** Left out: the one before the newest. */
    to: version.optional(),
    by: words,
    note: words,
    onto,
  }),
  z.strictObject({ verb: z.literal('policy-history') }),
  z.strictObject({ verb: z.literal('policy-show'), version: version.optional() }),
]);

export type PolicyRequest = z.infer<typeof policyRequest>;

export const isPolicyRequest = (request: { readonly verb: string }): request is PolicyRequest =>
  request.verb.startsWith('policy-');
