import { DescribeInvocationResultsRequest } from '@alicloud/ecs20140526/dist/models/DescribeInvocationResultsRequest';
import { RebootInstancesRequest } from '@alicloud/ecs20140526/dist/models/RebootInstancesRequest';
import { RunCommandRequest as RunCommandModel } from '@alicloud/ecs20140526/dist/models/RunCommandRequest';
import { TagResourcesRequest } from '@alicloud/ecs20140526/dist/models/TagResourcesRequest';
import { UntagResourcesRequest } from '@alicloud/ecs20140526/dist/models/UntagResourcesRequest';
import { CloudError } from '../../domain/cloud-error';
import { type CommandProgress, type InstanceFacts, type SystemEvent } from '../../domain/pool';
import { type Compute, type RunCommandRequest } from '../../ports/compute';
import { type CallOptions } from '../../ports/load-balancer';
import { commandProgress } from './ecs-commands';
import { EcsCalls, instanceIdOf } from './ecs-calls';
import { readEvents } from './ecs-events';
import { instanceFacts } from './ecs-instances';
import { classifyVendorError } from './error-table';
import { InstanceTypes } from './instance-types';
import { isSuccessCode } from './instance-batches';
import { onceMoreIfAmbiguous } from './once-more';
import { optionalListAt, requiredText, textAt } from './reply';
import { type Rpc } from './rpc';

export interface EcsOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
}

/** Shortest time-out that Cloud Assistant accepts, in seconds. */
const COMMAND_TIMEOUT_MIN_S = 10;

/** ECS 2014-05-26 as the Compute port. */
export class Ecs implements Compute {
  private readonly calls: EcsCalls;
  private readonly types: InstanceTypes;

  constructor(options: EcsOptions) {
    this.calls = new EcsCalls(options.rpc, options.regionId);
    this.types = new InstanceTypes(this.calls);
  }

  async describeInstances(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, InstanceFacts>> {
    const entries = await this.calls.instances(instanceIds, {}, options);
    const listed = entries.map((entry) => ({
      instanceId: instanceIdOf('DescribeInstances', entry),
      facts: instanceFacts(entry),
    }));
    const whole = await this.types.withCpuCounts(listed, options);
    return new Map(whole.map(({ instanceId, facts }) => [instanceId, facts]));
  }

  describeEvents(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, readonly SystemEvent[]>> {
    return readEvents(this.calls, instanceIds, options);
  }

  /** The client token makes a repeat harmless, so a lost reply is asked for once more. */
  async runCommand(
    { instanceId, command, timeoutMs, clientToken }: RunCommandRequest,
    options: CallOptions,
  ): Promise<string> {
    const model = new RunCommandModel({
      regionId: this.calls.regionId,
      name: 'evenkeel-heal',
      type: 'RunShellScript',
      commandContent: Buffer.from(command, 'utf8').toString('base64'),
      contentEncoding: 'Base64',
      instanceId: [instanceId],
      timeout: Math.max(COMMAND_TIMEOUT_MIN_S, Math.ceil(timeoutMs / 1000)),
      keepCommand: false,
      clientToken,
    });
    const reply = await onceMoreIfAmbiguous(() => this.calls.call('RunCommand', model, options));
    return requiredText('RunCommand', reply, 'InvokeId');
  }

  async describeCommand(
    invokeId: string,
    instanceId: string,
    options: CallOptions,
  ): Promise<CommandProgress> {
    const action = 'DescribeInvocationResults';
    const { regionId } = this.calls;
    try {
      const reply = await this.calls.call(
        action,
        new DescribeInvocationResultsRequest({ regionId, invokeId, instanceId }),
        options,
      );
      const [result] = optionalListAt(reply, 'Invocation', 'InvocationResults', 'InvocationResult');
      return commandProgress(invokeId, result);
    } catch (error) {
      if (error instanceof CloudError && error.details.status === 404)
        return commandProgress(invokeId, undefined);
      throw error;
    }
  }

  async reboot(
    instanceId: string,
    settings: { readonly force: boolean },
    options: CallOptions,
  ): Promise<void> {
    const action = 'RebootInstances';
    const { regionId } = this.calls;
    const reply = await this.calls.call(
      action,
      new RebootInstancesRequest({
        regionId,
        instanceId: [instanceId],
        forceReboot: settings.force,
      }),
      options,
    );
    const [result] = optionalListAt(reply, 'InstanceResponses', 'InstanceResponse');
    const code = result === undefined ? '' : textAt(result, 'Code');
    if (isSuccessCode(code)) return;
    throw classifyVendorError({
      action,
      status: 403,
      code,
      message: result === undefined ? '' : textAt(result, 'Message'),
    });
  }

  async tag(
    instanceId: string,
    tags: Readonly<Record<string, string>>,
    options: CallOptions,
  ): Promise<void> {
    const model = new TagResourcesRequest({
      regionId: this.calls.regionId,
      resourceType: 'instance',
      resourceId: [instanceId],
      tag: Object.entries(tags).map(([key, value]) => ({ key, value })),
    });
    await onceMoreIfAmbiguous(() => this.calls.call('TagResources', model, options));
  }

  async untag(instanceId: string, keys: readonly string[], options: CallOptions): Promise<void> {
    const { regionId } = this.calls;
    const model = new UntagResourcesRequest({
      regionId,
      resourceType: 'instance',
      resourceId: [instanceId],
      tagKey: [...keys],
    });
    try {
      await onceMoreIfAmbiguous(() => this.calls.call('UntagResources', model, options));
    } catch (error) {
      if (!(error instanceof CloudError && error.details.reaction === 'already-so')) throw error;
    }
  }
}
