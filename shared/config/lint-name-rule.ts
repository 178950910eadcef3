import { type NamePolicy, type SitePolicy } from '../domain/failover/name-policy';
import { type FailoverSettings, type FleetPolicy } from './fleet-policy';
import { type LintFinding, type Remark, type Severity } from './lint-rule';
import { suggest } from './suggest';

/** One public name under lint. */
export interface NameUnderLint {
  readonly fleet: FleetPolicy;
  readonly failover: FailoverSettings;
  readonly name: NamePolicy;
  readonly index: number;
}

/** One rule over names; `at` of its remarks is relative to the name. */
export interface NameRule {
  readonly code: string;
  readonly severity: Severity;
  readonly about: string;
  check(subject: NameUnderLint): readonly Remark[];
}

/** A list of rules whose functions take their types from it. */
export const nameRules = (rules: readonly NameRule[]): readonly NameRule[] => rules;

/** One remark for every site that a condition holds for; `at` becomes relative to the name. */
export const ofSites = (
  { name: { sites } }: Pick<NameUnderLint, 'name'>,
  holds: (site: SitePolicy, index: number) => boolean,
  remark: (site: SitePolicy) => Remark,
): readonly Remark[] =>
  sites.flatMap((site, index) => {
    if (!holds(site, index)) return [];
    const { at, ...rest } = remark(site);
    return [{ ...rest, at: ['sites', index, ...at] }];
  });

/** Example: `Did you mean shop? Name one of: shop, search.` */
export const nameOneOf = (written: string, known: readonly string[]): string => {
  const guess = suggest(written, known);
  const list = known.length === 0 ? 'There is none yet.' : `Name one of: ${known.join(', ')}.`;
  return guess === undefined ? list : `Did you mean ${guess}? ${list}`;
};

/** What the rules say of every name, at its place in the file. */
export function lintNames(fleet: FleetPolicy, rules: readonly NameRule[]): readonly LintFinding[] {
  const { failover } = fleet;
  if (failover === null) return [];
  return fleet.names.flatMap((name, index) =>
    rules.flatMap((rule) =>
      rule.check({ fleet, failover, name, index }).map((remark) => ({
        code: rule.code,
        severity: rule.severity,
        poolName: null,
        publicName: name.name,
        ...remark,
        at: ['failover', 'names', index, ...remark.at],
      })),
    ),
  );
}
