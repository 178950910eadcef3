import { type RotatingSecret } from '../../shared/config/fleet-policy';
import { Secret } from '../../shared/config/secret';
import { type SetupItem } from './setup-item';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a secret came from: the variable of the policy's `next` or `current`, a rule that carries it already, or nowhere yet. */
export interface ChosenSecret {
  readonly secret: Secret;
  readonly from: 'next' | 'current' | 'rule' | 'new';
  /** The variable that the functions must have it in. */
  readonly variable: string;
}

const variableOf = (reference: string): string => reference.slice('env:'.length);

/** The secret that a rule's address carries, behind the callback's own. */
function carriedBy(items: readonly SetupItem[], callback: string): string | undefined {
  for (const item of items) {
    if (item.kind === 'contact-group' || item.value.target?.kind !== 'webhook') continue;
    const { url } = item.value.target;
    const secret = url.startsWith(`${callback}/`) ? url.slice(callback.length + 1) : '';
    if (secret !== '' && !secret.includes('/')) return decodeURIComponent(secret);
  }
  return undefined;
}

/**
 * The secret for the rules' addresses. During a rotation, while the policy names a next one, it is that: on-alarm takes both. Without
 * either variable here, rules keep the one that they carry, so that whoever does not know it can still run `install`; and where there is
 * none yet, one is made.
 */
export function chooseSecret(
  references: RotatingSecret,
  variables: Variables,
  found: {
    readonly callback: string;
    readonly items: readonly SetupItem[];
    readonly newSecret: () => string;
  },
): ChosenSecret {
  const current = variableOf(references.current);
  for (const [from, reference] of [
    ['next', references.next],
    ['current', references.current],
  ] as const) {
    const variable = reference === null ? null : variableOf(reference);
    const value = variable === null ? '' : (variables[variable] ?? '');
    if (variable !== null && value !== '') return { secret: new Secret(value), from, variable };
  }
  const carried = carriedBy(found.items, found.callback);
  return carried === undefined
    ? { secret: new Secret(found.newSecret()), from: 'new', variable: current }
    : { secret: new Secret(carried), from: 'rule', variable: current };
}
