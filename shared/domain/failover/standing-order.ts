import { type NameSnapshot, type SiteOrder } from './name-snapshot';

/**
 * What a person wants of a site now: the latest of the orders that have not expired. `failback` takes back `failover` and the other
 * way round; a wish to practise is a matter of its own.
 */
export function standingOrder(
  siteName: string,
  kinds: readonly SiteOrder['kind'][],
  { orders, takenAt }: Pick<NameSnapshot, 'orders' | 'takenAt'>,
): SiteOrder | undefined {
  return orders
    .filter((order) => order.siteName === siteName && kinds.includes(order.kind))
    .filter(({ until }) => until > takenAt)
    .reduce<SiteOrder | undefined>(
      (last, each) => (last === undefined || each.at >= last.at ? each : last),
      undefined,
    );
}

/** The order to fail over that stands, if none to fail back came after it. */
export function orderToLeave(
  siteName: string,
  name: Pick<NameSnapshot, 'orders' | 'takenAt'>,
): SiteOrder | undefined {
  const last = standingOrder(siteName, ['failover', 'failback'], name);
  return last?.kind === 'failover' ? last : undefined;
}
