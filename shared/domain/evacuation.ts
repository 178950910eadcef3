import { type InstanceFacts } from './instance';
import { knownValue, type Reading } from './reading';
import { type Instant } from './units';

/** A person’s order to leave one zone: weight 0 for everybody there, as many instances elsewhere, until it ends. */
export interface Evacuation {
  readonly zoneId: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}

/** The order that holds now; undefined when there is none or it is over. */
export const evacuationAt = (
  evacuation: Evacuation | undefined,
  now: Instant,
): Evacuation | undefined =>
  evacuation !== undefined && evacuation.until > now ? evacuation : undefined;

/** A backend stands in the zone. Where ECS never told its zone it stands nowhere, and is left alone. */
export const standsIn = (
  zoneId: string,
  { instance }: { readonly instance: Reading<InstanceFacts> },
): boolean => knownValue(instance)?.zoneId === zoneId;
