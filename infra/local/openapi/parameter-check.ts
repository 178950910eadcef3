import { type LocalService, type Parameters } from '../contracts';
import { invalidParameter, missingParameter } from './gateway-errors';
import table from './parameters.json';

interface Rule {
  readonly pattern: RegExp;
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
  for (const check of checksOf(product, action, Object.keys(parameters))) {
    if (check.isMissing) throw missingParameter(check.name);
    if (!check.form.test(parameters[check.name] ?? '')) throw invalidParameter(check.name);
  }
}

/** What is to be looked at in a call that sends certain names, in the order of the rules. */
type Check =
  | { readonly isMissing: true; readonly name: string }
  | { readonly isMissing: false; readonly name: string; readonly form: RegExp };

/** By what was asked for: the same calls come again and again. */
const checksByNames = new Map<string, readonly Check[]>();
const CALLS_MAX = 10_000;

function checksOf(
  product: LocalService['product'],
  action: string,
  names: readonly string[],
): readonly Check[] {
  const key = [product, action, ...names].join('\n');
  const known = checksByNames.get(key);
  if (known !== undefined) return known;
  const checks = rulesOf(product, action).flatMap((rule) => checksBy(rule, names));
  if (checksByNames.size < CALLS_MAX) checksByNames.set(key, checks);
  return checks;
}

function checksBy(rule: Rule, names: readonly string[]): readonly Check[] {
  const given = names.filter((name) => rule.pattern.test(name));
  if (rule.isRequired && given.length === 0 && isWanted(rule, names))
    return [{ isMissing: true, name: rule.name }];
  const form = TYPES[rule.type];
  return form === undefined ? [] : given.map((name) => ({ isMissing: false, name, form }));
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
    name,
    parent: parent === '' ? null : new RegExp(`^${pathPattern(parent)}\\.`),
    type,
    isRequired: text.endsWith('!'),
  };
}

const pathPattern = (path: string): string =>
  path.replace(/\.N(?=\.|$)/g, '.\\d+').replace(/\./g, '\\.');
