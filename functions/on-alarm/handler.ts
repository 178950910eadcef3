import {
  alarmSecrets,
  clock,
  knownSecrets,
  openDoorbell,
  outsideVoterSecrets,
  refreshSettings,
} from '../../shared/runtime/composition';
import { httpHandler } from '../../shared/runtime/fc-handler';
import { answerAlarm } from './answer-alarm';
import { answerVerdict } from './answer-verdict';
import { checkCaller } from './check-caller';
import { readVerdictCall } from './verdict-call';

/** A CloudMonitor callback has a few KB. */
const BODY_BYTES_MAX = 1_000_000;
const SKEW_MS = 5 * 60_000;

export const handler = httpHandler({
  clock,
  prepare: refreshSettings,
  bodyBytesMax: BODY_BYTES_MAX,
  secrets: knownSecrets,
  handle: async (request, invocation) => {
    const verdictCall = readVerdictCall(request);
    if (verdictCall !== null) {
      const { failoverWorker: worker, ...doorbell } = openDoorbell(invocation);
      const voterSecrets = outsideVoterSecrets(verdictCall.verdict.voter);
      const context = { ...doorbell, worker, voterSecrets, now: clock.now() };
      return answerVerdict(verdictCall, context, invocation);
    }
    checkCaller(request, { secrets: alarmSecrets(), skewMs: SKEW_MS, now: clock.now() });
    return answerAlarm(request, openDoorbell(invocation), invocation);
  },
});
