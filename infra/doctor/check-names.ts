import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameSnapshot } from '../../shared/domain/failover/name-snapshot';
import { namesAtHome } from '../../shared/wake/wake-names';
import { type Finding, unwell, well } from './finding';

export interface NamesContext {
  readonly fleet: FleetPolicy;
  /** The name as the function operator sees it; null where no function can be called. Throws `CloudError`. */
  readonly lookFromFunction: ((name: NamePolicy) => Promise<NameSnapshot>) | null;
  readonly tell: (text: string) => void;
}

/** What functions reach for names whose home is here: their records, every vantage, and the regions of their sites. */
export async function checkNames(context: NamesContext): Promise<readonly Finding[]> {
  const { fleet, lookFromFunction, tell } = context;
  // Without functions the check of pools has said so.
  if (lookFromFunction === null) return [];
  const findings: Finding[] = [];
  for (const name of fleet.names.filter((one) => namesAtHome(fleet).includes(one.name))) {
    tell(`operator looks at ${name.name}`);
    try {
      findings.push(...nameFindings(name, await lookFromFunction(name)));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      findings.push(unseen(name, error));
    }
  }
  return findings;
}

const unseen = ({ name }: NamePolicy, { details: { action, code } }: CloudError): Finding =>
  unwell('functions', name, {
    sentence: `${name} cannot be looked at: ${action} ended with ${code}.`,
    remedy: 'See what is said of permissions and endpoints; does operator have this policy?',
  });

function nameFindings(policy: NamePolicy, seen: NameSnapshot): readonly Finding[] {
  const { name, domain } = policy;
  const found = [
    ...(seen.records.kind === 'missing' ? [unreadRecords(policy)] : []),
    ...silentVantages(policy, seen),
    ...silentSites(policy, seen),
  ];
  const sentence = `operator reads the records of ${name} in ${domain}, and hears every vantage and site.`;
  return found.length > 0 ? found : [well('functions', name, sentence)];
}

const unreadRecords = ({ name, domain }: NamePolicy): Finding =>
  unwell('functions', `${name} Alidns`, {
    sentence: `The function operator cannot read the records of ${name} in ${domain}.`,
    remedy:
      'Give the functions’ vSwitch a NAT gateway: Alidns has no address inside a VPC; see what is said of permissions.',
  });

/** A vantage that is not reached gives no vote; one that is reached gives one for each site. */
const silentVantages = ({ name, vantages }: NamePolicy, { votes }: NameSnapshot) =>
  vantages
    .filter(
      ({ regionId }) => !votes.some((one) => one.kind === 'vantage' && one.voter === regionId),
    )
    .map(({ regionId }) =>
      unwell('functions', `${name} vantage ${regionId}`, {
        sentence: `The vantage in ${regionId} gave no vote on ${name}: it cannot be called, or does not answer.`,
        remedy: `Deploy probe in ${regionId} with the same policy, and let operator and reconcile-failover call it.`,
      }),
    );

const silentSites = ({ name, sites }: NamePolicy, { capacities }: NameSnapshot) =>
  sites
    .filter(({ name: site, poolName }) => poolName !== null && capacities[site]?.kind !== 'ok')
    .map(({ name: site, regionId }) =>
      unwell('functions', `${name} site ${site}`, {
        status: 'warning',
        sentence: `The region of site ${site}, ${regionId}, does not say what room it has.`,
        remedy: `Deploy operator in ${regionId} with the same policy, and let operator and reconcile-failover call it.`,
      }),
    );
