import { type Freeze } from '../domain/failover/name-snapshot';
import { isFreeze } from '../domain/freeze';
import { freezeKey, nameLease, poolLease } from '../domain/store-keys';
import { type Instant, instant } from '../domain/units';
import { type FreezeScope } from '../observe/observe-freeze';
import { changeDocument } from './change-document';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';
import { type OperatorRequest } from './operator-request';

type FreezeRequest = Extract<OperatorRequest, { verb: 'freeze' | 'unfreeze' }>;

/**
 * Writes down that nothing may be written any more, for everything, one pool or one name, or takes that back. Workers see it with
 * their next look; what is frozen is marked, so that they look soon. A later freeze of the same scope replaces the earlier one.
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
    return {
      kind: 'refused',
      code: 'past-time',
      message: 'The freeze would be over before it began.',
    };
  const scope = scopeOf(request);
  let before: Freeze | null = null;
  const isStored = await changeDocument(freezeKey(scope), context.ports.store, (value) => {
    before = isFreeze(value) && value.until > now ? value : null;
    return freeze;
  });
  if (!isStored)
    return {
      kind: 'refused',
      code: 'contention',
      message: `The freeze of ${scope} kept changing; try again.`,
    };
  await mark(request, `${request.verb} by ${request.by}`, context);
  return { kind: 'freeze-changed', scope, freeze, before };
}

const scopeOf = ({ pool, name }: FreezeRequest): FreezeScope => {
  if (pool !== undefined) return `pool/${pool}`;
  return name === undefined ? 'all' : `name/${name}`;
};

const freezeOf = (request: FreezeRequest, at: Instant): Freeze | null =>
  request.verb === 'unfreeze'
    ? null
    : { by: request.by, reason: request.reason, at, until: instant(request.until) };

function whyUnknown(
  { pool, name }: FreezeRequest,
  { fleet }: OperateContext,
): Extract<OperatorReply, { kind: 'refused' }> | null {
  if (pool !== undefined && !fleet.pools.some((one) => one.name === pool))
    return {
      kind: 'refused',
      code: 'unknown-pool',
      message: `There is no pool ${pool}; the policy has ${fleet.pools.map((one) => one.name).join(', ')}.`,
    };
  if (name !== undefined && !fleet.names.some((one) => one.name === name))
    return {
      kind: 'refused',
      code: 'unknown-name',
      message: `There is no name ${name}; the policy has ${fleet.names.map((one) => one.name).join(', ') || 'none'}.`,
    };
  return null;
}

/** Everybody whom it concerns has something to look at. */
async function mark(
  { pool, name }: FreezeRequest,
  reason: string,
  { fleet, ports }: OperateContext,
): Promise<void> {
  const isAll = pool === undefined && name === undefined;
  const leases = [
    ...fleet.pools.filter((one) => isAll || one.name === pool).map((one) => poolLease(one.name)),
    ...fleet.names.filter((one) => isAll || one.name === name).map((one) => nameLease(one.name)),
  ];
  const at = ports.clock.now();
  for (const lease of leases) await ports.store.markDirty(lease, { reason, at });
}
