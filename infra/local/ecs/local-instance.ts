import { type InstanceFaults, type InstanceView, type LocalInstanceStatus } from '../contracts';
import { type FaultSurvival } from './fault-survival';
import { type InstanceType } from './instance-types';
import { type SpotTerms } from './spot-terms';

interface InstanceLock {
  readonly reason: 'Recycling' | 'security' | 'financial';
  readonly message: string;
}

/** One instance as the model keeps it. Only the model and its lifecycle change it. */
export interface LocalInstance {
  readonly instanceId: string;
  readonly type: InstanceType;
  readonly zoneId: string;
  readonly vpcId: string;
  readonly vSwitchId: string;
  readonly address: string;
  readonly servicePort: number;
  readonly imageId: string;
  readonly securityGroupIds: readonly string[];
  readonly isSpot: boolean;
  readonly spot: SpotTerms;
  /** Its image is broken: the service never comes up, whatever is done. */
  readonly isBadImage: boolean;
  readonly createdAt: number;
  readonly tags: Map<string, string>;
  readonly locks: InstanceLock[];
  name: string;
  /** It cannot be released through the API; the cloud itself still may. */
  isDeletionProtected: boolean;
  /** When it releases itself. */
  autoReleaseAt: number | undefined;
  startedAt: number | undefined;
  status: LocalInstanceStatus;
  stoppedMode: 'Not-applicable' | 'KeepCharging' | 'StopCharging';
  /** The operating system has booted; from then on commands can run. */
  isGuestUp: boolean;
  isServiceUp: boolean;
  hasCloudAssistant: boolean;
  hasMonitorAgent: boolean;
  faults: InstanceFaults;
  faultSurvival: FaultSurvival;
  /** Grows with every change of lifecycle; what was planned for an earlier one is void. */
  epoch: number;
}

/** What the load balancer and the data plane may know of it. */
export const viewOf = (instance: LocalInstance): InstanceView => ({
  instanceId: instance.instanceId,
  status: instance.status,
  address: instance.address,
  servicePort: instance.servicePort,
  vpcId: instance.vpcId,
  cpuCount: instance.type.cpuCount,
  isServiceUp: instance.isServiceUp,
  faults: instance.faults,
});
