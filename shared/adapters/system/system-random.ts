import { type Random } from '../../ports/random';

/** Chance from the machine. */
export const SYSTEM_RANDOM: Random = { next: () => Math.random() };
