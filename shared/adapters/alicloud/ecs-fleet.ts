import { DeleteInstancesRequest } from '@alicloud/ecs20140526/dist/models/DeleteInstancesRequest';
import { StartInstancesRequest } from '@alicloud/ecs20140526/dist/models/StartInstancesRequest';
import { StopInstancesRequest } from '@alicloud/ecs20140526/dist/models/StopInstancesRequest';
import { type LaunchOption } from '../../domain/scale-policy';
import {
  type Fleet,
  type InstanceAnswer,
  type LaunchAnswer,
  type LaunchRequest,
  type ListedInstance,
  type TemplateFacts,
} from '../../ports/fleet';
import { type CallOptions } from '../../ports/load-balancer';
import { EcsCalls } from './ecs-calls';
import { readFailedLaunches } from './ecs-events';
import { launchInstances } from './ecs-launch';
import { actOnInstances } from './instance-batches';
import { InstanceTypes } from './instance-types';
import { readTemplate } from './launch-template';
import { ownedInstances } from './owned-instances';
import { type Rpc } from './rpc';
import { readSpotPrices } from './spot-prices';

export interface EcsFleetOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
}

/** ECS 2014-05-26 as the Fleet port. */
export class EcsFleet implements Fleet {
  private readonly calls: EcsCalls;
  private readonly types: InstanceTypes;

  constructor(options: EcsFleetOptions) {
    this.calls = new EcsCalls(options.rpc, options.regionId);
    this.types = new InstanceTypes(this.calls);
  }

  async describeOwned(
    tagKey: string,
    tagValue: string,
    options: CallOptions,
  ): Promise<readonly ListedInstance[]> {
    const owned = await ownedInstances(this.calls, { key: tagKey, value: tagValue }, options);
    return this.types.withCpuCounts(owned, options);
  }

  describeFailedLaunches(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<readonly string[]> {
    return readFailedLaunches(this.calls, instanceIds, options);
  }

  launch(request: LaunchRequest, options: CallOptions): Promise<LaunchAnswer> {
    return launchInstances(this.calls, request, options);
  }

  start(instanceIds: readonly string[], options: CallOptions): Promise<readonly InstanceAnswer[]> {
    const { regionId } = this.calls;
    const action = 'StartInstances';
    return actOnInstances(instanceIds, {
      action,
      send: (ids) => {
        const model = new StartInstancesRequest({
          regionId,
          instanceId: [...ids],
          batchOptimization: 'SuccessFirst',
        });
        return this.calls.call(action, model, options);
      },
    });
  }

  stopEconomically(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<readonly InstanceAnswer[]> {
    const { regionId } = this.calls;
    const action = 'StopInstances';
    return actOnInstances(instanceIds, {
      action,
      send: (ids) => {
        const model = new StopInstancesRequest({
          regionId,
          instanceId: [...ids],
          stoppedMode: 'StopCharging',
          forceStop: false,
          batchOptimization: 'SuccessFirst',
        });
        return this.calls.call(action, model, options);
      },
    });
  }

  /**
   * One call for running and stopped instances alike. `Force` only admits running ones; whether their power is cut is
   * `ForceStop`, which the vendor takes for true unless told otherwise. By the time of a deletion the instance serves
   * nobody, but its guest may still flush logs: in order unless asked. Stopping it first would cost a tick more and change
   * nothing: the shutdown is the same, and what protects an instance (its own protection, a load balancer that still holds
   * it) refuses with `Force` as well.
   */
  remove(
    instanceIds: readonly string[],
    settings: { readonly force: boolean },
    options: CallOptions,
  ): Promise<readonly InstanceAnswer[]> {
    const { regionId } = this.calls;
    const action = 'DeleteInstances';
    return actOnInstances(instanceIds, {
      action,
      send: (ids) => {
        const model = new DeleteInstancesRequest({
          regionId,
          instanceId: [...ids],
          force: true,
          forceStop: settings.force,
        });
        return this.calls.call(action, model, options);
      },
    });
  }

  spotPrices(
    launchOptions: readonly LaunchOption[],
    options: CallOptions,
  ): Promise<Readonly<Record<string, number>>> {
    return readSpotPrices(this.calls, launchOptions, options);
  }

  describeTemplate(
    templateId: string,
    version: number | null,
    options: CallOptions,
  ): Promise<TemplateFacts | null> {
    return readTemplate(this.calls, { templateId, version }, options);
  }
}
