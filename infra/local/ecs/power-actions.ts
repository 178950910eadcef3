import { type Action, type LocalInstanceStatus, type Parameters, VendorError } from '../contracts';
import { isTrue, listOf, requiredText } from '../request-parameters';
import { type EcsModel } from './ecs-model';
import { dryRunPassed } from './launches';
import { type LocalInstance } from './local-instance';

/** One power operation: what it needs, what it does and what the status is right after. */
interface Operation {
  readonly needs: LocalInstanceStatus;
  /** Throws where the region cannot; `others` are the instances of the call that come before it. */
  readonly require?: (
    model: EcsModel,
    instance: LocalInstance,
    others: readonly LocalInstance[],
  ) => void;
  readonly apply: (model: EcsModel, instance: LocalInstance, parameters: Parameters) => void;
}

const INSTANCES_MAX = 100;

const stoppedMode = (parameters: Parameters): 'KeepCharging' | 'StopCharging' =>
  parameters['StoppedMode'] === 'StopCharging' ? 'StopCharging' : 'KeepCharging';

/** Wants a machine of the same kind. */
const isRivalOf =
  (instance: LocalInstance) =>
  (other: LocalInstance): boolean =>
    other.stoppedMode === 'StopCharging' &&
    other.type === instance.type &&
    other.zoneId === instance.zoneId &&
    other.isSpot === instance.isSpot;

const rebootWith = (flag: 'ForceStop' | 'ForceReboot'): Operation => ({
  needs: 'Running',
  apply: (model, { instanceId }, parameters) => model.reboot(instanceId, isTrue(parameters[flag])),
});
const start: Operation = {
  needs: 'Stopped',
  require: (model, instance, others) =>
    model.supply.admission.requireRestart(instance, others.filter(isRivalOf(instance)).length),
  apply: (model, { instanceId }) => model.start(instanceId),
};
const stop: Operation = {
  needs: 'Running',
  apply: (model, { instanceId }, parameters) =>
    model.stop(instanceId, {
      isForced: isTrue(parameters['ForceStop']),
      stoppedMode: stoppedMode(parameters),
    }),
};

const requireAllowed = (
  model: EcsModel,
  instance: LocalInstance,
  operation: Operation,
  others: readonly LocalInstance[] = [],
): void => {
  if (instance.locks.some(({ reason }) => reason === 'security'))
    throw new VendorError(
      403,
      'InstanceLockedForSecurity',
      'The specified operation is denied as your instance is locked for security reasons.',
    );
  if (instance.status !== operation.needs)
    throw new VendorError(
      403,
      'IncorrectInstanceStatus',
      `The current status of the resource does not support this operation: ${instance.instanceId} is ${instance.status}.`,
    );
  operation.require?.(model, instance, others);
};

/** RebootInstance, StartInstance, StopInstance: a passed dry run is the error `DryRunOperation`. */
const single =
  (model: EcsModel, operation: Operation): Action =>
  (parameters) => {
    const instance = model.demand(requiredText(parameters, 'InstanceId'));
    requireAllowed(model, instance, operation);
    if (isTrue(parameters['DryRun'])) throw dryRunPassed();
    operation.apply(model, instance, parameters);
    return {};
  };

const applyOne = (
  model: EcsModel,
  instanceId: string,
  operation: Operation,
  parameters: Parameters,
): object => {
  try {
    const instance = model.demand(instanceId);
    requireAllowed(model, instance, operation);
    const previous = instance.status;
    operation.apply(model, instance, parameters);
    return {
      InstanceId: instanceId,
      Code: '200',
      Message: 'success',
      PreviousStatus: previous,
      CurrentStatus: instance.status,
    };
  } catch (error) {
    if (error instanceof VendorError)
      return { InstanceId: instanceId, Code: error.code, Message: error.message };
    throw error;
  }
};

/**
 * RebootInstances, StartInstances, StopInstances. `AllTogether` (default): one refused instance fails the call and nothing is done.
 * `SuccessFirst`: each instance has its own answer. A passed dry run is the error `DRYRUN.SUCCESS`.
 */
const batch =
  (model: EcsModel, operation: Operation): Action =>
  (parameters) => {
    const ids = listOf(parameters, 'InstanceId');
    if (ids.length === 0 || ids.length > INSTANCES_MAX)
      throw new VendorError(
        400,
        'InvalidParameter.InstanceId',
        'Between 1 and 100 instances must be specified.',
      );
    if (parameters['BatchOptimization'] !== 'SuccessFirst') {
      const instances = ids.map((id) => model.demand(id));
      instances.forEach((instance, index) =>
        requireAllowed(model, instance, operation, instances.slice(0, index)),
      );
    }
    if (isTrue(parameters['DryRun']))
      throw new VendorError(400, 'DRYRUN.SUCCESS', 'The dry run of the request is successful.');
    return {
      InstanceResponses: {
        InstanceResponse: ids.map((id) => applyOne(model, id, operation, parameters)),
      },
    };
  };

export const powerActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  // The same wish has two names: ForceStop for one instance, ForceReboot for several.
  RebootInstance: single(model, rebootWith('ForceStop')),
  RebootInstances: batch(model, rebootWith('ForceReboot')),
  StartInstance: single(model, start),
  StartInstances: batch(model, start),
  StopInstance: single(model, stop),
  StopInstances: batch(model, stop),
});
