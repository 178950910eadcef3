import { compareText } from '../../domain/attachment';
import { knownValue } from '../../domain/reading';
import { type VictimOrder } from '../../domain/scale-policy';
import { type Entry, isCapacity, isOnOrder } from './entry';

/** Instances that stay so far, by zone or load balancer. */
type Counts = ReadonlyMap<string | undefined, number>;

interface Balance {
  readonly zones: Counts;
  readonly loadBalancers: Counts;
}

/** Compares two candidates: negative when the first should rather leave. */
type Criterion = (one: Entry, other: Entry, balance: Balance) => number;

/** `billing`: what is paid by the hour in full leaves before spot, which costs a fraction. */
const CRITERIA: Readonly<Record<VictimOrder, Criterion>> = {
  'zone-balance': (one, other, { zones }) =>
    sizeOf(zoneOf(other), zones) - sizeOf(zoneOf(one), zones),
  'oldest-template': (one, other) => templateOf(one) - templateOf(other),
  'fewest-connections': (one, other) => connectionsOf(one) - connectionsOf(other),
  billing: (one, other) => Number(isSpot(one)) - Number(isSpot(other)),
  newest: (one, other) => other.launchedAt - one.launchedAt,
  oldest: (one, other) => one.launchedAt - other.launchedAt,
};

/**
 * Who leaves when there are too many, best first: who does not serve yet or is held out before who serves, then who stands
 * behind the fullest load balancer where each has its own, then the policy’s criteria in their order, then by id. Each choice
 * is made with the earlier ones gone, so that zones and load balancers stay balanced.
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
    const balance = {
      zones: countBy(staying, zoneOf),
      loadBalancers: countBy(staying, loadBalancerOf),
    };
    const victim = staying.filter(mayLeave).reduce<Entry | undefined>((best, entry) => {
      return best === undefined || compare(entry, best, order, balance) < 0 ? entry : best;
    }, undefined);
    if (victim === undefined) break;
    victims.push(victim);
    staying = staying.filter((entry) => entry !== victim);
  }
  return victims;
}

const mayLeave = (entry: Entry): boolean => entry.isOurs && !entry.isProtected && !isOnOrder(entry);

type Place = (entry: Entry) => string | undefined;

const zoneOf: Place = ({ facts }) => facts?.zoneId;
const loadBalancerOf: Place = ({ loadBalancerId }) => loadBalancerId;

function countBy(entries: readonly Entry[], placeOf: Place): Counts {
  const counts = new Map<string | undefined, number>();
  for (const entry of entries) counts.set(placeOf(entry), sizeOf(placeOf(entry), counts) + 1);
  return counts;
}

const sizeOf = (place: string | undefined, counts: Counts): number => counts.get(place) ?? 0;

function compare(
  one: Entry,
  other: Entry,
  order: readonly VictimOrder[],
  balance: Balance,
): number {
  const criteria: readonly Criterion[] = [
    (a, b) => Number(isUseful(a)) - Number(isUseful(b)),
    (a, b, { loadBalancers }) =>
      sizeOf(loadBalancerOf(b), loadBalancers) - sizeOf(loadBalancerOf(a), loadBalancers),
    ...order.map((name) => CRITERIA[name]),
    (a, b) => compareText(a.instanceId, b.instanceId),
  ];
  const decisive = criteria.find((criterion) => criterion(one, other, balance) !== 0);
  return decisive?.(one, other, balance) ?? 0;
}

const isUseful = ({ stage }: Entry): boolean => stage === 'serving';

/** Unknown template versions count as the oldest. */
const templateOf = ({ owned }: Entry): number => owned?.facts.templateVersion ?? 0;

/** Who does not tell its connections is taken for busy. */
const connectionsOf = ({ owned }: Entry): number =>
  (owned === null ? undefined : knownValue(owned.connections)) ?? Number.MAX_SAFE_INTEGER;

const isSpot = ({ facts }: Entry): boolean => facts?.isSpot === true;
