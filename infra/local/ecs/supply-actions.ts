import { type Action, type Parameters, VendorError } from '../contracts';
import { clampedNumber, listOf, requiredText } from '../request-parameters';
import { secondText } from '../time-text';
import { type EcsModel } from './ecs-model';
import { findInstanceType, INSTANCE_TYPES, type InstanceType } from './instance-types';
import { onDemandThousandths, type PricePoint, usualPrice } from './spot-market';

/** So few are left that the catalogue calls the stock low; a launch may still succeed. */
const LOW_STOCK = 5;
const PRICES_PER_PAGE = 1_000;
const WINDOW_MS = 3 * 3_600_000;

interface Availability {
  readonly Status: 'Available' | 'SoldOut';
  readonly StatusCategory: 'WithStock' | 'ClosedWithStock' | 'WithoutStock';
}

const availability = (left: number): Availability => {
  if (left <= 0) return { Status: 'SoldOut', StatusCategory: 'WithoutStock' };
  const StatusCategory = left <= LOW_STOCK ? 'ClosedWithStock' : 'WithStock';
  return { Status: 'Available', StatusCategory };
};

const requireType = (id: string): InstanceType => {
  const type = findInstanceType(id);
  if (type === undefined)
    throw new VendorError(
      400,
      'InvalidInstanceType.ValueNotSupported',
      `The specified InstanceType ${id} is not supported.`,
    );
  return type;
};

const isWanted = (type: InstanceType, parameters: Parameters): boolean =>
  (parameters['InstanceType'] ?? type.id) === type.id &&
  Number(parameters['Cores'] ?? type.cpuCount) === type.cpuCount &&
  Number(parameters['Memory'] ?? type.memoryGib) === type.memoryGib;

const describeZone = (model: EcsModel, zoneId: string, parameters: Parameters): object => {
  const isSpot = (parameters['SpotStrategy'] ?? 'NoSpot') !== 'NoSpot';
  const types = INSTANCE_TYPES.filter((type) => isWanted(type, parameters)).map((type) => ({
    id: type.id,
    left: model.supply.stock.available({ zoneId, instanceType: type.id, isSpot }),
  }));
  const SupportedResource = types.map(({ id, left }) => ({ Value: id, ...availability(left) }));
  const resources = [{ Type: 'InstanceType', SupportedResources: { SupportedResource } }];
  return {
    RegionId: model.options.regionId,
    ZoneId: zoneId,
    ...availability(Math.max(0, ...types.map(({ left }) => left))),
    AvailableResources: {
      AvailableResource: parameters['DestinationResource'] === 'InstanceType' ? resources : [],
    },
  };
};

/** `DescribeAvailableResource` for zones and instance types. A hint only: stock may be gone by the time of the launch. */
const describeAvailable = (model: EcsModel, parameters: Parameters): object => {
  const destination = requiredText(parameters, 'DestinationResource');
  if (destination !== 'Zone' && destination !== 'InstanceType')
    throw new VendorError(
      400,
      'InvalidParameter.DestinationResource',
      'The local region knows the resources Zone and InstanceType.',
    );
  const wanted = parameters['ZoneId'];
  const zones = model.supply.network.zoneIds.filter((zoneId) => (wanted ?? zoneId) === zoneId);
  return {
    AvailableZones: {
      AvailableZone: zones.map((zoneId) => describeZone(model, zoneId, parameters)),
    },
  };
};

/** The price at the start of the window and its changes within, oldest first. */
const pricesWithin = (
  points: readonly PricePoint[],
  type: InstanceType,
  start: number,
  end: number,
): readonly PricePoint[] => {
  const before = points.filter(({ at }) => at <= start).at(-1);
  const first = { at: start, priceThousandths: before?.priceThousandths ?? usualPrice(type) };
  return [first, ...points.filter(({ at }) => at > start && at <= end)];
};

/** `DescribeSpotPriceHistory`: one row per change of price and zone within the last three hours, or the window asked for. */
const describeSpotPrices = (model: EcsModel, parameters: Parameters): object => {
  const type = requireType(requiredText(parameters, 'InstanceType'));
  const end = Date.parse(parameters['EndTime'] ?? '') || model.options.clock.now();
  const start = Date.parse(parameters['StartTime'] ?? '') || end - WINDOW_MS;
  const wanted = parameters['ZoneId'];
  const rows = model.supply.network.zoneIds
    .filter((zoneId) => (wanted ?? zoneId) === zoneId)
    .flatMap((zoneId) =>
      pricesWithin(model.supply.spotMarket.history(zoneId, type), type, start, end).map(
        (point) => ({
          ...{
            ZoneId: zoneId,
            InstanceType: type.id,
            NetworkType: 'vpc',
            IoOptimized: 'optimized',
          },
          Timestamp: secondText(point.at),
          SpotPrice: point.priceThousandths / 1000,
          OriginPrice: onDemandThousandths(type) / 1000,
        }),
      ),
    );
  const offset = clampedNumber(parameters, 'Offset', { fallback: 0, min: 0, max: rows.length });
  return {
    Currency: 'CNY',
    NextOffset: Math.min(rows.length, offset + PRICES_PER_PAGE),
    SpotPrices: { SpotPriceType: rows.slice(offset, offset + PRICES_PER_PAGE) },
  };
};

/** `DescribeAccountAttributes`: the vCPU quotas and what is used of them. Other attributes are absent. */
const describeAccount = (model: EcsModel, parameters: Parameters): object => {
  const { account } = model.supply;
  const values: Readonly<Record<string, number>> = {
    'max-postpaid-instance-vcpu-count': account.quotaOf(false),
    'used-postpaid-instance-vcpu-count': account.vcpusUsed(false, model.all()),
    'max-spot-instance-vcpu-count': account.quotaOf(true),
    'used-spot-instance-vcpu-count': account.vcpusUsed(true, model.all()),
  };
  const wanted = listOf(parameters, 'AttributeName');
  const rows = Object.entries(values)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([AttributeName, value]) => ({
      AttributeName,
      AttributeValues: { ValueItem: [{ Value: String(value) }] },
    }));
  return { AccountAttributeItems: { AccountAttributeItem: rows } };
};

export const supplyActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  DescribeAvailableResource: (parameters) => describeAvailable(model, parameters),
  DescribeSpotPriceHistory: (parameters) => describeSpotPrices(model, parameters),
  DescribeAccountAttributes: (parameters) => describeAccount(model, parameters),
});
