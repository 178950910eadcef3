import { CloudError } from '../../domain/cloud-error';
import { type HealthVerdict } from '../../domain/pool';
import { DEFAULT_GROUP, type Target } from '../../domain/target';
import {
  type CallOptions,
  type GroupMember,
  type HealthRow,
  type LoadBalancer,
  type LoadBalancerShape,
  type Membership,
  type MembershipReadBack,
  type WeightChange,
  type WeightReadBack,
} from '../../ports/load-balancer';
import { type LockOptions } from './configuration-lock';
import { MemberWriter } from './member-writer';
import {
  allPages,
  type Fields,
  listAt,
  numberAt,
  requiredNumber,
  requiredText,
  textAt,
} from './reply';
import { type Rpc } from './rpc';
import { type GroupAccess } from './server-group';
import { type ShapeListener, shapeListener } from './slb-listeners';
import { WeightWriter } from './weight-writer';

export interface SlbOptions extends LockOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
}

const VERDICTS: readonly HealthVerdict[] = ['normal', 'abnormal', 'unavailable'];

const memberOf =
  (action: string, portOf: (entry: Fields) => number) =>
  (entry: Fields): GroupMember => ({
    serverId: requiredText(action, entry, 'ServerId'),
    port: portOf(entry),
    weight: requiredNumber(action, entry, 'Weight'),
    type: textAt(entry, 'Type') || 'ecs',
  });

const healthRow = (entry: Fields): HealthRow => ({
  listenerPort: requiredNumber('DescribeHealthStatus', entry, 'ListenerPort'),
  serverId: requiredText('DescribeHealthStatus', entry, 'ServerId'),
  port: numberAt(entry, 'Port') ?? 0,
  verdict:
    VERDICTS.find((verdict) => verdict === textAt(entry, 'ServerHealthStatus')) ?? 'unavailable',
});

/** CLB (`Slb` 2014-05-15) as the LoadBalancer port. Every call names the region: the shared endpoint finds nothing without. */
export class Slb implements LoadBalancer {
  private readonly options: SlbOptions;
  /** Backend port of each load balancer's default group, from its listeners as last seen. */
  private readonly defaultPorts = new Map<string, number>();

  constructor(options: SlbOptions) {
    this.options = options;
  }

  async describeShape(loadBalancerId: string, options: CallOptions): Promise<LoadBalancerShape> {
    const [attribute, listeners] = await Promise.all([
      this.call('DescribeLoadBalancerAttribute', { LoadBalancerId: loadBalancerId }, options),
      this.listeners(loadBalancerId, options),
    ]);
    return {
      loadBalancerId,
      isActive: textAt(attribute, 'LoadBalancerStatus') === 'active',
      listeners,
    };
  }

  async describeMembers(target: Target, options: CallOptions): Promise<readonly GroupMember[]> {
    if (target.serverGroupId === DEFAULT_GROUP)
      return this.defaultMembers(target.loadBalancerId, options);
    const action = 'DescribeVServerGroupAttribute';
    const reply = await this.call(action, { VServerGroupId: target.serverGroupId }, options);
    return listAt(action, reply, 'BackendServers', 'BackendServer')
      .map(memberOf(action, (entry) => requiredNumber(action, entry, 'Port')))
      .filter(({ port }) => target.port === undefined || port === target.port);
  }

  /** A load balancer without a checked listener has no health to tell: no rows. */
  async describeHealth(
    loadBalancerId: string,
    options: CallOptions,
  ): Promise<readonly HealthRow[]> {
    const action = 'DescribeHealthStatus';
    try {
      const reply = await this.call(action, { LoadBalancerId: loadBalancerId }, options);
      return listAt(action, reply, 'BackendServers', 'BackendServer').map(healthRow);
    } catch (error) {
      const code = error instanceof CloudError ? error.details.code : '';
      if (code === 'ListenerNotFound' || code === 'CheckedListenerNotFound') return [];
      throw error;
    }
  }

  setWeights(
    target: Target,
    changes: readonly WeightChange[],
    options: CallOptions,
  ): Promise<readonly WeightReadBack[]> {
    return new WeightWriter(this.writerOptions()).write(target, changes, options);
  }

  addMembers(
    target: Target,
    additions: readonly WeightChange[],
    options: CallOptions,
  ): Promise<readonly MembershipReadBack[]> {
    return new MemberWriter(this.writerOptions()).add(target, additions, options);
  }

  removeMembers(
    target: Target,
    memberships: readonly Membership[],
    options: CallOptions,
  ): Promise<readonly MembershipReadBack[]> {
    return new MemberWriter(this.writerOptions()).remove(target, memberships, options);
  }

  async loadBalancersOf(serverId: string, options: CallOptions): Promise<readonly string[]> {
    const action = 'DescribeLoadBalancers';
    const pageSize = 100;
    const ids: string[] = [];
    for (let page = 1; ; page += 1) {
      const reply = await this.call(
        action,
        { ServerId: serverId, PageNumber: page, PageSize: pageSize },
        options,
      );
      const entries = listAt(action, reply, 'LoadBalancers', 'LoadBalancer');
      ids.push(...entries.map((entry) => requiredText(action, entry, 'LoadBalancerId')));
      if (entries.length < pageSize) return ids;
    }
  }

  async describeGroups(loadBalancerId: string, options: CallOptions): Promise<readonly string[]> {
    const action = 'DescribeVServerGroups';
    const reply = await this.call(action, { LoadBalancerId: loadBalancerId }, options);
    return listAt(action, reply, 'VServerGroups', 'VServerGroup').map((entry) =>
      requiredText(action, entry, 'VServerGroupId'),
    );
  }

  private writerOptions(): LockOptions & GroupAccess {
    return {
      ...this.options,
      call: (action, query, options) => this.call(action, query, options),
      readMembers: (group, options) => this.describeMembers(group, options),
    };
  }

  private async listeners(
    loadBalancerId: string,
    options: CallOptions,
  ): Promise<readonly ShapeListener[]> {
    const action = 'DescribeLoadBalancerListeners';
    const pages = await allPages((nextToken) =>
      this.call(
        action,
        { LoadBalancerId: [loadBalancerId], MaxResults: 100, NextToken: nextToken },
        options,
      ),
    );
    const listeners = pages
      .flatMap((page) => listAt(action, page, 'Listeners'))
      .map(shapeListener)
      .filter((listener) => listener !== null)
      .sort((one, other) => one.port - other.port);
    const port = listeners.find(
      ({ serverGroupId }) => serverGroupId === DEFAULT_GROUP,
    )?.backendPort;
    this.defaultPorts.set(loadBalancerId, port ?? 0);
    return listeners;
  }

  private async defaultMembers(
    loadBalancerId: string,
    options: CallOptions,
  ): Promise<readonly GroupMember[]> {
    const action = 'DescribeLoadBalancerAttribute';
    const [reply] = await Promise.all([
      this.call(action, { LoadBalancerId: loadBalancerId }, options),
      this.defaultPorts.has(loadBalancerId) ? [] : this.listeners(loadBalancerId, options),
    ]);
    const port = this.defaultPorts.get(loadBalancerId) ?? 0;
    return listAt(action, reply, 'BackendServers', 'BackendServer').map(
      memberOf(action, () => port),
    );
  }

  private call(
    action: string,
    query: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<Fields> {
    const { rpc, regionId } = this.options;
    return rpc.call(
      { product: 'Slb', version: '2014-05-15', action, query: { RegionId: regionId, ...query } },
      options,
    );
  }
}
