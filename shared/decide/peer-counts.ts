import { type ProbeWindow } from '../domain/probe-window';
import { type Count, share, total } from './counts';
import { peerMedians } from './peer-medians';

/** Windows of all backends, newest first, by position. */
export type Histories = readonly (readonly ProbeWindow[])[];

/** What the peers of each backend did since some time. */
export interface PeersSince {
  /** All peers' probes and failures; a peer that stands out itself counts only up to the cap. */
  readonly counted: (owner: number) => Count;
  /** Median + multiple × MAD of the peers' shares. */
  readonly spread: (owner: number, multiple: number) => number;
}

export type PeerCounts = (since: number) => PeersSince;

/**
 * What everybody's windows say since a time, summed once per time. A window counts when its middle is not before it. A
 * peer's share counts up to three times the peers' median, or 5 %: one dead peer must not hide a sick one.
 *
 * Example: peers with 1 of 100 and 100 of 100 are counted as 1 of 100 and 5 of 100 beside two others with none.
 */
export function peerCounts(histories: Histories): PeerCounts {
  const known = new Map<number, PeersSince>();
  return (since) => {
    const found = known.get(since);
    if (found !== undefined) return found;
    const isLater = (window: ProbeWindow): boolean => middleOf(window) >= since;
    const fresh = peersSince(histories.map((windows) => total(windows.filter(isLater))));
    known.set(since, fresh);
    return fresh;
  };
}

const middleOf = (window: ProbeWindow): number => (window.startedAt + window.endedAt) / 2;

function peersSince(counts: readonly Count[]): PeersSince {
  const shares = counts.flatMap((count, owner) =>
    count.probes === 0 ? [] : [{ owner, value: share(count) }],
  );
  const medianShare = peerMedians(shares);
  const centre = medianShare(NOBODY) ?? 0;
  const deviation = peerMedians(
    shares.map(({ owner, value }) => ({ owner, value: Math.abs(value - centre) })),
  );
  const capped = cappedTotals(counts);
  return {
    counted: (owner) => capped(owner, cap(medianShare(owner) ?? 0)),
    spread: (owner, multiple) => (medianShare(owner) ?? 0) + multiple * (deviation(owner) ?? 0),
  };
}

/** Owner of no window, so that none is left out. */
const NOBODY = -1;

const cap = (medianShare: number): number => Math.max(0.05, 3 * medianShare);

function cappedTotals(counts: readonly Count[]): (owner: number, cap: number) => Count {
  const known = new Map<number, Count>();
  const limited = ({ probes, failures }: Count, most: number): Count => ({
    probes,
    failures: Math.min(failures, Math.ceil(probes * most)),
  });
  return (owner, most) => {
    const all = known.get(most) ?? total(counts.map((count) => limited(count, most)));
    known.set(most, all);
    const own = limited(counts[owner] ?? { probes: 0, failures: 0 }, most);
    return { probes: all.probes - own.probes, failures: all.failures - own.failures };
  };
}
