import { seededRandom } from '../local/seeded-random';

/** FNV-1a over the name, on top of the seed: streams of different names have nothing to do with one another. */
function mixed(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < name.length; index += 1)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}

/**
 * Chance that repeats itself. Each purpose has a stream of its own, split off by name, so that one more draw in one place moves nothing
 * in another: a failing seed stays the same failure while the rest of the world is made smaller.
 *
 * Example: `new Dice(7).split('faults').split('zone-loss')` throws the same numbers whatever else was drawn.
 */
export class Dice {
  private readonly seed: number;
  private readonly random: () => number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.random = seededRandom(this.seed);
  }

  split(name: string): Dice {
    return new Dice(mixed(this.seed, name));
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.random();
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  /** One of the values, of which there is at least one; list a value twice to see it twice as often. */
  pick<const T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)] as T;
  }

  /** True in `share` of a thousand cases. */
  happens(share: number): boolean {
    return this.random() * 1000 < share;
  }

  /** A wait that is as likely to end now as ever: exponential with the given mean, in whole milliseconds. */
  wait(meanMs: number): number {
    return Math.ceil(-meanMs * Math.log(1 - this.random()));
  }
}
