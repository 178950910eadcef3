import { launchSection, scaleSection } from './scale-section';
import { type TwoSitesOptions } from './two-sites';

/** Two vCPU at 50 ms a request serve 40 a second; 11 a second are the target, so that a busy machine does not overload what it rehearses. */
const TYPE = 'ecs.c7.large';
const TARGET = 11;

/**
 * Thirty on both sites keep the two instances of each at two thirds of their target; when all of them come to one, that wants a third
 * instance, so capacity has something to say and nobody breaks down without it.
 */
export const SHOP_REQUESTS_PER_SECOND = 30;

/** A shop on two small sites, as the tour and the tests rehearse it. */
export const shop = (
  wish: Partial<TwoSitesOptions> & Pick<TwoSitesOptions, 'network'>,
): TwoSitesOptions => ({
  instanceTypes: [TYPE, TYPE],
  service: { serviceTimeMs: 50 },
  name: { policy: {}, ttlSeconds: 5 },
  pool: (regionId) => ({
    mode: 'enforce',
    watch: 'unsteady',
    heal: { probe: { path: '/' }, slowStart: { steps: 3, over: '15s' } },
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
