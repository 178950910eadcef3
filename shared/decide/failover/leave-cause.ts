import { type MoveMemory } from '../../domain/failover/name-memory';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { orderToLeave } from '../../domain/failover/standing-order';
import { type Instant } from '../../domain/units';
import { seconds } from '../describe';
import { hasHeld } from './runs';
import { type Practising } from './practice';
import { type NameScene, type SiteView } from './scene';

/** Why traffic should leave a site, and since when. */
export interface LeaveCause {
  readonly kind: Exclude<MoveMemory['kind'], 'failback'>;
  readonly reason: NameReasonCode;
  readonly detail: string;
  readonly since: Instant;
}

/** A person’s word, a site that was down for the whole hold and is down now, or a rehearsal; null when nothing speaks for it. */
export function leaveCause(
  view: SiteView,
  practising: Practising,
  { name, policy, now }: NameScene,
): LeaveCause | null {
  const { site, memory, judgement } = view;
  const order = orderToLeave(site.name, name);
  if (order !== undefined)
    return {
      kind: 'failover',
      reason: 'failover-ordered',
      detail: `${order.by}: ${order.reason}`,
      since: order.at,
    };
  const { downSince } = memory;
  if (
    judgement.verdict === 'down' &&
    downSince !== null &&
    hasHeld(downSince, now, policy.holdDownMs)
  )
    return {
      kind: 'failover',
      reason: 'failover-site-down',
      detail: `${judgement.detail}, for ${seconds(now - downSince)}`,
      since: downSince,
    };
  return practiceCause(view, practising);
}

function practiceCause({ site }: SiteView, { running }: Practising): LeaveCause | null {
  if (running?.siteName !== site.name) return null;
  return {
    kind: 'practice',
    reason: 'practice-started',
    detail: 'a rehearsed failover',
    since: running.startedAt,
  };
}
