import {
  type HealthChecker,
  type InstanceDirectory,
  type InstanceRuntime,
  type LocalClock,
  type TimeProfile,
} from './contracts';
import { alidnsService } from './alidns/actions';
import { AlidnsModel, type AlidnsSettings } from './alidns/model';
import { cmsService } from './cms/actions';
import { CmsModel, type CmsOptions } from './cms/cms-model';
import { type HttpPoster } from './cms/deliver';
import { ecsService } from './ecs/actions';
import { type AddressPlan } from './ecs/address-plan';
import { ecsMetricSource } from './ecs/ecs-metric-source';
import { EcsModel } from './ecs/ecs-model';
import { type EcsSettings } from './ecs/ecs-settings';
import { backendUse } from './backend-use';
import { ControlPlane } from './openapi/control-plane';
import { type FaultSwitch } from './openapi/fault-switch';
import { type RequestLog } from './openapi/request-log';
import { type ThrottleSettings } from './openapi/throttle';
import { slbService } from './slb/actions';
import { type SlbBehaviour } from './slb/behaviour';
import { HealthEngine } from './slb/health-engine';
import { CounterRegistry } from './slb/listener-counters';
import { SlbModel } from './slb/model';
import { SlbMetricSource } from './traffic/slb-metric-source';

/** What a user of a region may set about its services; each has the service's own default. */
export interface ServiceSettings {
  readonly throttle?: ThrottleSettings;
  /** Requests kept in the log. */
  readonly logCapacity?: number;
  readonly slbBehaviour?: Partial<SlbBehaviour>;
  /** What ids of load balancers and server groups begin with, as `bp1`: one for each of several regions, whose ids differ in the cloud. */
  readonly idPrefix?: string;
  readonly ecsSettings?: EcsSettings;
  readonly cmsSettings?: Pick<
    CmsOptions,
    'freeCallsPerMonth' | 'retentionMs' | 'timestampUnit' | 'eventContentAs' | 'eventDisorder'
  >;
  /** Names as a model that several regions share; each region has its own otherwise. */
  readonly alidns?: AlidnsModel;
  /** Of the region's own model. */
  readonly alidnsSettings?: AlidnsSettings;
  /** Calls a function that an alarm or an event rule names as its target. */
  readonly invokeFunction?: NonNullable<CmsOptions['invokeFunction']>;
  /** Takes CloudEvents off the event bus; a rejection makes the bus try again. */
  readonly onCloudEvent?: NonNullable<CmsOptions['onCloudEvent']>;
}

export interface RegionParts extends ServiceSettings {
  readonly regionId: string;
  readonly accountId: string;
  readonly seed: number;
  readonly clock: LocalClock;
  readonly times: TimeProfile;
  readonly runtime: InstanceRuntime;
  readonly addresses: AddressPlan;
  readonly checkerFor: (directory: InstanceDirectory) => HealthChecker;
  readonly allocateAddress?: (index: number) => string;
  /** Delivers the callbacks of alarms and event rules. */
  readonly post: HttpPoster;
}

/** The models of one region and what is common to both of its faces. */
export interface RegionModels {
  readonly regionId: string;
  readonly times: TimeProfile;
  readonly ecs: EcsModel;
  readonly slb: SlbModel;
  readonly cms: CmsModel;
  readonly alidns: AlidnsModel;
  readonly health: HealthEngine;
  /** Traffic counted per listener. */
  readonly counters: CounterRegistry;
  readonly controlPlane: ControlPlane;
  /** Every OpenAPI call. */
  readonly requestLog: RequestLog;
  /** Outages of the control plane on demand. */
  readonly faults: FaultSwitch;
}

/** Puts the services of a region together over a clock, a runtime and a health checker. Starts nothing. */
export function composeRegion(parts: RegionParts): RegionModels {
  const { regionId, seed, clock, times, runtime, addresses } = parts;
  const ecs = new EcsModel({
    regionId,
    clock,
    times,
    runtime,
    addresses,
    seed,
    ...parts.ecsSettings,
  });
  const slb = new SlbModel({
    ...{ regionId, clock, profile: times, directory: ecs },
    ...(parts.slbBehaviour && { behaviour: parts.slbBehaviour }),
    ...(parts.idPrefix !== undefined && { idPrefix: parts.idPrefix }),
    ...(parts.allocateAddress && { allocateAddress: parts.allocateAddress }),
  });
  if (parts.ecsSettings?.releaseOfBackend !== 'allow') ecs.isUsedByBalancer = backendUse(slb);
  const health = new HealthEngine({
    model: slb,
    clock,
    checker: parts.checkerFor(ecs),
    profile: times,
  });
  const counters = new CounterRegistry();
  const cms = composeCms(parts, { ecs, slb, health, counters });
  const alidns = parts.alidns ?? new AlidnsModel({ clock, ...parts.alidnsSettings });
  const services = [
    slbService(slb, health),
    ecsService(ecs),
    cmsService(cms),
    alidnsService(alidns),
  ];
  const controlPlane = new ControlPlane({
    ...{ regionId, clock, services },
    ramWorld: { regionId, accountId: parts.accountId, slb, ecs, alidns },
    ...(parts.throttle && { throttle: parts.throttle }),
    ...(parts.logCapacity !== undefined && { logCapacity: parts.logCapacity }),
  });
  const { log: requestLog, faults } = controlPlane;
  return {
    ...{ regionId, times, ecs, slb, cms, alidns },
    ...{ health, counters, controlPlane, requestLog, faults },
  };
}

type Measured = Pick<RegionModels, 'ecs' | 'slb' | 'health' | 'counters'>;

/** CloudMonitor over what the others measure; it hears of everything that happens to instances. */
function composeCms(parts: RegionParts, { ecs, slb, health, counters }: Measured): CmsModel {
  const { regionId, accountId, seed, clock, times, post, invokeFunction, onCloudEvent } = parts;
  const cms = new CmsModel({
    ...{ regionId, accountId, seed: seed + 1, clock, times, post },
    sources: [new SlbMetricSource({ model: slb, health, counters }), ecsMetricSource(ecs)],
    nameOf: (instanceId) => ecs.find(instanceId) && ecs.demand(instanceId).name,
    ...(invokeFunction && { invokeFunction }),
    ...(onCloudEvent && { onCloudEvent }),
    ...parts.cmsSettings,
  });
  ecs.onEvent((event) => cms.receive(event));
  return cms;
}
