import { type Action, type Parameters } from '../contracts';
import { isTrue, requiredText } from '../request-parameters';
import { readAutoReleaseTime } from './auto-release';
import { type EcsModel } from './ecs-model';

/** `ModifyInstanceAttribute` as far as name and deletion protection go; the rest is accepted and changes nothing. */
const modifyAttribute = (model: EcsModel, parameters: Parameters): object => {
  const instance = model.demand(requiredText(parameters, 'InstanceId'));
  const { InstanceName: name, DeletionProtection: protection } = parameters;
  if (name !== undefined && name !== '') instance.name = name;
  if (protection !== undefined) instance.isDeletionProtected = isTrue(protection);
  return {};
};

/** `ModifyInstanceAutoReleaseTime`: without a time the instance stays. */
const modifyAutoRelease = (model: EcsModel, parameters: Parameters): object => {
  const { instanceId } = model.demand(requiredText(parameters, 'InstanceId'));
  const at = readAutoReleaseTime(parameters['AutoReleaseTime'], model.options.clock.now());
  model.setAutoRelease(instanceId, at);
  return {};
};

export const attributeActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  ModifyInstanceAttribute: (parameters) => modifyAttribute(model, parameters),
  ModifyInstanceAutoReleaseTime: (parameters) => modifyAutoRelease(model, parameters),
});
