import { type Freeze } from '../../../shared/domain/failover/name-snapshot';
import { freezeIn } from '../../../shared/domain/freeze';
import { EMPTY_NAME_MEMORY } from '../../../shared/domain/failover/name-memory';
import { FREEZES, freezeKey } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { type FreezeScope } from '../../../shared/observe/observe-freeze';
import { type StateStore } from '../../../shared/ports/state-store';
import { type TickDigest } from '../../../shared/ports/tick-archive';
import { type FreezeView, type NameLine, type Overview, type PoolLine } from '../api';
import { type ConsoleContext, type NameSource, type PoolSource } from '../console-context';
import { hostText, siteLines, storedAbout } from './name-view';

/** Pools that are listed at once; the others are found by their names. */
export const POOLS_MAX = 200;

/** How far back the last look is searched for: whoever has not been looked at for so long is shown so, and costs no walk through the archive. */
const LOOKED_BACK_MS = 86_400_000;

/** Where everything stands, from the last line of history of each pool: no memory is read. Throws `StoreUnavailable`. */
export async function overview(search: string, context: ConsoleContext): Promise<Overview> {
  const { regionId, policyHash, policyVersion } = context;
  const found = context.pools.filter(({ id }) => id.toLowerCase().includes(search.toLowerCase()));
  const freezes = await allFreezes(context);
  const [pools, names] = await Promise.all([
    Promise.all(found.slice(0, POOLS_MAX).map(async (pool) => poolLine(pool, freezes, context))),
    Promise.all(context.names.map(async (name) => nameParts(name, freezes, context))),
  ]);
  return {
    ...{ regionId, policyHash, policyVersion, pools, freezes },
    hasElsewhere: [...context.pools, ...context.names].some(({ isElsewhere }) => isElsewhere),
    poolsFound: found.length,
    names: names.map(({ line }) => line),
    approvals: names.flatMap(({ approvals }) => approvals),
  };
}

/** Every freeze that holds here, whatever is searched for: only those that somebody wrote down are read. */
async function allFreezes(context: ConsoleContext): Promise<readonly FreezeView[]> {
  const { pools, names, store, clock } = context;
  const scopes: readonly { scope: FreezeScope; shown: string; store: StateStore }[] = [
    { scope: 'all', shown: 'all', store },
    ...pools.filter(isHere).map((one) => ({
      ...{ scope: `pool/${one.policy.name}` as const, shown: `pool/${one.id}`, store: one.store },
    })),
    ...names.filter(isHere).map((one) => ({
      ...{ scope: `name/${one.policy.name}` as const, shown: `name/${one.id}`, store: one.store },
    })),
  ];
  const stores = [...new Set(scopes.map((each) => each.store))];
  const written = new Map(
    await Promise.all(stores.map(async (each) => [each, await each.list(FREEZES)] as const)),
  );
  const found = await Promise.all(
    scopes
      .filter(({ scope, store: at }) => written.get(at)?.includes(freezeKey(scope)) === true)
      .map(async ({ scope, shown, store: at }) => {
        const freeze = freezeIn((await at.read(freezeKey(scope)))?.value, clock.now());
        return freeze === null ? [] : [freezeView(shown, freeze)];
      }),
  );
  return found.flat();
}

const isHere = ({ isElsewhere }: PoolSource | NameSource): boolean => !isElsewhere;

const freezeView = (scope: string, { by, reason, at, until }: Freeze): FreezeView => ({
  ...{ scope, by, reason, at, until },
});

const isFrozen = (scope: string, freezes: readonly FreezeView[]): boolean =>
  freezes.some((freeze) => freeze.scope === 'all' || freeze.scope === scope);

async function poolLine(
  source: PoolSource,
  freezes: readonly FreezeView[],
  { clock }: ConsoleContext,
): Promise<PoolLine> {
  const { id, policy, isElsewhere, archive } = source;
  const from = instant(clock.now() - LOOKED_BACK_MS);
  const [digest] = isElsewhere ? [] : await archive.list(policy.name, { from, limit: 1 });
  return {
    ...{ id, regionId: policy.regionId, mode: policy.mode, isElsewhere },
    ...(digest === undefined ? NEVER_LOOKED_AT : lastLook(digest)),
    isFrozen: !isElsewhere && isFrozen(`pool/${id}`, freezes),
  };
}

type LastLook = Omit<PoolLine, 'id' | 'regionId' | 'mode' | 'isElsewhere' | 'isFrozen'>;

const NEVER_LOOKED_AT: LastLook = {
  ...{ at: null, healthy: 0, members: 0, withheld: 0, isPanic: false, stamp: '' },
};

const lastLook = ({ at, healthy, members, withheld, summary, tickId }: TickDigest): LastLook => ({
  ...{ at, healthy, members, withheld, stamp: tickId },
  isPanic: summary.startsWith('panic'),
});

async function nameParts(
  source: NameSource,
  freezes: readonly FreezeView[],
  context: ConsoleContext,
): Promise<{ readonly line: NameLine; readonly approvals: Overview['approvals'] }> {
  const { id, policy, isElsewhere } = source;
  const memory = isElsewhere ? EMPTY_NAME_MEMORY : (await storedAbout(source, context)).memory;
  const { pending, updatedAt } = memory;
  const line = {
    ...{ id, regionId: policy.homeRegionId, mode: policy.mode, host: hostText(source) },
    ...{ isElsewhere, at: updatedAt },
    sites: siteLines(source, { memory }),
    pending: pending.length,
    isFrozen: !isElsewhere && isFrozen(`name/${id}`, freezes),
    stamp: String(updatedAt),
  };
  return { line, approvals: pending.map((move) => ({ name: id, ...move })) };
}
