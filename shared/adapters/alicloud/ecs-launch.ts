import {
  RunInstancesRequest,
  RunInstancesRequestTag,
} from '@alicloud/ecs20140526/dist/models/RunInstancesRequest';
import { type LaunchOption } from '../../domain/scale-policy';
import { type LaunchAnswer, type LaunchRequest } from '../../ports/fleet';
import { type CallOptions } from '../../ports/load-balancer';
import { type EcsCalls } from './ecs-calls';
import { classifyVendorError } from './error-table';
import { detailsOf, launchRefusal } from './launch-refusals';
import { onceMoreIfAmbiguous } from './once-more';
import { type Fields, textAt, textsAt } from './reply';

const ACTION = 'RunInstances';

type SpotParameters = Pick<RunInstancesRequest, 'spotStrategy' | 'spotPriceLimit'>;

/** Said for pay-as-you-go as well: what the call leaves out, the template decides. */
function spotParameters({ chargeType, spotPriceMax }: LaunchOption): SpotParameters {
  if (chargeType === 'pay-as-you-go') return { spotStrategy: 'NoSpot' };
  return spotPriceMax === null
    ? { spotStrategy: 'SpotAsPriceGo' }
    : { spotStrategy: 'SpotWithPriceLimit', spotPriceLimit: spotPriceMax / 1000 };
}

function runInstances(regionId: string, request: LaunchRequest): RunInstancesRequest {
  const { option, tags, templateVersion } = request;
  return new RunInstancesRequest({
    regionId,
    launchTemplateId: request.templateId,
    ...(templateVersion !== null && { launchTemplateVersion: templateVersion }),
    zoneId: option.zoneId,
    ...(option.vSwitchId !== null && { vSwitchId: option.vSwitchId }),
    instanceType: option.instanceType,
    instanceChargeType: 'PostPaid',
    ...spotParameters(option),
    amount: request.count,
    minAmount: 1,
    clientToken: request.clientToken,
    tag: Object.entries(tags).map(([key, value]) => new RunInstancesRequestTag({ key, value })),
  });
}

/** What the ids say that cannot be. Fewer than asked for is no contradiction: that is all there were. */
function contradictionIn(given: readonly string[], asked: number): string | null {
  const repeated = given.find((id, index) => given.indexOf(id) !== index);
  if (repeated !== undefined) return `${ACTION} names ${repeated} more than once`;
  if (given.length > asked) return `${ACTION} gave ${given.length} instances for ${asked}`;
  return null;
}

/** Success means at least `minAmount`: an answer without ids does not tell what was launched. */
function idsOf(reply: Fields): readonly string[] {
  const ids = textsAt(ACTION, reply, 'InstanceIdSets', 'InstanceIdSet');
  if (ids.length > 0) return ids;
  throw classifyVendorError({
    action: ACTION,
    code: 'UnreadableReply',
    message: 'accepted, but without an instance',
    requestId: textAt(reply, 'RequestId'),
  });
}

/**
 * `RunInstances` from a template, with the option's zone, type and charge type over it: `Amount` with `MinAmount` 1, so that
 * as many come as there are. A lost answer is asked for once more: the same token gives the same ids.
 */
export async function launchInstances(
  calls: EcsCalls,
  request: LaunchRequest,
  options: CallOptions,
): Promise<LaunchAnswer> {
  const model = runInstances(calls.regionId, request);
  try {
    const given = await onceMoreIfAmbiguous(async () =>
      idsOf(await calls.call(ACTION, model, options)),
    );
    const contradiction = contradictionIn(given, request.count);
    return { kind: 'launched', instanceIds: [...new Set(given)], contradiction };
  } catch (error) {
    return { kind: 'refused', refusal: launchRefusal(detailsOf(error)) };
  }
}
