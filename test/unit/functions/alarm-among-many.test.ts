import { describe, expect, it } from '@jest/globals';
import { answerAlarm } from '../../../functions/on-alarm/answer-alarm';
import { onEventInput } from '../../../functions/on-event/event';
import { ringForEvents } from '../../../functions/on-event/ring-for-events';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { type Invocation } from '../../../shared/runtime/invocation';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { aPolicy } from '../../support/builders';
import { TestClock } from '../../support/test-clock';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A doorbell of so many pools while the store is down. */
function aDoorbell(count: number) {
  const clock = new TestClock();
  const sent: unknown[] = [];
  const context = {
    fleet: {
      pools: Array.from({ length: count }, (_, index) => ({ ...aPolicy(), name: `p-${index}` })),
      failover: null,
      deployment: { poolsPerWorker: 20 },
    } as unknown as FleetPolicy,
    store: new Proxy({} as StateStore, {
      get: () => () => Promise.reject(new StoreUnavailable('down')),
    }),
    invoker: {
      enqueue: (_: string, payload: unknown) => Promise.resolve(void sent.push(payload)),
      call: () => Promise.reject(new Error('nobody is called')),
    },
    ...{ clock, worker: 'worker' },
  };
  const invocation = { ...clock.in(10_000), log } as unknown as Invocation;
  const fields = { alertName: 'cpu', alertState: 'ALERT', dimensions: '{instanceId=i-strange1}' };
  const body = Buffer.from(new URLSearchParams(fields).toString());
  const request = { method: 'POST', path: '/', headers: {}, query: {}, body };
  const event = onEventInput.parse({
    ...{ specversion: '1.0', id: 'e-1', source: 'acs.ecs', type: 'ecs:Instance:StateChange' },
    subject: 'acs:ecs:cn-a:1:instance/i-strange1',
  });
  return {
    sent,
    alarm: async () => answerAlarm(request, context, invocation),
    event: async () => ringForEvents(event, context, invocation),
  };
}

describe('an instance of nobody knows which pool, while the store is down', () => {
  it('wakes all of a few pools, and none of thousands: whoever rings hears to try again', async () => {
    const few = aDoorbell(40);
    expect((await few.alarm()).statusCode).toBe(202);
    await few.event();
    expect(few.sent).toHaveLength(4);
    const many = aDoorbell(1000);
    expect((await many.alarm()).statusCode).toBe(503);
    await expect(many.event()).rejects.toThrow(StoreUnavailable);
    expect(many.sent).toEqual([]);
  });
});
