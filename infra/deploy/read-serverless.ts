import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the placeholders of an `s.yaml` are filled with. */
export interface ServerlessVariables {
  /** What `${env('NAME', 'default')}` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values that win over the file's own `vars`. */
  readonly vars?: Readonly<Record<string, string>>;
  /** What `${config('AccountID')}` reads. */
  readonly accountId: string;
}

/** An `s.yaml` with its placeholders filled. */
export interface ServerlessReading {
  readonly document: unknown;
  /** Placeholders that have no value, such as `env('EVENKEEL_VPC_ID')`; in the document each stands as it was. */
  readonly lacking: readonly string[];
}

/** Reads the file and fills its placeholders, of the kinds `env`, `config` and `vars`. Throws when it is not YAML. */
export function readServerless(path: string, variables: ServerlessVariables): ServerlessReading {
  const raw = parse(readFileSync(path, 'utf8')) as { vars?: Record<string, string> } | null;
  const filling = { ...variables, lacking: new Set<string>() };
  const own = fill(raw?.vars ?? {}, filling, {}) as Record<string, string>;
  const vars = { ...own, ...variables.vars };
  const document = fill(raw, filling, vars);
  return {
    document: typeof document === 'object' ? { ...document, vars } : document,
    lacking: [...filling.lacking],
  };
}

interface Filling extends ServerlessVariables {
  readonly lacking: Set<string>;
}

function fill(node: unknown, filling: Filling, vars: Readonly<Record<string, string>>): unknown {
  if (typeof node === 'string')
    return node.replace(/\$\{([^}]+)\}/g, (placeholder, expression: string) => {
      const value = valueOf(expression, filling, vars);
      if (value === undefined) filling.lacking.add(expression);
      return value ?? placeholder;
    });
  if (Array.isArray(node)) return node.map((item) => fill(item, filling, vars));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, fill(value, filling, vars)]),
  );
}

function valueOf(
  expression: string,
  { env, accountId }: ServerlessVariables,
  vars: Readonly<Record<string, string>>,
): string | undefined {
  const [, call, name = '', fallback] =
    /^(env|config)\('([^']*)'(?:,\s*'([^']*)')?\)$/.exec(expression) ?? [];
  if (call === 'env') return env[name] ?? fallback;
  if (call === 'config') return name === 'AccountID' ? accountId : undefined;
  return vars[/^vars\.(\w+)$/.exec(expression)?.[1] ?? ''];
}
