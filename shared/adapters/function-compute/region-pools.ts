import { CloudError } from '../../domain/cloud-error';
import { type SiteCapacity } from '../../domain/failover/name-snapshot';
import { missing, type MissingReason, type Reading } from '../../domain/reading';
import { instant, permille } from '../../domain/units';
import { type CallOptions } from '../../ports/load-balancer';
import { type FloorRequest, type RegionPool, type RegionPools } from '../../ports/region-pools';
import {
  type Fields,
  fieldsAt,
  listAt,
  requiredNumber,
  textAt,
  unreadable,
} from '../alicloud/reply';
import { callRegion, type RegionFunctions } from './region-call';

export interface FunctionRegionPoolsOptions extends RegionFunctions {
  /** Name of the `operator` function, the same in every region. */
  readonly functionName: string;
}

const ACTION = 'InvokeFunction';

/** Pools of other regions, through the verbs `capacity` and `request-floor` of the `operator` function there. */
export class FunctionRegionPools implements RegionPools {
  private readonly options: FunctionRegionPoolsOptions;

  constructor(options: FunctionRegionPoolsOptions) {
    this.options = options;
  }

  async describeCapacity(
    { regionId, poolName }: RegionPool,
    options: CallOptions,
  ): Promise<SiteCapacity> {
    const request = { verb: 'capacity', pool: poolName };
    const reply = await this.ask(regionId, request, 'capacity', options);
    return capacityOf(fieldsAt(reply, 'capacity'));
  }

  async requestFloor(
    { regionId, poolName }: RegionPool,
    { count, by, reason, until }: FloorRequest,
    options: CallOptions,
  ): Promise<void> {
    const payload = { verb: 'request-floor', pool: poolName, count, by, reason, until };
    await this.ask(regionId, payload, 'floor-requested', options);
  }

  /** One pool was asked, so there is one reply. Throws `CloudError` when it is no answer of that kind. */
  private async ask(
    regionId: string,
    payload: object,
    kind: string,
    options: CallOptions,
  ): Promise<Fields> {
    const { functionName } = this.options;
    const operated = await callRegion(this.options, { regionId, functionName, payload }, options);
    if (textAt(operated, 'kind') === 'malformed') throw refusal(operated);
    const [reply = {}, ...others] = listAt(ACTION, operated, 'replies');
    if (textAt(reply, 'kind') === 'refused') throw refusal(reply);
    if (textAt(reply, 'kind') !== kind || others.length > 0) throw unreadable(ACTION, [kind]);
    return reply;
  }
}

/** The operator understood and said no: asking again cannot help. */
const refusal = (reply: Fields): CloudError =>
  new CloudError({
    action: ACTION,
    code: textAt(reply, 'code') || 'malformed',
    reaction: 'stop',
    isAmbiguous: false,
    message: textAt(reply, 'message') || 'the operator refused without an explanation',
  });

/** A capacity with a count missing is unreadable: half of it could pass for room. */
function capacityOf(fields: Fields): SiteCapacity {
  const count = (name: string): number => requiredNumber(ACTION, fields, name);
  const canLaunch = fields['canLaunch'];
  if (typeof canLaunch !== 'boolean') throw unreadable(ACTION, ['canLaunch']);
  return {
    serving: count('serving'),
    ...(fields['bearing'] === undefined ? {} : { bearing: count('bearing') }),
    members: count('members'),
    healthy: permille(count('healthy')),
    load: readingAt(fields, 'load'),
    traffic: readingAt(fields, 'traffic'),
    errorShare: readingAt(fields, 'errorShare'),
    warm: count('warm'),
    max: fields['max'] === null ? null : count('max'),
    arriving: count('arriving'),
    canLaunch,
    takenAt: instant(count('takenAt')),
  };
}

const REASONS: readonly MissingReason[] = [
  ...(['never-observed', 'not-configured', 'read-failed', 'no-datapoint'] as const),
  ...(['vantage-broken', 'budget-spent'] as const),
];

function readingAt(fields: Fields, name: string): Reading<number> {
  const read = fieldsAt(fields, name);
  const kind = textAt(read, 'kind');
  if (kind === 'ok' || kind === 'stale') {
    const value = requiredNumber(ACTION, read, 'value');
    return { kind, value, sampledAt: instant(requiredNumber(ACTION, read, 'sampledAt')) };
  }
  if (kind !== 'missing') throw unreadable(ACTION, [name, 'kind']);
  return missing(REASONS.find((one) => one === textAt(read, 'reason')) ?? 'read-failed');
}
