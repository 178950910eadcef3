import { type Parameters, VendorError } from './contracts';

/** Values of a numbered list in its order. Example: `InstanceId.1=a&InstanceId.2=b` gives ['a', 'b']. */
export function listOf(parameters: Parameters, name: string): readonly string[] {
  const prefix = `${name}.`;
  return Object.entries(parameters)
    .filter(([key]) => key.startsWith(prefix) && /^\d+$/.test(key.slice(prefix.length)))
    .sort(
      ([left], [right]) => Number(left.slice(prefix.length)) - Number(right.slice(prefix.length)),
    )
    .map(([, value]) => value);
}

const NUMBERED = /^(\d+)\.(.+)$/;

/** Members of a numbered list of structures, in order. Example: `Tag.1.Key=a&Tag.1.Value=b` gives [{Key: 'a', Value: 'b'}]. */
export function structuresOf(parameters: Parameters, name: string): readonly Parameters[] {
  const members = new Map<number, Record<string, string>>();
  const prefix = `${name}.`;
  for (const key of Object.keys(parameters)) {
    if (!key.startsWith(prefix)) continue;
    const [, index, field] = NUMBERED.exec(key.slice(prefix.length)) ?? [];
    const value = parameters[key];
    if (index === undefined || field === undefined || value === undefined) continue;
    members.set(Number(index), { ...members.get(Number(index)), [field]: value });
  }
  return [...members].sort(([left], [right]) => left - right).map(([, member]) => member);
}

/** A parameter that must be there: 400 `MissingParameter` otherwise. */
export function requiredText(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '')
    throw new VendorError(
      400,
      'MissingParameter',
      `The input parameter "${name}" that is mandatory for processing this request is not supplied.`,
    );
  return value;
}

/** A parameter that may be left out; sent empty it counts as left out. */
export function optionalText(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  return value === '' ? undefined : value;
}

export interface NumberRule {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/** A whole number, pulled into its range; 400 `InvalidParameter` when it is not a number. */
export function clampedNumber(parameters: Parameters, name: string, rule: NumberRule): number {
  const text = parameters[name];
  if (text === undefined || text === '') return rule.fallback;
  const value = Number(text);
  if (!Number.isInteger(value))
    throw new VendorError(400, 'InvalidParameter', `The specified parameter ${name} is not valid.`);
  return Math.min(rule.max, Math.max(rule.min, value));
}

export const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === 'true';

/** A JSON text that must hold an array; throws `error` when it does not. */
export function jsonArray(text: string, error: () => VendorError): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Answered below, like every other text that is not an array.
  }
  throw error();
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextToken: string;
}

const tokenOf = (offset: number): string => Buffer.from(`page:${offset}`).toString('base64url');

const offsetOf = (token: string | undefined): number => {
  if (token === undefined || token === '') return 0;
  const [, offset] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (offset === undefined)
    throw new VendorError(
      400,
      'InvalidParameter.NextToken',
      'The specified NextToken is not valid.',
    );
  return Number(offset);
};

/** One page of `MaxResults`/`NextToken` paging. */
export function pageByToken<T>(
  items: readonly T[],
  token: string | undefined,
  size: number,
): Page<T> {
  const start = offsetOf(token);
  const end = start + size;
  return { items: items.slice(start, end), nextToken: end < items.length ? tokenOf(end) : '' };
}

/** One page of `PageNumber`/`PageSize` paging; pages count from 1. */
export function pageByNumber<T>(
  items: readonly T[],
  pageNumber: number,
  pageSize: number,
): readonly T[] {
  return items.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
}
