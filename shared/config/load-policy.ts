import { type z } from 'zod';
import { type FleetPolicy } from './fleet-policy';
import { knownKeys } from './json-schema';
import { lintPolicy, type LintFinding } from './lint';
import { lintablePart } from './lintable-part';
import { policyHash } from './policy-hash';
import { pathText, type PolicyProblem } from './problem';
import { policySchema } from './schema';
import { suggest } from './suggest';
import { readYaml, type YamlFile } from './yaml-file';

export type PolicyReading =
  | {
      readonly kind: 'ok';
      readonly policy: FleetPolicy;
      readonly hash: string;
      /** Lint findings that are not errors, with their place. */
      readonly warnings: readonly (LintFinding & PolicyProblem)[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly PolicyProblem[] };

type Issue = z.core.$ZodIssue;

interface Source {
  readonly yaml: YamlFile;
  readonly fileName: string;
}

const valueAt = (data: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    data,
  );

const problemAt = (
  source: Source,
  path: readonly PropertyKey[],
  code: string,
  message: string,
): PolicyProblem => ({
  file: source.fileName,
  ...source.yaml.placeOf(path),
  path: pathText(path),
  code,
  message,
});

function unknownKey(source: Source, path: readonly PropertyKey[], key: string): PolicyProblem {
  const guess = suggest(key, knownKeys(path));
  return {
    file: source.fileName,
    ...source.yaml.placeOfKey(path, key),
    path: pathText([...path, key]),
    code: 'unknown-key',
    message: 'unknown key',
    ...(guess === undefined ? {} : { suggestion: guess }),
  };
}

/** Values that an issue would have accepted, where there is a short list of them. */
function choicesOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'custom' && Array.isArray(issue.params?.['choices']))
    return issue.params['choices'].map(String);
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function wrongValue(source: Source, issue: Issue): PolicyProblem {
  const value = valueAt(source.yaml.data, issue.path);
  if (value === undefined) return problemAt(source, issue.path, 'missing', 'is missing');
  const isSection =
    issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record');
  const message = isSection ? 'must be a section with keys' : issue.message;
  const guess = typeof value === 'string' ? suggest(value, choicesOf(issue)) : undefined;
  return {
    ...problemAt(source, issue.path, 'wrong-value', message),
    ...(guess === undefined ? {} : { suggestion: guess }),
  };
}

const problemsOf = (source: Source, issue: Issue): readonly PolicyProblem[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => unknownKey(source, issue.path, key))
    : [wrongValue(source, issue)];

/** Names are compared before the schema has its say, so that a wrong field elsewhere does not hide a duplicate. */
function duplicateNames(source: Source): readonly PolicyProblem[] {
  const pools = valueAt(source.yaml.data, ['pools']);
  if (!Array.isArray(pools)) return [];
  const names = pools.map((_, index) => valueAt(pools, [index, 'name']));
  return names.flatMap((name, index) =>
    typeof name === 'string' && names.indexOf(name) < index
      ? [
          problemAt(
            source,
            ['pools', index, 'name'],
            'duplicate-pool',
            `another pool is named ${name} already`,
          ),
        ]
      : [],
  );
}

const locate = (source: Source, finding: LintFinding): LintFinding & PolicyProblem => ({
  ...finding,
  ...problemAt(source, finding.at, finding.code, `${finding.sentence} ${finding.remedy}`),
});

/** Lint of the sections that parse, so that a wrong field elsewhere hides nothing. */
function lintBeside(source: Source, issues: readonly Issue[]): readonly LintFinding[] {
  const part = lintablePart(source.yaml.data, issues);
  if (part === null) return [];
  return lintPolicy(part.policy).flatMap((finding) => {
    const at = part.placeInFile(finding.at);
    return at === null ? [] : [{ ...finding, at }];
  });
}

const byPlace = (a: PolicyProblem, b: PolicyProblem): number =>
  a.line - b.line || a.column - b.column;

function judge(source: Source, text: readonly PolicyProblem[]): PolicyReading {
  const parsed = policySchema.safeParse(source.yaml.data);
  const found = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => problemsOf(source, issue));
  const findings = (
    parsed.success ? lintPolicy(parsed.data) : lintBeside(source, parsed.error.issues)
  ).map((finding) => locate(source, finding));
  const problems = [
    ...text,
    ...duplicateNames(source),
    ...found,
    ...findings.filter((one) => one.severity === 'error'),
  ];
  if (!parsed.success || problems.length > 0)
    return { kind: 'invalid', problems: problems.sort(byPlace) };
  const warnings = findings.filter((one) => one.severity !== 'error');
  return { kind: 'ok', policy: parsed.data, hash: policyHash(parsed.data), warnings };
}

/**
 * Reads `evenkeel.yaml`. Every problem is reported at once, with file, line and column: YAML syntax, duplicate and unknown
 * keys (with a suggestion), wrong types and values, and whatever lint calls an error, also beside wrong fields elsewhere.
 * Never throws.
 *
 * Example: loadPolicy('version: 1\nregoin: cn-hangzhou', 'evenkeel.yaml') is `invalid` with three problems: `regoin` is
 * unknown (did you mean region?), `region` is missing, `pools` is missing.
 */
export function loadPolicy(text: string, fileName: string): PolicyReading {
  const { file, problems } = readYaml(text, fileName);
  if (file === null) return { kind: 'invalid', problems };
  return judge({ yaml: file, fileName }, problems);
}
