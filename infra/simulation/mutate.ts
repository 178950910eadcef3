const NONSENSE: readonly unknown[] = [
  null,
  -1,
  1.5,
  1e300,
  '',
  'x',
  [],
  {},
  [null],
  { schema: 1 },
  true,
];

/** The document with one place of it replaced by nonsense. `chance(n)` gives a whole number below `n`. */
export function mutated(value: unknown, chance: (below: number) => number): unknown {
  if (typeof value !== 'object' || value === null || chance(8) === 0)
    return NONSENSE[chance(NONSENSE.length)];
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = Object.keys(copy);
  const key = keys[chance(Math.max(1, keys.length))];
  if (key === undefined) return NONSENSE[chance(NONSENSE.length)];
  if (chance(6) === 0)
    return Object.fromEntries(Object.entries(copy).filter(([name]) => name !== key));
  copy[key] = mutated(copy[key], chance);
  return copy;
}
