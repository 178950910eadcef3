import { type Parameters } from '../contracts';
import { slbError } from './errors';

/** Readers of RPC parameters: absent or empty gives `fallback`, anything unreadable is refused with InvalidParameter. */

export function required(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') throw slbError.missing(name);
  return value;
}

export const text = (parameters: Parameters, name: string): string | undefined => {
  const value = parameters[name];
  return value === '' ? undefined : value;
};

export interface WholeNumberRange {
  readonly min: number;
  readonly max: number;
}

export function wholeNumber(
  parameters: Parameters,
  name: string,
  range: WholeNumberRange,
): number | undefined {
  const value = text(parameters, name);
  if (value === undefined) return undefined;
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.min && number <= range.max))
    throw slbError.invalid(
      `The parameter ${name} must be a whole number from ${range.min} to ${range.max}.`,
    );
  return number;
}

export function choice<T extends string>(
  parameters: Parameters,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = text(parameters, name);
  if (value === undefined) return undefined;
  const found = choices.find((candidate) => candidate === value);
  if (found === undefined)
    throw slbError.invalid(`The parameter ${name} must be one of ${choices.join(', ')}.`);
  return found;
}

export function isOn(parameters: Parameters, name: string): boolean | undefined {
  const value = choice(parameters, name, ['on', 'off']);
  return value === undefined ? undefined : value === 'on';
}

export const isTrue = (parameters: Parameters, name: string): boolean =>
  parameters[name]?.toLowerCase() === 'true';

/** `Name.1`, `Name.2`, … as a list. Example: `{ 'ResourceId.1': 'a' }` gives `['a']` for `ResourceId`. */
export function repeated(parameters: Parameters, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 1; parameters[`${name}.${index}`] !== undefined; index++)
    values.push(parameters[`${name}.${index}`] ?? '');
  return values;
}

export interface TagInput {
  readonly key: string;
  readonly value: string | undefined;
}

/** `Tag.N.Key` and `Tag.N.Value`. */
export function tagList(parameters: Parameters): readonly TagInput[] {
  const tags: TagInput[] = [];
  for (let index = 1; ; index++) {
    const key = parameters[`Tag.${index}.Key`];
    if (key === undefined) return tags;
    tags.push({ key, value: parameters[`Tag.${index}.Value`] });
  }
}
