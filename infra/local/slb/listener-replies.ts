import { type SlbContext, tagListReply } from './action-context';
import { type Listener, type ListenerSettings, listenerId } from './listener';

/** `on` or `off`. */
const onOff = (value: boolean): 'on' | 'off' => (value ? 'on' : 'off');

const optional = (name: string, value: string | number | null): object =>
  value === null || value === '' ? {} : { [name]: value };

/** Fields that every listener shows, alone and in lists. The default group's port is absent when a VServer group is bound. */
const common = ({ loadBalancerId, port, status, settings }: Listener): object => ({
  AclStatus: 'off',
  ...optional(
    'BackendServerPort',
    settings.vServerGroupId === null ? settings.backendServerPort : null,
  ),
  Bandwidth: settings.bandwidth,
  Description: settings.description,
  ListenerPort: port,
  LoadBalancerId: loadBalancerId,
  Scheduler: settings.scheduler,
  Status: status,
  ...optional('VServerGroupId', settings.vServerGroupId),
});

const checkCommon = ({ healthCheck }: ListenerSettings): object => ({
  HealthCheck: onOff(healthCheck.isOn),
  ...optional('HealthCheckConnectPort', healthCheck.connectPort),
  HealthCheckInterval: healthCheck.intervalS,
  HealthyThreshold: healthCheck.healthyThreshold,
  UnhealthyThreshold: healthCheck.unhealthyThreshold,
});

const httpCheck = ({ healthCheck }: ListenerSettings): object => ({
  HealthCheckDomain: healthCheck.domain,
  HealthCheckHttpCode: healthCheck.httpCode,
  HealthCheckMethod: healthCheck.method,
  HealthCheckURI: healthCheck.path,
});

const drain = (settings: ListenerSettings): object => ({
  ConnectionDrain: onOff(settings.connectionDrain),
  ...(settings.connectionDrain && { ConnectionDrainTimeout: settings.connectionDrainTimeoutS }),
});

const tcpFields = (settings: ListenerSettings): object => ({
  ...checkCommon(settings),
  ...(settings.healthCheck.type === 'http' && httpCheck(settings)),
  ...drain(settings),
  EstablishedTimeout: settings.establishedTimeoutS,
  HealthCheckConnectTimeout: settings.healthCheck.timeoutS,
  HealthCheckType: settings.healthCheck.type,
  PersistenceTimeout: settings.persistenceTimeoutS,
});

const udpFields = (settings: ListenerSettings): object => ({
  ...checkCommon(settings),
  HealthCheckConnectTimeout: settings.healthCheck.timeoutS,
  HealthCheckReq: settings.healthCheck.udpRequest,
  HealthCheckExp: settings.healthCheck.udpExpect,
});

const httpFields = (settings: ListenerSettings): object => ({
  ...checkCommon(settings),
  ...httpCheck(settings),
  ...optional('Cookie', settings.cookie),
  ...(settings.stickySession && {
    StickySessionType: settings.stickySessionType,
    CookieTimeout: settings.cookieTimeoutS,
  }),
  Gzip: onOff(settings.gzip),
  HealthCheckTimeout: settings.healthCheck.timeoutS,
  IdleTimeout: settings.idleTimeoutS,
  ListenerForward: 'off',
  RequestTimeout: settings.requestTimeoutS,
  StickySession: onOff(settings.stickySession),
  XForwardedFor: onOff(settings.xForwardedFor),
});

const FIELDS = { tcp: tcpFields, udp: udpFields, http: httpFields };

/** Reply of DescribeLoadBalancer{TCP,UDP,HTTP}ListenerAttribute: flat. */
export const listenerAttribute = (context: SlbContext, listener: Listener): object => ({
  ...common(listener),
  ...FIELDS[listener.protocol](listener.settings),
  ...(listener.protocol === 'tcp' && { ProxyProtocolV2Enabled: false, SynProxy: 'enable' }),
  ...(listener.protocol === 'http' && { Rules: { Rule: [] }, SecurityStatus: 'off' }),
  AclIds: { AclId: [] },
  Tags: { Tag: tagListReply(context, listenerId(listener)) },
});

/** Row of DescribeLoadBalancerListeners: settings in a config of its protocol, lists as plain arrays. */
export const listenerRow = (context: SlbContext, listener: Listener): object => ({
  ...common(listener),
  ListenerProtocol: listener.protocol,
  AclIds: [],
  Tags: tagListReply(context, listenerId(listener)),
  [`${listener.protocol.toUpperCase()}ListenerConfig`]: FIELDS[listener.protocol](
    listener.settings,
  ),
});
