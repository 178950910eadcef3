import { afterEach, describe, expect, it } from '@jest/globals';
import { answerAlarm } from '../../../functions/on-alarm/answer-alarm';
import { answerVerdict } from '../../../functions/on-alarm/answer-verdict';
import { onEventInput } from '../../../functions/on-event/event';
import { ringForEvents } from '../../../functions/on-event/ring-for-events';
import { fanOut } from '../../../functions/on-timer/fan-out';
import { operateFleet } from '../../../functions/operator/operate-fleet';
import { operateNames } from '../../../functions/operator/operate-names';
import { workNames } from '../../../functions/reconcile-failover/work-names';
import { workPools } from '../../../functions/reconcile-pool/work-pools';
import { FUNCTION_NEEDS, type FunctionName } from '../../../infra/permissions/function-needs';
import { FunctionRegionPools } from '../../../shared/adapters/function-compute/region-pools';
import { FunctionVantages } from '../../../shared/adapters/function-compute/vantages';
import { HMAC_SIGNATURES } from '../../../shared/adapters/system/signed-word';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { CloudError } from '../../../shared/domain/cloud-error';
import { instant } from '../../../shared/domain/units';
import { type NamePorts } from '../../../shared/ports/name-ports';
import { type FunctionInvoker } from '../../../shared/ports/function-invoker';
import { type Clock } from '../../../shared/ports/clock';
import { type Invocation } from '../../../shared/runtime/invocation';
import { createConsole } from '../../support/console';
import { createWorld, type World } from '../../support/in-process-world';
import { createLiveName } from '../../support/name-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

/** Takes down which functions are called; none of them answers. */
function recorder() {
  const called = new Set<string>();
  const invoker: FunctionInvoker = {
    enqueue: (name) => Promise.resolve(void called.add(name)),
    call: (name) => {
      called.add(name);
      const details = { action: 'InvokeFunction', code: 'Timeout', reaction: 'stop' as const };
      return Promise.reject(new CloudError({ ...details, isAmbiguous: false, message: 'm' }));
    },
  };
  return { called, invoker };
}

const invocationAt = (clock: Clock, spanMs = 60_000) =>
  ({
    deadline: instant(clock.now() + spanMs),
    requestId: 'request-1',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  }) as Partial<Invocation> as Invocation;

const WORKERS = { worker: 'reconcile-pool', failoverWorker: 'reconcile-failover' } as const;

/** A pool and a name that are at home in one region, each with a world of its own. */
async function scene() {
  const { called, invoker } = recorder();
  const world = await createWorld({ count: 4, policy: { watch: 'always' } });
  worlds.push(world);
  const live = createLiveName({ policy: { watch: 'always' } });
  const fleet = {
    ...{ pools: [world.policy], names: [live.policy], failover: null },
    regionId: live.policy.homeRegionId,
    deployment: { poolsPerWorker: 20 },
  } as unknown as FleetPolicy;
  const remote = { clock: live.clock, invokerFor: () => invoker };
  const namePorts: NamePorts = {
    ...live.ports,
    vantages: new FunctionVantages({ ...remote, functionName: 'probe' }),
    regionPools: new FunctionRegionPools({ ...remote, functionName: 'operator' }),
  };
  return { called, invoker, world, live, fleet, namePorts };
}

type Scene = Awaited<ReturnType<typeof scene>>;

const doorbell = ({ fleet, world, invoker }: Scene) => ({
  ...{ fleet, invoker, store: world.store, clock: world.clock },
  ...WORKERS,
});

const STORIES: Readonly<Record<FunctionName, (scene: Scene) => Promise<void>>> = {
  'on-timer': async (it) => {
    await fanOut('every-minute', doorbell(it), invocationAt(it.world.clock));
  },
  'on-event': async (it) => {
    const event = { specversion: '1.0', id: '1', source: 'acs.slb', type: 'slb:x' };
    const data = { loadBalancerId: it.world.policy.targets[0]!.loadBalancerId };
    const events = onEventInput.parse({ ...event, data });
    await ringForEvents(events, doorbell(it), invocationAt(it.world.clock));
  },
  'on-alarm': async (it) => {
    const { world, live, fleet, invoker } = it;
    const id = world.policy.targets[0]!.loadBalancerId;
    const fields = { alertName: 'cpu', alertState: 'ALERT', dimensions: `{instanceId=${id}}` };
    const body = Buffer.from(new URLSearchParams(fields).toString());
    const request = { method: 'POST', path: '/', headers: {}, query: {}, body };
    await answerAlarm(request, doorbell(it), invocationAt(world.clock));
    const [site] = live.policy.sites;
    const verdict = {
      ...{ name: live.policy.name, voter: 'office', siteName: site!.name, answer: 'up' as const },
      ...{ at: live.clock.now(), nonce: 'nonce-0001' },
    };
    const secret = 'a-secret-of-sixteen-characters';
    const signature = HMAC_SIGNATURES.sign('verdict', verdict, secret);
    const names = [{ ...live.policy, outsideVoters: ['office'] }];
    const context = {
      ...{ fleet: { ...fleet, names }, voterSecrets: [secret], signatures: HMAC_SIGNATURES },
      ...{ store: live.store, now: live.clock.now(), invoker, worker: WORKERS.failoverWorker },
    };
    await answerVerdict({ verdict, signature }, context, invocationAt(live.clock));
  },
  'reconcile-pool': async ({ world, fleet, invoker }) => {
    const { clock } = world;
    const wake = { source: 'timer', detail: 'test', at: clock.now() } as const;
    let ids = 0;
    const context = {
      ...{ fleet, invoker, clock, policyHash: 'p', isPolicyCurrent: () => true },
      ...{ portsFor: () => world.ports, worker: WORKERS.worker },
      newTickId: () => `tick-${(ids += 1)}`,
    };
    await workPools({ pools: ['web'], wake }, context, invocationAt(clock));
  },
  'reconcile-failover': async ({ live, fleet, invoker, namePorts }) => {
    const { clock, policy } = live;
    const wake = { source: 'timer', detail: 'test', at: clock.now() } as const;
    let ids = 0;
    const context = {
      ...{ fleet, invoker, clock, policyHash: 'p', isPolicyCurrent: () => true },
      ...{ portsFor: () => namePorts, worker: WORKERS.failoverWorker },
      newTickId: () => `tick-${(ids += 1)}`,
    };
    await workNames({ names: [policy.name], wake }, context, invocationAt(clock));
  },
  probe: async () => Promise.resolve(),
  operator: async (it) => {
    const { world, live, fleet, invoker, namePorts } = it;
    const common = { fleet, policyHash: 'p', newTickId: () => 'plan', invoker };
    const freeze = {
      verb: 'freeze',
      by: 'ann',
      reason: 'audit',
      until: world.clock.now() + 60_000,
    };
    const context = {
      ...{ ...common, ...WORKERS, portsFor: () => world.ports },
      now: () => world.clock.now(),
    };
    await operateFleet(freeze as never, context, invocationAt(world.clock));
    const nameContext = {
      ...{ ...common, failoverWorker: WORKERS.failoverWorker, portsFor: () => namePorts },
      ...{ store: live.store, clock: live.clock, log: live.ports.log, holder: 'ann' },
      ...{ signatures: HMAC_SIGNATURES, approvalSecrets: [] },
      deadline: instant(live.clock.now() + 60_000),
    };
    await operateNames({ verb: 'plan-name' }, nameContext);
  },
  console: async ({ invoker, world }) => {
    const context = createConsole({
      operate: async (request) => invoker.call('operator', request, invocationAt(world.clock)),
    });
    await context.signedIn().order({ verb: 'plan', pool: 'web' });
  },
};

describe('calls of our own functions', () => {
  it.each(Object.keys(STORIES) as readonly FunctionName[])(
    'that %s makes are those of its policy',
    async (name) => {
      const it = await scene();
      await STORIES[name](it);
      expect([...it.called].sort()).toEqual([...FUNCTION_NEEDS[name].invokes].sort());
    },
  );
});
