/**
 * Where a pool's members receive traffic: one server group of one load balancer.
 * `serverGroupId` is a VServer group (`rsp-…`) or `default`, the load balancer's own backends.
 * `port` narrows a VServer group that holds the same server on several ports.
 */
export interface Target {
  readonly loadBalancerId: string;
  readonly serverGroupId: string;
  readonly port?: number;
}

/** `lb-1/rsp-2` or `lb-1/rsp-2/8080`: stable, sortable, readable in a tick. */
export type TargetKey = string;

export const DEFAULT_GROUP = 'default';

export const targetKey = (target: Target): TargetKey =>
  [
    target.loadBalancerId,
    target.serverGroupId,
    ...(target.port === undefined ? [] : [target.port]),
  ].join('/');
