import { z } from 'zod';
import { millis } from '../../shared/domain/units';

const words = z.string().min(1).max(255);

/** Sites to look at, with all that an attempt needs. */
export const probeInput = z.strictObject({
  looks: z
    .array(
      z.strictObject({
        name: words,
        address: words,
        host: words,
        check: z.strictObject({
          protocol: z.enum(['http', 'https', 'tcp', 'tls']),
          port: z.int().min(1).max(65_535),
          path: z.string().max(1024),
          host: words.nullable(),
          statusMin: z.int(),
          statusMax: z.int(),
          timeoutMs: z.int().min(1).max(30_000).transform(millis),
          attempts: z.int().min(1).max(20),
        }),
      }),
    )
    .min(1)
    .max(50),
});
