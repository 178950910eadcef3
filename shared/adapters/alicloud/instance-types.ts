import { DescribeInstanceTypesRequest } from '@alicloud/ecs20140526/dist/models/DescribeInstanceTypesRequest';
import { type InstanceFacts } from '../../domain/pool';
import { type CallOptions } from '../../ports/load-balancer';
import { type EcsCalls } from './ecs-calls';
import { chunks, listAt, numberAt, textAt } from './reply';

const TYPES_PER_CALL = 10;

/** vCPUs by instance type, asked for once, for replies that leave them out. */
export class InstanceTypes {
  private readonly calls: EcsCalls;
  private readonly cpuCounts = new Map<string, number>();

  constructor(calls: EcsCalls) {
    this.calls = calls;
  }

  /** The same instances with `cpuCount` filled in; 0 stays where ECS does not know the type. */
  async withCpuCounts<T extends { readonly facts: InstanceFacts }>(
    instances: readonly T[],
    options: CallOptions,
  ): Promise<readonly T[]> {
    const untold = instances.filter(({ facts }) => facts.cpuCount === 0);
    await this.learn([...new Set(untold.map(({ facts }) => facts.instanceType))], options);
    return instances.map((one) => ({ ...one, facts: this.withCpuCount(one.facts) }));
  }

  private withCpuCount<T extends InstanceFacts>(facts: T): T {
    if (facts.cpuCount > 0) return facts;
    return { ...facts, cpuCount: this.cpuCounts.get(facts.instanceType) ?? 0 };
  }

  private async learn(instanceTypes: readonly string[], options: CallOptions): Promise<void> {
    const action = 'DescribeInstanceTypes';
    const unknown = instanceTypes.filter((type) => !this.cpuCounts.has(type));
    for (const batch of chunks(unknown, TYPES_PER_CALL)) {
      const reply = await this.calls.call(
        action,
        new DescribeInstanceTypesRequest({ instanceTypes: [...batch] }),
        options,
      );
      for (const entry of listAt(action, reply, 'InstanceTypes', 'InstanceType'))
        this.cpuCounts.set(textAt(entry, 'InstanceTypeId'), numberAt(entry, 'CpuCoreCount') ?? 0);
    }
  }
}
