import { probeInput } from '../../functions/probe/event';
import { ownLooks } from '../../functions/probe/own-looks';
import { HttpSiteProber } from '../../shared/adapters/http/site-prober';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type FcContext } from '../../shared/runtime/fc-context';
import { eventHandler } from '../../shared/runtime/fc-handler';

export const PROBE = 'probe';

/** The probe function of a region as others reach it: its real input, pipeline and checks; only the wire is left out. */
export function probeOf(regionId: string, policy: NamePolicy, clock: Clock): FunctionInvoker {
  const prober = new HttpSiteProber({ clock, voter: regionId });
  const handler = eventHandler({
    clock,
    schema: probeInput,
    handle: async ({ looks }, { deadline }) => ({
      votes: await prober.look(ownLooks(looks, { names: [policy] }).own, { deadline }),
    }),
  });
  return {
    enqueue: () => Promise.reject(new Error('the probe is called, not queued')),
    call: async (_name, payload) => {
      const reply = await handler(Buffer.from(JSON.stringify(payload)), contextIn(regionId));
      return JSON.parse(JSON.stringify(reply)) as unknown;
    },
  };
}

const contextIn = (region: string): FcContext => ({
  requestId: 'request-1',
  function: { name: PROBE, timeout: 60, memory: 512 },
  region,
  accountId: '1234567890123456',
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
});
