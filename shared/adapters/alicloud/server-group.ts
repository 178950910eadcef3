import { type CloudErrorDetails } from '../../domain/cloud-error';
import { DEFAULT_GROUP, type Target } from '../../domain/target';
import { type CallOptions, type GroupMember, type Membership } from '../../ports/load-balancer';

/** Servers in one call: the vendor refuses more with `TooManyBackendServers`. */
export const SERVERS_PER_CALL = 20;

/** How a writer reaches the group that it writes to. */
export interface GroupAccess {
  readonly call: (
    action: string,
    query: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ) => Promise<unknown>;
  readonly readMembers: (target: Target, options: CallOptions) => Promise<readonly GroupMember[]>;
}

const isDefault = ({ serverGroupId }: Target): boolean => serverGroupId === DEFAULT_GROUP;

/** A server stands once in the default group and once per port in a VServer group. */
export const isSameMember = (target: Target, one: Membership, other: Membership): boolean =>
  one.serverId === other.serverId && (isDefault(target) || one.port === other.port);

/** Refused because of what one of the servers is, as against an outage or a lack of permission. */
export const isAboutMembers = ({ reaction, status }: CloudErrorDetails): boolean =>
  reaction === 'stop' && status !== 403;

export type GroupChange = 'add' | 'set' | 'remove';

const ACTIONS: Readonly<Record<GroupChange, { readonly default: string; readonly group: string }>> =
  {
    add: { default: 'AddBackendServers', group: 'AddVServerGroupBackendServers' },
    set: { default: 'SetBackendServers', group: 'SetVServerGroupAttribute' },
    remove: { default: 'RemoveBackendServers', group: 'RemoveVServerGroupBackendServers' },
  };

/**
 * Action and parameters of one change. A weight that is left out would become 100, so an addition always has one; the port
 * of the default group is its listener's.
 */
export function groupCall(
  change: GroupChange,
  target: Target,
  servers: readonly (Membership & { readonly weight?: number })[],
): [string, Readonly<Record<string, unknown>>] {
  const list = servers.map(({ serverId, port, weight }) => ({
    ServerId: serverId,
    ...(isDefault(target) ? {} : { Port: port }),
    ...(weight === undefined ? {} : { Weight: weight }),
    Type: 'ecs',
  }));
  const group = isDefault(target)
    ? { LoadBalancerId: target.loadBalancerId }
    : { VServerGroupId: target.serverGroupId };
  const action = ACTIONS[change][isDefault(target) ? 'default' : 'group'];
  return [action, { ...group, BackendServers: JSON.stringify(list) }];
}
