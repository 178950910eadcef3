import { type z } from 'zod';
import { type HttpRequest } from '../../shared/runtime/http-event';
import { ConsoleError } from './console-error';

/** What a request asks for, as JSON of that form. Throws `ConsoleError` 400 that names the fields, never their values. */
export function readBody<T>({ body }: HttpRequest, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parse(body));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ConsoleError(400, 'malformed', fields.slice(0, 5).join('; '));
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new ConsoleError(400, 'malformed', 'The body is not JSON.');
  }
}
