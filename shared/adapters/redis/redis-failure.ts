import { redact } from '../redact';

/** Answers after which the server, or the one that takes its place, may say something else. */
const PASSING = /^(LATE|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|UNBLOCKED)\b/;
const UNAUTHENTICATED = /^(WRONGPASS|NOAUTH|ERR invalid password)\b/;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');
const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

/** Whether the same on a new connection may come to something: all but an answer that will stay the same. */
export const isPassing = (error: unknown): boolean =>
  !isReply(error) || PASSING.test(messageOf(error));

export const isWrongPassword = (error: unknown): boolean =>
  isReply(error) && UNAUTHENTICATED.test(messageOf(error));

const isSystemCode = (code: unknown): code is string =>
  typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code);

/**
 * What went wrong, in a few words that are safe to show. The client's own errors carry the command and with it passwords and
 * documents: nothing of them but this goes any further.
 *
 * Example: `ECONNREFUSED`; `READONLY You can't write against a read only replica.`; `Command timed out`.
 */
export function failureText(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (isSystemCode(code)) return code;
  const [beginning = ''] = messageOf(error).split(', with args');
  return redact(beginning, 120) || 'no reason given';
}
