import { type Instant } from './units';

/** A person’s order to take back what healing did to a pool, and to leave its weights alone until it ends. */
export interface Reversal {
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}

/** The order that holds now; undefined when there is none or it is over. */
export const reversalAt = (reversal: Reversal | undefined, now: Instant): Reversal | undefined =>
  reversal !== undefined && reversal.until > now ? reversal : undefined;
