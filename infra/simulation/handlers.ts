import { z } from 'zod';
import { answerAlarm } from '../../functions/on-alarm/answer-alarm';
import { checkCaller } from '../../functions/on-alarm/check-caller';
import { onEventInput } from '../../functions/on-event/event';
import { ringForEvents } from '../../functions/on-event/ring-for-events';
import { onTimerInput } from '../../functions/on-timer/event';
import { fanOut } from '../../functions/on-timer/fan-out';
import { operateFleet } from '../../functions/operator/operate-fleet';
import { probeInput } from '../../functions/probe/event';
import { ownLooks } from '../../functions/probe/own-looks';
import { reconcileFailoverInput } from '../../functions/reconcile-failover/event';
import { workNames } from '../../functions/reconcile-failover/work-names';
import { reconcilePoolInput } from '../../functions/reconcile-pool/event';
import { workPools } from '../../functions/reconcile-pool/work-pools';
import { tickIds } from '../../shared/adapters/system/tick-ids';
import { operatorRequest } from '../../shared/operate/operator-request';
import { type FcHandler } from '../../shared/runtime/fc-context';
import { eventHandler, httpHandler } from '../../shared/runtime/fc-handler';
import { followIfThere } from '../../shared/runtime/follow-if-there';
import { type Deployment, type HandlerOf } from './deployment';
import { type FunctionRun } from './function-run';
import { clockOf, namePorts, poolPorts } from './run-ports';
import { lookFrom } from './site-looks';

const WORKER = 'reconcile-pool';
const FAILOVER_WORKER = 'reconcile-failover';
const SKEW_MS = 5 * 60_000;
const BODY_BYTES_MAX = 1_000_000;

/** What alarms must present. */
export const ALARM_SECRET = 'a-secret-of-the-simulation';

type Make = (deployment: Deployment, run: FunctionRun) => FcHandler;

/** What every function has, put together for one run. */
function partsOf(deployment: Deployment, run: FunctionRun) {
  const { fleet, policyHash, invoker, regionId } = deployment;
  const clock = clockOf(deployment, run);
  const store = deployment.store.facade(run.runId, run.life, clock);
  const idDice = run.dice.split('ids');
  const newTickId = tickIds(clock, { next: () => idDice.next() });
  const mortal = {
    enqueue: async (...call: Parameters<typeof invoker.enqueue>) =>
      run.life.step(async () => invoker.enqueue(...call)),
    call: async (...call: Parameters<typeof invoker.call>) =>
      run.life.step(async () => invoker.call(...call)),
  };
  const keepTime = async (): Promise<number> => followIfThere(clock, store);
  return { fleet, policyHash, regionId, clock, keepTime, store, newTickId, invoker: mortal };
}

const reconcilePool: Make = (deployment, run) => {
  const parts = partsOf(deployment, run);
  return eventHandler({
    ...{ clock: parts.clock, keepTime: parts.keepTime },
    schema: reconcilePoolInput,
    handle: async (input, invocation) =>
      workPools(
        input,
        {
          ...parts,
          isPolicyCurrent: () => true,
          portsFor: (policy) => poolPorts(deployment, run, policy, invocation.log),
          worker: WORKER,
        },
        invocation,
      ),
  });
};

const reconcileFailover: Make = (deployment, run) => {
  const parts = partsOf(deployment, run);
  return eventHandler({
    ...{ clock: parts.clock, keepTime: parts.keepTime },
    schema: reconcileFailoverInput,
    handle: async (input, invocation) =>
      workNames(
        input,
        {
          ...parts,
          isPolicyCurrent: () => true,
          portsFor: (policy) => namePorts(deployment, run, policy, invocation.log),
          worker: FAILOVER_WORKER,
        },
        invocation,
      ),
  });
};

const doorbell = (parts: ReturnType<typeof partsOf>) => ({
  ...parts,
  worker: WORKER,
  failoverWorker: FAILOVER_WORKER,
});

const onTimer: Make = (deployment, run) => {
  const parts = partsOf(deployment, run);
  return eventHandler({
    clock: parts.clock,
    schema: onTimerInput,
    handle: async ({ triggerName }, invocation) => fanOut(triggerName, doorbell(parts), invocation),
  });
};

const onEvent: Make = (deployment, run) => {
  const parts = partsOf(deployment, run);
  return eventHandler({
    clock: parts.clock,
    schema: onEventInput,
    handle: async (events, invocation) => ringForEvents(events, doorbell(parts), invocation),
  });
};

const onAlarm: Make = (deployment, run) => {
  const parts = partsOf(deployment, run);
  return httpHandler({
    clock: parts.clock,
    bodyBytesMax: BODY_BYTES_MAX,
    secrets: () => [ALARM_SECRET],
    handle: async (request, invocation) => {
      checkCaller(request, { secrets: [ALARM_SECRET], skewMs: SKEW_MS, now: parts.clock.now() });
      return answerAlarm(request, doorbell(parts), invocation);
    },
  });
};

const operator: Make = (deployment, run) => {
  const parts = partsOf(deployment, run);
  return eventHandler({
    ...{ clock: parts.clock, keepTime: parts.keepTime },
    schema: z.discriminatedUnion('verb', [operatorRequest]),
    handle: async (request, invocation) =>
      operateFleet(
        request,
        {
          ...doorbell(parts),
          portsFor: (pool) => poolPorts(deployment, run, pool, invocation.log),
          now: () => parts.clock.now(),
        },
        invocation,
      ),
  });
};

const probe: Make = (deployment, run) => {
  const { clock, fleet, regionId } = partsOf(deployment, run);
  return eventHandler({
    clock,
    schema: probeInput,
    handle: async ({ looks }) => {
      const { own, refused } = ownLooks(looks, fleet);
      return { votes: await lookFrom(deployment.cosmos, regionId, own, clock), refused };
    },
  });
};

const HANDLERS: Readonly<Record<string, Make>> = {
  'reconcile-pool': reconcilePool,
  'reconcile-failover': reconcileFailover,
  'on-timer': onTimer,
  'on-event': onEvent,
  'on-alarm': onAlarm,
  operator,
  probe,
};

/** Our functions as the platform calls them: bytes in, reply out. Each is made anew for every run, over ports of its own. */
export const handlerOf: HandlerOf = (functionName, deployment, run) => {
  const make = HANDLERS[functionName];
  if (make === undefined) throw new Error(`There is no function ${functionName}.`);
  return make(deployment, run);
};
