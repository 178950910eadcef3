import { instant, type Instant } from '../../domain/units';
import { classifyVendorError } from './error-table';

/** One JSON object of a reply. */
export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const unreadable = (action: string, path: readonly string[]): Error =>
  classifyVendorError({
    action,
    code: 'UnreadableReply',
    message: `the answer lacks ${path.join('.')}`,
  });

const valueAt = (body: Fields, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isFields(value) ? value[name] : undefined), body);

/**
 * The list of objects at `path`. A list that is not there, or holds something else, is an unreadable reply, never an empty
 * or a shorter list: nothing may be concluded from it. Example: `listAt('DescribeInstances', body, 'Instances', 'Instance')`.
 */
export function listAt(
  action: string,
  body: Fields,
  ...path: readonly string[]
): readonly Fields[] {
  const found = valueAt(body, path);
  if (!Array.isArray(found) || !found.every(isFields)) throw unreadable(action, path);
  return found;
}

/** Like `listAt` for lists that the vendor leaves out when they are empty. */
export function optionalListAt(body: Fields, ...path: readonly string[]): readonly Fields[] {
  const found = valueAt(body, path);
  return Array.isArray(found) ? found.filter(isFields) : [];
}

export const fieldsAt = (body: Fields, name: string): Fields =>
  isFields(body[name]) ? body[name] : {};

/** Text, empty when absent; numbers become text. */
export function textAt(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A number given as such or as text: the vendor answers `Weight` both ways. Undefined when it is neither. */
export function numberAt(fields: Fields, name: string): number | undefined {
  const text = textAt(fields, name).trim();
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}

/** Text that must be there. */
export function requiredText(action: string, fields: Fields, name: string): string {
  const value = textAt(fields, name);
  if (value === '') throw unreadable(action, [name]);
  return value;
}

/** A yes or no given as such or as text; false when it is neither. */
export const flagAt = (fields: Fields, name: string): boolean =>
  fields[name] === true || textAt(fields, name).toLowerCase() === 'true';

/** A number that must be there. */
export function requiredNumber(action: string, fields: Fields, name: string): number {
  const value = numberAt(fields, name);
  if (value === undefined) throw unreadable(action, [name]);
  return value;
}

/** Texts of a list at `path`, such as ids. A list that is not there, or holds something else, is unreadable. */
export function textsAt(
  action: string,
  body: Fields,
  ...path: readonly string[]
): readonly string[] {
  const found = valueAt(body, path);
  const isWhole = Array.isArray(found) && found.every((text) => typeof text === 'string');
  if (!isWhole) throw unreadable(action, path);
  return found;
}

/** A time that must be there. */
export function requiredInstant(action: string, fields: Fields, name: string): Instant {
  const value = Date.parse(textAt(fields, name));
  if (Number.isNaN(value)) throw unreadable(action, [name]);
  return instant(value);
}

/** `items` in runs of at most `size`. Example: chunks([1, 2, 3], 2) = [[1, 2], [3]]. */
export const chunks = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/**
 * The pages of a list of which no part may be missing: a token that comes back unchanged would end it early, and is
 * unreadable.
 */
export async function* wholePages(
  action: string,
  fetchPage: (nextToken: string | undefined) => Promise<Fields>,
): AsyncGenerator<Fields> {
  let token: string | undefined;
  do {
    const page = await fetchPage(token);
    const next = textAt(page, 'NextToken');
    if (next !== '' && next === token) throw unreadable(action, ['NextToken']);
    yield page;
    token = next === '' ? undefined : next;
  } while (token !== undefined);
}

/** All pages of a list that hands out `NextToken`, asked for until it is empty or repeats itself. */
export async function allPages(
  fetchPage: (nextToken: string | undefined) => Promise<Fields>,
): Promise<readonly Fields[]> {
  const pages: Fields[] = [];
  let token: string | undefined;
  do {
    const page = await fetchPage(token);
    pages.push(page);
    const next = textAt(page, 'NextToken');
    token = next === '' || next === token ? undefined : next;
  } while (token !== undefined);
  return pages;
}
