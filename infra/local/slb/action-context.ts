import { type Action, type Parameters } from '../contracts';
import { type Backend, type BackendInput, isSameBackend, parseBackendServers } from './backend';
import { slbError } from './errors';
import { type HealthEngine } from './health-engine';
import { type Listener, type ListenerProtocol } from './listener';
import { type GroupReference, type LoadBalancerRecord, type ServerGroup } from './load-balancer';
import { type SlbModel } from './model';
import { choice, required, text, wholeNumber } from './parameters';

/** What the actions of Slb work on. */
export interface SlbContext {
  readonly model: SlbModel;
  readonly health: Pick<HealthEngine, 'shown'>;
}

export type SlbActions = Readonly<Record<string, Action>>;

/** A load balancer of another region is unknown here, as on the vendor's shared endpoint. */
export function requireRegion({ model }: SlbContext, parameters: Parameters): void {
  const regionId = text(parameters, 'RegionId');
  if (regionId !== undefined && regionId !== model.regionId) throw slbError.loadBalancerNotFound();
}

export function namedLoadBalancer(context: SlbContext, parameters: Parameters): LoadBalancerRecord {
  requireRegion(context, parameters);
  return context.model.loadBalancer(required(parameters, 'LoadBalancerId'));
}

export function namedGroup(context: SlbContext, parameters: Parameters): ServerGroup {
  requireRegion(context, parameters);
  return context.model.group(required(parameters, 'VServerGroupId'));
}

export const PROTOCOLS: readonly ListenerProtocol[] = ['tcp', 'udp', 'http'];

export function listenerPort(parameters: Parameters): number {
  required(parameters, 'ListenerPort');
  return wholeNumber(parameters, 'ListenerPort', { min: 1, max: 65_535 }) ?? 0;
}

export function namedListener(
  context: SlbContext,
  parameters: Parameters,
  protocol?: ListenerProtocol,
): Listener {
  const { loadBalancerId } = namedLoadBalancer(context, parameters);
  return context.model.listener(
    loadBalancerId,
    listenerPort(parameters),
    protocol ?? choice(parameters, 'ListenerProtocol', PROTOCOLS),
  );
}

export const namedBackends = (
  parameters: Parameters,
  reference: GroupReference,
  name = 'BackendServers',
): readonly BackendInput[] =>
  parseBackendServers(required(parameters, name), { hasPorts: reference.kind === 'group' });

/** Members that the reply to a change lists: the whole group, or those that the call named. */
export function replyMembers(
  { model }: SlbContext,
  all: readonly Backend[],
  named: readonly BackendInput[],
): readonly Backend[] {
  if (model.behaviour.replyScope === 'whole-group') return all;
  return all.filter((backend) => named.some((input) => isSameBackend(input, backend)));
}

export const tagListReply = ({ model }: SlbContext, resourceId: string): readonly object[] =>
  [...model.tags.of(resourceId)].map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
