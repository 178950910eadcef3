import { type NameMemory } from '../../domain/failover/name-memory';
import { type NamePolicy } from '../../domain/failover/name-policy';
import { type SiteOrder } from '../../domain/failover/name-snapshot';
import { nameLease, nameOrdersKey } from '../../domain/store-keys';
import { instant, type Instant } from '../../domain/units';
import { attempt } from '../../observe/attempt';
import { observeNameStore } from '../../observe/failover/observe-name-store';
import { isReadableSiteOrder } from '../../observe/failover/readable-name';
import { changeDocument } from '../change-document';
import { type NameReply } from './name-reply';
import { type NameRequest } from './name-request';
import { type OperateNameContext } from './operate-name-context';
import { ordersWith, planName } from './plan-name';
import { recordProblem } from './site-records';

type OrderRequest = Extract<NameRequest, { verb: SiteOrder['kind'] }>;
type Refused = Extract<NameReply, { kind: 'refused' }>;

/**
 * Writes down that a person wants a site to be left, to come back, or to be rehearsed without. The name is marked; its worker
 * obeys under its guards. A later order for a site replaces the earlier ones: `failback` takes `failover` back.
 */
export async function orderSite(
  policy: NamePolicy,
  request: OrderRequest,
  context: OperateNameContext,
): Promise<NameReply> {
  const { store, clock } = context;
  const { verb: kind, site: siteName, by, reason } = request;
  const { memory } = await observeNameStore(policy, context);
  const at = timeOfOrder(siteName, memory, clock.now());
  const order = { kind, siteName, by, reason, at, until: instant(request.until) };
  const refused = whyNot(policy, order) ?? (await whyNotByRecords(policy, order, memory, context));
  if (refused !== null) return refused;
  if (request.isPlan)
    return { kind: 'name-plans', plans: [await planName(policy, order, context)] };
  const isStored = await changeDocument(nameOrdersKey(policy.name), store, (value) => {
    const orders = Array.isArray(value) ? value.filter(isReadableSiteOrder) : [];
    return ordersWith(order, orders);
  });
  if (!isStored)
    return refuse('contention', `The orders of ${policy.name} kept changing; try again.`);
  await store.markDirty(nameLease(policy.name), {
    reason: `${kind} of ${siteName} ordered by ${by}`,
    at: clock.now(),
  });
  return { kind: 'site-ordered', name: policy.name, order };
}

/** An order is for the outage that people see: with a clock that is slow it would otherwise seem to be older than that, and be void. */
function timeOfOrder(siteName: string, { sites }: NameMemory, now: Instant): Instant {
  const site = sites[siteName];
  const begun = site === undefined ? now : (site.move?.at ?? site.since);
  return instant(Math.max(now, begun));
}

const refuse = (code: Refused['code'], message: string): Refused => ({
  kind: 'refused',
  code,
  message,
});

/** Records that cannot be read forbid nothing: the tick looks again, and an outage must not keep a person from ordering. */
async function whyNotByRecords(
  policy: NamePolicy,
  { siteName }: SiteOrder,
  memory: NameMemory,
  context: OperateNameContext,
): Promise<Refused | null> {
  const site = policy.sites.find(({ name }) => name === siteName);
  const { dns } = context.portsFor(policy);
  const records = await attempt('the records of the name', context.log, () =>
    dns.describeRecords(policy, context),
  );
  if (site === undefined || records === undefined) return null;
  const problem = recordProblem(site, records, memory, policy);
  return problem === null ? null : refuse(problem.code, problem.message);
}

function whyNot({ name, sites, practice }: NamePolicy, order: SiteOrder): Refused | null {
  const names = sites.map((site) => site.name);
  if (!names.includes(order.siteName))
    return refuse(
      'unknown-site',
      `${name} has no site ${order.siteName}; it has ${names.join(', ')}.`,
    );
  if (order.until <= order.at)
    return refuse('past-time', 'The order would be over before it began.');
  if (order.kind !== 'failback' && sites.length < 2)
    return refuse('no-other-site', `${name} has no other site that could take over.`);
  if (order.kind === 'practice' && practice === null)
    return refuse(
      'not-practised',
      `The policy does not practise ${name}: give it a practice section first.`,
    );
  return null;
}
