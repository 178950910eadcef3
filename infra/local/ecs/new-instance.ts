import { NO_FAULTS, VendorError } from '../contracts';
import { LOCAL_IMAGE } from './images';
import { findInstanceType } from './instance-types';
import { type LocalInstance } from './local-instance';
import { ON_DEMAND, type SpotTerms } from './spot-terms';

export interface NewInstance {
  /** Example: `ecs.c7.large`; an unknown one is an error. */
  readonly instanceType: string;
  readonly zoneId?: string;
  readonly name?: string;
  readonly vpcId?: string;
  /** The VPC's own in the zone by default. */
  readonly vSwitchId?: string;
  /** `sg-<VPC>` by default. */
  readonly securityGroupIds?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
  /** A spot instance at whatever price; `spot` says more. */
  readonly isSpot?: boolean;
  readonly interruptionBehavior?: 'Terminate' | 'Stop';
  readonly spot?: SpotTerms;
  readonly imageId?: string;
  readonly isBadImage?: boolean;
  readonly isDeletionProtected?: boolean;
  readonly autoReleaseAt?: number | undefined;
  /** Up and serving when `createInstance` resolves, instead of booting as a fresh one does. */
  readonly isBooted?: boolean;
}

export interface InstanceBase {
  readonly instanceId: string;
  readonly zoneId: string;
  readonly vpcId: string;
  readonly vSwitchId: string;
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
  const spot = wanted.spot ?? usualSpot(wanted);
  return {
    ...base,
    type,
    name: wanted.name ?? base.instanceId,
    imageId: wanted.imageId ?? LOCAL_IMAGE,
    securityGroupIds: wanted.securityGroupIds ?? [`sg-${base.vpcId}`],
    isSpot: spot.strategy !== 'NoSpot',
    spot,
    isBadImage: wanted.isBadImage ?? false,
    isDeletionProtected: wanted.isDeletionProtected ?? false,
    autoReleaseAt: wanted.autoReleaseAt,
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

const usualSpot = ({
  isSpot = false,
  interruptionBehavior = 'Terminate',
}: NewInstance): SpotTerms => ({
  ...ON_DEMAND,
  strategy: isSpot ? 'SpotAsPriceGo' : 'NoSpot',
  interruptionBehavior,
});
