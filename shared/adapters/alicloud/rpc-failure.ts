import { CloudError } from '../../domain/cloud-error';
import { classifyVendorError } from './error-table';
import { type Fields, textAt } from './reply';

/** What the vendor's client throws: its own classes, errors of the socket, and errors of JSON parsing. */
interface ThrownShape {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly statusCode?: number;
  readonly requestId?: string;
  readonly retryAfter?: number;
  readonly data?: { readonly Message?: unknown; readonly message?: unknown };
}

const VENDOR_ERRORS: readonly string[] = ['ClientError', 'ServerError', 'ThrottlingError'];

/** Failures before a byte of the request can have left. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|ERR_TLS_\w+)$/;

const known = (text: unknown): string | undefined =>
  typeof text === 'string' && text !== '' && text !== 'undefined' ? text : undefined;

function vendorFailure(action: string, thrown: ThrownShape): CloudError {
  const message = known(thrown.data?.Message) ?? known(thrown.data?.message);
  return classifyVendorError({
    action,
    status: thrown.statusCode,
    code: known(thrown.code) ?? 'UnreadableReply',
    message: message ?? `status ${thrown.statusCode ?? 'unknown'} without an explanation`,
    requestId: known(thrown.requestId),
    retryAfterMs: thrown.retryAfter,
  });
}

/** Any error of one OpenAPI call as `CloudError`: the vendor's code, or `Timeout`, `ConnectionFailed`, `UnreadableReply`. */
export function rpcFailure(action: string, error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as ThrownShape;
  if (VENDOR_ERRORS.includes(thrown.name ?? '')) return vendorFailure(action, thrown);
  const own = (code: string, message: string, mayHaveBeenSent = true): CloudError =>
    classifyVendorError({ action, code, message, mayHaveBeenSent });
  if (thrown.name?.includes('Timeout') === true)
    return own('Timeout', 'the call was not answered in time');
  if (thrown.name === 'URIError')
    return own('InvalidParameter', 'a value is not valid text', false);
  const socketCode = known(thrown.code);
  if (socketCode === undefined) return own('UnreadableReply', 'the answer was not a JSON object');
  if (socketCode.startsWith('HPE_'))
    return own('UnreadableReply', `the answer was not HTTP (${socketCode})`);
  return own(
    'ConnectionFailed',
    `the connection failed (${socketCode})`,
    !NEVER_SENT.test(socketCode),
  );
}

const SUCCESS_CODES: readonly string[] = ['200', 'OK', 'Success', 'success'];

/**
 * The reply body, if it is one. CloudMonitor answers failures with status 200 and `Success: false` or a `Code`, which the
 * vendor's client lets through; redirects and bodies that are not objects it lets through as well.
 */
export function acceptedReply(
  action: string,
  reply: { readonly statusCode?: unknown; readonly body?: unknown },
): Readonly<Record<string, unknown>> {
  const { statusCode: status, body } = reply;
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (!isObject || (typeof status === 'number' && status >= 300)) {
    throw classifyVendorError({
      action,
      code: 'UnreadableReply',
      message: 'the answer was not a JSON object',
    });
  }
  const fields = body as Fields;
  const code = textAt(fields, 'Code');
  const isFailure = fields['Success'] === false || (code !== '' && !SUCCESS_CODES.includes(code));
  if (!isFailure) return fields;
  throw classifyVendorError({
    action,
    status: 200,
    code: code === '' ? 'UnknownError' : code,
    message: known(fields['Message']) ?? 'the body says that the call failed',
    requestId: known(fields['RequestId']),
  });
}
