import { type Parameters } from '../contracts';
import { pageByNumber } from '../request-parameters';
import { alidnsError } from './errors';

const PAGE_SIZE_DEFAULT = 20;

interface Page<T> {
  readonly items: readonly T[];
  readonly fields: {
    readonly TotalCount: number;
    readonly PageNumber: number;
    readonly PageSize: number;
  };
}

function positive(parameters: Parameters, name: string, fallback: number, max: number): number {
  const text = parameters[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw alidnsError.invalidParameter(name);
  return value;
}

/** One page by `PageNumber` (from 1) and `PageSize` (20, at most `sizeMax`), with the counts that replies carry. */
export function pageOf<T>(all: readonly T[], parameters: Parameters, sizeMax: number): Page<T> {
  const PageNumber = positive(parameters, 'PageNumber', 1, Number.MAX_SAFE_INTEGER);
  const PageSize = positive(parameters, 'PageSize', PAGE_SIZE_DEFAULT, sizeMax);
  return {
    items: pageByNumber(all, PageNumber, PageSize),
    fields: { TotalCount: all.length, PageNumber, PageSize },
  };
}
