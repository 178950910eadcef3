import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { lookAt } from '../../shared/observe/failover/observe-votes';
import { type SiteLook } from '../../shared/ports/vantages';

export interface SortedLooks {
  readonly own: readonly SiteLook[];
  /** Names of the sites that nobody looks at. */
  readonly refused: readonly string[];
}

/** Where a look goes and what it asks there. */
const placeOf = ({ address, host, check: { protocol, port, path } }: SiteLook): string =>
  JSON.stringify([address, host.toLowerCase(), protocol, port, path]);

/**
 * Keeps the looks that the policy of this region would make as well. Whoever may call the function could otherwise have it ask
 * anything of anybody, inside the VPC too; how patiently it asks is the caller’s to say, within limits.
 */
export function ownLooks(
  looks: readonly SiteLook[],
  { names }: Pick<FleetPolicy, 'names'>,
): SortedLooks {
  const places = new Set(
    names.flatMap((name) => name.sites.map((site) => placeOf(lookAt(site, name)))),
  );
  const isOwn = (look: SiteLook): boolean => places.has(placeOf(look));
  return {
    own: looks.filter(isOwn),
    refused: looks.filter((look) => !isOwn(look)).map(({ name }) => name),
  };
}
