import {
  clock,
  openDoorbell,
  openHeartbeat,
  refreshSettings,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { beat } from './beat';
import { onTimerInput } from './event';
import { fanOut } from './fan-out';

/** Workers first: the heartbeat waits for the cloud, and tells of the looks before these. */
export const handler = eventHandler({
  clock,
  prepare: refreshSettings,
  schema: onTimerInput,
  handle: async ({ triggerName }, invocation) => {
    const doorbell = openDoorbell(invocation);
    try {
      return await fanOut(triggerName, doorbell, invocation);
    } finally {
      await beat({ ...doorbell, heartbeat: openHeartbeat(invocation) }, invocation);
    }
  },
});
