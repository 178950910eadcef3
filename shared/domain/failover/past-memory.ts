import { CLOCK_SKEW_MS } from '../reading';
import { type Instant, plus } from '../units';
import { type NameMemory, type SiteMemory } from './name-memory';

/**
 * The memory without what lies ahead of now by more than clocks differ: it was written while a clock was wrong. Such a run is no
 * evidence and begins anew, such a rehearsal is over, and any other such time counts as now; nothing waits for it to come.
 */
export function pastMemory(memory: NameMemory, now: Instant): NameMemory {
  const limit = plus(now, CLOCK_SKEW_MS);
  const past = (at: Instant): Instant => (at > limit ? now : at);
  const { practice } = memory;
  return {
    ...memory,
    sites: Object.fromEntries(
      Object.entries(memory.sites).map(([name, site]) => [name, pastSite(site, limit, past)]),
    ),
    moves: memory.moves.map((move) => ({ ...move, at: past(move.at) })),
    practice:
      practice === null || practice.startedAt <= limit
        ? practice
        : { ...practice, startedAt: now, until: now },
  };
}

function pastSite(site: SiteMemory, limit: Instant, past: (at: Instant) => Instant): SiteMemory {
  const orNull = (at: Instant | null): Instant | null => (at === null ? null : past(at));
  const { move, judgedAt } = site;
  const isAhead = Math.max(judgedAt ?? 0, site.downSince ?? 0, site.upSince ?? 0) > limit;
  return {
    ...site,
    ...(isAhead ? { downSince: null, upSince: null, judgedAt: null } : {}),
    since: past(site.since),
    waitingSince: orNull(site.waitingSince),
    stageSince: orNull(site.stageSince),
    move: move === null ? null : { ...move, at: past(move.at) },
  };
}
