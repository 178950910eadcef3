import { type Action, type Parameters } from '../contracts';
import {
  type SlbActions,
  type SlbContext,
  namedBackends,
  namedGroup,
  namedLoadBalancer,
  replyMembers,
  tagListReply,
} from './action-context';
import { type Backend, type BackendInput } from './backend';
import { slbError } from './errors';
import { type GroupReference, type ServerGroup } from './load-balancer';
import { isTrue, tagList, text } from './parameters';
import { minuteText } from '../time-text';

type Change = 'addBackends' | 'setBackends' | 'removeBackends';

/** Calls on the default group (Add-, Set-, RemoveBackendServers) and on VServer groups. */
export const backendActions = (context: SlbContext): SlbActions => ({
  AddBackendServers: changeDefault(context, 'addBackends', weightAsText),
  SetBackendServers: changeDefault(context, 'setBackends', weightAsText),
  RemoveBackendServers: changeDefault(context, 'removeBackends', weightAsNumber),
  CreateVServerGroup: (parameters) => createGroup(context, parameters),
  DescribeVServerGroups: (parameters) => describeGroups(context, parameters),
  DescribeVServerGroupAttribute: (parameters) =>
    describeGroup(context, namedGroup(context, parameters)),
  SetVServerGroupAttribute: (parameters) => setGroup(context, parameters),
  AddVServerGroupBackendServers: changeGroup(context, 'addBackends', withPort),
  RemoveVServerGroupBackendServers: changeGroup(context, 'removeBackends', withPortOnly),
  ModifyVServerGroupBackendServers: (parameters) => modifyGroup(context, parameters),
  DeleteVServerGroup: (parameters) => {
    context.model.deleteGroup(namedGroup(context, parameters).groupId);
    return {};
  },
});

/** Add and Set answer the weight as text, Remove as a number. */
const weightAsText = (backend: Backend): object => ({
  Description: backend.description,
  ServerId: backend.serverId,
  Type: backend.type,
  Weight: String(backend.weight),
});
const weightAsNumber = (backend: Backend): object => ({
  ...weightAsText(backend),
  Weight: backend.weight,
});
const withPortOnly = (backend: Backend): object => ({
  Port: backend.port,
  ServerId: backend.serverId,
  Type: backend.type,
  Weight: backend.weight,
});
const withPort = (backend: Backend): object => ({
  Description: backend.description,
  ...withPortOnly(backend),
});

const changeDefault =
  (context: SlbContext, change: Change, row: (backend: Backend) => object): Action =>
  (parameters) => {
    const { loadBalancerId } = namedLoadBalancer(context, parameters);
    const reference: GroupReference = { kind: 'default', loadBalancerId };
    const inputs = namedBackends(parameters, reference);
    const after = context.model[change](reference, inputs);
    return { LoadBalancerId: loadBalancerId, BackendServers: listed(context, after, inputs, row) };
  };

const changeGroup =
  (context: SlbContext, change: Change, row: (backend: Backend) => object): Action =>
  (parameters) => {
    const { groupId } = namedGroup(context, parameters);
    const reference: GroupReference = { kind: 'group', groupId };
    const inputs = namedBackends(parameters, reference);
    const after = context.model[change](reference, inputs);
    return { VServerGroupId: groupId, BackendServers: listed(context, after, inputs, row) };
  };

const listed = (
  context: SlbContext,
  after: readonly Backend[],
  inputs: readonly BackendInput[],
  row: (backend: Backend) => object,
): object => ({
  BackendServer: replyMembers(context, after, inputs).map(row),
});

function createGroup(context: SlbContext, parameters: Parameters): object {
  const { loadBalancerId } = namedLoadBalancer(context, parameters);
  const name = text(parameters, 'VServerGroupName') ?? '';
  if (name.length > 80) throw slbError.invalid('VServerGroupName has at most 80 characters.');
  const inputs =
    text(parameters, 'BackendServers') === undefined
      ? []
      : namedBackends(parameters, { kind: 'group', groupId: '' });
  const group = context.model.createGroup(loadBalancerId, name, inputs);
  context.model.tags.add([group.groupId], tagList(parameters));
  return {
    VServerGroupId: group.groupId,
    BackendServers: { BackendServer: group.backends.map(withPort) },
  };
}

function describeGroups(context: SlbContext, parameters: Parameters): object {
  const { loadBalancerId } = namedLoadBalancer(context, parameters);
  const name = text(parameters, 'Description');
  const groups = context.model
    .groupsOf(loadBalancerId)
    .filter(
      (group) =>
        (name === undefined || group.name.includes(name)) &&
        context.model.tags.matches(group.groupId, tagList(parameters)),
    );
  return {
    VServerGroups: {
      VServerGroup: groups.map((group) =>
        groupRow(context, group, isTrue(parameters, 'IncludeListener')),
      ),
    },
  };
}

const groupRow = (context: SlbContext, group: ServerGroup, hasListeners: boolean): object => ({
  AssociatedObjects: {
    Listeners: { Listener: hasListeners ? listenersOfGroup(context, group) : [] },
    Rules: { Rule: [] },
  },
  CreateTime: minuteText(group.createdAt),
  ServerCount: group.backends.length,
  Tags: { Tag: tagListReply(context, group.groupId) },
  VServerGroupId: group.groupId,
  VServerGroupName: group.name,
});

const listenersOfGroup = ({ model }: SlbContext, group: ServerGroup): readonly object[] =>
  model
    .listenersOf(group.loadBalancerId)
    .filter(({ settings }) => settings.vServerGroupId === group.groupId)
    .map(({ port, protocol }) => ({ Port: port, Protocol: protocol }));

const describeGroup = (context: SlbContext, group: ServerGroup): object => ({
  BackendServers: {
    BackendServer: group.backends.map((backend) => ({
      ...withPort(backend),
      ServerIp: backend.serverIp,
    })),
  },
  CreateTime: minuteText(group.createdAt),
  LoadBalancerId: group.loadBalancerId,
  Tags: { Tag: tagListReply(context, group.groupId) },
  VServerGroupId: group.groupId,
  VServerGroupName: group.name,
});

function setGroup(context: SlbContext, parameters: Parameters): object {
  const { groupId } = namedGroup(context, parameters);
  const reference: GroupReference = { kind: 'group', groupId };
  const inputs =
    text(parameters, 'BackendServers') === undefined ? [] : namedBackends(parameters, reference);
  const name = text(parameters, 'VServerGroupName');
  if (name !== undefined) context.model.renameGroup(groupId, name);
  const after =
    inputs.length === 0
      ? context.model.backends(reference)
      : context.model.setBackends(reference, inputs);
  return {
    VServerGroupId: groupId,
    VServerGroupName: context.model.group(groupId).name,
    BackendServers: listed(context, after, inputs.length === 0 ? after : inputs, withPort),
  };
}

function modifyGroup(context: SlbContext, parameters: Parameters): object {
  const { groupId } = namedGroup(context, parameters);
  const reference: GroupReference = { kind: 'group', groupId };
  const old = namedBackends(parameters, reference, 'OldBackendServers');
  const fresh = namedBackends(parameters, reference, 'NewBackendServers');
  const after = context.model.replaceBackends(reference, { old, new: fresh });
  return { VServerGroupId: groupId, BackendServers: listed(context, after, fresh, withPort) };
}
