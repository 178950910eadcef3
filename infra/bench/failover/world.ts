import { launchSection, scaleSection } from '../../rehearsal/scale-section';
import { type TwoSitesOptions } from '../../rehearsal/two-sites';
import { type BenchTimes } from './times';

/** Two vCPU at 200 ms a request: 10 requests a second each. */
const TYPE = 'ecs.c7.large';
const PER_MEMBER = 10;
const SERVICE_TIME_MS = 200;
const MEMBERS = 2;

/**
 * What each site is made of, and the load on the name: 14 requests a second on each site of two instances are 70 % of what it can do;
 * all 28 are 140 %, more than one site bears without growing.
 */
export const SITE = {
  members: MEMBERS,
  membersMax: 6,
  perMember: PER_MEMBER,
  target: 8,
  requestsPerSecond: 28,
} as const;

/**
 * Resolvers between clients and name servers; 8.7 % of them keep answers for twice the TTL (PAM 2023). So many that the answers they
 * draw by weight come to halves, and chance alone overloads no site.
 */
export const RESOLVERS = { count: 184, stretchedShare: 87, stretchFactor: 2000 } as const;

/** A world with small sites. In every one of them the pools are healed and scaled by Evenkeel; who looks after the name differs. */
export const worldOptions = (
  network: number,
  times: BenchTimes,
  { hasHome, ttlSeconds }: { readonly hasHome: boolean; readonly ttlSeconds: number },
): TwoSitesOptions => ({
  network,
  hasHome,
  times: times.cloud,
  instanceTypes: Array.from({ length: MEMBERS }, () => TYPE),
  service: { serviceTimeMs: SERVICE_TIME_MS },
  name: { policy: times.namePolicy, ttlSeconds },
  pool: (regionId) => ({
    mode: 'enforce',
    heal: { probe: { path: '/' }, ...times.poolPolicy.heal },
    scale: scaleSection(
      {
        min: MEMBERS,
        max: SITE.membersMax,
        more: {
          metrics: [{ signal: 'requests', target: `${SITE.target}/s` }],
          ...times.poolPolicy.scale,
          launch: { ...launchSection(regionId), ...times.poolPolicy.launch },
        },
      },
      regionId,
    ),
  }),
});
