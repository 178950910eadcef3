import { type RamPolicy, type RamStatement } from '../../permissions/ram-policy';

/** One thing that RAM decides about. */
export interface RamQuestion {
  readonly action: string;
  readonly resource: string;
  /** Values of condition keys, such as `acs:ResourceTag/evenkeel:pool`. */
  readonly context?: Readonly<Record<string, string>>;
}

/** `*` is any text and `?` any sign, as in policies of RAM. */
export function isLike(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'su').test(text);
}

type Operator = (value: string, wanted: string) => boolean;

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: isLike,
};

function isMet(
  condition: NonNullable<RamStatement['Condition']>,
  context: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const value = context[key];
      const holds = OPERATORS[operator];
      if (holds === undefined) throw new Error(`unknown condition operator ${operator}`);
      return value !== undefined && wanted.some((one) => holds(value, one));
    }),
  );
}

/** Actions are compared without regard to case, resources with. */
const concerns = (statement: RamStatement, { action, resource, context = {} }: RamQuestion) =>
  statement.Action.some((one) => isLike(action.toLowerCase(), one.toLowerCase())) &&
  statement.Resource.some((one) => isLike(resource, one)) &&
  isMet(statement.Condition ?? {}, context);

/** What RAM would answer: a denial wins over whatever is allowed, and what nobody allowed is refused. */
export function isAllowed({ Statement }: RamPolicy, question: RamQuestion): boolean {
  const concerned = Statement.filter((statement) => concerns(statement, question));
  return (
    concerned.some(({ Effect }) => Effect === 'Allow') &&
    !concerned.some(({ Effect }) => Effect === 'Deny')
  );
}
