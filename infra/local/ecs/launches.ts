import { type LocalClock, VendorError } from '../contracts';
import { type AddressPlan } from './address-plan';
import { type Admission } from './admission';
import { instanceNames } from './instance-names';
import { type LaunchRequest } from './launch-request';
import { type LocalInstance } from './local-instance';
import { type NewInstance } from './new-instance';
import { covers, type OfferScope } from './offer';

type Address = Awaited<ReturnType<AddressPlan['next']>>;

/** Launches that are accepted and come to nothing. */
export interface LateFailures extends OfferScope {
  /** Instances that it strikes before it ends. */
  readonly count: number;
  /** Time after the call, in milliseconds; by default half the shortest time that an instance is Pending. */
  readonly afterMs?: number;
}

export interface LaunchSettings {
  readonly clock: LocalClock;
  readonly addresses: AddressPlan;
  readonly admission: Admission;
  /** When a late failure strikes that does not say. */
  readonly failureMs: () => number;
  readonly create: (wanted: NewInstance, address: Address) => LocalInstance;
  /** The instance vanishes with a system event. */
  readonly fail: (instance: LocalInstance) => void;
}

/** Makes the instances of a launch: ids at once, machines later. */
export class Launches {
  private readonly settings: LaunchSettings;
  private failures: (LateFailures & { left: number })[] = [];

  constructor(settings: LaunchSettings) {
    this.settings = settings;
  }

  /** The next instances of these offers are accepted, shown as Pending, and vanish. */
  failNext(failures: LateFailures): void {
    this.failures.push({ ...failures, left: failures.count });
  }

  /** Gives the ids, as many as stock allows. Throws the vendor's refusals; a dry run that would pass is one, too. */
  async launch(request: LaunchRequest): Promise<readonly string[]> {
    const { admission, addresses } = this.settings;
    admission.count(request);
    if (request.isDryRun) throw dryRunPassed();
    const free: Address[] = [];
    for (let index = 0; index < request.amount; index += 1) free.push(await addresses.next());
    // Another launch may have come in between; from here on nothing waits.
    const count = admission.take(request);
    const names = instanceNames(request.name, count, request.hasUniqueSuffix);
    return free
      .slice(0, count)
      .map((address, index) => this.launchOne(request, address, names[index]));
  }

  private launchOne(request: LaunchRequest, address: Address, name: string | undefined): string {
    const { type, vSwitch, tags, spot, ...rest } = request;
    const instance = this.settings.create(
      {
        instanceType: type.id,
        zoneId: vSwitch.zoneId,
        vpcId: vSwitch.vpcId,
        vSwitchId: vSwitch.vSwitchId,
        tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
        spot,
        imageId: rest.imageId,
        isBadImage: rest.isBadImage,
        securityGroupIds: rest.securityGroupIds,
        autoReleaseAt: rest.autoReleaseAt,
        isDeletionProtected: rest.isDeletionProtected,
        ...(name === undefined ? {} : { name }),
      },
      address,
    );
    this.strike(instance);
    return instance.instanceId;
  }

  private strike(instance: LocalInstance): void {
    const { zoneId, type, isSpot } = instance;
    const offer = { zoneId, instanceType: type.id, isSpot };
    const failure = this.failures.find((one) => one.left > 0 && covers(one, offer));
    if (failure === undefined) return;
    failure.left -= 1;
    this.failures = this.failures.filter(({ left }) => left > 0);
    this.settings.clock.after(failure.afterMs ?? this.settings.failureMs(), () =>
      this.settings.fail(instance),
    );
  }
}

/** A dry run that passed is told by an error. */
export const dryRunPassed = (): VendorError =>
  new VendorError(
    400,
    'DryRunOperation',
    'Request validation has been passed with DryRun flag set.',
  );
