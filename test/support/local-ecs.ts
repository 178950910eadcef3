import { ManualClock } from '../../infra/local/clock';
import { type LocalService, REAL_TIMES } from '../../infra/local/contracts';
import { ecsService } from '../../infra/local/ecs/actions';
import { simulatedAddresses } from '../../infra/local/ecs/address-plan';
import { type EcsEvent } from '../../infra/local/ecs/ecs-event';
import { EcsModel, type EcsOptions } from '../../infra/local/ecs/ecs-model';
import {
  SimulatedRuntime,
  type SimulatedRuntimeOptions,
} from '../../infra/local/ecs/simulated-runtime';

export interface LocalEcs {
  readonly clock: ManualClock;
  readonly runtime: SimulatedRuntime;
  readonly model: EcsModel;
  readonly service: LocalService;
  readonly events: EcsEvent[];
}

/** ECS on a manual clock without processes; boots take exactly the profile's time. */
export function localEcs(
  options: Partial<EcsOptions> = {},
  runtimeOptions: Partial<SimulatedRuntimeOptions> = {},
): LocalEcs {
  const clock = new ManualClock();
  const runtime = new SimulatedRuntime({ clock, ...runtimeOptions });
  const model = new EcsModel({
    regionId: 'cn-hangzhou',
    clock,
    times: REAL_TIMES,
    runtime,
    addresses: simulatedAddresses(),
    bootSpread: 0,
    ...options,
  });
  const events: EcsEvent[] = [];
  model.onEvent((event) => events.push(event));
  return { clock, runtime, model, service: ecsService(model), events };
}
