import { z } from 'zod';

/** A name that people and commands use: `shop-hangzhou`. */
export const nameText = (): z.ZodString =>
  z.string({ error: 'must be a name' }).regex(/^[a-z][a-z0-9-]{0,62}$/, {
    error: 'must be lower-case letters, digits and hyphens, at most 63, beginning with a letter',
  });

/** The id of a region: `cn-hangzhou`. */
export const regionText = (): z.ZodString =>
  z
    .string({ error: 'must be a region id such as cn-hangzhou' })
    .regex(/^[a-z]{2}-[a-z0-9-]{1,30}$/, { error: 'must be a region id such as cn-hangzhou' });
