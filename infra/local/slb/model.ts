import { type InstanceDirectory, type LocalClock, type TimeProfile } from '../contracts';
import { type Backend, type BackendInput } from './backend';
import { DEFAULT_BEHAVIOUR, type SlbBehaviour } from './behaviour';
import { type ChangeScope, ConfigurationLock } from './configuration-lock';
import { slbError } from './errors';
import { type Listener, type ListenerKey, type ListenerSettings, listenerId } from './listener';
import {
  type GroupReference,
  type LoadBalancerRecord,
  type RouteMember,
  type ServerGroup,
} from './load-balancer';
import {
  addMembers,
  removeMembers,
  replaceMembers,
  requireAttachable,
  setMembers,
} from './membership';
import { SlbState } from './state';

const LISTENERS_PER_LOAD_BALANCER = 50;

export interface SlbModelOptions {
  readonly clock: LocalClock;
  readonly profile: Pick<TimeProfile, 'configurationLockMs'>;
  readonly directory: InstanceDirectory;
  readonly regionId: string;
  readonly behaviour?: Partial<SlbBehaviour>;
  /** Address of the n-th load balancer, counted from 0, when the caller names none. */
  readonly allocateAddress?: (index: number) => string;
  /** What ids of load balancers and server groups begin with, after `lb-` and `rsp-`. */
  readonly idPrefix?: string;
  /** Backends a load balancer may have, all groups together. */
  readonly backendQuota?: number;
}

export type LoadBalancerInput = Partial<
  Omit<LoadBalancerRecord, 'loadBalancerId' | 'createdAt' | 'status' | 'backends'>
>;

const loopbackAddress = (index: number): string =>
  `127.65.${Math.floor(index / 250)}.${(index % 250) + 1}`;

/**
 * State and rules of CLB: load balancers, listeners, default groups and VServer groups. A change is readable at once and takes effect in
 * traffic and health checks when it has been applied, `configurationLockMs` later; until then further changes of the same load balancer
 * are refused. All changing methods throw `VendorError` with the vendor's codes, and then nothing was changed.
 */
export class SlbModel extends SlbState {
  readonly behaviour: SlbBehaviour;
  readonly regionId: string;
  private readonly options: SlbModelOptions;
  private readonly lock: ConfigurationLock;
  private readonly subscribers = new Set<(loadBalancerId: string) => void>();
  private isProvisioning = false;
  private created = 0;

  constructor(options: SlbModelOptions) {
    super();
    this.options = options;
    this.regionId = options.regionId;
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour };
    this.lock = new ConfigurationLock(options.clock, options.profile.configurationLockMs);
  }

  /** Calls back each time changes of a load balancer have been applied. Returns a function that ends it. */
  onApplied(callback: (loadBalancerId: string) => void): () => void {
    this.subscribers.add(callback);
    return () => void this.subscribers.delete(callback);
  }

  /** Makes changes as if they had been made long ago: no configuration lock, applied at once. For laying out a world. */
  provision<T>(change: () => T): T {
    this.isProvisioning = true;
    try {
      return change();
    } finally {
      this.isProvisioning = false;
    }
  }

  createLoadBalancer(input: LoadBalancerInput = {}): LoadBalancerRecord {
    const index = this.created++;
    const balancer: LoadBalancerRecord = {
      loadBalancerId: this.newId('lb', index + 1),
      name: input.name ?? `auto_named_slb_${index + 1}`,
      address: input.address ?? (this.options.allocateAddress ?? loopbackAddress)(index),
      addressType: input.addressType ?? 'internet',
      vpcId: input.vpcId ?? '',
      vSwitchId: input.vSwitchId ?? '',
      spec: input.spec ?? 'slb.s2.small',
      bandwidth: input.bandwidth ?? 5120,
      deleteProtection: input.deleteProtection ?? 'off',
      createdAt: this.options.clock.now(),
      status: 'active',
      backends: [],
    };
    this.balancers.set(balancer.loadBalancerId, balancer);
    return balancer;
  }

  private newId(kind: 'lb' | 'rsp', count: number): string {
    return `${kind}-${this.options.idPrefix ?? ''}${String(count).padStart(8, '0')}`;
  }

  deleteLoadBalancer(loadBalancerId: string): void {
    const { deleteProtection } = this.requireChangeable(loadBalancerId, { kind: 'service' });
    if (deleteProtection === 'on') throw slbError.protectedFromDeletion();
    for (const listener of this.listenersOf(loadBalancerId))
      this.listeners.delete(listenerId(listener));
    for (const group of this.groupsOf(loadBalancerId)) this.groups.delete(group.groupId);
    this.balancers.delete(loadBalancerId);
    this.publish(loadBalancerId);
  }

  setLoadBalancerStatus(loadBalancerId: string, status: 'active' | 'inactive'): void {
    const balancer = this.requireChangeable(loadBalancerId, { kind: 'service' });
    this.balancers.set(loadBalancerId, { ...balancer, status });
    this.changed(loadBalancerId, { kind: 'service' });
  }

  /** Locks a load balancer as the vendor does for arrears or security: every change is refused, traffic goes on. */
  lockLoadBalancer(loadBalancerId: string, isLocked: boolean): void {
    this.balancers.set(loadBalancerId, {
      ...this.loadBalancer(loadBalancerId),
      status: isLocked ? 'locked' : 'active',
    });
  }

  createListener(key: ListenerKey, settings: ListenerSettings): Listener {
    this.requireChangeable(key.loadBalancerId, { kind: 'service' });
    const existing = this.listenersOf(key.loadBalancerId);
    if (
      existing.some(
        (one) => one.port === key.port && (one.protocol === 'udp') === (key.protocol === 'udp'),
      )
    )
      throw slbError.listenerExists();
    if (existing.length >= LISTENERS_PER_LOAD_BALANCER) throw slbError.tooManyListeners();
    this.requireGroupOf(key.loadBalancerId, settings.vServerGroupId);
    return this.saveListener({ ...key, status: 'stopped', settings });
  }

  setListener(listener: Listener, settings: ListenerSettings): Listener {
    this.requireChangeable(listener.loadBalancerId, { kind: 'service' });
    this.requireGroupOf(listener.loadBalancerId, settings.vServerGroupId);
    return this.saveListener({ ...listener, settings });
  }

  startListener(listener: Listener): void {
    this.requireChangeable(listener.loadBalancerId, { kind: 'service' });
    if (listener.status !== 'stopped') throw slbError.listenerState(listener.status);
    this.saveListener({ ...listener, status: 'running' });
  }

  stopListener(listener: Listener): void {
    this.requireChangeable(listener.loadBalancerId, { kind: 'service' });
    if (listener.status !== 'running') throw slbError.listenerState(listener.status);
    this.saveListener({ ...listener, status: 'stopped' });
  }

  /** Deleting the last listener makes the load balancer inactive. */
  deleteListener(listener: Listener): void {
    const balancer = this.requireChangeable(listener.loadBalancerId, { kind: 'service' });
    this.listeners.delete(listenerId(listener));
    if (this.listenersOf(balancer.loadBalancerId).length === 0)
      this.balancers.set(balancer.loadBalancerId, { ...balancer, status: 'inactive' });
    this.changed(listener.loadBalancerId, { kind: 'service' });
  }

  createGroup(loadBalancerId: string, name: string, inputs: readonly BackendInput[]): ServerGroup {
    const groupId = this.newId('rsp', ++this.created);
    const balancer = this.requireChangeable(loadBalancerId, { kind: 'group', groupId });
    requireAttachable(inputs, balancer, this.options.directory);
    const group: ServerGroup = {
      groupId,
      loadBalancerId,
      name,
      createdAt: this.options.clock.now(),
      backends: [],
    };
    this.requireQuota(loadBalancerId, inputs.length);
    this.groups.set(groupId, { ...group, backends: addMembers([], inputs, this.behaviour) });
    this.changed(loadBalancerId, { kind: 'group', groupId });
    return this.group(groupId);
  }

  renameGroup(groupId: string, name: string): void {
    const group = this.group(groupId);
    this.requireChangeable(group.loadBalancerId, { kind: 'group', groupId });
    this.groups.set(groupId, { ...group, name });
  }

  deleteGroup(groupId: string): void {
    const { loadBalancerId } = this.group(groupId);
    this.requireChangeable(loadBalancerId, { kind: 'group', groupId });
    if (
      this.listenersOf(loadBalancerId).some(({ settings }) => settings.vServerGroupId === groupId)
    )
      throw slbError.groupInUse();
    this.groups.delete(groupId);
    this.changed(loadBalancerId, { kind: 'group', groupId });
  }

  /** Instances must be running and in the load balancer's network. Returns the group's members. */
  addBackends(reference: GroupReference, inputs: readonly BackendInput[]): readonly Backend[] {
    return this.changeBackends(reference, (backends, balancer) => {
      requireAttachable(inputs, balancer, this.options.directory);
      return addMembers(backends, inputs, this.behaviour);
    });
  }

  /** Changes weights and descriptions of the members named; others keep theirs. */
  setBackends(reference: GroupReference, inputs: readonly BackendInput[]): readonly Backend[] {
    return this.changeBackends(reference, (backends) =>
      setMembers(backends, inputs, this.behaviour),
    );
  }

  /** Passes over backends that are not members. */
  removeBackends(reference: GroupReference, inputs: readonly BackendInput[]): readonly Backend[] {
    return this.changeBackends(reference, (backends) => removeMembers(backends, inputs));
  }

  /** Swaps old members for new ones in one change. */
  replaceBackends(
    reference: GroupReference,
    change: { readonly old: readonly BackendInput[]; readonly new: readonly BackendInput[] },
  ): readonly Backend[] {
    return this.changeBackends(reference, (backends, balancer) => {
      requireAttachable(change.new, balancer, this.options.directory);
      return replaceMembers(backends, change.old, change.new);
    });
  }

  /** Backends as a listener reaches them now, each with its instance's present address. */
  route(listener: Listener): readonly RouteMember[] {
    const { vServerGroupId, backendServerPort } = listener.settings;
    const backends =
      vServerGroupId === null
        ? this.balancers.get(listener.loadBalancerId)?.backends
        : this.groups.get(vServerGroupId)?.backends;
    return (backends ?? []).map((backend) => ({
      serverId: backend.serverId,
      address: this.options.directory.find(backend.serverId)?.address ?? backend.serverIp,
      port: vServerGroupId === null ? (backendServerPort ?? 0) : backend.port,
      weight: backend.weight,
    }));
  }

  private changeBackends(
    reference: GroupReference,
    change: (backends: readonly Backend[], balancer: LoadBalancerRecord) => readonly Backend[],
  ): readonly Backend[] {
    const group = reference.kind === 'group' ? this.group(reference.groupId) : undefined;
    const loadBalancerId =
      group?.loadBalancerId ?? (reference as { loadBalancerId: string }).loadBalancerId;
    const scope: ChangeScope =
      group === undefined ? { kind: 'backends' } : { kind: 'group', groupId: group.groupId };
    const balancer = this.requireChangeable(loadBalancerId, scope);
    const before = this.backends(reference);
    const after = change(before, balancer);
    this.requireQuota(loadBalancerId, after.length - before.length);
    if (group === undefined) this.balancers.set(loadBalancerId, { ...balancer, backends: after });
    else this.groups.set(group.groupId, { ...group, backends: after });
    this.changed(loadBalancerId, scope);
    return after;
  }

  private requireChangeable(loadBalancerId: string, scope: ChangeScope): LoadBalancerRecord {
    const balancer = this.loadBalancer(loadBalancerId);
    if (balancer.status === 'locked') throw slbError.locked();
    if (!this.isProvisioning) this.lock.check(loadBalancerId, scope);
    return balancer;
  }

  private requireGroupOf(loadBalancerId: string, groupId: string | null): void {
    if (groupId !== null && this.group(groupId).loadBalancerId !== loadBalancerId)
      throw slbError.groupOfOther();
  }

  private requireQuota(loadBalancerId: string, added: number): void {
    const present = [this.loadBalancer(loadBalancerId), ...this.groupsOf(loadBalancerId)].reduce(
      (sum, { backends }) => sum + backends.length,
      0,
    );
    if (added > 0 && present + added > (this.options.backendQuota ?? 200))
      throw slbError.backendQuota();
  }

  private saveListener(listener: Listener): Listener {
    this.listeners.set(listenerId(listener), listener);
    this.changed(listener.loadBalancerId, { kind: 'service' });
    return listener;
  }

  private changed(loadBalancerId: string, scope: ChangeScope): void {
    if (this.isProvisioning) {
      this.publish(loadBalancerId);
      return;
    }
    this.lock.hold(loadBalancerId, scope);
    this.options.clock.after(this.options.profile.configurationLockMs, () =>
      this.publish(loadBalancerId),
    );
  }

  private publish(loadBalancerId: string): void {
    for (const subscriber of this.subscribers) subscriber(loadBalancerId);
  }
}
