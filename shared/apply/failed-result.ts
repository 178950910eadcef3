import { type CloudError } from '../domain/cloud-error';
import { type StepResult } from '../domain/plan';

/** A cloud error as a step's result; `already-so` is success. */
export function failedResult(error: CloudError): StepResult {
  const { reaction, code, isAmbiguous, message, requestId } = error.details;
  if (reaction === 'already-so') return { kind: 'already-so', detail: message };
  const trace = requestId === undefined ? '' : ` (request ${requestId})`;
  return { kind: 'failed', code, isAmbiguous, detail: `${message}${trace}` };
}
