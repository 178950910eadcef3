import { type LocalService, type Parameters } from '../contracts';
import { invalidParameter, missingParameter } from './gateway-errors';
import table from './parameters.json';

interface Rule {
  readonly pattern: RegExp;
  /** Names that were sent before, and whether the pattern fits them: the same few come again and again. */
  readonly known: Map<string, boolean>;
  readonly name: string;
  /** Matches what is sent of the list or structure that holds it. */
  readonly parent: RegExp | null;
  readonly type: string;
  readonly isRequired: boolean;
}

const TYPES: Readonly<Record<string, RegExp>> = {
  Integer: /^-?\d{1,10}$/,
  Long: /^-?\d{1,19}$/,
  Float: /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/,
  Boolean: /^(true|false)$/i,
};

/** Names that one rule remembers; lists have hundreds, and whoever sends more pays for it. */
const NAMES_MAX = 1_000;

function isAbout({ pattern, known }: Rule, name: string): boolean {
  const isKnown = known.get(name);
  if (isKnown !== undefined) return isKnown;
  const fits = pattern.test(name);
  if (known.size < NAMES_MAX) known.set(name, fits);
  return fits;
}

const rulesByAction = new Map<string, readonly Rule[]>();

/** True when the official metadata of this action is in the table. */
export const isKnownAction = (product: LocalService['product'], action: string): boolean =>
  Object.hasOwn(table[product], action);

/**
 * Checks parameters against the official request metadata: what must be sent, and the form of numbers and booleans. Unknown
 * parameters pass, as they do in the cloud. Throws `MissingParameter` or `InvalidParameter`.
 */
export function checkParameters(
  product: LocalService['product'],
  action: string,
  parameters: Parameters,
): void {
  const names = Object.keys(parameters);
  for (const rule of rulesOf(product, action)) {
    const given = names.filter((name) => isAbout(rule, name));
    if (rule.isRequired && given.length === 0 && isWanted(rule, names))
      throw missingParameter(rule.name);
    const form = TYPES[rule.type];
    const wrong =
      form === undefined ? undefined : given.find((name) => !form.test(parameters[name] ?? ''));
    if (wrong !== undefined) throw invalidParameter(wrong);
  }
}

/** A member of a list or a structure is wanted only where that list or structure was sent. */
const isWanted = (rule: Rule, names: readonly string[]): boolean =>
  rule.parent === null || names.some((name) => rule.parent?.test(name) === true);

function rulesOf(product: LocalService['product'], action: string): readonly Rule[] {
  const key = `${product} ${action}`;
  const known = rulesByAction.get(key);
  if (known !== undefined) return known;
  const text = isKnownAction(product, action)
    ? ((table[product] as Readonly<Record<string, string>>)[action] ?? '')
    : '';
  const rules = text.split(' ').filter(Boolean).map(readRule);
  rulesByAction.set(key, rules);
  return rules;
}

/** Example: `Tag.N.Key:String!` is a required text, sent as `Tag.1.Key`, wanted where any `Tag.1.…` was sent. */
function readRule(text: string): Rule {
  const [name = '', type = ''] = text.replace('!', '').split(':');
  const parent = name.replace(/\.N$/, '').split('.').slice(0, -1).join('.');
  const isGroup = type === 'List' || type === 'Struct';
  return {
    pattern: new RegExp(`^${pathPattern(name)}${isGroup ? '(\\..+)?' : ''}$`),
    known: new Map(),
    name,
    parent: parent === '' ? null : new RegExp(`^${pathPattern(parent)}\\.`),
    type,
    isRequired: text.endsWith('!'),
  };
}

const pathPattern = (path: string): string =>
  path.replace(/\.N(?=\.|$)/g, '.\\d+').replace(/\./g, '\\.');
