import { type Parameters } from './contracts';

/**
 * Nested values as they travel: lists from 1, members by name, numbers and booleans as text, null and undefined left out.
 * The same as the vendor's client does.
 *
 * Example: `{ Tag: [{ Key: 'a', Value: 1 }], InstanceId: ['i-1'] }` → `Tag.1.Key=a`, `Tag.1.Value=1`, `InstanceId.1=i-1`.
 */
export function flattenQuery(query: Readonly<Record<string, unknown>>): Parameters {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) flatten(name, value as Nested, flat);
  return flat;
}

type Nested =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Nested[]
  | { readonly [name: string]: Nested };

function flatten(path: string, value: Nested, flat: Record<string, string>): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object') flat[path] = String(value);
  else if (isList(value))
    for (const [index, item] of value.entries()) flatten(`${path}.${index + 1}`, item, flat);
  else for (const [name, member] of Object.entries(value)) flatten(`${path}.${name}`, member, flat);
}

const isList = (value: object): value is readonly Nested[] => Array.isArray(value);
