/** A seeded stream of numbers in [0, 1): the same seed gives the same run on every machine. */
export type Random = () => number;

/** Small fast counter (sfc32): 128 bits of state, since rare events are looked for in runs of many numbers. */
export function seededRandom(seed: number): Random {
  let [a, b, c, count] = [seed | 0, Math.imul(seed, 0x9e3779b1) | 0, 0x85ebca6b | 0, 1];
  const next = (): number => {
    const result = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return (result >>> 0) / 0x1_0000_0000;
  };
  for (let i = 0; i < 16; i += 1) next();
  return next;
}

/** A standard normal number (Box and Muller). */
export const gaussian = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
