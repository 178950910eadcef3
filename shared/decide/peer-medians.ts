import { middle } from './statistics';

export interface Sample {
  readonly owner: number;
  readonly value: number;
}

/** Median of the values of everyone but the owner; undefined when nobody else has any. */
export type PeerMedian = (owner: number) => number | undefined;

/**
 * Leave-one-out medians of many owners from one sort: the k-th value of the others is the k-th of all, moved up
 * past the owner's own ranks.
 *
 * Example: samples 1, 2, 9 of owners 0, 1, 2 → 5.5, 5, 1.5.
 */
export function peerMedians(samples: readonly Sample[]): PeerMedian {
  const sorted = [...samples].sort((a, b) => a.value - b.value);
  const ranks = new Map<number, number[]>();
  sorted.forEach(({ owner }, rank) => {
    const own = ranks.get(owner);
    if (own === undefined) ranks.set(owner, [rank]);
    else own.push(rank);
  });
  return (owner) => {
    const own = ranks.get(owner) ?? [];
    return middle(sorted.length - own.length, (rank) => sorted[skip(own, rank)]?.value);
  };
}

function skip(ownRanks: readonly number[], rank: number): number {
  let position = rank;
  for (const own of ownRanks) if (own <= position) position += 1;
  return position;
}
