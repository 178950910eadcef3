import { redact } from '../adapters/redact';
import { type Log, type LogFields } from '../ports/log';
import { type FcContext } from './fc-context';

/**
 * Structured lines on the invocation's own logger: one JSON object each, with the request id, without secrets and URLs. Secrets are hidden
 * before a long text is cut: the beginning of one that the cut goes through would stay.
 */
export function invocationLog(context: FcContext, secrets: readonly string[]): Log {
  const hide = (text: string): string =>
    redact(
      secrets
        .filter((secret) => secret !== '')
        .toSorted((one, other) => other.length - one.length)
        .reduce((sofar, secret) => sofar.replaceAll(secret, '[redacted]'), text),
    );
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}) => {
      const clean = Object.fromEntries(
        Object.entries(fields).map(([key, value]) => [
          key,
          typeof value === 'string' ? hide(value) : value,
        ]),
      ) as LogFields;
      const { requestId } = context;
      const line = {
        message: hide(message),
        requestId,
        function: context.function.name,
        ...clean,
      };
      context.logger[level](JSON.stringify(line));
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
