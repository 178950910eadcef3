/** A small repeatable source of chance: whole numbers from 0 up to, not including, `below`. The seed is the bug report. */
export type Chance = (below: number) => number;

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One of the values, of which there is at least one; list a value twice to see it twice as often. */
export const pick = <const T>(chance: Chance, values: readonly T[]): T =>
  values[chance(values.length)] as T;

/** True in `share` of a thousand cases. */
export const happens = (chance: Chance, share: number): boolean => chance(1000) < share;
