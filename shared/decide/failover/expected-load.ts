import { type CapacityForecast } from '../../domain/failover/name-proposal';
import { freshValue } from '../../domain/reading';
import { type Instant, type Permille, plus, shareOf } from '../../domain/units';
import { freshLoad, type NameScene, type SiteView } from './scene';
import { longestTtlMs } from './ttl';

/**
 * The load of a site while another one leaves in parts; null when it is not known. Clients follow a part by and by, as the TTL of their
 * answers runs out, and metrics tell of them later still: until then the whole part counts, whatever is seen.
 *
 * Example: 3,000 were carried and 1,000 sent there; of 3,200 seen a moment later 4,000 count, of 4,300 all.
 */
export function loadOf(other: SiteView, leaving: SiteView, scene: NameScene): number | null {
  const seen = freshLoad(other) ?? null;
  const expected = leaving.memory.expectedLoads?.[other.site.name];
  const { state, stageSince } = leaving.memory;
  if (seen === null || expected === undefined || state !== 'partial' || stageSince === null)
    return seen;
  return tellsOfPart(other, leaving, stageSince, scene) ? seen : Math.max(seen, expected);
}

/**
 * Sampled after the answers of before had run out, also at resolvers that keep them for twice the TTL (one in eleven, PAM 2023); a
 * sample may cover as long a time as it may be old.
 */
function tellsOfPart(
  { capacity }: SiteView,
  leaving: SiteView,
  since: Instant,
  { policy }: NameScene,
): boolean {
  const load = capacity?.load;
  if (load === undefined || freshValue(load) === undefined || load.kind === 'missing') return false;
  return load.sampledAt >= plus(since, 2 * longestTtlMs(leaving) + policy.verdict.freshMs);
}

/** What each of the others will carry once such a share of what a site still has has come to them. */
export const loadsAfter = (
  { receivers }: Pick<CapacityForecast, 'receivers'>,
  share: Permille,
): Readonly<Record<string, number>> =>
  Object.fromEntries(
    receivers.flatMap(({ siteName, load, added }) =>
      load === null ? [] : [[siteName, load + shareOf(added, share)]],
    ),
  );
