import { backOffsOf } from '../../domain/launch-back-off';
import { type BackOffMemory, type ScaleMemory } from '../../domain/scale-memory';
import { type LaunchOption, type LaunchPolicy } from '../../domain/scale-policy';
import { ceilDiv, type Instant, shareOf, since } from '../../domain/units';
import { type Entry, type Stage } from './roster';

/** An option that may be tried now, with how many instances it may bring. */
export interface UsableOption {
  readonly option: LaunchOption;
  readonly countMax: number;
}

export interface OptionChoice {
  /** In the policy’s order. */
  readonly usable: readonly UsableOption[];
  /** Usable, but what they launched last never came up: for what the others cannot bring. */
  readonly doubtful: readonly UsableOption[];
  /** Spot instances that may be added, whichever options bring them. */
  readonly spotMax: number;
  /** Why the others are left out, for people. */
  readonly skipped: readonly string[];
}

export interface OptionSources {
  readonly regionId: string;
  readonly launch: LaunchPolicy;
  readonly memory: Pick<ScaleMemory, 'backOff' | 'launches'>;
  readonly roster: readonly Entry[];
  readonly count: number;
  readonly now: Instant;
  /** A zone that a person has the pool leave; nothing is launched there. */
  readonly leftZone?: string | null;
}

/** The options that may be tried now: backed-off ones and spot beyond its share are out. */
export function chooseOptions(sources: OptionSources): OptionChoice {
  const { launch, count } = sources;
  if (launch.options.length === 0)
    return {
      usable: [],
      doubtful: [],
      spotMax: 0,
      skipped: ['the policy names no way to launch'],
    };
  const spotMax = roomForSpot(sources);
  const judged = launch.options.map((option) => ({
    option,
    countMax: option.chargeType === 'spot' ? spotMax : count,
    why: reasonAgainst(option, spotMax, sources),
    isDoubtful: hasFailedLately(option, sources),
  }));
  const open = judged.filter(({ why }) => why === null);
  const pick = (isDoubtful: boolean): readonly UsableOption[] =>
    open
      .filter((each) => each.isDoubtful === isDoubtful)
      .map(({ option, countMax }) => ({ option, countMax }));
  return {
    usable: pick(false),
    doubtful: pick(true),
    spotMax,
    skipped: judged.flatMap(({ why }) => why ?? []),
  };
}

function reasonAgainst(
  option: LaunchOption,
  spotMax: number,
  { regionId, memory, now, leftZone }: OptionSources,
): string | null {
  if (option.zoneId === leftZone) return `${option.name} is not tried: ${leftZone} is evacuated`;
  const backOff = backOffsOf(memory.backOff, regionId, option).find(({ until }) => until > now);
  if (backOff !== undefined)
    return `${option.name} is not tried for another ${ceilDiv(since(now, backOff.until), 1000)} s after ${backOff.code}`;
  if (option.chargeType === 'spot' && spotMax < 1)
    return `${option.name} would exceed the share of spot instances`;
  return null;
}

/**
 * Its back-off is over, but what it was trusted with last came to nothing, and that takes a whole timeout to find out: until
 * the longest back-off has passed, others are asked first. So a third zone is reached however long two dead ones take to fail.
 */
const hasFailedLately = (
  option: LaunchOption,
  { regionId, launch, memory, now }: OptionSources,
): boolean =>
  backOffsOf(memory.backOff, regionId, option).some(
    ({ kind, lastFailureAt }: BackOffMemory) =>
      kind === 'late-failure' && since(lastFailureAt, now) < launch.backOff.maxMs,
  );

/** Spot instances that may be added, so that their share of all holds afterwards. Example: 50 % of 6 + 4, 3 there: 2. */
function roomForSpot(sources: OptionSources): number {
  const { launch, count } = sources;
  const options = occupied(sources);
  const spot = options.filter(({ chargeType }) => chargeType === 'spot').length;
  const share = shareOf(options.length + count, launch.spotShareMax);
  return Math.min(count, Math.max(0, share - spot));
}

/** Who stays is what shares are of: those who leave, or rest, or are gone are not. */
const PASSING: readonly Stage[] = ['warm', 'cooling', 'ghost', 'retiring', 'condemned'];

type Place = Pick<LaunchOption, 'zoneId' | 'instanceType' | 'chargeType'>;

/** Where every instance stands that stays, those included that were accepted and are not on the list yet. */
function occupied({ roster, memory, launch }: OptionSources): readonly Place[] {
  const listed = new Set(roster.map(({ instanceId }) => instanceId));
  const present = roster
    .filter(({ stage }) => !PASSING.includes(stage))
    .flatMap(({ facts }): readonly Place[] =>
      facts === null
        ? []
        : [{ ...facts, chargeType: facts.isSpot ? ('spot' as const) : ('pay-as-you-go' as const) }],
    );
  const unlisted = memory.launches
    .filter(({ reason }) => reason !== 'warm-filled')
    .flatMap(({ attempts, lost, arrived }) =>
      attempts.flatMap(({ option: name, instanceIds }) => {
        const option = launch.options.find((each) => each.name === name);
        const isAway = (id: string): boolean =>
          !listed.has(id) && !lost.includes(id) && !arrived.includes(id);
        return option === undefined ? [] : instanceIds.filter(isAway).map(() => option);
      }),
    );
  return [...present, ...unlisted];
}

const isAt =
  (option: LaunchOption) =>
  ({ zoneId, instanceType, chargeType }: Place): boolean =>
    zoneId === option.zoneId &&
    instanceType === option.instanceType &&
    chargeType === option.chargeType;

/**
 * How many instances each option is asked for first, where weights spread them: one at a time to whoever lacks most of its
 * share, and no more spot than may be added. Without weights the first option is asked for all.
 *
 * Example: weights 2 and 1, nothing there yet, 6 wanted → 4 and 2.
 */
export function spread(
  options: readonly UsableOption[],
  spotMax: number,
  sources: OptionSources,
): readonly UsableOption[] {
  const weighted = options.filter(({ option }) => (option.weight ?? 0) > 0);
  if (weighted.length === 0) return options.slice(0, 1);
  const places = occupied(sources);
  const shares = weighted.map(({ option }) => ({
    option,
    weight: option.weight ?? 0,
    there: places.filter(isAt(option)).length,
    planned: 0,
  }));
  let spotLeft = spotMax;
  for (let index = 0; index < sources.count; index += 1) {
    const next = mostLacking(shares.filter(({ option }) => isPayAsYouGo(option) || spotLeft > 0));
    if (next === undefined) break;
    next.planned += 1;
    if (!isPayAsYouGo(next.option)) spotLeft -= 1;
  }
  return shares
    .filter(({ planned }) => planned > 0)
    .map(({ option, planned }) => ({ option, countMax: planned }));
}

const isPayAsYouGo = ({ chargeType }: LaunchOption): boolean => chargeType === 'pay-as-you-go';

interface Share {
  readonly option: LaunchOption;
  readonly weight: number;
  readonly there: number;
  planned: number;
}

/**
 * Whose next instance would still be the smallest multiple of its weight; the first of equals. Compared crosswise, so that
 * numbers stay whole: (there + 1) ÷ weight.
 */
const mostLacking = (shares: readonly Share[]): Share | undefined =>
  shares.reduce<Share | undefined>(
    (best, each) =>
      best === undefined ||
      (each.there + each.planned + 1) * best.weight < (best.there + best.planned + 1) * each.weight
        ? each
        : best,
    undefined,
  );
