import { type Backend } from './backend';

export interface LoadBalancerRecord {
  readonly loadBalancerId: string;
  readonly name: string;
  readonly address: string;
  readonly addressType: 'internet' | 'intranet';
  /** Empty: a classic network one, which takes backends of any network. */
  readonly vpcId: string;
  readonly vSwitchId: string;
  readonly spec: string;
  readonly bandwidth: number;
  readonly deleteProtection: 'on' | 'off';
  readonly createdAt: number;
  /** `locked` is for a rehearsal of a load balancer that the vendor locked. */
  readonly status: 'active' | 'inactive' | 'locked';
  readonly backends: readonly Backend[];
}

export interface ServerGroup {
  readonly groupId: string;
  readonly loadBalancerId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly backends: readonly Backend[];
}

/** The list of backends that a call changes: a load balancer's default group, or a VServer group. */
export type GroupReference =
  | { readonly kind: 'default'; readonly loadBalancerId: string }
  | { readonly kind: 'group'; readonly groupId: string };

/** A backend as a listener reaches it. `address` is empty when its instance is gone. */
export interface RouteMember {
  readonly serverId: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
}

export const memberKey = (member: { readonly serverId: string; readonly port: number }): string =>
  `${member.serverId}:${member.port}`;
