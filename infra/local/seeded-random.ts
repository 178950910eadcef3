/** Numbers in [0, 1) that are the same for the same seed (mulberry32), so that a rehearsal can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** An id as the cloud writes them. Example: `randomId(random, 'i-bp1')` gives `i-bp1` and 15 letters and digits. */
export function randomId(random: () => number, prefix: string, length = 15): string {
  return (
    prefix + Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('')
  );
}

/** A UUID of version 4 from the given source. */
export function randomUuid(random: () => number): string {
  const hex = (length: number): string =>
    Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}
