import { DescribeInstancesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstancesRequest';
import { type CallOptions } from '../../ports/load-balancer';
import { allPages, chunks, type Fields, listAt, requiredText } from './reply';
import { type Rpc } from './rpc';

/** Request models of the vendor's ECS package: types and field names without its client, which takes 280 ms more to load. */
interface VendorModel {
  toMap(): Record<string, unknown>;
}

export const INSTANCES_PER_CALL = 100;

export const instanceIdOf = (action: string, entry: Fields): string =>
  requiredText(action, entry, 'InstanceId');

/** Calls of ECS 2014-05-26 with the vendor's request models. */
export class EcsCalls {
  readonly regionId: string;
  private readonly rpc: Rpc;

  constructor(rpc: Rpc, regionId: string) {
    this.rpc = rpc;
    this.regionId = regionId;
  }

  call(action: string, model: VendorModel, options: CallOptions): Promise<Fields> {
    return this.rpc.call(
      { product: 'Ecs', version: '2014-05-26', action, query: model.toMap() },
      options,
    );
  }

  /** `DescribeInstances` of the ids, 100 per call and by page; ids that ECS does not know are absent. */
  async instances(
    instanceIds: readonly string[],
    filter: { readonly lockReason?: string },
    options: CallOptions,
  ): Promise<readonly Fields[]> {
    const action = 'DescribeInstances';
    const pages = await Promise.all(
      chunks(instanceIds, INSTANCES_PER_CALL).map((batch) =>
        allPages((nextToken) => {
          const model = new DescribeInstancesRequest({
            regionId: this.regionId,
            instanceIds: JSON.stringify(batch),
            maxResults: INSTANCES_PER_CALL,
            nextToken,
            ...filter,
          });
          return this.call(action, model, options);
        }),
      ),
    );
    return pages.flat().flatMap((page) => listAt(action, page, 'Instances', 'Instance'));
  }
}
