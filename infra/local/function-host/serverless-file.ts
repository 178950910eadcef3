import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readServerless, type ServerlessVariables } from '../../deploy/read-serverless';
import { type FunctionProps, serverlessSchema } from '../../deploy/serverless-schema';
import { type FunctionDefinition, type TimerSettings } from './function-definition';

/** What the owner of an account must choose before deploying; here nobody looks at it. */
const NOT_DEPLOYED: Readonly<Record<string, string>> = {
  EVENKEEL_REGION: 'cn-hangzhou',
  EVENKEEL_VPC_ID: 'vpc-local',
  EVENKEEL_VSWITCH_ID: 'vsw-local',
  EVENKEEL_SECURITY_GROUP_ID: 'sg-local',
  EVENKEEL_NAS_SERVER: 'localhost:/evenkeel',
};

/**
 * The functions that an `s.yaml` declares, with `${env()}`, `${vars.x}` and `${config()}` resolved and code folders absolute.
 * Throws an `Error` that names every unknown key and wrong value.
 */
export function readServerlessFile(
  path: string,
  variables: ServerlessVariables,
): readonly FunctionDefinition[] {
  const env = { ...NOT_DEPLOYED, ...variables.env };
  const { document, lacking } = readServerless(path, { ...variables, env });
  if (lacking.length > 0)
    throw new Error(`s.yaml: ${lacking.map((one) => `\${${one}} has no value`).join('; ')}.`);
  const result = serverlessSchema.safeParse(document);
  if (!result.success) throw new Error(`${path}:\n${z.prettifyError(result.error)}`);
  return Object.values(result.data.resources).map(({ props }) =>
    definitionOf(props, dirname(resolve(path))),
  );
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
    reservedConcurrency: props.concurrencyConfig.reservedConcurrency,
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
