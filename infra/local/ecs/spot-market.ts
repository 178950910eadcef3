import { type LocalClock } from '../contracts';
import { type InstanceType } from './instance-types';

/** Where a price holds; a field that is left out means all. */
export interface PriceScope {
  readonly zoneId?: string;
  readonly instanceType?: string;
}

/** Prices are thousandths of the account's currency an hour: the API takes three decimals. */
export interface SpotPrice extends PriceScope {
  readonly priceThousandths: number;
}

export interface PricePoint {
  readonly at: number;
  readonly priceThousandths: number;
}

const PER_CPU_THOUSANDTHS = 180;
const PER_GIB_THOUSANDTHS = 40;
/** Share of the price on demand that a spot instance costs where nothing was set. */
const SPOT_SHARE_PERMILLE = 300;

/** Price on demand, in thousandths an hour. Example: ecs.c7.large, 2 vCPU and 4 GiB, costs 520. */
export const onDemandThousandths = ({ cpuCount, memoryGib }: InstanceType): number =>
  cpuCount * PER_CPU_THOUSANDTHS + Math.round(memoryGib * PER_GIB_THOUSANDTHS);

/** Spot prices by zone and type, with their history. The price set last that covers a place counts there. */
export class SpotMarket {
  private readonly clock: LocalClock;
  private readonly changes: (SpotPrice & { readonly at: number })[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(clock: LocalClock, prices: readonly SpotPrice[] = []) {
    this.clock = clock;
    for (const price of prices) this.set(price);
  }

  /** Called after each change of a price. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  set(price: SpotPrice): void {
    this.changes.push({ ...price, at: this.clock.now() });
    for (const listener of this.listeners) listener();
  }

  /** Thousandths an hour. Example: 156 for ecs.c7.large where nothing was set. */
  priceOf(zoneId: string, type: InstanceType): number {
    return this.history(zoneId, type).at(-1)?.priceThousandths ?? usualPrice(type);
  }

  /** Changes of the price of one type in one zone, oldest first. */
  history(zoneId: string, { id }: InstanceType): readonly PricePoint[] {
    return this.changes.filter(
      (change) => (change.zoneId ?? zoneId) === zoneId && (change.instanceType ?? id) === id,
    );
  }
}

/** What a type costs as spot before anyone sets a price, in thousandths an hour. */
export const usualPrice = (type: InstanceType): number =>
  Math.floor((onDemandThousandths(type) * SPOT_SHARE_PERMILLE) / 1000);
