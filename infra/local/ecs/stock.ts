import { VendorError } from '../contracts';
import { covers, type Offer, type OfferScope } from './offer';

/** How many machines are left of some offers, and what a launch that asks for more is told. */
export interface StockLevel extends OfferScope {
  readonly available: number;
  /** `OperationDenied.NoStock` by default; any refusal of a launch can be rehearsed with it. Example: `Zone.NotOnSale`. */
  readonly code?: string;
  /** HTTP status that goes with it, 403 by default. */
  readonly status?: number;
}

interface Shelf extends StockLevel {
  left: number;
}

/**
 * The region's spare machines. Without a level there is no end of them. Of several levels that cover an offer the one set last counts.
 * What is released does not come back: others take it.
 */
export class Stock {
  private readonly shelves: Shelf[] = [];

  constructor(levels: readonly StockLevel[] = []) {
    for (const level of levels) this.set(level);
  }

  /** From now on so many are left of these offers together. */
  set(level: StockLevel): void {
    this.shelves.unshift({ ...level, left: level.available });
  }

  /** No end of anything again. */
  clear(): void {
    this.shelves.splice(0);
  }

  available(offer: Offer): number {
    return this.shelfOf(offer)?.left ?? Number.POSITIVE_INFINITY;
  }

  /** Takes `count` machines, which must be available. */
  take(offer: Offer, count: number): void {
    const shelf = this.shelfOf(offer);
    if (shelf !== undefined) shelf.left -= count;
  }

  /** What a launch of this offer is told when there are too few. */
  refusal(offer: Offer): VendorError {
    const { code = 'OperationDenied.NoStock', status = 403 } = this.shelfOf(offer) ?? {};
    return new VendorError(
      status,
      code,
      `The requested resource is sold out or cannot be had: ${offer.instanceType} in ${offer.zoneId}${offer.isSpot ? ' (spot)' : ''}.`,
    );
  }

  private shelfOf(offer: Offer): Shelf | undefined {
    return this.shelves.find((shelf) => covers(shelf, offer));
  }
}
