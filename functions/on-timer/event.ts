import { z } from 'zod';

/** What a timer trigger sends; the payload is always text. */
export const onTimerInput = z.looseObject({
  triggerTime: z.string(),
  triggerName: z.string(),
  payload: z.string().optional(),
});
