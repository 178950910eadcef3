import { createRequire } from 'node:module';
import { join } from 'node:path';
import { format } from 'node:util';
import {
  type FunctionFault,
  type InstanceMessage,
  type InstanceRequest,
  type InstanceSettings,
  SETTINGS_VARIABLE,
} from './bootstrap-messages';

/**
 * The process inside one function instance: loads the bundle from its working directory and runs one request at a time,
 * with the event as a `Buffer` and the context that Function Compute documents (no remaining-time call among it).
 */
type Handler = (
  event: unknown,
  context: unknown,
  callback?: (error: unknown, data?: unknown) => void,
) => unknown;

const settings = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '{}') as InstanceSettings;
Reflect.deleteProperty(process.env, SETTINGS_VARIABLE);
let currentRequestId = '';

const send = (message: InstanceMessage): void => {
  if (process.connected) process.send?.(message);
};

const log = (level: string, values: readonly unknown[]): void =>
  send({
    kind: 'log',
    line: `${new Date().toISOString()} ${currentRequestId} [${level}] ${format(...values)}`,
  });

function captureOutput(): void {
  const levels = {
    log: 'info',
    info: 'info',
    debug: 'debug',
    warn: 'warn',
    error: 'error',
  } as const;
  for (const [method, level] of Object.entries(levels))
    globalThis.console[method as keyof typeof levels] = (...values: unknown[]) =>
      log(level, values);
  for (const stream of [process.stdout, process.stderr])
    stream.write = (chunk: string | Uint8Array) => {
      send({
        kind: 'log',
        line: Buffer.from(chunk as Uint8Array)
          .toString('utf8')
          .trimEnd(),
      });
      return true;
    };
}

const logger = {
  debug: (...values: unknown[]) => log('debug', values),
  info: (...values: unknown[]) => log('info', values),
  log: (...values: unknown[]) => log('info', values),
  warn: (...values: unknown[]) => log('warn', values),
  error: (...values: unknown[]) => log('error', values),
};

const contextOf = (request: InstanceRequest) => ({
  requestId: request.requestId,
  credentials: request.credentials,
  function: {
    name: settings.functionName,
    handler: settings.handler,
    memory: settings.memoryMegabytes,
    timeout: settings.timeoutSeconds,
  },
  service: { name: '', logProject: '', logStore: '', qualifier: 'LATEST', versionId: '' },
  region: settings.region,
  accountId: settings.accountId,
  retryCount: request.retryCount,
  tracing: {},
  logger,
});

class LoadFault extends Error {}

/** The export that a handler string names; the last dot separates file and export. */
function loadHandler(handler: string): Handler {
  const dot = handler.lastIndexOf('.');
  const load = createRequire(join(process.cwd(), 'index.js'));
  const found = (load(`./${handler.slice(0, dot)}`) as Record<string, unknown>)[
    handler.slice(dot + 1)
  ];
  if (typeof found !== 'function') throw new LoadFault(`Handler '${handler}' is missing.`);
  return found as Handler;
}

const isModuleMissing = (error: unknown): boolean =>
  error instanceof LoadFault || (error as { code?: string } | null)?.code === 'MODULE_NOT_FOUND';

function errorTypeOf(error: Error): string {
  if (isModuleMissing(error)) return 'ImportModuleError';
  return error instanceof SyntaxError && error.stack?.includes('wrapSafe') === true
    ? 'UserCodeSyntaxError'
    : error.name;
}

const faultOf = (error: unknown): FunctionFault =>
  error instanceof Error
    ? {
        errorMessage: error.message,
        errorType: errorTypeOf(error),
        stackTrace: (error.stack ?? '').split('\n'),
      }
    : { errorMessage: format(error), errorType: 'FunctionHandledError', stackTrace: [] };

function bodyOf(result: unknown): Buffer {
  if (result === null || result === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(result)) return result;
  return Buffer.from(typeof result === 'object' ? JSON.stringify(result) : format(result), 'utf8');
}

const fail = (error: unknown, isHandled: boolean): void =>
  send({ kind: 'failed', requestId: currentRequestId, isHandled, fault: faultOf(error) });

/** A handler answers once: by its promise, or by the callback, whichever is first. */
async function answerOf(handler: Handler, values: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, data?: unknown) =>
      error === null || error === undefined
        ? resolve(data)
        : reject(new HandledFault('handled', { cause: error }));
    const returned = handler(...(values as [unknown, unknown]), callback);
    if (returned instanceof Promise) returned.then(resolve, reject);
    else if (handler.length < 3) resolve(returned);
  });
}

class HandledFault extends Error {}

async function serve(request: InstanceRequest): Promise<void> {
  currentRequestId = request.requestId;
  const names = {
    initialize: settings.initializer,
    invoke: settings.handler,
    'pre-stop': settings.preStop,
  };
  const context = contextOf(request);
  const values = request.kind === 'invoke' ? [Buffer.from(request.event), context] : [context];
  try {
    const answer = await answerOf(loadHandler(names[request.kind] ?? ''), values);
    send({ kind: 'done', requestId: request.requestId, body: bodyOf(answer) });
  } catch (error) {
    fail(error instanceof HandledFault ? error.cause : error, error instanceof HandledFault);
  }
}

captureOutput();
process.on('message', (message) => void serve(message as InstanceRequest));
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => fail(error, false));
process.on('unhandledRejection', (error) => fail(error, false));
send({ kind: 'ready' });
