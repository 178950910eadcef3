import { type FleetPolicy } from '../config/fleet-policy';
import { type Freeze } from '../domain/failover/name-snapshot';
import { freezeIn, UNKNOWN_OWNER } from '../domain/freeze';
import { freezeKey, nameLease, poolLease } from '../domain/store-keys';
import { type Instant, instant } from '../domain/units';
import { type FreezeScope } from '../observe/observe-freeze';
import { updateDocument } from '../ports/update-document';
import { instantText } from '../record/text';
import { poolsHere } from '../wake/pools-here';
import { namesAtHome } from '../wake/wake-names';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';
import { type OperatorRequest } from './operator-request';

type FreezeRequest = Extract<OperatorRequest, { verb: 'freeze' | 'unfreeze' }>;

type Refused = Extract<OperatorReply, { kind: 'refused' }>;

interface Stored {
  readonly kind: 'stored';
  readonly before: Freeze | null;
}

/**
 * Writes down that nothing may be written any more, for everything that this deployment looks after, one pool or one name of it, or takes
 * that back. Workers see it with
 * their next look; what is frozen is marked, so that they look soon. A freeze that holds is its owner's: only they change it or take
 * it back, or somebody who names them with `of`, so that nobody ends what they did not know of.
 */
export async function changeFreeze(
  request: FreezeRequest,
  context: OperateContext,
): Promise<OperatorReply> {
  const unknown = whyUnknown(request, context);
  if (unknown !== null) return unknown;
  const now = context.ports.clock.now();
  const freeze = freezeOf(request, now);
  if (freeze !== null && freeze.until <= now)
    return refuse('past-time', 'The freeze would be over before it began.');
  const written = await writeFreeze(freeze, request, context);
  if (written.kind === 'refused') return written;
  await mark(request, `${request.verb} by ${request.by}`, context);
  return { kind: 'freeze-changed', scope: scopeOf(request), freeze, before: written.before };
}

/** By compare-and-set, and the owner is asked for anew each time: of two who freeze at once one learns of the other. */
async function writeFreeze(
  freeze: Freeze | null,
  request: FreezeRequest,
  { ports: { store, clock } }: OperateContext,
): Promise<Refused | Stored> {
  const scope = scopeOf(request);
  const written = await updateDocument<Refused | Stored>(store, freezeKey(scope), (value) => {
    const before = freezeIn(value, clock.now());
    return before !== null && !mayChange(before, request)
      ? { result: othersFreeze(scope, before) }
      : { next: freeze, result: { kind: 'stored', before } };
  });
  return written ?? refuse('contention', `The freeze of ${scope} kept changing; try again.`);
}

const mayChange = ({ by }: Freeze, request: FreezeRequest): boolean =>
  by === request.by || by === request.of || by === UNKNOWN_OWNER;

/** Example: `pool/web` → `pool web`. */
const subjectText = (scope: FreezeScope): string =>
  scope === 'all' ? 'everything' : scope.replace('/', ' ');

const othersFreeze = (scope: FreezeScope, { by, until, reason }: Freeze): Refused =>
  refuse(
    'frozen-by-other',
    `${by} has frozen ${subjectText(scope)} until ${instantText(until)} (${reason}). Ask them, or name them: --of ${JSON.stringify(by)}.`,
  );

const refuse = (code: Refused['code'], message: string): Refused => ({
  kind: 'refused',
  code,
  message,
});

const scopeOf = ({ pool, name }: FreezeRequest): FreezeScope => {
  if (pool !== undefined) return poolScope(pool);
  return name === undefined ? 'all' : `name/${name}`;
};

const freezeOf = (request: FreezeRequest, at: Instant): Freeze | null =>
  request.verb === 'unfreeze'
    ? null
    : { by: request.by, reason: request.reason, at, until: instant(request.until) };

/** A freeze is read in the store of whoever writes: in this one it would stop nothing of what another region’s deployment looks after. */
function whyUnknown(request: FreezeRequest, { fleet }: OperateContext): Refused | null {
  const { pool, name } = request;
  const here = [...poolsHere(fleet).map((one) => poolScope(one.name)), ...homeScopes(fleet)];
  if (scopeOf(request) === 'all' || here.includes(scopeOf(request))) return null;
  const elsewhere =
    fleet.pools.find((one) => one.name === pool)?.regionId ??
    fleet.names.find((one) => one.name === name)?.homeRegionId;
  if (elsewhere !== undefined)
    return refuse(
      'looked-after-elsewhere',
      `The deployment in ${elsewhere} looks after ${subjectText(scopeOf(request))}; a freeze here, in ${fleet.regionId}, would stop nothing. Use the console there, or the command line with that region’s policy and store.`,
    );
  return pool === undefined
    ? refuse('unknown-name', `There is no name ${name}; the policy has ${listText(fleet.names)}.`)
    : refuse('unknown-pool', `There is no pool ${pool}; the policy has ${listText(fleet.pools)}.`);
}

const listText = (all: readonly { readonly name: string }[]): string =>
  all.map(({ name }) => name).join(', ') || 'none';

const poolScope = (name: string): FreezeScope => `pool/${name}`;

const homeScopes = (fleet: FleetPolicy): readonly FreezeScope[] =>
  namesAtHome(fleet).map((name) => `name/${name}` as const);

/** Everybody here whom it concerns has something to look at. */
async function mark(
  { pool, name }: FreezeRequest,
  reason: string,
  { fleet, ports }: OperateContext,
): Promise<void> {
  const isAll = pool === undefined && name === undefined;
  const pools = poolsHere(fleet).map((one) => one.name);
  const leases = [
    ...pools.filter((one) => isAll || one === pool).map(poolLease),
    ...namesAtHome(fleet)
      .filter((one) => isAll || one === name)
      .map(nameLease),
  ];
  const at = ports.clock.now();
  for (const lease of leases) await ports.store.markDirty(lease, { reason, at });
}
