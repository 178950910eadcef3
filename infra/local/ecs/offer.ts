/** What a launch asks the region for: one type in one zone, on demand or spot. */
export interface Offer {
  readonly zoneId: string;
  readonly instanceType: string;
  readonly isSpot: boolean;
}

/** Offers alike in the fields that are there; no field means all offers. */
export type OfferScope = Partial<Offer>;

/** Example: `{ zoneId: 'cn-local-a' }` covers every type in that zone, on demand and spot. */
export const covers = (scope: OfferScope, offer: Offer): boolean =>
  (scope.zoneId ?? offer.zoneId) === offer.zoneId &&
  (scope.instanceType ?? offer.instanceType) === offer.instanceType &&
  (scope.isSpot ?? offer.isSpot) === offer.isSpot;
