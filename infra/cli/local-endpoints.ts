import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from './user-error';

/** What `evenkeel local up --json` prints, as far as the other commands need it. */
const endpointsSchema = z.object({
  openapi: z.string().min(1),
  accessKeyId: z.string().min(1),
  accessKeySecret: z.string().min(1),
  regionId: z.string().min(1),
});

export type LocalEndpoints = z.output<typeof endpointsSchema>;

/** Reads the line that `evenkeel local up --json` printed. Throws `UserError`. */
export function readLocalEndpoints(file: string): LocalEndpoints {
  const parsed = endpointsSchema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new UserError('usage', `${file} is not what \`evenkeel local up --json\` prints.`);
}

const adminSchema = endpointsSchema.extend({ admin: z.url() });

/** The same with where faults are ordered. Throws `UserError`. */
export function readLocalAdmin(file: string): z.output<typeof adminSchema> {
  const parsed = adminSchema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new UserError('usage', `${file} is not what \`evenkeel local up --json\` prints.`);
}

/** A JSON file, or a `UserError` that says why not. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    throw new UserError(
      'usage',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
