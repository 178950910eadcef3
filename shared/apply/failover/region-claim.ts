import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type NameSnapshot, type RegionClaim } from '../../domain/failover/name-snapshot';
import { claimIn, regionsOut } from '../../domain/failover/region-claim';
import { REGION_CLAIM_KEY } from '../../domain/store-keys';
import { plus } from '../../domain/units';
import { type NamePorts } from '../../ports/name-ports';

/** How long a claim outlives the worker that renews it with every tick: ten timers may fail before another region has its turn. */
const CLAIM_MS = 10 * 60_000;
const ATTEMPTS_MAX = 3;

/**
 * Takes or renews the right to move traffic away from a region, by compare-and-set. False while another region has it: one region at
 * a time, above all names. Several names may leave the same region together. Throws `StoreUnavailable`.
 */
export async function holdRegion(
  regionId: string,
  { policy, lease }: NameTickRequest,
  { store, clock }: NamePorts,
): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const now = clock.now();
    const document = await store.read(REGION_CLAIM_KEY);
    const held = claimIn(document?.value, now);
    if (held !== null && held.regionId !== regionId) return false;
    const claim: RegionClaim = {
      regionId,
      nameName: policy.name,
      at: held?.at ?? now,
      until: plus(now, CLAIM_MS),
    };
    const version = document?.version ?? null;
    if ((await store.compareAndSet(REGION_CLAIM_KEY, claim, version, lease)) === 'stored')
      return true;
  }
  return false;
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
  else if (claim?.nameName === request.policy.name) await releaseClaim(request, ports);
}

async function releaseClaim(
  { policy, lease }: NameTickRequest,
  { store, clock }: NamePorts,
): Promise<void> {
  const document = await store.read(REGION_CLAIM_KEY);
  if (document === null || claimIn(document.value, clock.now())?.nameName !== policy.name) return;
  await store.compareAndSet(REGION_CLAIM_KEY, null, document.version, lease);
}
