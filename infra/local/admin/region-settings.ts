import { z } from 'zod';
import { type EcsModel } from '../ecs/ecs-model';

const count = z.int().min(0);
const offer = {
  zoneId: z.string().optional(),
  instanceType: z.string().optional(),
  isSpot: z.boolean().optional(),
};
const range = z
  .strictObject({ minMs: count, maxMs: count })
  .refine(({ minMs, maxMs }) => minMs <= maxMs, 'minMs is more than maxMs');

/** What can be changed about a running region's ECS; a field that is left out stays as it is. */
export const regionSettingsSchema = z.strictObject({
  /** Machines left of these offers; null: no end of anything again. */
  stock: z
    .strictObject({
      ...offer,
      available: count,
      code: z.string().min(1).optional(),
      status: z.int().min(400).max(599).optional(),
    })
    .nullable()
    .optional(),
  vcpuQuota: z.strictObject({ onDemand: count.optional(), spot: count.optional() }).optional(),
  /** Whole units of the currency. */
  balance: z.int().optional(),
  lateFailures: z.strictObject({ ...offer, count, afterMs: count.optional() }).optional(),
  /** null: the profile's own. */
  bootTimes: z
    .strictObject({ pending: range, running: range, guest: range, service: range })
    .nullable()
    .optional(),
  spotPrice: z
    .strictObject({
      zoneId: offer.zoneId,
      instanceType: offer.instanceType,
      priceThousandths: count,
    })
    .optional(),
  visibilityDelayMs: count.optional(),
});

export type RegionSettings = z.output<typeof regionSettingsSchema>;

/** Applies what is there, at once and for what comes from now on. */
export function applyRegionSettings(ecs: EcsModel, settings: RegionSettings): void {
  const { stock, vcpuQuota, balance, lateFailures, bootTimes, spotPrice } = settings;
  if (stock === null) ecs.supply.stock.clear();
  else if (stock !== undefined) ecs.supply.stock.set(given(stock));
  if (vcpuQuota !== undefined)
    ecs.supply.account.vcpuQuota = { ...ecs.supply.account.vcpuQuota, ...given(vcpuQuota) };
  if (balance !== undefined) ecs.supply.account.balance = balance;
  if (lateFailures !== undefined) ecs.launches.failNext(given(lateFailures));
  if (bootTimes !== undefined) ecs.boots.times = bootTimes ?? undefined;
  if (spotPrice !== undefined) ecs.supply.spotMarket.set(given(spotPrice));
  if (settings.visibilityDelayMs !== undefined) ecs.visibilityDelayMs = settings.visibilityDelayMs;
}

/** The same without fields that are undefined. */
const given = <T extends object>(value: T): { [Name in keyof T]: Exclude<T[Name], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
