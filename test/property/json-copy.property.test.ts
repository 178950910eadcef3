import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonCopy } from '../../shared/adapters/json-copy';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** Of all kinds that JSON treats in a way of its own, too. */
const anything = fc.object({
  maxDepth: 4,
  withDate: true,
  withNullPrototype: true,
  values: [
    ...[fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constant(undefined)],
    fc.constantFrom(-0, NaN, Infinity),
    fc.constantFrom({ toJSON: () => ({ at: 7 }) }, { toJSON: () => undefined }, { toJSON: 1 }),
    fc.constant(JSON.parse('{"__proto__":{"a":1}}')),
    fc.constant(() => 1),
  ],
});

describe('a copy as JSON would give it', () => {
  it('is the same as by way of a text, whatever is copied', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(jsonCopy(value)).toStrictEqual(throughJson(value));
        expect(JSON.stringify(jsonCopy(value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('shares nothing with what it was made of', () => {
    const original = { list: [{ name: 'web' }] };
    const copy = jsonCopy(original) as typeof original;
    original.list[0]!.name = 'other';
    expect(copy).toEqual({ list: [{ name: 'web' }] });
  });

  it('hands over every part once, the innermost first', () => {
    const parts: object[] = [];
    const finish = <T extends object>(part: T): T => {
      parts.push(Object.freeze(part));
      return part;
    };
    const copy = jsonCopy({ a: [{ b: 1 }] }, finish) as { a: readonly object[] };
    expect(parts).toEqual([{ b: 1 }, [{ b: 1 }], copy]);
    expect([copy, copy.a, copy.a[0]].every((part) => Object.isFrozen(part))).toBe(true);
  });
});
