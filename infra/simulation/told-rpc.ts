import { type Rpc, type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { CloudError } from '../../shared/domain/cloud-error';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { flattenQuery } from '../local/flatten-query';
import { type Cosmos } from './cosmos';
import { type CloudCall, type Who } from './history';
import { type RegionWorld } from './region-world';

/** Who calls, and on whose behalf. */
export interface Caller {
  readonly who: Who;
  readonly runId: string | null;
}

const READ = /^(Describe|List|Get|Query)/;

/** A region’s API with somebody who writes down every call: each write with what it touched, as it was before. */
export class ToldRpc implements Rpc {
  private readonly cosmos: Cosmos;
  private readonly world: RegionWorld;
  private readonly caller: Caller;

  constructor(cosmos: Cosmos, world: RegionWorld, caller: Caller) {
    this.cosmos = cosmos;
    this.world = world;
    this.caller = caller;
  }

  async call(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { chronicle, clock } = this.cosmos;
    const api = `${request.product}.${request.action}`;
    const isRead = READ.test(request.action);
    const parameters = isRead ? {} : flattenQuery(request.query);
    const before = isRead ? null : this.touched(request, parameters);
    const answer = this.world.region.rpc.call(request, options);
    const code = await answer.then(
      () => null,
      (error: unknown) => {
        if (error instanceof CloudError) return error.details.code;
        throw error;
      },
    );
    if (before === null) chronicle.read(clock.now(), api, code);
    else this.tell(request, parameters, before, code);
    return answer;
  }

  private tell(
    { product, action }: RpcRequest,
    parameters: CloudCall['parameters'],
    before: CloudCall['before'],
    code: string | null,
  ): void {
    const { chronicle, clock, view } = this.cosmos;
    chronicle.calls.add(`${product}.${action}`);
    chronicle.tell({
      ...{ kind: 'call', at: clock.now(), regionId: this.world.regionId, ...this.caller },
      ...{ product, action, parameters, isEffective: code === null, code, before, world: view },
    });
  }

  private touched(
    { product }: RpcRequest,
    parameters: CloudCall['parameters'],
  ): CloudCall['before'] {
    const { view } = this.cosmos;
    const { regionId, pools } = this.world;
    const values = new Set(Object.values(parameters));
    const targets = pools.flatMap((pool) => pool.targets);
    return {
      groups:
        product === 'Slb'
          ? targets
              .filter(
                ({ loadBalancerId, serverGroupId }) =>
                  values.has(loadBalancerId) || values.has(serverGroupId),
              )
              .map((target) => this.world.groupTruth(target))
          : [],
      instances:
        product === 'Ecs'
          ? [...values].flatMap((value) => view.instance(regionId, value) ?? [])
          : [],
      records: product === 'Alidns' ? view.names.flatMap((name) => view.name(name).records) : [],
    };
  }
}
