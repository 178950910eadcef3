import { type z } from 'zod';
import { type FleetPolicy } from './fleet-policy';
import { policySchema } from './schema';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** The part of a policy that parses, with defaults where a section does not. */
export interface LintablePart {
  readonly policy: FleetPolicy;
  /** A finding's path in the file; null where it speaks of a section that does not parse. */
  placeInFile(at: Path): Path | null;
}

/** Stands for a version or region that is missing or wrong; lint looks at neither. */
const STAND_INS = { version: 1, region: 'cn-local' };

const placesOf = (issue: Issue): readonly Path[] =>
  issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

/** The section that an issue spoils: `heal.ladder` of a pool as a whole, since its fields are judged together. */
const sectionOf = (place: Path): Path =>
  place[0] === 'pools' ? place.slice(0, place[2] === 'heal' ? 4 : 3) : place.slice(0, 1);

/** What names say of pools depends on where these stand, and on what they are called. */
const isAboutPlace = ([head, , key]: Path): boolean =>
  head === 'region' || (head === 'pools' && (key === 'region' || key === 'name'));

const begins = (place: Path, section: Path): boolean =>
  section.every((part, index) => part === place[index]);

/** A copy without what stands at a path; list entries become undefined, so that the others keep their index. */
function without(value: unknown, [head, ...rest]: Path): unknown {
  if (head === undefined || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value))
    return value.map((entry: unknown, index) => (index === head ? without(entry, rest) : entry));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]: [string, unknown]) => {
      if (key !== head) return [[key, entry]];
      return rest.length === 0 ? [] : [[key, without(entry, rest)]];
    }),
  );
}

/**
 * What lint can judge of a policy that the schema refuses: sections with problems are left out, and pools that then still do
 * not parse. Null when nothing remains.
 */
export function lintablePart(data: unknown, issues: readonly Issue[]): LintablePart | null {
  const spoilt = issues.flatMap(placesOf).map(sectionOf);
  const remains = spoilt.reduce<unknown>(without, data);
  if (typeof remains !== 'object' || remains === null) return null;
  const written = { ...STAND_INS, ...remains };
  const pools: readonly unknown[] =
    'pools' in written && Array.isArray(written.pools) ? written.pools : [];
  const broken = new Set(policySchema.safeParse(written).error?.issues.map(({ path }) => path[1]));
  const kept = [...pools.keys()].filter((index) => !broken.has(index));
  const parsed = policySchema.safeParse({ ...written, pools: kept.map((index) => pools[index]) });
  if (!parsed.success) return null;
  const isWhole = kept.length === pools.length && spoilt.every((one) => !isAboutPlace(one));
  const placeInFile = ([head, index, ...rest]: Path): Path | null => {
    if (head === 'failover') return isWhole && index !== undefined ? [head, index, ...rest] : null;
    const place =
      head === 'pools' && typeof index === 'number' ? [head, kept[index] ?? index, ...rest] : null;
    return place === null || spoilt.some((section) => begins(place, section)) ? null : place;
  };
  return { policy: parsed.data, placeInFile };
}
