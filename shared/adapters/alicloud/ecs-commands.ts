import { type CommandProgress } from '../../domain/pool';
import { redact } from '../redact';
import { type Fields, numberAt, textAt } from './reply';

const RUNNING: readonly string[] = ['Pending', 'Running', 'Scheduled', 'Stopping', ''];

/** The output travels in Base64. */
const outputOf = (result: Fields): string =>
  redact(Buffer.from(textAt(result, 'Output'), 'base64').toString('utf8').trim(), 200);

/** One entry of `DescribeInvocationResults`, or `lost` when the invocation is not known (any more). */
export function commandProgress(invokeId: string, result: Fields | undefined): CommandProgress {
  if (result === undefined)
    return { invokeId, state: 'lost', detail: 'no record of the invocation' };
  const status = textAt(result, 'InvocationStatus') || textAt(result, 'InvokeRecordStatus');
  if (RUNNING.includes(status)) return { invokeId, state: 'running', detail: status };
  const exitCode = numberAt(result, 'ExitCode');
  const isDone = status === 'Success' || status === 'Finished';
  if (isDone && (exitCode ?? 0) === 0)
    return { invokeId, state: 'succeeded', detail: outputOf(result) };
  const parts = [
    status,
    exitCode === undefined ? '' : `exit code ${exitCode}`,
    textAt(result, 'ErrorCode'),
    redact(textAt(result, 'ErrorInfo'), 200),
    outputOf(result),
  ];
  return { invokeId, state: 'failed', detail: parts.filter((part) => part !== '').join(', ') };
}
