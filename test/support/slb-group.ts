import { refuse, ScriptedRpc } from './scripted-rpc';

interface Server {
  readonly ServerId: string;
  readonly Port?: number;
  readonly Weight: number;
}

export interface SlbGroupOptions {
  readonly servers: readonly Server[];
  /** Runs before each write; may refuse it, or return `lost` to apply it and lose the reply. */
  readonly beforeWrite?: (servers: readonly Server[], write: number) => 'lost' | undefined;
}

/** One default group and one VServer group with the same servers, behaving as the vendor documents. */
export function slbGroup({
  servers,
  beforeWrite,
}: SlbGroupOptions): ScriptedRpc & { readonly weights: Map<string, number> } {
  const weights = new Map(servers.map(({ ServerId, Weight }) => [ServerId, Weight]));
  let writes = 0;
  const set = (action: string) => (query: Readonly<Record<string, unknown>>) => {
    const sent = JSON.parse(query['BackendServers'] as string) as readonly Server[];
    if (sent.length > 20) refuse(action, 400, 'TooManyBackendServers');
    writes += 1;
    const fate = beforeWrite?.(sent, writes);
    if (sent.some(({ ServerId }) => !weights.has(ServerId)))
      refuse(action, 404, 'InvalidServerId.NotFound');
    for (const { ServerId, Weight } of sent) weights.set(ServerId, Weight);
    if (fate === 'lost') refuse(action, 500, 'InternalError');
    return {
      BackendServers: {
        BackendServer: sent.map((one) => ({ ...one, Weight: String(one.Weight) })),
      },
    };
  };
  const members = (withPort: boolean) => ({
    BackendServer: [...weights].map(([ServerId, Weight]) => ({
      ServerId,
      Weight: String(Weight),
      Type: 'ecs',
      ...(withPort ? { Port: 8080 } : {}),
    })),
  });
  const rpc = new ScriptedRpc({
    SetBackendServers: set('SetBackendServers'),
    SetVServerGroupAttribute: set('SetVServerGroupAttribute'),
    DescribeLoadBalancerAttribute: () => ({
      LoadBalancerStatus: 'active',
      BackendServers: members(false),
    }),
    DescribeVServerGroupAttribute: () => ({ BackendServers: members(true) }),
    DescribeLoadBalancerListeners: () => ({
      Listeners: [
        {
          ListenerPort: 80,
          ListenerProtocol: 'http',
          BackendServerPort: 8080,
          Status: 'running',
          HTTPListenerConfig: { HealthCheck: 'on' },
        },
      ],
    }),
  });
  return Object.assign(rpc, { weights });
}
