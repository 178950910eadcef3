import { functionFailure } from './invocation-failure';

/** Body of an invocation's reply as JSON; text that is not JSON stays text and an empty body is null. Throws `CloudError` on a function error. */
export function functionReply(
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
): unknown {
  const errorType = headers['x-fc-error-type'];
  if (errorType !== undefined) throw functionFailure(errorType, body, headers['x-fc-request-id']);
  if (body === '') return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}
