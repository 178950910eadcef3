import { type Parameters } from '../contracts';
import { slbError } from './errors';
import {
  type HealthCheckConfiguration,
  type ListenerProtocol,
  type ListenerSettings,
  type Scheduler,
  listenerDefaults,
} from './listener';
import { choice, isOn, required, text, wholeNumber } from './parameters';

const SCHEDULERS: Readonly<Record<ListenerProtocol, readonly Scheduler[]>> = {
  tcp: ['wrr', 'rr', 'wlc', 'sch', 'tch'],
  udp: ['wrr', 'rr', 'wlc', 'sch', 'tch', 'qch'],
  http: ['wrr', 'rr', 'wlc'],
};
const PORT = { min: 1, max: 65_535 };
const THRESHOLD = { min: 2, max: 10 };
const HTTP_CODE = /^http_[2-5]xx(,http_[2-5]xx)*$/;

/** Settings of a listener to create. Throws `VendorError` MissingParameter or InvalidParameter. */
export function createListenerSettings(
  protocol: ListenerProtocol,
  parameters: Parameters,
): ListenerSettings {
  if (protocol === 'http') required(parameters, 'HealthCheck');
  else required(parameters, 'Bandwidth');
  return changeListenerSettings(protocol, parameters, listenerDefaults(protocol));
}

/** `base` with what the parameters name. Throws `VendorError` MissingParameter or InvalidParameter. */
export function changeListenerSettings(
  protocol: ListenerProtocol,
  parameters: Parameters,
  base: ListenerSettings,
): ListenerSettings {
  const settings: ListenerSettings = {
    ...base,
    ...binding(parameters, base),
    description: text(parameters, 'Description') ?? base.description,
    bandwidth: wholeNumber(parameters, 'Bandwidth', { min: -1, max: 5120 }) ?? base.bandwidth,
    scheduler: choice(parameters, 'Scheduler', SCHEDULERS[protocol]) ?? base.scheduler,
    healthCheck: healthCheck(protocol, parameters, base.healthCheck),
    ...(protocol === 'http' ? layerSeven(parameters, base) : layerFour(parameters, base)),
  };
  requireCompanions(protocol, parameters, settings);
  return settings;
}

const binding = (
  parameters: Parameters,
  base: ListenerSettings,
): Pick<ListenerSettings, 'backendServerPort' | 'vServerGroupId'> => ({
  backendServerPort: wholeNumber(parameters, 'BackendServerPort', PORT) ?? base.backendServerPort,
  vServerGroupId:
    isOn(parameters, 'VServerGroup') === false
      ? null
      : (text(parameters, 'VServerGroupId') ?? base.vServerGroupId),
});

const healthCheck = (
  protocol: ListenerProtocol,
  parameters: Parameters,
  base: HealthCheckConfiguration,
): HealthCheckConfiguration => ({
  ...base,
  ...checkWindow(protocol, parameters, base),
  ...(protocol === 'udp' ? udpCheck(parameters, base) : httpCheck(parameters, base)),
  isOn: isOn(parameters, protocol === 'http' ? 'HealthCheck' : 'HealthCheckSwitch') ?? base.isOn,
  type:
    protocol === 'tcp'
      ? (choice(parameters, 'HealthCheckType', ['tcp', 'http']) ?? base.type)
      : base.type,
  connectPort: healthCheckPort(parameters, base),
});

function checkWindow(
  protocol: ListenerProtocol,
  parameters: Parameters,
  base: HealthCheckConfiguration,
): Partial<HealthCheckConfiguration> {
  const timeout = protocol === 'http' ? 'HealthCheckTimeout' : 'HealthCheckConnectTimeout';
  return {
    timeoutS: wholeNumber(parameters, timeout, { min: 1, max: 300 }) ?? base.timeoutS,
    intervalS:
      eitherCase(parameters, 'healthCheckInterval', 'HealthCheckInterval') ?? base.intervalS,
    healthyThreshold:
      wholeNumber(parameters, 'HealthyThreshold', THRESHOLD) ?? base.healthyThreshold,
    unhealthyThreshold:
      wholeNumber(parameters, 'UnhealthyThreshold', THRESHOLD) ?? base.unhealthyThreshold,
  };
}

const httpCheck = (
  parameters: Parameters,
  base: HealthCheckConfiguration,
): Partial<HealthCheckConfiguration> => ({
  domain: text(parameters, 'HealthCheckDomain') ?? base.domain,
  path: healthCheckPath(parameters) ?? base.path,
  method: choice(parameters, 'HealthCheckMethod', ['head', 'get']) ?? base.method,
  httpCode: healthCheckCode(parameters) ?? base.httpCode,
});

const udpCheck = (
  parameters: Parameters,
  base: HealthCheckConfiguration,
): Partial<HealthCheckConfiguration> => ({
  udpRequest:
    text(parameters, 'healthCheckReq') ?? text(parameters, 'HealthCheckReq') ?? base.udpRequest,
  udpExpect:
    text(parameters, 'healthCheckExp') ?? text(parameters, 'HealthCheckExp') ?? base.udpExpect,
});

/** Create spells it with a small h for TCP and UDP, Set with a capital one; both are accepted everywhere. */
const eitherCase = (parameters: Parameters, ...names: readonly string[]): number | undefined => {
  const name = names.find((candidate) => text(parameters, candidate) !== undefined);
  return name === undefined ? undefined : wholeNumber(parameters, name, { min: 1, max: 50 });
};

/** −520 is how older clients say “the backend's own port”. */
const healthCheckPort = (parameters: Parameters, base: HealthCheckConfiguration): number | null =>
  text(parameters, 'HealthCheckConnectPort') === '-520'
    ? null
    : (wholeNumber(parameters, 'HealthCheckConnectPort', PORT) ?? base.connectPort);

function healthCheckPath(parameters: Parameters): string | undefined {
  const path = text(parameters, 'HealthCheckURI');
  if (path !== undefined && (!path.startsWith('/') || path.length > 80))
    throw slbError.invalid('HealthCheckURI must begin with / and have at most 80 characters.');
  return path;
}

function healthCheckCode(parameters: Parameters): string | undefined {
  const code = text(parameters, 'HealthCheckHttpCode');
  if (code !== undefined && !HTTP_CODE.test(code))
    throw slbError.invalid(
      'HealthCheckHttpCode must be a comma list of http_2xx, http_3xx, http_4xx and http_5xx.',
    );
  return code;
}

const layerFour = (parameters: Parameters, base: ListenerSettings): Partial<ListenerSettings> => ({
  persistenceTimeoutS:
    wholeNumber(parameters, 'PersistenceTimeout', { min: 0, max: 3600 }) ??
    base.persistenceTimeoutS,
  establishedTimeoutS:
    wholeNumber(parameters, 'EstablishedTimeout', { min: 10, max: 900 }) ??
    base.establishedTimeoutS,
  connectionDrain: isOn(parameters, 'ConnectionDrain') ?? base.connectionDrain,
  connectionDrainTimeoutS:
    wholeNumber(parameters, 'ConnectionDrainTimeout', { min: 10, max: 900 }) ??
    base.connectionDrainTimeoutS,
});

const layerSeven = (parameters: Parameters, base: ListenerSettings): Partial<ListenerSettings> => ({
  stickySession: isOn(parameters, 'StickySession') ?? base.stickySession,
  stickySessionType:
    choice(parameters, 'StickySessionType', ['insert', 'server']) ?? base.stickySessionType,
  cookieTimeoutS:
    wholeNumber(parameters, 'CookieTimeout', { min: 1, max: 86_400 }) ?? base.cookieTimeoutS,
  cookie: text(parameters, 'Cookie') ?? base.cookie,
  idleTimeoutS: wholeNumber(parameters, 'IdleTimeout', { min: 1, max: 60 }) ?? base.idleTimeoutS,
  requestTimeoutS:
    wholeNumber(parameters, 'RequestTimeout', { min: 1, max: 180 }) ?? base.requestTimeoutS,
  gzip: isOn(parameters, 'Gzip') ?? base.gzip,
  xForwardedFor: isOn(parameters, 'XForwardedFor') ?? base.xForwardedFor,
});

/** Fields that are mandatory once another one is switched on. */
function requireCompanions(
  protocol: ListenerProtocol,
  parameters: Parameters,
  settings: ListenerSettings,
): void {
  if (settings.vServerGroupId === null && settings.backendServerPort === null)
    throw slbError.missing('BackendServerPort');
  if (isOn(parameters, 'ConnectionDrain') === true) required(parameters, 'ConnectionDrainTimeout');
  if (protocol !== 'http' || isOn(parameters, 'StickySession') !== true) return;
  required(parameters, 'StickySessionType');
  required(parameters, settings.stickySessionType === 'insert' ? 'CookieTimeout' : 'Cookie');
}

/** Round robin cannot be switched to a hash once the listener exists. */
export function requireSchedulerChange(from: Scheduler, to: Scheduler): void {
  const isHash = (scheduler: Scheduler): boolean => ['sch', 'tch', 'qch'].includes(scheduler);
  if (!isHash(from) && isHash(to))
    throw slbError.invalid('The Scheduler cannot be changed from round robin to a hash.');
}
