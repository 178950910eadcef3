import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { REAL_TIMES, REHEARSAL_TIMES } from '../../../infra/local/contracts';
import { failoverSection } from '../../../infra/rehearsal/name-section';
import { shop } from '../../../infra/rehearsal/shop';
import { loadPolicy } from '../../../shared/config/load-policy';

const SITES = ['a', 'b'].map((name, index) => ({
  ...{ name, regionId: `cn-site-${name}`, poolName: `shop-${name}` },
  ...{ host: `127.0.0.${index + 1}`, port: 8080 },
}));
const REGIONS = { home: 'cn-home', vantages: ['cn-site-a', 'cn-site-b', 'cn-home', 'cn-far'] };

describe('the policy of a rehearsal with two sites', () => {
  it.each([
    ['rehearsal', REHEARSAL_TIMES, 5],
    ['real', REAL_TIMES, 60],
  ])('is valid under %s times', (_name, times, ttlSeconds) => {
    const pools = SITES.map(({ regionId, poolName }) => ({
      ...{ name: poolName, region: regionId, targets: [{ loadBalancer: `lb-${poolName}` }] },
      ...shop({ network: 1 }).pool(regionId),
    }));
    const failover = failoverSection({ policy: {}, ttlSeconds }, SITES, REGIONS, times);
    const text = stringify({ version: 1, region: 'cn-home', pools, failover });
    const loaded = loadPolicy(text, 'evenkeel.yaml');
    expect(loaded.kind === 'invalid' ? loaded.problems : []).toEqual([]);
  });
});
