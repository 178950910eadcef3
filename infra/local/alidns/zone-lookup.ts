import { type AlidnsBehaviour } from './behaviour';
import { type Zone } from './domain';
import { lineAndBroader } from './line';
import { type AlidnsRecord, APEX, hostOf, recordSetKey } from './record';

export interface LookupRules extends Pick<AlidnsBehaviour, 'pausedLine'> {
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

interface Wanted {
  readonly name: string;
  readonly type: string;
  readonly line: string;
}

/**
 * Records that answer for a name, type and line, an alias in their place where there is one. Empty when the name has others only; undefined
 * when there is no such name: nothing enabled at or below it, and no wildcard for it.
 */
export function recordsFor(
  zone: Zone,
  { name, type, line }: Wanted,
  rules: LookupRules,
): readonly AlidnsRecord[] | undefined {
  const rr = ownerOf(zone, hostOf(name, zone.domainName) ?? APEX);
  if (rr === undefined) return undefined;
  const atName = zone.records.filter((record) => record.rr === rr);
  const types =
    type === 'ANY' ? [...new Set(atName.map((record) => record.type))] : [type, 'CNAME'];
  const sets = types.map((one) => setFor(atName, one, line, rules));
  const chosen = type === 'ANY' ? sets : sets.filter((set) => set.length > 0).slice(0, 1);
  return chosen.flatMap((set) => drawn(zone, set, rules.random));
}

/** The host whose records answer: itself, or the wildcard beside the closest name that is there (RFC 4592). */
function ownerOf({ records }: Zone, rr: string): string | undefined {
  const enabled = records.filter(({ isEnabled }) => isEnabled);
  const isThere = (host: string): boolean =>
    host === APEX || enabled.some((one) => one.rr === host || one.rr.endsWith(`.${host}`));
  let above = rr;
  while (!isThere(above)) above = above.includes('.') ? above.slice(above.indexOf('.') + 1) : APEX;
  if (above === rr) return rr;
  const wildcard = above === APEX ? '*' : `*.${above}`;
  return enabled.some((one) => one.rr === wildcard) ? wildcard : undefined;
}

/** Enabled records of the type on the narrowest line that has any. */
function setFor(
  atName: readonly AlidnsRecord[],
  type: string,
  line: string,
  { pausedLine }: LookupRules,
): readonly AlidnsRecord[] {
  for (const one of lineAndBroader(line)) {
    const set = atName.filter((record) => record.type === type && record.line === one);
    const enabled = set.filter(({ isEnabled }) => isEnabled);
    if (enabled.length > 0 || (set.length > 0 && pausedLine === 'no-answer')) return enabled;
  }
  return [];
}

/** One by weight where weighting is on; else all, or any one alias. */
function drawn(
  { weighted }: Zone,
  set: readonly AlidnsRecord[],
  random: () => number,
): readonly AlidnsRecord[] {
  const [first] = set;
  if (first === undefined || set.length === 1) return set;
  if (weighted.has(recordSetKey(first))) return byWeight(set, random);
  if (first.type !== 'CNAME') return set;
  return set.slice(Math.floor(random() * set.length)).slice(0, 1);
}

/** Example: weights 1 and 3 give the second for three numbers of four. All where every weight is 0. */
function byWeight(set: readonly AlidnsRecord[], random: () => number): readonly AlidnsRecord[] {
  const total = set.reduce((sum, { weight }) => sum + weight, 0);
  let left = Math.floor(random() * total);
  const chosen = set.find(({ weight }) => (left -= weight) < 0);
  return chosen === undefined ? set : [chosen];
}
