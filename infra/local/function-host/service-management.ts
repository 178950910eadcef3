import { type AccessKeys } from '../openapi/access-keys';
import { verifyFcSignature } from './fc-signature';
import { type HttpReply, type HttpRequest } from './http-exchange';
import { invalidArgument, PlatformError } from './platform-error';
import { checkRole, nameOf, type Settings, settingsOf, withCode } from './service-settings';

interface DeployedFunction {
  settings: Settings;
  asyncConfig: Settings | null;
  onDemand: Settings | null;
  readonly triggers: Map<string, Settings>;
}

interface DeployedService {
  settings: Settings;
  readonly functions: Map<string, DeployedFunction>;
}

export interface ServiceManagementOptions {
  readonly accessKeys: AccessKeys;
  readonly now: () => number;
  readonly newRequestId: () => string;
}

/** Management calls of FC 2.0 (API 2016-08-15), and what they made. */
export interface ServiceManagementModel {
  /** Answers a request, or undefined when the path is none of these. */
  answer(request: HttpRequest): HttpReply | undefined;
  /** `METHOD path` of every call that was let in, oldest first. */
  readonly calls: readonly string[];
  /** For whoever wants to see what was made, by service and function. */
  readonly services: ReadonlyMap<string, DeployedService>;
}

const PATH =
  /^\/2016-08-15\/services(?:\/([^/]+)(?:\/functions(?:\/([^/]+)(?:\/(triggers(?:\/[^/]+)?|async-invoke-config|on-demand-config))?)?)?)?$/;

/** Services, functions, triggers and their settings, kept in memory, behind the vendor's signature. */
export function serviceManagement(options: ServiceManagementOptions): ServiceManagementModel {
  const services = new Map<string, DeployedService>();
  const calls: string[] = [];
  return {
    services,
    calls,
    answer(request) {
      const [matched, service, name, rest] = PATH.exec(request.path) ?? [];
      if (matched === undefined) return undefined;
      verifyFcSignature(request, options.accessKeys, options.now());
      calls.push(`${request.method} ${request.path}`);
      const place = {
        service: service?.split('.')[0],
        name,
        rest,
        isList: request.path.endsWith('/functions'),
      };
      const body = answerAt(services, request, place);
      const headers = { 'x-fc-request-id': options.newRequestId() };
      if (request.method === 'DELETE') return { status: 204, headers, body: Buffer.alloc(0) };
      return {
        status: 200,
        headers: { ...headers, 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(body), 'utf8'),
      };
    },
  };
}

interface Place {
  readonly service: string | undefined;
  readonly name: string | undefined;
  readonly rest: string | undefined;
  /** Below a service, without a function: where one is created. */
  readonly isList: boolean;
}

function answerAt(
  services: Map<string, DeployedService>,
  request: HttpRequest,
  { service, name, rest, isList }: Place,
): Settings {
  if (service === undefined) return createService(services, request);
  const found = services.get(service);
  if (found === undefined) throw missing('Service', service);
  if (name === undefined) {
    if (isList) return createFunction(found, request);
    return request.method === 'DELETE'
      ? remove(services, service, found.functions)
      : serviceItself(found, request);
  }
  const one = found.functions.get(name);
  if (one === undefined) throw missing('Function', name);
  if (request.method === 'DELETE' && rest === undefined)
    return remove(found.functions, name, one.triggers);
  if (rest === undefined) return functionItself(one, request);
  if (rest === 'async-invoke-config') return config(one, 'asyncConfig', request);
  if (rest === 'on-demand-config') return config(one, 'onDemand', request);
  return triggers(one, rest.split('/')[1], request);
}

function createService(services: Map<string, DeployedService>, request: HttpRequest): Settings {
  only(request, 'POST');
  const settings = settingsOf(request);
  const name = nameOf(settings, 'serviceName');
  if (services.has(name)) throw alreadyThere('Service', name);
  checkRole(settings);
  services.set(name, { settings, functions: new Map() });
  return settings;
}

function serviceItself(service: DeployedService, request: HttpRequest): Settings {
  only(request, 'GET', 'PUT');
  if (request.method === 'PUT') {
    const changes = settingsOf(request);
    checkRole(changes);
    service.settings = { ...service.settings, ...changes };
  }
  return service.settings;
}

function createFunction(service: DeployedService, request: HttpRequest): Settings {
  only(request, 'POST');
  const settings = settingsOf(request);
  const name = nameOf(settings, 'functionName');
  if (service.functions.has(name)) throw alreadyThere('Function', name);
  if (settings['code'] === undefined) throw invalidArgument('A function needs code.');
  const one = {
    settings: {},
    asyncConfig: null,
    onDemand: null,
    triggers: new Map<string, Settings>(),
  };
  const stored = withCode(settings);
  service.functions.set(name, { ...one, settings: stored });
  return stored;
}

function functionItself(one: DeployedFunction, request: HttpRequest): Settings {
  only(request, 'GET', 'PUT');
  if (request.method === 'PUT')
    one.settings = { ...one.settings, ...withCode(settingsOf(request)) };
  return one.settings;
}

function config(
  one: DeployedFunction,
  key: 'asyncConfig' | 'onDemand',
  request: HttpRequest,
): Settings {
  only(request, 'GET', 'PUT');
  if (request.method === 'PUT') one[key] = settingsOf(request);
  const stored = one[key];
  if (stored === null) throw new PlatformError(404, 'ConfigNotFound', 'It was never set.');
  return stored;
}

function triggers(
  { triggers: all }: DeployedFunction,
  name: string | undefined,
  request: HttpRequest,
): Settings {
  if (name === undefined) {
    only(request, 'POST');
    const settings = settingsOf(request);
    const created = nameOf(settings, 'triggerName');
    if (all.has(created)) throw alreadyThere('Trigger', created);
    all.set(created, settings);
    return settings;
  }
  only(request, 'GET', 'PUT', 'DELETE');
  const found = all.get(name);
  if (found === undefined) throw missing('Trigger', name);
  if (request.method === 'DELETE') return remove(all, name, new Map());
  const changes = request.method === 'PUT' ? settingsOf(request) : {};
  if ('triggerType' in changes) throw invalidArgument('The type of a trigger cannot be changed.');
  all.set(name, { ...found, ...changes });
  return { ...found, ...changes };
}

/** Nothing is deleted that still holds something. */
function remove(
  all: Map<string, unknown>,
  name: string,
  held: ReadonlyMap<string, unknown>,
): Settings {
  if (held.size > 0)
    throw new PlatformError(409, 'NotEmpty', `${name} still has ${[...held.keys()].join(', ')}.`);
  all.delete(name);
  return {};
}

function only({ method }: HttpRequest, ...methods: readonly string[]): void {
  if (!methods.includes(method))
    throw new PlatformError(405, 'MethodNotAllowed', `${methods.join(' or ')} is expected.`);
}

const missing = (kind: string, name: string): PlatformError =>
  new PlatformError(404, `${kind}NotFound`, `${kind} ${name} does not exist.`);

const alreadyThere = (kind: string, name: string): PlatformError =>
  new PlatformError(409, `${kind}AlreadyExists`, `${kind} ${name} exists already.`);
