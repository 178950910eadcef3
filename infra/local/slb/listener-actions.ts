import { type Action, type Parameters } from '../contracts';
import {
  PROTOCOLS,
  type SlbActions,
  type SlbContext,
  listenerPort,
  namedListener,
  namedLoadBalancer,
  requireRegion,
} from './action-context';
import { slbError } from './errors';
import { type Listener, type ListenerProtocol, listenerId } from './listener';
import {
  changeListenerSettings,
  createListenerSettings,
  requireSchedulerChange,
} from './listener-parameters';
import { listenerAttribute, listenerRow } from './listener-replies';
import { choice, repeated, tagList, text, wholeNumber } from './parameters';

const ROWS_DEFAULT = 20;

/** Calls on listeners: create, set, describe, start, stop, delete. */
export const listenerActions = (context: SlbContext): SlbActions => ({
  ...Object.fromEntries(PROTOCOLS.flatMap((protocol) => protocolActions(context, protocol))),
  StartLoadBalancerListener: (parameters) => {
    context.model.startListener(namedListener(context, parameters));
    return {};
  },
  StopLoadBalancerListener: (parameters) => {
    context.model.stopListener(namedListener(context, parameters));
    return {};
  },
  DeleteLoadBalancerListener: (parameters) => {
    context.model.deleteListener(namedListener(context, parameters));
    return {};
  },
  DescribeLoadBalancerListeners: (parameters) => describeListeners(context, parameters),
});

function protocolActions(
  context: SlbContext,
  protocol: ListenerProtocol,
): readonly (readonly [string, Action])[] {
  const name = protocol.toUpperCase();
  return [
    [
      `CreateLoadBalancer${name}Listener`,
      (parameters) => createListener(context, protocol, parameters),
    ],
    [
      `SetLoadBalancer${name}ListenerAttribute`,
      (parameters) => setListener(context, protocol, parameters),
    ],
    [
      `DescribeLoadBalancer${name}ListenerAttribute`,
      (parameters) => listenerAttribute(context, namedListener(context, parameters, protocol)),
    ],
  ];
}

function createListener(
  context: SlbContext,
  protocol: ListenerProtocol,
  parameters: Parameters,
): object {
  const { loadBalancerId } = namedLoadBalancer(context, parameters);
  const listener = context.model.createListener(
    { loadBalancerId, protocol, port: listenerPort(parameters) },
    createListenerSettings(protocol, parameters),
  );
  context.model.tags.add([listenerId(listener)], tagList(parameters));
  return {};
}

function setListener(
  context: SlbContext,
  protocol: ListenerProtocol,
  parameters: Parameters,
): object {
  const listener = namedListener(context, parameters, protocol);
  const settings = changeListenerSettings(protocol, parameters, listener.settings);
  requireSchedulerChange(listener.settings.scheduler, settings.scheduler);
  if (parameters['DryRun'] !== 'true') context.model.setListener(listener, settings);
  return {};
}

function describeListeners(context: SlbContext, parameters: Parameters): object {
  requireRegion(context, parameters);
  const wanted = wantedListeners(context, parameters);
  const start = startOf(parameters);
  const maxResults = wholeNumber(parameters, 'MaxResults', { min: 1, max: 100 }) ?? ROWS_DEFAULT;
  const end = start + maxResults;
  return {
    Listeners: wanted.slice(start, end).map((listener) => listenerRow(context, listener)),
    MaxResults: maxResults,
    ...(end < wanted.length && { NextToken: Buffer.from(String(end)).toString('base64') }),
    TotalCount: wanted.length,
  };
}

function startOf(parameters: Parameters): number {
  const token = text(parameters, 'NextToken');
  if (token === undefined) return 0;
  const start = Buffer.from(token, 'base64').toString();
  if (!/^\d+$/.test(start))
    throw slbError.invalid('The parameter NextToken is not one that was given out.');
  return Number(start);
}

function wantedListeners(context: SlbContext, parameters: Parameters): readonly Listener[] {
  const ids = repeated(parameters, 'LoadBalancerId');
  const port = wholeNumber(parameters, 'ListenerPort', { min: 1, max: 65_535 });
  const protocol = choice(parameters, 'ListenerProtocol', [...PROTOCOLS, 'https']);
  const description = text(parameters, 'Description');
  const balancers =
    ids.length === 0
      ? context.model.loadBalancers()
      : ids.map((id) => context.model.loadBalancer(id));
  return balancers
    .flatMap(({ loadBalancerId }) => context.model.listenersOf(loadBalancerId))
    .filter(
      (listener) =>
        (port === undefined || listener.port === port) &&
        (protocol === undefined || listener.protocol === protocol),
    )
    .filter(
      (listener) =>
        description === undefined || listener.settings.description.includes(description),
    )
    .filter((listener) => context.model.tags.matches(listenerId(listener), tagList(parameters)));
}
