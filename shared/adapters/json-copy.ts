type Finish = <T extends object>(copy: T) => T;

const asItIs: Finish = (copy) => copy;

/**
 * The same as `JSON.parse(JSON.stringify(value))` at a fraction of its time: what is undefined is left out, numbers that JSON does not know
 * are null. `finish` is given every list and object of the copy, innermost first.
 */
export function jsonCopy(value: unknown, finish: Finish = asItIs): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'object') return copyOf(value, finish);
  if (typeof value !== 'number') return undefined;
  return Number.isFinite(value) ? value + 0 : null; // JSON knows no -0
}

function copyOf(value: object, finish: Finish): unknown {
  if (Array.isArray(value))
    return finish(value.map((each: unknown) => jsonCopy(each, finish) ?? null));
  if (!isPlain(value)) return jsonCopy(throughText(value), finish);
  const copy: Record<string, unknown> = {};
  const source = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(source)) {
    const own = jsonCopy(source[name], finish);
    if (own !== undefined) setOwn(copy, name, own);
  }
  return finish(copy);
}

/** A name like any other to JSON, but not to an assignment. */
const PROTOTYPE = '__proto__';

function setOwn(copy: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== PROTOTYPE) copy[name] = value;
  else
    Object.defineProperty(copy, name, {
      ...{ value, enumerable: true, writable: true, configurable: true },
    });
}

/** Not of a class, and without a word of its own on how it is written. */
const isPlain = (value: object): boolean =>
  Object.getPrototypeOf(value) === Object.prototype &&
  !('toJSON' in value && typeof value.toJSON === 'function');

function throughText(value: object): unknown {
  const text = JSON.stringify(value) as string | undefined; // a `toJSON` may give nothing
  return text === undefined ? undefined : JSON.parse(text);
}
