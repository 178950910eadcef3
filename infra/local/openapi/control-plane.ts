import {
  type Action,
  type Caller,
  type LocalClock,
  type LocalService,
  type Parameters,
  VendorError,
} from '../contracts';
import { type RamPolicy } from '../../permissions/ram-policy';
import { isAllowed } from '../ram/is-allowed';
import { questionsOf, type RamWorld } from '../ram/questions';
import { FaultSwitch } from './fault-switch';
import { forbidden, missingParameter, unknownAction, unknownVersion } from './gateway-errors';
import { checkParameters } from './parameter-check';
import { RequestLog } from './request-log';
import { DEFAULT_THROTTLE, Throttle, type ThrottleSettings } from './throttle';

export interface ControlPlaneOptions {
  readonly regionId: string;
  readonly clock: LocalClock;
  readonly services: readonly LocalService[];
  readonly throttle?: ThrottleSettings;
  /** Where the resources of a call are looked up for keys that have a policy. */
  readonly ramWorld?: RamWorld;
  /** Requests kept in the log. */
  readonly logCapacity?: number;
}

/** A service's action, found. */
export interface Route {
  readonly service: LocalService;
  readonly name: string;
  readonly action: Action;
}

/** What both faces of the region's services share: routing, checks, quotas, faults and the log. */
export class ControlPlane {
  readonly regionId: string;
  readonly clock: LocalClock;
  readonly faults = new FaultSwitch();
  readonly log: RequestLog;
  readonly #services: readonly LocalService[];
  readonly #throttle: Throttle;
  readonly #ramWorld: RamWorld | undefined;

  constructor(options: ControlPlaneOptions) {
    this.regionId = options.regionId;
    this.clock = options.clock;
    this.log = new RequestLog(options.logCapacity);
    this.#services = options.services;
    this.#ramWorld = options.ramWorld;
    this.#throttle = new Throttle(options.throttle ?? DEFAULT_THROTTLE, () => options.clock.now());
  }

  productOf(version: string): LocalService['product'] | undefined {
    return this.#services.find((service) => service.version === version)?.product;
  }

  /** Names of the actions that are served under an API version. */
  actionsOf(version: string): readonly string[] {
    return Object.keys(
      this.#services.find((service) => service.version === version)?.actions ?? {},
    );
  }

  /** Finds an action by API version and name. Throws the vendor's errors for what is missing or nobody's. */
  route(version: string, name: string): Route {
    if (version === '') throw missingParameter('Version');
    if (name === '') throw missingParameter('Action');
    const service = this.#services.find((candidate) => candidate.version === version);
    if (service === undefined) throw unknownVersion();
    const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
    if (action === undefined) throw unknownAction();
    return { service, name, action };
  }

  /** Performs one authenticated call: region, parameters, quota, then the action itself. Throws `VendorError`. */
  async perform(
    route: Route,
    parameters: Parameters,
    caller: Caller & { readonly accountId: string; readonly policy?: RamPolicy },
  ): Promise<object> {
    const { product, isGlobal = false } = route.service;
    const regionId = (isGlobal ? undefined : parameters['RegionId']) ?? this.regionId;
    if (regionId !== this.regionId)
      throw new VendorError(
        404,
        'InvalidRegionId.NotFound',
        'The specified RegionId does not exist.',
      );
    checkParameters(product, route.name, parameters);
    this.#authorize(route, parameters, caller.policy);
    this.#throttle.take({ product, action: route.name, accountId: caller.accountId, regionId });
    return route.action(parameters, { accessKeyId: caller.accessKeyId });
  }

  /** Before anything is looked at: who may not call learns nothing. Without a policy the caller is the account itself. */
  #authorize(
    { service, name }: Route,
    parameters: Parameters,
    policy: RamPolicy | undefined,
  ): void {
    if (policy === undefined || this.#ramWorld === undefined) return;
    const call = { product: service.product, action: name, parameters };
    const isRefused = questionsOf(call, this.#ramWorld).some((one) => !isAllowed(policy, one));
    if (isRefused) throw forbidden();
  }
}
