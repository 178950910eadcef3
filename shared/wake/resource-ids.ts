/** Ids that an alarm or event names. Which kind an id is does not matter: each is looked for among load balancers and members. */
const ID_KEYS =
  /^(instance_?ids?|resource_?ids?|resource|arn|subject|load_?balancer_?ids?|slb_?id|server_?id|dimensions)$/i;
const DEPTH_MAX = 8;
const IDS_MAX = 200;
/** Text that is longer is no id and no list of ids: taking it apart would cost seconds. */
export const DIMENSIONS_LENGTH_MAX = 32_768;

/**
 * Collects resource ids from a decoded alarm or event of any known shape: values of id-like keys, ARNs cut to their last part,
 * JSON inside text, and CloudMonitor's Java-map text. At most 200.
 *
 * Example: `{ data: { instanceId: 'i-1' }, subject: 'acs:ecs:cn-hangzhou:1:instance/i-1' }` → `['i-1']`.
 */
export function resourceIds(value: unknown): readonly string[] {
  const found = new Set<string>();
  collect(value, found, { isId: false, depth: 0 });
  return [...found].slice(0, IDS_MAX);
}

interface Position {
  readonly isId: boolean;
  readonly depth: number;
}

function collect(value: unknown, found: Set<string>, position: Position): void {
  const depth = position.depth + 1;
  if (depth > DEPTH_MAX) return;
  if (typeof value === 'string') {
    collectText(value, found, { ...position, depth });
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found, { ...position, depth });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      collect(item, found, { isId: ID_KEYS.test(key), depth });
  }
}

function collectText(text: string, found: Set<string>, position: Position): void {
  if (text.length > DIMENSIONS_LENGTH_MAX) return;
  const inner = /^\s*[[{]/.test(text) ? (jsonOf(text) ?? javaMap(text)) : undefined;
  if (inner !== undefined && inner !== null) {
    collect(inner, found, { ...position, isId: false });
    return;
  }
  const id = text.slice(text.lastIndexOf('/') + 1);
  if (position.isId && /^[\w.-]{3,128}$/.test(id)) found.add(id);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * CloudMonitor's dimensions: a Java map as text, which is not JSON. Null when it is not whole.
 *
 * Example: `{userId=12, instanceId=lb-1, port=80}` → `{ userId: '12', instanceId: 'lb-1', port: '80' }`.
 */
export function javaMap(text: string): Readonly<Record<string, string>> | null {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (inside === undefined) return null;
  const pairs = inside
    .split(', ')
    .map(
      (pair) =>
        [
          pair.slice(0, pair.indexOf('=')).trim(),
          pair.slice(pair.indexOf('=') + 1).trim(),
        ] as const,
    )
    .filter(([key]) => key !== '');
  return Object.fromEntries(pairs);
}
