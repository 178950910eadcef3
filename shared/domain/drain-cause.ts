import { type DrainOrder } from './pool';
import { type ReasonCode } from './reasons';

/** What a standing order is called where it is carried out: a person’s drain, or a departure of our own. */
export const drainCauseOf = ({ isRetirement }: DrainOrder): 'operator-drain' | 'retiring' =>
  isRetirement === true ? 'retiring' : 'operator-drain';

/** Held at weight 0 because somebody said so, not because it is ill. */
export const isDrainCause = (cause: ReasonCode | null): boolean =>
  cause === 'operator-drain' || cause === 'retiring';

/** Held at weight 0 until it is verified for the first time. */
export const isNewlyRegistered = (cause: ReasonCode | null): boolean => cause === 'registered';

/** At weight 0 without being ill: no part of what is ejected, nor of what should be healthy. */
export const isHeldOnPurpose = (cause: ReasonCode | null): boolean =>
  isDrainCause(cause) || isNewlyRegistered(cause);
