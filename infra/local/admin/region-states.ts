export const REGION_STATES = ['lost', 'back', 'unseen', 'seen'] as const;

export type RegionState = (typeof REGION_STATES)[number];

/** What becomes of a whole region, in words. */
export const REGION_STATE_MEANINGS: Readonly<Record<RegionState, string>> = {
  lost: 'its load balancers, instances, OpenAPI, functions and store are gone',
  back: 'all of it answers again, and its instances boot',
  unseen: 'those who probe its sites do not get through, clients do',
  seen: 'those who probe its sites get through again',
};

/** A region that can be lost as a whole. */
export interface WholeRegion {
  become(state: RegionState): Promise<void>;
}
