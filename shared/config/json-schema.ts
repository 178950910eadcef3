import { z } from 'zod';
import { policySchema } from './schema';

/** The part of JSON Schema that the policy uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  /** Why the default is what it is; ours, not JSON Schema’s. */
  readonly why?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: string | number | boolean | null;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Schema of the file as it is written (not of the parsed policy), with our `why` beside each default. */
const policyJsonSchema = (): JsonSchema =>
  z.toJSONSchema(policySchema, { io: 'input' }) as JsonSchema;

/** The same for editors: the reason for a default becomes part of the description. */
export function editorJsonSchema(schema: JsonSchema = policyJsonSchema()): JsonSchema {
  const tell = (_key: string, part: unknown): unknown => {
    if (
      typeof part !== 'object' ||
      part === null ||
      !('why' in part) ||
      typeof part.why !== 'string'
    )
      return part;
    const { why, ...rest } = part;
    const description =
      'description' in rest && typeof rest.description === 'string' ? `${rest.description} ` : '';
    return { ...rest, description: `${description}Default: ${why}.` };
  };
  return JSON.parse(JSON.stringify(schema, tell)) as JsonSchema;
}

/** One field of the file. */
export interface PolicyField {
  readonly path: string;
  readonly description: string;
  readonly why: string | undefined;
  readonly isRequired: boolean;
  readonly default: unknown;
  readonly values: string;
}

const variants = (schema: JsonSchema): readonly JsonSchema[] => [
  schema,
  ...(schema.anyOf ?? []),
  ...(schema.oneOf ?? []),
];

/** What a notation is called, by a part of its pattern that no other has. */
const NOTATIONS = [
  ['ms|s|m|h|d', 'duration'],
  ['%', 'share'],
  ['\\/s', 'rate'],
  [':([0-5]', 'time'],
] as const;

function valuesOf(schema: JsonSchema): string {
  const all = variants(schema).flatMap((one) => {
    if (one.const !== undefined) return [String(one.const)];
    if (one.enum !== undefined) return [one.enum.join(' | ')];
    const notation = NOTATIONS.find(([part]) => one.pattern?.includes(part) === true);
    if (notation !== undefined) return [notation[1]];
    return one.type === undefined ? [] : [one.type === 'object' ? 'section' : one.type];
  });
  return [...new Set(all)].join(' | ');
}

/** Each of the values once. Example: `share | integer` and `share` are `share | integer`. */
const joined = (values: readonly string[]): string =>
  [...new Set(values.flatMap((one) => one.split(' | ')))].join(' | ');

/** Every field once, in the order of the file, sections before their fields. Example path: `pools[].heal.confirm.fall`. */
export function policyFields(): readonly PolicyField[] {
  const merged = new Map<string, PolicyField>();
  for (const field of fieldsOf(policyJsonSchema(), '')) {
    const known = merged.get(field.path);
    merged.set(
      field.path,
      known === undefined ? field : { ...known, values: joined([known.values, field.values]) },
    );
  }
  return [...merged.values()];
}

function fieldsOf(schema: JsonSchema, prefix: string): readonly PolicyField[] {
  return variants(schema).flatMap((variant) => {
    const own = Object.entries(variant.properties ?? {}).flatMap(([name, child]) => {
      const path = prefix === '' ? name : `${prefix}.${name}`;
      const isRequired = variant.required?.includes(name) ?? false;
      const field = {
        path,
        description: child.description ?? '',
        why: child.why,
        isRequired,
        default: child.default,
        values: valuesOf(child),
      };
      return [field, ...fieldsOf(child, path)];
    });
    return [...own, ...(variant.items === undefined ? [] : fieldsOf(variant.items, `${prefix}[]`))];
  });
}

/** Keys that the file may have at a path, for suggestions. */
export function knownKeys(
  path: readonly PropertyKey[],
  schema: JsonSchema = policyJsonSchema(),
): readonly string[] {
  const [head, ...rest] = path;
  return variants(schema).flatMap((variant) => {
    if (head === undefined) return Object.keys(variant.properties ?? {});
    const child = typeof head === 'number' ? variant.items : variant.properties?.[String(head)];
    return child === undefined ? [] : knownKeys(rest, child);
  });
}
