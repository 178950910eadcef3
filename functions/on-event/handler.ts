import { clock, openDoorbell, refreshSettings } from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { onEventInput } from './event';
import { ringForEvents } from './ring-for-events';

export const handler = eventHandler({
  clock,
  prepare: refreshSettings,
  schema: onEventInput,
  handle: async (events, invocation) => ringForEvents(events, openDoorbell(invocation), invocation),
});
