import { BUDGET_SPENT, type CloudError, type CloudErrorDetails } from '../domain/cloud-error';
import { type StepResult } from '../domain/plan';

/** A cloud error as a step's result; `already-so` is success. */
export function failedResult(error: CloudError): StepResult {
  const { reaction, code, isAmbiguous, message, requestId } = error.details;
  if (reaction === 'already-so') return { kind: 'already-so', detail: message };
  if (code === BUDGET_SPENT) return unsent(error.details);
  const trace = requestId === undefined ? '' : ` (request ${requestId})`;
  return {
    ...{ kind: 'failed', code, isAmbiguous, detail: `${message}${trace}` },
    ...refusalIn(error.details),
  };
}

/** Our own budget kept it: it was not sent, and the next tick tries again. */
export const unsent = ({ message }: Pick<CloudErrorDetails, 'message'>): StepResult => ({
  kind: 'not-sent',
  reason: 'api-budget',
  detail: message,
});

/** Whether a person must act, as a part of a step's result. */
export function refusalIn({ reaction, isDenied }: CloudErrorDetails): {
  readonly refusal?: 'permission' | 'request';
} {
  if (reaction !== 'stop') return {};
  return { refusal: isDenied === true ? 'permission' : 'request' };
}
