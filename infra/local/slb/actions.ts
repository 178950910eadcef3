import { type LocalService, type Parameters } from '../contracts';
import {
  PROTOCOLS,
  type SlbActions,
  type SlbContext,
  listenerPort,
  namedLoadBalancer,
  requireRegion,
} from './action-context';
import { backendActions } from './backend-actions';
import { slbError } from './errors';
import { type HealthEngine } from './health-engine';
import { type Listener } from './listener';
import { listenerActions } from './listener-actions';
import { loadBalancerActions } from './load-balancer-actions';
import { type SlbModel } from './model';
import { choice, isTrue, repeated, required, tagList, text } from './parameters';

/**
 * Slb 2014-05-15 as far as healing needs it: one function per API action. They throw `VendorError` with the vendor's codes and statuses.
 * Replies carry no `RequestId`; whoever serves them adds it.
 */
export function slbService(model: SlbModel, health: Pick<HealthEngine, 'shown'>): LocalService {
  const context: SlbContext = { model, health };
  return {
    product: 'Slb',
    version: '2014-05-15',
    actions: {
      ...loadBalancerActions(context),
      ...listenerActions(context),
      ...backendActions(context),
      ...tagActions(context),
      DescribeHealthStatus: (parameters) => describeHealthStatus(context, parameters),
    },
  };
}

/** One row per listener and backend; without `ListenerPort` for every listener. */
function describeHealthStatus(context: SlbContext, parameters: Parameters): object {
  const { loadBalancerId } = namedLoadBalancer(context, parameters);
  const protocol = choice(parameters, 'ListenerProtocol', [...PROTOCOLS, 'https']);
  const port =
    text(parameters, 'ListenerPort') === undefined ? undefined : listenerPort(parameters);
  const listeners = context.model
    .listenersOf(loadBalancerId)
    .filter(
      (listener) =>
        (port === undefined || listener.port === port) &&
        (protocol === undefined || listener.protocol === protocol),
    );
  if (port !== undefined && listeners.length === 0) throw slbError.listenerNotFound();
  return {
    BackendServers: {
      BackendServer: listeners.flatMap((listener) => healthRows(context, listener)),
    },
  };
}

const healthRows = ({ model, health }: SlbContext, listener: Listener): readonly object[] =>
  model.route(listener).map((member) => ({
    ListenerPort: listener.port,
    Port: member.port,
    Protocol: listener.protocol,
    ServerHealthStatus: health.shown(listener, member),
    ServerId: member.serverId,
    ServerIp: member.address,
  }));

const RESOURCE_TYPES = [
  'instance',
  'certificate',
  'acl',
  'listener',
  'vservergroup',
  'masterslaveservergroup',
] as const;

const tagActions = (context: SlbContext): SlbActions => ({
  TagResources: (parameters) => {
    const { resourceIds } = taggedResources(context, parameters);
    const tags = tagList(parameters);
    if (tags.length === 0) throw slbError.missing('Tag.1.Key');
    context.model.tags.add(resourceIds, tags);
    return {};
  },
  UntagResources: (parameters) => {
    const { resourceIds } = taggedResources(context, parameters);
    context.model.tags.remove(
      resourceIds,
      isTrue(parameters, 'All') ? null : repeated(parameters, 'TagKey'),
    );
    return {};
  },
  ListTagResources: (parameters) => listTagResources(context, parameters),
});

function taggedResources(
  context: SlbContext,
  parameters: Parameters,
): { readonly type: string; readonly resourceIds: readonly string[] } {
  const type = resourceType(context, parameters);
  const resourceIds = repeated(parameters, 'ResourceId');
  if (resourceIds.length === 0) throw slbError.missing('ResourceId.1');
  if (resourceIds.length > 20) throw slbError.invalid('At most 20 resources can be named.');
  for (const id of resourceIds) requireResource(context, type, id);
  return { type, resourceIds };
}

function resourceType(context: SlbContext, parameters: Parameters): string {
  requireRegion(context, parameters);
  required(parameters, 'ResourceType');
  return choice(parameters, 'ResourceType', RESOURCE_TYPES) ?? 'instance';
}

function requireResource({ model }: SlbContext, type: string, id: string): void {
  if (type === 'instance') model.loadBalancer(id);
  if (type === 'vservergroup') model.group(id);
}

function listTagResources(context: SlbContext, parameters: Parameters): object {
  const ResourceType = resourceType(context, parameters);
  const named = repeated(parameters, 'ResourceId');
  const ids =
    named.length > 0
      ? named
      : context.model.loadBalancers().map(({ loadBalancerId }) => loadBalancerId);
  const rows = ids
    .filter((id) => context.model.tags.matches(id, tagList(parameters)))
    .flatMap((ResourceId) =>
      [...context.model.tags.of(ResourceId)].map(([TagKey, TagValue]) => ({
        ResourceId,
        ResourceType,
        TagKey,
        TagValue,
      })),
    );
  return { TagResources: { TagResource: rows } };
}
