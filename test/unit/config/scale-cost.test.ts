import { describe, expect, it } from '@jest/globals';
import { estimateWatch, type WatchEstimate } from '../../../shared/config/cost';
import { fleetOf, scaled, type Written } from './scaled-policy';

const MINUTES = 43_200;

function estimate(fleet = fleetOf(), members: number | null = 120): WatchEstimate {
  const [pool] = fleet.pools;
  if (pool === undefined) throw new Error('expected a pool');
  const { deployment, prices } = fleet;
  return estimateWatch('never', { pool, members, deployment, prices });
}

const following = (...metrics: readonly Written[]) => scaled({ max: 150, metrics });
const CPU = { signal: 'cpu', target: '60%' };
const REQUESTS = { signal: 'requests', target: '9/s' };
const LATENCY = { signal: 'latency', target: '250ms' };
const CONNECTIONS = { signal: 'connections', target: 500 };
const OF_EACH = { signal: 'instance-connections', target: 500 };

describe('what scaling adds to the estimates', () => {
  it.each([
    ['nothing for a pool that is only healed', fleetOf(), 0],
    ['nothing for what healing reads anyway', following(CPU, REQUESTS, LATENCY), 0],
    ['a call for the connections of all load balancers', following(CPU, CONNECTIONS), 1],
    ['a call for each 50 instances of their own connections', following(OF_EACH), 3],
    ['both', following(CONNECTIONS, OF_EACH), 4],
  ])('is %s', (_name, fleet, calls) => {
    expect(estimate(fleet)).toMatchObject({
      scalingMetricCalls: calls * MINUTES,
      metricCalls: (4 + 3 + calls) * MINUTES,
    });
  });

  it('counts a signal once, in targets and steps together', () => {
    const steps = [{ ...CONNECTIONS, target: undefined }].map(({ signal }) => ({
      signal,
      direction: 'out',
      threshold: 900,
      change: 1,
    }));
    const fleet = scaled({ max: 150, metrics: [CONNECTIONS], steps });
    expect(estimate(fleet).scalingMetricCalls).toBe(MINUTES);
  });

  it('is a list by tag each time instances are read, and another one for membership', () => {
    const reads = estimate().computeCalls / (2 * 2);
    const membership = { membership: { tagKey: 'role', tagValue: 'web' } };
    expect(estimate(scaled()).computeCalls).toBe(reads * (4 + 2));
    expect(estimate(scaled({}, membership)).computeCalls).toBe(reads * (4 + 2 + 2));
  });

  it('counts as many instances as there may be where nobody knows how many there are', () => {
    expect(estimate(scaled({ max: 101 }), null).metricCalls).toBe((4 + 3) * MINUTES);
    expect(estimate(fleetOf(), null).metricCalls).toBe((4 + 1) * MINUTES);
  });
});
