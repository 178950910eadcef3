import { type Parameters } from '../contracts';
import { invalidParameter, malformedRequest } from './gateway-errors';

/** Name and value, decoded, in the order sent. */
export type Pair = readonly [name: string, value: string];

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformedRequest('a parameter is not percent-encoded UTF-8');
  }
};

/** Pairs of a query string or a form body. A name without `=` has the empty value. Example: `a=1+2&b` is [a, `1 2`], [b, ``]. */
export function decodePairs(encoded: string): readonly Pair[] {
  return encoded
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}

/** Pairs by name; a name given twice is refused, because which one counts would be a guess. */
export function parametersOf(pairs: readonly Pair[]): Parameters {
  const byName = new Map(pairs);
  if (byName.size < pairs.length) {
    const twice = pairs.find(
      ([name], index) => pairs.findIndex(([other]) => other === name) !== index,
    );
    throw invalidParameter(twice?.[0] ?? '');
  }
  return Object.fromEntries(byName);
}
