import { NO_FAULTS, VendorError } from '../contracts';
import { findInstanceType } from './instance-types';
import { type LocalInstance } from './local-instance';

export interface NewInstance {
  /** Example: `ecs.c7.large`; an unknown one is an error. */
  readonly instanceType: string;
  readonly zoneId?: string;
  readonly name?: string;
  readonly vpcId?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly isSpot?: boolean;
  readonly interruptionBehavior?: 'Terminate' | 'Stop';
  readonly isBadImage?: boolean;
  /** Up and serving when `createInstance` resolves, instead of booting as a fresh one does. */
  readonly isBooted?: boolean;
}

export interface InstanceBase {
  readonly instanceId: string;
  readonly regionId: string;
  readonly createdAt: number;
  readonly address: string;
  readonly servicePort: number;
}

/** A pending instance as wished; 400 `InvalidInstanceType.ValueNotSupported` for a type that the region does not offer. */
export function newInstance(wanted: NewInstance, base: InstanceBase): LocalInstance {
  const type = findInstanceType(wanted.instanceType);
  if (type === undefined) {
    throw new VendorError(
      400,
      'InvalidInstanceType.ValueNotSupported',
      `The instance type ${wanted.instanceType} does not exist in the local region.`,
    );
  }
  const { regionId, ...identity } = base;
  const vpcId = wanted.vpcId ?? 'vpc-local';
  return {
    ...identity,
    type,
    vpcId,
    vSwitchId: `vsw-${vpcId}`,
    name: wanted.name ?? identity.instanceId,
    zoneId: wanted.zoneId ?? `${regionId}-a`,
    isSpot: wanted.isSpot ?? false,
    interruptionBehavior: wanted.interruptionBehavior ?? 'Terminate',
    isBadImage: wanted.isBadImage ?? false,
    startedAt: undefined,
    tags: new Map(Object.entries(wanted.tags ?? {})),
    locks: [],
    status: 'Pending',
    stoppedMode: 'Not-applicable',
    isGuestUp: false,
    isServiceUp: false,
    hasCloudAssistant: true,
    hasMonitorAgent: true,
    faults: NO_FAULTS,
    faultSurvival: 'nothing',
    epoch: 0,
  };
}
