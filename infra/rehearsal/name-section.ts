import { type TimeProfile } from '../local/contracts';

/** The public name of every rehearsal with two sites. */
export const PUBLIC_NAME = { name: 'shop', domain: 'example.com', host: 'www' } as const;

export interface NameWish {
  /** Parts of the name’s section in `evenkeel.yaml`, over those here. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly ttlSeconds: number;
}

export interface SiteOfName {
  readonly name: string;
  readonly regionId: string;
  /** Where its load balancer answers. */
  readonly host: string;
  readonly port: number;
  readonly poolName: string;
}

/**
 * Holds that fit a rehearsal: two looks a hold, at least, and a look every two seconds. All of them are policy; under the cloud’s own
 * times the defaults stand. Instances of a rehearsal bear over three times their target (`shop.ts`).
 */
const QUICK = {
  watch: 'always',
  watchInterval: '2s',
  verdict: { fresh: '15s', unknown: '7s' },
  holdDown: '8s',
  failback: { hold: '8s', stages: ['10%', '50%', '100%'], stageHold: '4s' },
  capacity: { wait: '4s', emergencyUse: 3, partHold: '4s', floor: '90s' },
} as const;

/** The `failover` section of a rehearsal: one name, weighted answers, and nobody who must be asked. */
export const failoverSection = (
  { policy, ttlSeconds }: NameWish,
  sites: readonly SiteOfName[],
  regions: { readonly home: string; readonly vantages: readonly string[] },
  times: TimeProfile,
): Readonly<Record<string, unknown>> => ({
  home: regions.home,
  names: [
    {
      ...PUBLIC_NAME,
      mode: 'enforce',
      ttl: `${ttlSeconds}s`,
      weighting: true,
      vantages: regions.vantages,
      approval: { firstFailover: false },
      ...(times.name === 'rehearsal' ? QUICK : {}),
      ...policy,
      sites: sites.map(({ name, regionId, host, port, poolName }) => ({
        name,
        region: regionId,
        address: host,
        pool: poolName,
        check: { protocol: 'http', port, ...(times.name === 'rehearsal' ? QUICK_CHECK : {}) },
      })),
    },
  ],
});

/** Patient enough for a busy machine: a look at a site that hangs ends within the time of two looks. */
const QUICK_CHECK = { timeout: '2s', attempts: 2 } as const;
