import { CloudError } from '../../domain/cloud-error';
import { classifyVendorError } from '../alicloud/error-table';
import { rpcFailure } from '../alicloud/rpc-failure';
import { redact } from '../redact';

const ACTION = 'InvokeFunction';

/** The function itself failed, though the platform answered 200. It may have done part of its work. */
export function functionFailure(errorType: string, body: string, requestId?: string): CloudError {
  return new CloudError({
    action: ACTION,
    code: errorType,
    reaction: 'stop',
    isAmbiguous: true,
    message: redact(faultText(body)),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

function faultText(body: string): string {
  try {
    const fault = JSON.parse(body) as { errorType?: unknown; errorMessage?: unknown } | null;
    return `${String(fault?.errorType)}: ${String(fault?.errorMessage)}`;
  } catch {
    return 'the function failed without an explanation';
  }
}

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly statusCode?: number;
  readonly data?: {
    readonly ErrorCode?: unknown;
    readonly ErrorMessage?: unknown;
    readonly Code?: unknown;
  };
}

/** What the fc2 client throws: it hides status and request id in a sentence that also names the path. */
const FC2_SENTENCE = /failed with (\d{3})\. requestid: ([^,]*), message: (.*)\.$/s;

/** Any error of an invocation, or of another call of Function Compute, as `CloudError`, whichever client threw it. */
export function invocationFailure(error: unknown, action = ACTION): CloudError {
  if (error instanceof CloudError) return error;
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  return fc2Failure(thrown, action) ?? platformFailure(thrown) ?? rpcFailure(action, error);
}

function fc2Failure({ code, message: sentence = '' }: Thrown, action: string): CloudError | null {
  const [, status, requestId, message = ''] = FC2_SENTENCE.exec(sentence) ?? [];
  if (status === undefined) return null;
  return classifyVendorError({
    action,
    status: Number(status),
    code: typeof code === 'string' ? code : 'UnreadableReply',
    message,
    requestId,
  });
}

/** `{ErrorCode, ErrorMessage}`, which the generic client does not read. */
function platformFailure({ data, statusCode: status }: Thrown): CloudError | null {
  if (typeof data?.ErrorCode !== 'string' || data.Code !== undefined) return null;
  const { ErrorCode: code, ErrorMessage: text } = data;
  const message = typeof text === 'string' ? text : 'no explanation was given';
  return classifyVendorError({ action: ACTION, status, code, message });
}
