import { operatorInput } from '../../functions/operator/event';
import { operateFleet } from '../../functions/operator/operate-fleet';
import { FunctionRegionPools } from '../../shared/adapters/function-compute/region-pools';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { isNameRequest } from '../../shared/operate/failover/name-request';
import { isPolicyRequest } from '../../shared/operate/policy/policy-request';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type Ports } from '../../shared/ports/ports';
import { type FcContext } from '../../shared/runtime/fc-context';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { type World } from './in-process-world';

export const OPERATOR = 'operator';

export interface RegionOperator {
  /** Calls the operator function of the world’s region: JSON in, JSON out. */
  readonly invoker: FunctionInvoker;
  readonly pools: FunctionRegionPools;
  /** Workers that were sent for, by pool. */
  readonly rung: readonly string[];
}

/** The operator function of a world as other regions reach it: its real input, pipeline and verbs; only the wire is left out. */
export function operatorOf(
  world: World,
  { ports = world.ports, policy = world.policy }: Partial<Pick<World, 'ports' | 'policy'>> = {},
): RegionOperator {
  const rung: string[] = [];
  const bell: FunctionInvoker = {
    enqueue: (_worker, payload) =>
      Promise.resolve(void rung.push(...(payload as { pools: readonly string[] }).pools)),
    call: () => Promise.reject(new Error('the operator calls nobody')),
  };
  const handler = eventHandler({
    clock: world.clock,
    schema: operatorInput,
    handle: async (request, invocation) => {
      if (isNameRequest(request) || isPolicyRequest(request)) throw new Error('pools only');
      return operateFleet(request, contextOf(world, ports, policy, bell), invocation);
    },
  });
  const invoker: FunctionInvoker = {
    enqueue: () => Promise.reject(new Error('the operator is called, not queued')),
    call: async (_name, payload) =>
      overTheWire(await handler(Buffer.from(JSON.stringify(payload)), CONTEXT)),
  };
  const pools = new FunctionRegionPools({
    clock: world.clock,
    functionName: OPERATOR,
    invokerFor: () => invoker,
  });
  return { invoker, pools, rung };
}

const contextOf = (
  world: World,
  ports: Ports,
  policy: World['policy'],
  invoker: FunctionInvoker,
): Parameters<typeof operateFleet>[1] => ({
  fleet: { pools: [policy], names: [], regionId: policy.regionId } as unknown as FleetPolicy,
  policyHash: 'test-policy',
  newTickId: () => 'tick-of-operator',
  portsFor: () => ports,
  now: () => world.clock.now(),
  invoker,
  worker: 'reconcile-pool',
  failoverWorker: 'reconcile-failover',
});

const overTheWire = (reply: unknown): unknown => JSON.parse(JSON.stringify(reply)) as unknown;

const CONTEXT: FcContext = {
  requestId: 'request-1',
  function: { name: OPERATOR, timeout: 60, memory: 512 },
  region: 'cn-hangzhou',
  accountId: '1234567890123456',
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
};
