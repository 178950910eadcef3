import { type Parameters } from './contracts';

/**
 * Nested values as they travel: lists from 1, members by name, numbers and booleans as text, null and undefined left out.
 * The same as the vendor's client does.
 *
 * Example: `{ Tag: [{ Key: 'a', Value: 1 }], InstanceId: ['i-1'] }` → `Tag.1.Key=a`, `Tag.1.Value=1`, `InstanceId.1=i-1`.
 */
export function flattenQuery(query: Readonly<Record<string, unknown>>): Parameters {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => flatten(name, value as Nested)),
  );
}

type Nested =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Nested[]
  | { readonly [name: string]: Nested };

function flatten(path: string, value: Nested): readonly (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[path, String(value)]];
  const members = isList(value)
    ? value.map((item, index) => [String(index + 1), item] as const)
    : Object.entries(value);
  return members.flatMap(([name, member]) => flatten(`${path}.${name}`, member));
}

const isList = (value: object): value is readonly Nested[] => Array.isArray(value);
