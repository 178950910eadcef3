import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type AlidnsModel } from '../local/alidns/model';
import { type WorldView } from './history';

/** A domain with one enabled record for each site and line. */
export function layOutName(
  alidns: AlidnsModel,
  { domain: domainName, host: rr, type, ttlSeconds, sites, weighting }: NamePolicy,
  lines: readonly string[],
): void {
  alidns.provision(() => {
    alidns.addDomain({ domainName, edition: 'standard' });
    for (const line of lines) {
      for (const { address } of sites)
        alidns.addRecord(domainName, { rr, type, value: address, ttlSeconds, line });
      if (!weighting) continue;
      alidns.setWeighting({ domainName, rr, type, line }, true);
      for (const record of alidns.domain(domainName).zone.records)
        if (record.line === line) alidns.setWeight(record.recordId, 100);
    }
  });
}

/**
 * Share of its usual traffic that a pool has, in permille: the name’s traffic by weight among the enabled records, over an even split.
 * Example: of two sites, the one that is left has 2000.
 */
export function trafficShares(view: WorldView, poolName: string): number {
  const [name] = view.names;
  if (name === undefined) return 1000;
  const { policy, records } = view.name(name);
  const site = policy.sites.find((one) => one.poolName === poolName);
  if (site === undefined) return 1000;
  const enabled = records.filter(({ isEnabled }) => isEnabled);
  const weightOf = ({ weight }: { readonly weight: number | null }): number => weight ?? 1;
  const total = enabled.reduce((sum, record) => sum + weightOf(record), 0);
  if (total === 0) return 0;
  const own = enabled
    .filter(({ value }) => value === site.address)
    .reduce((sum, record) => sum + weightOf(record), 0);
  return Math.round((1000 * own * policy.sites.length) / total);
}
