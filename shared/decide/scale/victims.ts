import { compareText } from '../../domain/attachment';
import { knownValue } from '../../domain/reading';
import { type VictimOrder } from '../../domain/scale-policy';
import { type Entry, isArriving, isOnOrder } from './entry';

/** Instances that stay so far, by zone. */
type Zones = ReadonlyMap<string | undefined, number>;

/** Compares two candidates: negative when the first should rather leave. */
type Criterion = (one: Entry, other: Entry, zones: Zones) => number;

/** `billing`: what is paid by the hour in full leaves before spot, which costs a fraction. */
const CRITERIA: Readonly<Record<VictimOrder, Criterion>> = {
  'zone-balance': (one, other, zones) => sizeOfZone(other, zones) - sizeOfZone(one, zones),
  'oldest-template': (one, other) => templateOf(one) - templateOf(other),
  'fewest-connections': (one, other) => connectionsOf(one) - connectionsOf(other),
  billing: (one, other) => Number(isSpot(one)) - Number(isSpot(other)),
  newest: (one, other) => other.launchedAt - one.launchedAt,
  oldest: (one, other) => one.launchedAt - other.launchedAt,
};

/**
 * Who leaves when there are too many, best first: who does not serve yet or is held out before who serves, then the
 * policy’s criteria in their order, then by id. Each choice is made with the earlier ones gone, so that zones stay balanced.
 * Protected instances, those without our tag and those that a person drains are never among them.
 */
export function chooseVictims(
  roster: readonly Entry[],
  order: readonly VictimOrder[],
  count: number,
): readonly Entry[] {
  let staying = roster.filter(isCapacity);
  const victims: Entry[] = [];
  while (victims.length < count) {
    const zones = countZones(staying);
    const victim = staying.filter(mayLeave).reduce<Entry | undefined>((best, entry) => {
      return best === undefined || compare(entry, best, order, zones) < 0 ? entry : best;
    }, undefined);
    if (victim === undefined) break;
    victims.push(victim);
    staying = staying.filter((entry) => entry !== victim);
  }
  return victims;
}

const isCapacity = (entry: Entry): boolean =>
  entry.stage === 'serving' || entry.stage === 'held' || isArriving(entry);

const mayLeave = (entry: Entry): boolean => entry.isOurs && !entry.isProtected && !isOnOrder(entry);

function countZones(entries: readonly Entry[]): Zones {
  const zones = new Map<string | undefined, number>();
  for (const { facts } of entries) zones.set(facts?.zoneId, (zones.get(facts?.zoneId) ?? 0) + 1);
  return zones;
}

function compare(one: Entry, other: Entry, order: readonly VictimOrder[], zones: Zones): number {
  const criteria: readonly Criterion[] = [
    (a, b) => Number(isUseful(a)) - Number(isUseful(b)),
    ...order.map((name) => CRITERIA[name]),
    (a, b) => compareText(a.instanceId, b.instanceId),
  ];
  const decisive = criteria.find((criterion) => criterion(one, other, zones) !== 0);
  return decisive?.(one, other, zones) ?? 0;
}

const isUseful = ({ stage }: Entry): boolean => stage === 'serving';

const sizeOfZone = ({ facts }: Entry, zones: Zones): number => zones.get(facts?.zoneId) ?? 0;

/** Unknown template versions count as the oldest. */
const templateOf = ({ owned }: Entry): number => owned?.facts.templateVersion ?? 0;

/** Who does not tell its connections is taken for busy. */
const connectionsOf = ({ owned }: Entry): number =>
  (owned === null ? undefined : knownValue(owned.connections)) ?? Number.MAX_SAFE_INTEGER;

const isSpot = ({ facts }: Entry): boolean => facts?.isSpot === true;
