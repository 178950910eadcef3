import { readYaml } from './yaml-file';

/** One field in which two policies differ, as they were written; `undefined` where it is absent. */
export interface PolicyDifference {
  /** Members of a list that have names are known by them: `pools.web.guards.floor`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Fields in which two texts differ, in the order of the second. Comments, notation of YAML and the order of what has names make no
 * difference.
 *
 * Example: `pools: [{ name: web, mode: observe }]` and `pools: [{ name: web, mode: enforce }]` differ in `pools.web.mode`.
 */
export const policyDifferences = (before: string, after: string): readonly PolicyDifference[] =>
  differences(dataOf(before), dataOf(after), '');

/** Pools and names that a change concerns; of everything, when a field outside of them differs. */
export interface PolicyReach {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly isGeneral: boolean;
}

/** Whom the differences concern. Example: `pools.web.mode` concerns `pools.web`. */
export function reachOf(found: readonly PolicyDifference[]): PolicyReach {
  const named = found.flatMap(({ path, before, after }) => {
    const [, subject, rest] = /^((?:failover\.names|pools)\.[^.]+)(\..+)?$/.exec(path) ?? [];
    return subject === undefined ? [] : [{ subject, isWhole: rest === undefined, before, after }];
  });
  const subjects = (wanted: (one: (typeof named)[number]) => boolean): readonly string[] => [
    ...new Set(named.filter(wanted).map(({ subject }) => subject)),
  ];
  return {
    added: subjects(({ isWhole, before }) => isWhole && before === undefined),
    removed: subjects(({ isWhole, after }) => isWhole && after === undefined),
    changed: subjects(
      ({ isWhole, before, after }) => !isWhole || (before !== undefined && after !== undefined),
    ),
    isGeneral: named.length < found.length,
  };
}

type Section = Readonly<Record<string, unknown>>;

const dataOf = (text: string): unknown => readYaml(text, 'policy').file?.data ?? null;

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list as a section: by the names of its members, where all have one and none twice; else by their places. */
function sectionOf(value: unknown): Section | null {
  if (isSection(value)) return value;
  if (!Array.isArray(value)) return null;
  const members = value as readonly unknown[];
  const names = members.map((one): unknown => (isSection(one) ? one['name'] : undefined));
  const isNamed =
    names.every((name) => typeof name === 'string') && new Set(names).size === names.length;
  return Object.fromEntries(
    members.map((one, index): readonly [string, unknown] => [
      isNamed ? String(names[index]) : `[${index}]`,
      one,
    ]),
  );
}

function differences(before: unknown, after: unknown, path: string): readonly PolicyDifference[] {
  const [was, is] = [sectionOf(before), sectionOf(after)];
  if (was === null || is === null || Array.isArray(before) !== Array.isArray(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  const keys = [...new Set([...Object.keys(is), ...Object.keys(was)])];
  return keys.flatMap((key) => differences(own(was, key), own(is, key), pathOf(path, key)));
}

const own = (section: Section, key: string): unknown =>
  Object.hasOwn(section, key) ? section[key] : undefined;

const pathOf = (path: string, key: string): string =>
  path === '' || key.startsWith('[') ? `${path}${key}` : `${path}.${key}`;
