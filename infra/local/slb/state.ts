import { type Backend } from './backend';
import { slbError } from './errors';
import { type Listener, type ListenerProtocol } from './listener';
import { type GroupReference, type LoadBalancerRecord, type ServerGroup } from './load-balancer';
import { TagStore } from './tags';

/** What there is: load balancers, listeners and VServer groups, and how they are found. Lookups throw `VendorError` 404. */
export abstract class SlbState {
  readonly tags = new TagStore();
  protected readonly balancers = new Map<string, LoadBalancerRecord>();
  protected readonly listeners = new Map<string, Listener>();
  protected readonly groups = new Map<string, ServerGroup>();

  loadBalancers(): readonly LoadBalancerRecord[] {
    return [...this.balancers.values()];
  }

  loadBalancer(loadBalancerId: string): LoadBalancerRecord {
    const balancer = this.balancers.get(loadBalancerId);
    if (balancer === undefined) throw slbError.loadBalancerNotFound();
    return balancer;
  }

  listenersOf(loadBalancerId: string): readonly Listener[] {
    return [...this.listeners.values()].filter(
      (listener) => listener.loadBalancerId === loadBalancerId,
    );
  }

  /** Throws 404 ListenerNotFound. Without a protocol the only listener on the port is meant. */
  listener(loadBalancerId: string, port: number, protocol?: ListenerProtocol): Listener {
    this.loadBalancer(loadBalancerId);
    const found = this.listenersOf(loadBalancerId).filter(
      (one) => one.port === port && (protocol === undefined || one.protocol === protocol),
    );
    if (found.length > 1) throw slbError.missing('ListenerProtocol');
    if (found[0] === undefined) throw slbError.listenerNotFound();
    return found[0];
  }

  groupsOf(loadBalancerId: string): readonly ServerGroup[] {
    return [...this.groups.values()].filter((group) => group.loadBalancerId === loadBalancerId);
  }

  group(groupId: string): ServerGroup {
    const group = this.groups.get(groupId);
    if (group === undefined) throw slbError.groupNotFound();
    return group;
  }

  /** Members of a group. Throws when the group or load balancer does not exist. */
  backends(reference: GroupReference): readonly Backend[] {
    return reference.kind === 'default'
      ? this.loadBalancer(reference.loadBalancerId).backends
      : this.group(reference.groupId).backends;
  }

  /** Whether the listener takes traffic: running, and its load balancer not inactive. */
  isServing(listener: Listener): boolean {
    return (
      listener.status === 'running' &&
      this.balancers.get(listener.loadBalancerId)?.status !== 'inactive'
    );
  }
}
