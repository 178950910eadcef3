/** Where in the file: lines and columns begin at 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the policy file, with everything a person needs to set it right. */
export interface PolicyProblem extends Place {
  readonly file: string;
  /** `pools[0].heal.confirm.fall`; empty for the file as a whole. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** `['pools', 0, 'heal']` as `pools[0].heal`. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');

/** One line: `evenkeel.yaml:7:5: pools[0].hael: unknown key; did you mean heal?` */
export function problemText(problem: PolicyProblem): string {
  const where = problem.path === '' ? '' : ` ${problem.path}:`;
  const hint = problem.suggestion === undefined ? '' : `; did you mean ${problem.suggestion}?`;
  return `${problem.file}:${problem.line}:${problem.column}:${where} ${problem.message}${hint}`;
}
