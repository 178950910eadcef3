import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type NameSnapshot } from '../../domain/failover/name-snapshot';
import {
  claimIn,
  holdersOf,
  regionsOut,
  withHolder,
  withoutHolder,
} from '../../domain/failover/region-claim';
import { REGION_CLAIM_KEY } from '../../domain/store-keys';
import { plus } from '../../domain/units';
import { type NamePorts } from '../../ports/name-ports';
import { type Update, updateDocument } from '../../ports/update-document';

/**
 * Takes or renews the right to move traffic away from a region, by compare-and-set. False while another region has it: one region at
 * a time, above all names. Several names may leave the same region together; each holds the right for itself. Throws
 * `StoreUnavailable`.
 */
export async function holdRegion(
  regionId: string,
  { policy, lease }: NameTickRequest,
  { store, clock }: NamePorts,
): Promise<boolean> {
  const claim = (value: unknown): Update<boolean> => {
    const now = clock.now();
    const held = claimIn(value, now);
    if (held !== null && held.regionId !== regionId) return { result: false };
    const until = plus(now, policy.regionClaimMs);
    const next = withHolder(held, { regionId, nameName: policy.name, at: now, until });
    return { next, result: true };
  };
  const isHeld = await updateDocument(store, REGION_CLAIM_KEY, claim, { fence: lease });
  return isHeld ?? false;
}

/**
 * Renews the claim while a site of this name is out, and gives it back when the site it was taken for has returned. What another name
 * claimed is left alone. Throws `StoreUnavailable`.
 */
export async function keepClaim(
  request: NameTickRequest,
  name: NameSnapshot,
  ports: NamePorts,
): Promise<void> {
  if (ports.writes === 'recorded') return;
  const out = regionsOut(name, request.policy);
  const [first] = out;
  const { claim } = name;
  if (first !== undefined)
    await holdRegion(
      claim !== null && out.includes(claim.regionId) ? claim.regionId : first,
      request,
      ports,
    );
  else if (claim !== null && Object.hasOwn(holdersOf(claim), request.policy.name))
    await releaseClaim(request, ports);
}

async function releaseClaim(
  { policy, lease }: NameTickRequest,
  { store, clock }: NamePorts,
): Promise<void> {
  const now = clock.now();
  const document = await store.read(REGION_CLAIM_KEY);
  const held = claimIn(document?.value, now);
  if (document === null || held === null) return;
  const rest = withoutHolder(held, policy.name, now);
  await store.compareAndSet(REGION_CLAIM_KEY, rest, document.version, lease);
}
