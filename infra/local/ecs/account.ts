import { VendorError } from '../contracts';
import { type LocalInstance } from './local-instance';

/** vCPUs that an account may have at once, by how they are paid. */
export interface VcpuQuota {
  readonly onDemand: number;
  readonly spot: number;
}

/** Pay as you go needs a balance of at least this, in whole units of the currency. */
const BALANCE_MIN = 100;

/** Money and quota of the account. Both can be changed while the region runs. */
export class Account {
  /** Whole units of the currency. */
  balance: number;
  vcpuQuota: VcpuQuota;

  constructor(settings: { readonly balance: number; readonly vcpuQuota: VcpuQuota }) {
    this.balance = settings.balance;
    this.vcpuQuota = settings.vcpuQuota;
  }

  /** Throws 403 `InsufficientBalance` when nothing more can be paid. */
  requireBalance(): void {
    if (this.balance < BALANCE_MIN)
      throw new VendorError(
        403,
        'InsufficientBalance',
        'Your account does not have enough balance.',
      );
  }

  /** Throws 403 `QuotaExceed.ElasticQuota` when `wanted` vCPUs are more than the quota leaves beside those in use. */
  requireVcpus(wanted: number, isSpot: boolean, instances: Iterable<LocalInstance>): void {
    if (this.vcpusUsed(isSpot, instances) + wanted > this.quotaOf(isSpot))
      throw new VendorError(
        403,
        'QuotaExceed.ElasticQuota',
        'The number of vCPUs has exceeded the quota.',
      );
  }

  quotaOf(isSpot: boolean): number {
    return isSpot ? this.vcpuQuota.spot : this.vcpuQuota.onDemand;
  }

  /** An instance that was stopped economically gave its vCPUs back. */
  vcpusUsed(isSpot: boolean, instances: Iterable<LocalInstance>): number {
    return [...instances]
      .filter(
        (instance) =>
          instance.isSpot === isSpot &&
          !(instance.status === 'Stopped' && instance.stoppedMode === 'StopCharging'),
      )
      .reduce((sum, { type }) => sum + type.cpuCount, 0);
  }
}
