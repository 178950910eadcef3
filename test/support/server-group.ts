import { refuse, ScriptedRpc } from './scripted-rpc';

interface Sent {
  readonly ServerId: string;
  readonly Port?: number;
  readonly Weight?: number;
}

export interface ServerGroupOptions {
  readonly members?: Readonly<Record<string, number>>;
  /** Members that it may have at most. */
  readonly capacity?: number;
  readonly notRunning?: readonly string[];
  /** Accepted changes show after so many reads. */
  readonly readsBehind?: number;
  /** Runs before each write; may refuse it, or return `lost` to apply it and lose the reply. */
  readonly beforeWrite?: (servers: readonly Sent[], write: number) => 'lost' | undefined;
}

export type ServerGroup = ScriptedRpc & {
  readonly weights: Map<string, number>;
  /** Ids of each call, in order. */
  readonly sent: (action: string) => readonly (readonly string[])[];
};

const listOf = (query: Readonly<Record<string, unknown>>): readonly Sent[] =>
  JSON.parse(query['BackendServers'] as string) as readonly Sent[];

/** One default group and one VServer group with the same members, which servers join and leave as the vendor documents. */
export function serverGroup(options: ServerGroupOptions = {}): ServerGroup {
  const { capacity = 200, notRunning = [], readsBehind = 0, beforeWrite } = options;
  const weights = new Map(Object.entries(options.members ?? {}));
  let shown = new Map(weights);
  let readsLeft = 0;
  let writes = 0;
  const change = (action: string, apply: (servers: readonly Sent[]) => void) => {
    return (query: Readonly<Record<string, unknown>>) => {
      const servers = listOf(query);
      if (servers.length > 20) refuse(action, 400, 'TooManyBackendServers');
      const fate = beforeWrite?.(servers, (writes += 1));
      apply(servers);
      readsLeft = readsBehind;
      if (fate === 'lost') refuse(action, 500, 'InternalError');
      return { BackendServers: { BackendServer: [] } };
    };
  };
  const add = (action: string) =>
    change(action, (servers) => {
      if (servers.some(({ ServerId }) => weights.has(ServerId)))
        refuse(action, 400, 'InvalidParameter');
      if (servers.some(({ ServerId }) => notRunning.includes(ServerId)))
        refuse(action, 400, 'ObtainIpFail');
      if (weights.size + servers.length > capacity)
        refuse(action, 400, 'InstanceBackendServerNumberOverLimit');
      for (const { ServerId, Weight = 100 } of servers) weights.set(ServerId, Weight);
    });
  const remove = (action: string) =>
    change(action, (servers) => {
      for (const { ServerId } of servers) weights.delete(ServerId);
    });
  const members = (withPort: boolean) => {
    if (readsLeft > 0) readsLeft -= 1;
    else shown = new Map(weights);
    return {
      BackendServers: {
        BackendServer: [...shown].map(([ServerId, Weight]) => ({
          ServerId,
          Weight,
          Type: 'ecs',
          ...(withPort ? { Port: 8080 } : {}),
        })),
      },
    };
  };
  const rpc = new ScriptedRpc({
    AddBackendServers: add('AddBackendServers'),
    AddVServerGroupBackendServers: add('AddVServerGroupBackendServers'),
    RemoveBackendServers: remove('RemoveBackendServers'),
    RemoveVServerGroupBackendServers: remove('RemoveVServerGroupBackendServers'),
    DescribeLoadBalancerAttribute: () => members(false),
    DescribeVServerGroupAttribute: () => members(true),
    DescribeLoadBalancerListeners: () => ({
      Listeners: [{ ListenerPort: 80, ListenerProtocol: 'http', BackendServerPort: 8080 }],
    }),
  });
  const sent = (action: string) =>
    rpc.queries(action).map((query) => listOf(query).map(({ ServerId }) => ServerId));
  return Object.assign(rpc, { weights, sent });
}
