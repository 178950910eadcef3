import { CloudError } from '../../shared/domain/cloud-error';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type StateStore } from '../../shared/ports/state-store';
import { type HttpReply, jsonReply } from '../../shared/runtime/http-event';
import { type Invocation } from '../../shared/runtime/invocation';
import {
  takeVerdict,
  VERDICT_REFUSALS,
  type VerdictContext,
  type VerdictRefusal,
} from '../../shared/wake/take-verdict';
import { wakeNames } from '../../shared/wake/wake-names';
import { type VerdictCall } from './verdict-call';

export interface AnswerVerdictContext extends Omit<VerdictContext, 'store'> {
  readonly store: StateStore;
  readonly invoker: FunctionInvoker;
  /** Name of the function that looks after names. */
  readonly worker: string;
}

const STATUSES: Readonly<Record<VerdictRefusal, number>> = {
  'unknown-voter': 401,
  'wrong-signature': 401,
  'from-the-future': 401,
  expired: 401,
  'not-a-voter': 403,
  'unknown-name': 404,
  'unknown-site': 404,
  replayed: 409,
  superseded: 409,
  'not-at-home': 421,
  contention: 503,
};

/**
 * Takes an outside voter's verdict and has somebody look at the name. 202 when it was taken, also if nobody could be sent for: it is
 * in the store, and the next look counts it. Throws `StoreUnavailable`.
 */
export async function answerVerdict(
  { verdict, signature }: VerdictCall,
  context: AnswerVerdictContext,
  { log, deadline }: Pick<Invocation, 'log' | 'deadline'>,
): Promise<HttpReply> {
  const { store, invoker, worker, now } = context;
  const { name, voter, siteName, answer } = verdict;
  const result = await takeVerdict(verdict, signature, context);
  if (result === 'repeated') return jsonReply(202, { name, siteName, answer });
  if (result !== 'stored') {
    log.warn('verdict refused', { code: result, name, voter, siteName });
    return jsonReply(STATUSES[result], { code: result, error: VERDICT_REFUSALS[result] });
  }
  const detail = `${voter} says that ${siteName} is ${answer}`;
  const wake = { source: 'alarm', detail, at: now } as const;
  try {
    await wakeNames({ names: [name], wake, store, invoker, log, worker, deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    log.error('nobody could be sent for; the next look counts the vote', { detail });
  }
  log.info('verdict taken', { name, voter, siteName, answer });
  return jsonReply(202, { name, siteName, answer });
}
