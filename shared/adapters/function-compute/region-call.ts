import { type Clock } from '../../ports/clock';
import { type FunctionInvoker } from '../../ports/function-invoker';
import { type CallOptions } from '../../ports/load-balancer';
import { classifyVendorError } from '../alicloud/error-table';
import { type Fields } from '../alicloud/reply';
import { withinDeadline } from './within-deadline';

/** Our functions in other regions. */
export interface RegionFunctions {
  readonly clock: Clock;
  /** Calls functions of one region. */
  readonly invokerFor: (regionId: string) => FunctionInvoker;
}

export interface RegionCall {
  readonly regionId: string;
  readonly functionName: string;
  readonly payload: object;
}

/**
 * The reply of a function in another region, as an object. Nothing is shared between regions, so a region that hangs holds up nobody but
 * its own caller, and that one until the deadline at most. Throws `CloudError`; `UnreadableReply` when the reply is no object.
 */
export async function callRegion(
  { clock, invokerFor }: RegionFunctions,
  { regionId, functionName, payload }: RegionCall,
  options: CallOptions,
): Promise<Fields> {
  const reply = await withinDeadline(clock, options, () =>
    invokerFor(regionId).call(functionName, payload, options),
  );
  if (typeof reply === 'object' && reply !== null && !Array.isArray(reply)) return reply as Fields;
  throw classifyVendorError({
    action: 'InvokeFunction',
    code: 'UnreadableReply',
    message: `${functionName} in ${regionId} answered no JSON object`,
  });
}
