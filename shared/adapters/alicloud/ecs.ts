import { DescribeInstanceTypesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstanceTypesRequest';
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
import { chunks, listAt, numberAt, optionalListAt, requiredText, textAt } from './reply';
import { type Rpc } from './rpc';

export interface EcsOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
}

const TYPES_PER_CALL = 10;

/** Shortest time-out that Cloud Assistant accepts, in seconds. */
const COMMAND_TIMEOUT_MIN_S = 10;

/** ECS 2014-05-26 as the Compute port. */
export class Ecs implements Compute {
  private readonly calls: EcsCalls;
  private readonly cpuCounts = new Map<string, number>();

  constructor(options: EcsOptions) {
    this.calls = new EcsCalls(options.rpc, options.regionId);
  }

  async describeInstances(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, InstanceFacts>> {
    const entries = await this.calls.instances(instanceIds, {}, options);
    const facts = new Map(
      entries.map((entry) => [instanceIdOf('DescribeInstances', entry), instanceFacts(entry)]),
    );
    const untold = new Set(
      [...facts.values()]
        .filter(({ cpuCount }) => cpuCount === 0)
        .map(({ instanceType }) => instanceType),
    );
    await this.learnTypes([...untold], options);
    return new Map([...facts].map(([id, fact]) => [id, this.withCpuCount(fact)]));
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
    if (['', '200', 'OK', 'Success'].includes(code)) return;
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

  private async learnTypes(instanceTypes: readonly string[], options: CallOptions): Promise<void> {
    const action = 'DescribeInstanceTypes';
    const unknown = instanceTypes.filter((type) => !this.cpuCounts.has(type));
    for (const batch of chunks(unknown, TYPES_PER_CALL)) {
      const reply = await this.calls.call(
        action,
        new DescribeInstanceTypesRequest({ instanceTypes: [...batch] }),
        options,
      );
      for (const entry of listAt(action, reply, 'InstanceTypes', 'InstanceType')) {
        this.cpuCounts.set(textAt(entry, 'InstanceTypeId'), numberAt(entry, 'CpuCoreCount') ?? 0);
      }
    }
  }

  private withCpuCount(facts: InstanceFacts): InstanceFacts {
    return facts.cpuCount > 0
      ? facts
      : { ...facts, cpuCount: this.cpuCounts.get(facts.instanceType) ?? 0 };
  }
}

/** For writes that a repeat cannot double: absolute ones, and those with a client token. */
async function onceMoreIfAmbiguous<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof CloudError && error.details.isAmbiguous)) throw error;
    return write();
  }
}
