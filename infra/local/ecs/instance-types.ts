/** One type of the catalogue. Memory is in GiB and may be fractional; DescribeInstances gives MiB. */
export interface InstanceType {
  readonly id: string;
  readonly family: string;
  readonly cpuCount: number;
  readonly memoryGib: number;
  /** Burstable types: the sustained share of one vCPU in per cent, and the credits at launch. */
  readonly baselineCredit?: number;
  readonly initialCredit?: number;
}

const plain = (family: string, gibPerCpu: number): readonly InstanceType[] =>
  [
    { size: 'large', cpuCount: 2 },
    { size: 'xlarge', cpuCount: 4 },
    { size: '2xlarge', cpuCount: 8 },
    { size: '4xlarge', cpuCount: 16 },
  ].map(({ size, cpuCount }) => ({
    id: `${family}.${size}`,
    family,
    cpuCount,
    memoryGib: cpuCount * gibPerCpu,
  }));

/** The types that the local region offers: two plain families of 2 to 16 vCPU and a few burstable ones. */
export const INSTANCE_TYPES: readonly InstanceType[] = [
  ...plain('ecs.c7', 2),
  ...plain('ecs.g7', 4),
  {
    id: 'ecs.t5-lc2m1.nano',
    family: 'ecs.t5',
    cpuCount: 1,
    memoryGib: 0.5,
    baselineCredit: 10,
    initialCredit: 30,
  },
  {
    id: 'ecs.t6-c2m1.large',
    family: 'ecs.t6',
    cpuCount: 2,
    memoryGib: 1,
    baselineCredit: 20,
    initialCredit: 60,
  },
  {
    id: 'ecs.t6-c1m1.large',
    family: 'ecs.t6',
    cpuCount: 2,
    memoryGib: 2,
    baselineCredit: 20,
    initialCredit: 60,
  },
];

const byId = new Map(INSTANCE_TYPES.map((type) => [type.id, type]));

export const findInstanceType = (id: string): InstanceType | undefined => byId.get(id);
