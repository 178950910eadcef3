import {
  clock,
  knownSecrets,
  openDoorbell,
  openCustomMetrics,
  openHeartbeat,
  refreshSettings,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { beat } from './beat';
import { onTimerInput } from './event';
import { fanOut } from './fan-out';
import { sendFigures } from './send-figures';

/** Workers first: the heartbeat waits for the cloud, and tells of the looks before these. */
export const handler = eventHandler({
  clock,
  prepare: refreshSettings,
  secrets: knownSecrets,
  schema: onTimerInput,
  handle: async ({ triggerName }, invocation) => {
    const doorbell = openDoorbell(invocation);
    try {
      return await fanOut(triggerName, doorbell, invocation);
    } finally {
      const customMetrics = openCustomMetrics(invocation);
      await Promise.all([
        beat({ ...doorbell, heartbeat: openHeartbeat(invocation) }, invocation),
        sendFigures({ ...doorbell, customMetrics }, invocation),
      ]);
    }
  },
});
