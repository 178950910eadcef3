import { type Freeze } from '../../../shared/domain/failover/name-snapshot';
import { freezeIn } from '../../../shared/domain/freeze';
import { freezeKey } from '../../../shared/domain/store-keys';
import { type FreezeScope } from '../../../shared/observe/observe-freeze';
import { type StateStore } from '../../../shared/ports/state-store';
import { type FreezeView, type NameLine, type Overview, type PoolLine } from '../api';
import { type ConsoleContext, type NameSource, type PoolSource } from '../console-context';
import { hostText, siteLines, storedAbout } from './name-view';

/** Pools that are listed at once; the others are found by their names. */
export const POOLS_MAX = 200;

/** Where everything stands, from the last line of history of each pool: no memory is read. Throws `StoreUnavailable`. */
export async function overview(search: string, context: ConsoleContext): Promise<Overview> {
  const { regionId, policyHash, policyVersion } = context;
  const found = context.pools.filter(({ id }) => id.toLowerCase().includes(search.toLowerCase()));
  const freezes = await allFreezes(found.slice(0, POOLS_MAX), context);
  const [pools, names] = await Promise.all([
    Promise.all(found.slice(0, POOLS_MAX).map(async (pool) => poolLine(pool, freezes))),
    Promise.all(context.names.map(async (name) => nameParts(name, freezes, context))),
  ]);
  return {
    ...{ regionId, policyHash, policyVersion, pools, freezes },
    poolsFound: found.length,
    names: names.map(({ line }) => line),
    approvals: names.flatMap(({ approvals }) => approvals),
  };
}

/** Each scope once, whoever of those who share a store is concerned. */
async function allFreezes(
  pools: readonly PoolSource[],
  { names, store, clock }: ConsoleContext,
): Promise<readonly FreezeView[]> {
  const scopes: readonly { scope: FreezeScope; shown: string; store: StateStore }[] = [
    { scope: 'all', shown: 'all', store },
    ...pools.map((one) => ({
      ...{ scope: `pool/${one.policy.name}` as const, shown: `pool/${one.id}`, store: one.store },
    })),
    ...names.map((one) => ({
      ...{ scope: `name/${one.policy.name}` as const, shown: `name/${one.id}`, store: one.store },
    })),
  ];
  const found = await Promise.all(
    scopes.map(async ({ scope, shown, store: at }) => {
      const freeze = freezeIn((await at.read(freezeKey(scope)))?.value, clock.now());
      return freeze === null ? [] : [freezeView(shown, freeze)];
    }),
  );
  return found.flat();
}

const freezeView = (scope: string, { by, reason, at, until }: Freeze): FreezeView => ({
  ...{ scope, by, reason, at, until },
});

const isFrozen = (scope: string, freezes: readonly FreezeView[]): boolean =>
  freezes.some((freeze) => freeze.scope === 'all' || freeze.scope === scope);

async function poolLine(
  { id, policy, isElsewhere, archive }: PoolSource,
  freezes: readonly FreezeView[],
): Promise<PoolLine> {
  const [digest] = await archive.list(policy.name, { limit: 1 });
  return {
    ...{ id, regionId: policy.regionId, mode: policy.mode, isElsewhere },
    at: digest?.at ?? null,
    healthy: digest?.healthy ?? 0,
    members: digest?.members ?? 0,
    withheld: digest?.withheld ?? 0,
    isPanic: digest?.summary.startsWith('panic') === true,
    isFrozen: isFrozen(`pool/${id}`, freezes),
    stamp: digest?.tickId ?? '',
  };
}

async function nameParts(
  source: NameSource,
  freezes: readonly FreezeView[],
  context: ConsoleContext,
): Promise<{ readonly line: NameLine; readonly approvals: Overview['approvals'] }> {
  const { id, policy, isElsewhere } = source;
  const stored = await storedAbout(source, context);
  const { pending, updatedAt } = stored.memory;
  const line = {
    ...{ id, mode: policy.mode, host: hostText(source), isElsewhere, at: updatedAt },
    sites: siteLines(source, stored),
    pending: pending.length,
    isFrozen: isFrozen(`name/${id}`, freezes),
    stamp: String(updatedAt),
  };
  return { line, approvals: pending.map((move) => ({ name: id, ...move })) };
}
