import { launchSection, scaleSection } from './scale-section';
import { type TwoSitesOptions } from './two-sites';

/** Two vCPU at 100 ms a request serve 20 a second; 11 a second are the target, 55 % of that. */
const TYPE = 'ecs.c7.large';
const TARGET = 11;

/**
 * Two instances a site bear 40 requests a second. Thirty on both sites keep each at two thirds of its target; when all of them come to
 * one, that wants a third instance, so capacity has something to say and nobody breaks down without it.
 */
export const SHOP_REQUESTS_PER_SECOND = 30;

/** A shop on two small sites, as the tour and the tests rehearse it. */
export const shop = (
  wish: Partial<TwoSitesOptions> & Pick<TwoSitesOptions, 'network'>,
): TwoSitesOptions => ({
  instanceTypes: [TYPE, TYPE],
  service: { serviceTimeMs: 100 },
  name: { policy: {}, ttlSeconds: 5 },
  pool: (regionId) => ({
    mode: 'enforce',
    watch: 'unsteady',
    heal: { probe: { path: '/' } },
    scale: scaleSection(
      {
        min: 2,
        max: 6,
        more: {
          metrics: [{ signal: 'requests', target: `${TARGET}/s` }],
          warmUp: '5s',
          launch: { ...launchSection(regionId), visibility: '1s' },
        },
      },
      regionId,
    ),
  }),
  ...wish,
});
