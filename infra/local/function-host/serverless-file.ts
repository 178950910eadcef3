import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type FunctionDefinition, type TimerSettings } from './function-definition';
import { type FunctionProps, serverlessSchema } from './serverless-schema';

export interface ServerlessVariables {
  /** What `${env('NAME', 'default')}` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values that win over the file's own `vars`. */
  readonly vars?: Readonly<Record<string, string>>;
  /** What `${config('AccountID')}` reads. */
  readonly accountId: string;
}

/**
 * The functions that an `s.yaml` declares, with `${env()}`, `${vars.x}` and `${config()}` resolved and code folders absolute.
 * Throws an `Error` that names every unknown key and wrong value.
 */
export function readServerlessFile(
  path: string,
  variables: ServerlessVariables,
): readonly FunctionDefinition[] {
  const raw = parse(readFileSync(path, 'utf8')) as { vars?: Record<string, string> } | null;
  const own = resolveEach(raw?.vars ?? {}, variables, {}) as Record<string, string>;
  const vars = { ...own, ...variables.vars };
  const result = serverlessSchema.safeParse({
    ...(resolveEach(raw, variables, vars) as object),
    vars,
  });
  if (!result.success) throw new Error(`${path}:\n${z.prettifyError(result.error)}`);
  return Object.values(result.data.resources).map(({ props }) =>
    definitionOf(props, dirname(resolve(path))),
  );
}

function resolveEach(
  node: unknown,
  variables: ServerlessVariables,
  vars: Record<string, string>,
): unknown {
  if (typeof node === 'string')
    return node.replace(/\$\{([^}]+)\}/g, (_, expression: string) =>
      valueOf(expression, variables, vars),
    );
  if (Array.isArray(node)) return node.map((item) => resolveEach(item, variables, vars));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, resolveEach(value, variables, vars)]),
  );
}

function valueOf(
  expression: string,
  variables: ServerlessVariables,
  vars: Record<string, string>,
): string {
  const [, call, name = '', fallback] =
    /^(env|config)\('([^']*)'(?:,\s*'([^']*)')?\)$/.exec(expression) ?? [];
  const variable = /^vars\.(\w+)$/.exec(expression)?.[1];
  const value =
    call === 'env'
      ? (variables.env[name] ?? fallback)
      : call === 'config' && name === 'AccountID'
        ? variables.accountId
        : vars[variable ?? ''];
  if (value === undefined) throw new Error(`s.yaml: \${${expression}} has no value.`);
  return value;
}

function definitionOf(props: FunctionProps, root: string): FunctionDefinition {
  const http = props.triggers?.find((trigger) => trigger.triggerType === 'http');
  const { initializer, preStop } = props.instanceLifecycleConfig ?? {};
  const { maxAsyncEventAgeInSeconds, maxAsyncRetryAttempts } = props.asyncInvokeConfig;
  return {
    functionName: props.functionName,
    handler: props.handler,
    codeDirectory: resolve(root, props.code),
    timeoutMs: props.timeout * 1000,
    memoryMegabytes: props.memorySize,
    environmentVariables: props.environmentVariables,
    reservedConcurrency: props.concurrencyConfig?.reservedConcurrency ?? null,
    initializer: initializer === undefined ? null : hookOf(initializer),
    preStop: preStop === undefined ? null : hookOf(preStop),
    asyncInvoke: {
      eventAgeMaxMs: maxAsyncEventAgeInSeconds * 1000,
      retryAttemptsMax: maxAsyncRetryAttempts,
    },
    httpTrigger:
      http === undefined
        ? null
        : { triggerName: http.triggerName, methods: http.triggerConfig.methods },
    timers: timersOf(props),
    hasEventBridgeTrigger:
      props.triggers?.some(({ triggerType }) => triggerType === 'eventbridge') ?? false,
  };
}

const hookOf = (hook: { readonly handler: string; readonly timeout: number }) => ({
  handler: hook.handler,
  timeoutMs: hook.timeout * 1000,
});

const timersOf = (props: FunctionProps): readonly TimerSettings[] =>
  (props.triggers ?? []).flatMap((trigger) =>
    trigger.triggerType === 'timer' && trigger.triggerConfig.enable
      ? [
          {
            triggerName: trigger.triggerName,
            everyMinutes: Number.parseInt(
              trigger.triggerConfig.cronExpression.slice('@every '.length),
              10,
            ),
            payload: trigger.triggerConfig.payload,
          },
        ]
      : [],
  );
