/** Edits (insert, delete, replace) between two words. Example: 'heel' to 'heal' is 1. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of from.split('').entries()) {
    const current = [row + 1];
    for (const [column, other] of to.split('').entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/**
 * The known word that was probably meant: at most a third of its letters away (at least two), or differing only in case,
 * hyphens and underscores. Undefined when nothing is near.
 *
 * Example: suggest('floor_share', ['floorShare', 'floorCount']) = 'floorShare'.
 */
export function suggest(written: string, known: readonly string[]): string | undefined {
  const plain = (word: string) =>
    word
      .slice(0, 64)
      .toLowerCase()
      .replace(/[-_\s]/g, '');
  const ranked = known
    .map((word) => ({ word, distance: editDistance(plain(written), plain(word)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best === undefined) return undefined;
  return best.distance <= Math.max(2, Math.floor(best.word.length / 3)) &&
    best.distance < best.word.length
    ? best.word
    : undefined;
}
