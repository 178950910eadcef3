import { type Action, type LocalService, VendorError } from '../contracts';
import { attributeActions } from './attribute-actions';
import { commandActions } from './command-actions';
import { describeInstanceTypes } from './describe-instance-types';
import { describeInstances } from './describe-instances';
import { type EcsModel } from './ecs-model';
import { launchTemplateActions } from './launch-template-actions';
import { powerActions } from './power-actions';
import { releaseActions } from './release-actions';
import { runInstances } from './run-instances';
import {
  createSimulatedSystemEvents,
  describeInstanceHistoryEvents,
  describeInstancesFullStatus,
  describeInstanceStatus,
} from './status-actions';
import { supplyActions } from './supply-actions';
import { tagActions } from './tag-actions';

/** This region answers for itself only. */
const inRegion =
  (model: EcsModel, action: Action): Action =>
  (parameters, caller) => {
    const { regionId } = model.options;
    if ((parameters['RegionId'] ?? regionId) !== regionId)
      throw new VendorError(
        404,
        'InvalidRegionId.NotFound',
        'The RegionId provided does not exist in our records.',
      );
    return action(parameters, caller);
  };

/** ECS 2014-05-26 as far as healing and scaling read and do. */
export function ecsService(model: EcsModel): LocalService {
  const actions: Readonly<Record<string, Action>> = {
    DescribeInstances: (parameters) => describeInstances(model, parameters),
    DescribeInstanceStatus: (parameters) => describeInstanceStatus(model, parameters),
    DescribeInstancesFullStatus: (parameters) => describeInstancesFullStatus(model, parameters),
    DescribeInstanceHistoryEvents: (parameters) => describeInstanceHistoryEvents(model, parameters),
    DescribeInstanceTypes: (parameters) => describeInstanceTypes(parameters),
    CreateSimulatedSystemEvents: (parameters) => createSimulatedSystemEvents(model, parameters),
    RunInstances: runInstances(model),
    ...releaseActions(model),
    ...attributeActions(model),
    ...launchTemplateActions(model),
    ...supplyActions(model),
    ...powerActions(model),
    ...commandActions(model),
    ...tagActions(model),
  };
  const local = Object.entries(actions).map(
    ([name, action]) => [name, inRegion(model, action)] as const,
  );
  return { product: 'Ecs', version: '2014-05-26', actions: Object.fromEntries(local) };
}
