import { Dice } from './dice';
import { drawNamePolicy, drawPoolPolicy } from './draw-policy';
import { FAULT_KINDS, type FaultKind } from './fault-kinds';
import { type FaultRate, type NameWish, type PoolWish, type Setting } from './setting';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_BEGINS_AT = Date.UTC(2026, 0, 1);

/** Faults end so long before the run does, or after a half of it where it is shorter: what was broken must be whole by the end. */
const CALM_MS = 45 * MINUTE_MS;

export interface SettingWish {
  readonly seed: number;
  readonly hours: number;
  /** Kinds of faults that may happen. */
  readonly faults: readonly FaultKind[];
}

/** What the seed makes of the wish. Drawing one part changes nothing in another. */
export function drawSetting({ seed, hours, faults }: SettingWish): Setting {
  const dice = new Dice(seed);
  const place = dice.split('place');
  const startAt = YEAR_BEGINS_AT + place.between(0, 7 * 24 * 60 - 1) * MINUTE_MS;
  const endsAt = startAt + Math.round(hours * HOUR_MS);
  const hasName = place.happens(200);
  const regionIds = hasName || place.happens(200) ? ['cn-hangzhou', 'cn-beijing'] : ['cn-hangzhou'];
  const pace = dice.split('pace');
  return {
    ...{ seed, startAt, endsAt, regionIds },
    calmAt: endsAt - Math.min(CALM_MS, (endsAt - startAt) / 2),
    pools: regionIds.flatMap((regionId) => drawPools(dice.split(regionId), regionId, hasName)),
    name: hasName ? drawName(dice.split('name')) : null,
    faults: drawFaults(dice.split('faults'), faults),
    callMs: pace.pick([20, 50, 100, 300]),
    storeMs: pace.pick([0, 0, 2, 10]),
    deathShare: faults.includes('worker-crash') ? pace.pick([0, 10, 50, 150]) : 0,
    hangShare: faults.includes('worker-timeout') ? HANG_SHARE : 0,
    freezeShare: faults.includes('concurrent-worker') ? pace.pick([0, 5, 20]) : 0,
    bootMs: pace.pick([40_000, 90_000, 150_000]),
    hasAlarms: pace.happens(700),
    timerMs: MINUTE_MS * (hasName ? 1 : pace.pick([1, 1, 2, 3, 5])),
  };
}

function drawPools(dice: Dice, regionId: string, hasName: boolean): readonly PoolWish[] {
  const count = hasName ? 1 : dice.pick([1, 1, 1, 1, 2, 3]);
  return Array.from({ length: count }, (_, index) =>
    drawPool(dice.split(`pool ${index}`), `web-${regionId.slice(3)}-${index + 1}`, regionId),
  );
}

/** Mostly small pools, where off-by-one lives. */
const sizeOf = (dice: Dice): number =>
  dice.pick([
    ...[() => dice.between(2, 4), () => dice.between(2, 6), () => dice.between(3, 8)],
    ...[() => dice.between(2, 4), () => dice.between(2, 6), () => dice.between(3, 12)],
    ...[() => dice.between(6, 20), () => dice.between(10, 60)],
  ])();

function drawPool(dice: Dice, name: string, regionId: string): PoolWish {
  const count = sizeOf(dice.split('size'));
  const isScaled = dice.happens(450);
  const isMixed = !isScaled && dice.happens(200);
  return {
    ...{ name, regionId, count, isScaled },
    instanceTypes: isMixed ? ['ecs.c7.large', 'ecs.c7.xlarge'] : ['ecs.c7.large'],
    weights: isScaled ? [100] : dice.pick([[100], [100], [50], [100, 60, 30], [1, 100]]),
    copies: dice.pick([1, 1, 1, 2]),
    hasGroups: dice.happens(600),
    checkIntervalS: dice.pick([10, 20, 30, 50]),
    spotShare: isScaled ? dice.pick([0, 0, 300]) : 0,
    busyShare: dice.pick([200, 300, 400]),
    policy: drawPoolPolicy(dice.split('policy'), { count, regionId, isScaled }),
  };
}

const drawName = (dice: Dice): NameWish => ({
  homeRegionId: 'cn-hongkong',
  vantages: ['cn-hangzhou', 'cn-beijing', 'cn-hongkong', 'cn-chengdu'],
  lines: dice.happens(300) ? ['default', 'telecom'] : ['default'],
  policy: drawNamePolicy(dice.split('policy')),
});

/** One or two in an hour. */
const HANG_SHARE = 5;

/** Those that would leave no time for anything else come seldom. */
const RARE: readonly FaultKind[] = ['region-loss', 'zone-loss', 'store-lost', 'clock-step'];

/** Each universe has some kinds of trouble, at a pace of its own: all at once would hide one behind the other. */
function drawFaults(dice: Dice, kinds: readonly FaultKind[]): readonly FaultRate[] {
  const pace = dice.pick([3, 8, 20]);
  return FAULT_KINDS.filter((kind) => kinds.includes(kind)).flatMap((kind) => {
    const own = dice.split(kind);
    if (!own.happens(600)) return [];
    const everyMinutes = pace * own.pick([1, 2, 4]) * (RARE.includes(kind) ? 4 : 1);
    return [{ kind, everyMs: everyMinutes * MINUTE_MS }];
  });
}
