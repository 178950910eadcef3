import { type Action, type Parameters, VendorError } from '../contracts';
import { isTrue, listOf, requiredText } from '../request-parameters';
import { type EcsModel } from './ecs-model';
import { dryRunPassed } from './launches';
import { type LocalInstance } from './local-instance';

const INSTANCES_MAX = 100;

const refusal = (status: number, code: string, message: string): VendorError =>
  new VendorError(status, code, message);

/** What forbids a deletion, checked in the order in which the caller can do something about it. */
const requireReleasable = (
  model: EcsModel,
  instance: LocalInstance,
  parameters: Parameters,
): void => {
  const { instanceId, status } = instance;
  if (instance.locks.some(({ reason }) => reason === 'security'))
    throw refusal(
      403,
      'InstanceLockedForSecurity',
      `The instance ${instanceId} is locked for security reasons.`,
    );
  if (instance.isDeletionProtected)
    throw refusal(
      403,
      'InvalidOperation.DeletionProtection',
      `The instance ${instanceId} is protected from deletion.`,
    );
  if (instance.startedAt === undefined)
    throw refusal(
      403,
      'IncorrectInstanceStatus.Initializing',
      `The instance ${instanceId} is still being initialized.`,
    );
  if (status !== 'Stopped' && !(status === 'Running' && isTrue(parameters['Force'])))
    throw refusal(
      403,
      'IncorrectInstanceStatus',
      `The instance ${instanceId} is ${status}; it must be Stopped, or Running and deleted by force.`,
    );
  if (model.isUsedByBalancer(instanceId))
    throw refusal(
      400,
      'DependencyViolation.SLBConfiguring',
      `A load balancer is still being configured for the instance ${instanceId}.`,
    );
};

/** A power cut unless `ForceStop` says no: then the guest shuts down in order and the instance goes later. */
const release = async (
  model: EcsModel,
  { instanceId, status }: LocalInstance,
  parameters: Parameters,
): Promise<void> => {
  const isOrderly = parameters['ForceStop']?.toLowerCase() === 'false';
  if (status === 'Running' && isOrderly) model.stopAndRelease(instanceId);
  else await model.release(instanceId);
};

/** `DeleteInstance`. Gone means gone: the second time it is not found. */
const deleteOne = async (model: EcsModel, parameters: Parameters): Promise<object> => {
  const instance = model.demand(requiredText(parameters, 'InstanceId'));
  requireReleasable(model, instance, parameters);
  if (isTrue(parameters['DryRun'])) throw dryRunPassed();
  await release(model, instance, parameters);
  return {};
};

/** `DeleteInstances`: all or none; nothing says which one was to blame but the message. */
const deleteMany = async (model: EcsModel, parameters: Parameters): Promise<object> => {
  const ids = new Set(listOf(parameters, 'InstanceId'));
  if (ids.size === 0 || ids.size > INSTANCES_MAX)
    throw refusal(
      400,
      'InvalidParameter.InstanceId',
      'Between 1 and 100 instances must be specified.',
    );
  const instances = [...ids].map((id) => model.demand(id));
  for (const instance of instances) requireReleasable(model, instance, parameters);
  if (isTrue(parameters['DryRun']))
    throw refusal(400, 'DRYRUN.SUCCESS', 'The dry run of the request is successful.');
  await Promise.all(instances.map(async (instance) => release(model, instance, parameters)));
  return {};
};

export const releaseActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  DeleteInstance: async (parameters) => deleteOne(model, parameters),
  DeleteInstances: (parameters) =>
    model.clientTokens.once('DeleteInstances', parameters, () => deleteMany(model, parameters)),
});
