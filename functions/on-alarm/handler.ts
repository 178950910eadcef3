import { alarmSecrets, clock, openDoorbell } from '../../shared/runtime/composition';
import { httpHandler } from '../../shared/runtime/fc-handler';
import { answerAlarm } from './answer-alarm';
import { checkCaller } from './check-caller';

/** A CloudMonitor callback has a few KB. */
const BODY_BYTES_MAX = 1_000_000;
const SKEW_MS = 5 * 60_000;

export const handler = httpHandler({
  clock,
  bodyBytesMax: BODY_BYTES_MAX,
  secrets: alarmSecrets,
  handle: async (request, invocation) => {
    checkCaller(request, { secrets: alarmSecrets(), skewMs: SKEW_MS, now: clock.now() });
    return answerAlarm(request, openDoorbell(invocation), invocation);
  },
});
