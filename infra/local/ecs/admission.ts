import { VendorError } from '../contracts';
import { type Account } from './account';
import { type LaunchRequest } from './launch-request';
import { type LocalInstance } from './local-instance';
import { type Network } from './network';
import { type Offer } from './offer';
import { type SpotMarket } from './spot-market';
import { type Stock } from './stock';

export interface AdmissionSettings {
  readonly account: Account;
  readonly network: Network;
  readonly stock: Stock;
  readonly spotMarket: SpotMarket;
  readonly instances: () => readonly LocalInstance[];
}

/** What stands between a possible request and its machines: money, price, quota, addresses and, last, stock. */
export class Admission {
  private readonly settings: AdmissionSettings;

  constructor(settings: AdmissionSettings) {
    this.settings = settings;
  }

  /** How many instances a launch gets, from its least to its full amount. Only stock makes it fewer; all else refuses it whole. */
  count(request: LaunchRequest): number {
    const { account, stock } = this.settings;
    const { amount, minAmount, type, spot } = request;
    const isSpot = spot.strategy !== 'NoSpot';
    account.requireBalance();
    this.requirePrice(
      'InvalidSpotPriceLimit.LowerThanPublicPrice',
      400,
      this.isOutbid(request.vSwitch.zoneId, type, spot.priceLimitThousandths),
    );
    account.requireVcpus(amount * type.cpuCount, isSpot, this.settings.instances());
    this.requireRoom(request);
    const count = Math.min(amount, stock.available(offerOf(request)));
    if (count < minAmount) throw stock.refusal(offerOf(request));
    return count;
  }

  /** Counts and takes the machines. */
  take(request: LaunchRequest): number {
    const count = this.count(request);
    this.settings.stock.take(offerOf(request), count);
    return count;
  }

  /** An instance that was stopped economically needs a machine again; `others` of its kind want one before it. */
  requireRestart(instance: LocalInstance, others = 0): void {
    if (instance.stoppedMode !== 'StopCharging') return;
    const { account, stock, instances } = this.settings;
    const { type, zoneId, isSpot } = instance;
    account.requireBalance();
    this.requirePrice(
      'OperationDenied.SpotPriceLowerThanPublicPrice',
      403,
      this.isOutbid(zoneId, type, instance.spot.priceLimitThousandths),
    );
    account.requireVcpus((others + 1) * type.cpuCount, isSpot, instances());
    const offer = { zoneId, instanceType: type.id, isSpot };
    if (stock.available(offer) < others + 1) throw stock.refusal(offer);
  }

  /** Takes the machine for a restart. */
  takeRestart(instance: LocalInstance): void {
    if (instance.stoppedMode !== 'StopCharging') return;
    const { type, zoneId, isSpot } = instance;
    this.settings.stock.take({ zoneId, instanceType: type.id, isSpot }, 1);
  }

  isOutbid(zoneId: string, type: LocalInstance['type'], limitThousandths?: number): boolean {
    return (
      limitThousandths !== undefined &&
      this.settings.spotMarket.priceOf(zoneId, type) > limitThousandths
    );
  }

  private requirePrice(code: string, status: number, isOutbid: boolean): void {
    if (isOutbid)
      throw new VendorError(status, code, 'The price limit is lower than the public price.');
  }

  private requireRoom({ vSwitch, securityGroupIds, amount }: LaunchRequest): void {
    const instances = this.settings.instances();
    const inSwitch = instances.filter(({ vSwitchId }) => vSwitchId === vSwitch.vSwitchId).length;
    if (inSwitch + amount > vSwitch.addressCount)
      throw new VendorError(
        400,
        'QuotaExceeded.PrivateIpAddress',
        `The vSwitch ${vSwitch.vSwitchId} has too few private addresses left.`,
      );
    for (const id of securityGroupIds) {
      const members = instances.filter((instance) => instance.securityGroupIds.includes(id)).length;
      if (members + amount > this.settings.network.securityGroup(id).instanceCount)
        throw new VendorError(
          403,
          'SecurityGroupInstanceLimitExceed',
          `The security group ${id} is full.`,
        );
    }
  }
}

const offerOf = ({ vSwitch, type, spot }: LaunchRequest): Offer => ({
  zoneId: vSwitch.zoneId,
  instanceType: type.id,
  isSpot: spot.strategy !== 'NoSpot',
});
