import { type Action, type Parameters, type VendorError } from '../contracts';
import { type EcsModel } from './ecs-model';
import { readLaunchRequest } from './read-launch-request';
import { onDemandThousandths } from './spot-market';

/** Refusals after which the same call with the same token may still succeed. */
const MAY_PASS_LATER = new Set([
  'DryRunOperation',
  'OperationDenied.ResourceControl',
  'OperationDenied.CreatingConflict',
  'IncorrectVSwitchStatus',
  'IncorrectVpcStatus',
]);

const isFinal = (error: VendorError): boolean =>
  error.status < 500 && !error.code.startsWith('Throttling') && !MAY_PASS_LATER.has(error.code);

const launch = async (model: EcsModel, parameters: Parameters): Promise<object> => {
  const { supply, launches, options } = model;
  const now = options.clock.now();
  const request = readLaunchRequest(parameters, supply, now);
  const ids = await launches.launch(request);
  const { type, vSwitch, spot } = request;
  const each =
    spot.strategy === 'NoSpot'
      ? onDemandThousandths(type)
      : supply.spotMarket.priceOf(vSwitch.zoneId, type);
  return { InstanceIdSets: { InstanceIdSet: ids }, TradePrice: (each * ids.length) / 1000 };
};

/**
 * `RunInstances`: ids at once, machines later. Fewer than `Amount` when `MinAmount` allows it; the same token gives the same ids, or the
 * same final refusal, again.
 */
export const runInstances =
  (model: EcsModel): Action =>
  (parameters) =>
    model.clientTokens.once('RunInstances', parameters, () => launch(model, parameters), isFinal);
