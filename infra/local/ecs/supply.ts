import { type LocalClock } from '../contracts';
import { seededRandom } from '../seeded-random';
import { Account } from './account';
import { Admission } from './admission';
import { type EcsSettings } from './ecs-settings';
import { Images } from './images';
import { LaunchTemplates } from './launch-templates';
import { type LocalInstance } from './local-instance';
import { Network } from './network';
import { SpotMarket } from './spot-market';
import { Stock } from './stock';

export interface SupplyOptions extends EcsSettings {
  readonly regionId: string;
  readonly clock: LocalClock;
  readonly seed: number;
}

const BALANCE = 10_000;
const VCPU_QUOTA = { onDemand: 5_000, spot: 5_000 };

/** What launches draw on, and who decides whether they may. All of it can be changed while the region runs. */
export class Supply {
  readonly network: Network;
  readonly images: Images;
  readonly stock: Stock;
  readonly spotMarket: SpotMarket;
  readonly account: Account;
  readonly launchTemplates: LaunchTemplates;
  readonly admission: Admission;

  constructor(options: SupplyOptions, instances: () => readonly LocalInstance[]) {
    const { regionId, clock, seed } = options;
    this.network = new Network(regionId, options.vSwitches);
    this.images = new Images(options.images);
    this.stock = new Stock(options.stock);
    this.spotMarket = new SpotMarket(clock, options.spotPrices);
    this.account = new Account({
      balance: options.balance ?? BALANCE,
      vcpuQuota: options.vcpuQuota ?? VCPU_QUOTA,
    });
    // Ids of templates come from a source of their own: a template more or less leaves those of the instances alone.
    this.launchTemplates = new LaunchTemplates(clock, seededRandom(seed + 1));
    for (const template of options.launchTemplates ?? []) this.launchTemplates.create(template);
    const { account, network, stock, spotMarket } = this;
    this.admission = new Admission({ account, network, stock, spotMarket, instances });
  }
}
